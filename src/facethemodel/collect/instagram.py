"""The collector of Instagram profiles, through instaloader and with the user's own session.

A profile is listed newest first. Once all of its posts were listed and kept, a later run stops at the first
post that is held; what was listed stands in the project's cache, by post, without anything of the login.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from instaloader import exceptions as said

from facethemodel.collect.collector import Archive, BadEntry, Candidate
from facethemodel.errors import CredentialsError, FacethemodelError, RemoteError, UsageError

_LOG_IN = "log in once more with: instaloader --login YOUR_NAME"
_UPDATE = "try again in some hours; if it stays so: pip install --upgrade instaloader"


class Picture(Protocol):
    """One picture of a post with several, as instaloader has it."""

    is_video: bool
    display_url: str


class Post(Protocol):
    """What is asked of a post, as instaloader has it."""

    shortcode: str
    date_utc: datetime
    typename: str
    is_video: bool
    is_pinned: bool
    url: str

    def get_sidecar_nodes(self) -> Iterator[Picture]:
        """The pictures of a post with several."""
        ...


Posts = Callable[[str], Iterator[Post]]
"""Gives the posts of a profile, newest first, asking for more as they are taken."""


class Instagram:
    """The pictures of some profiles' posts; videos are counted and left.

    Args:
        profiles: Names of profiles.
        posts: What lists them: `instagram_session.posts_with`.
        listed: A folder that remembers which posts were listed to a profile's end.
        everything: Whether to go on behind posts that are held.

    Raises:
        UsageError: Something that cannot be a profile's name.
    """

    name = "instagram"
    total: int | None = None

    def __init__(
        self, profiles: Sequence[str], *, posts: Posts, listed: Path, everything: bool = False
    ) -> None:
        self._profiles = [_profile(name) for name in profiles]
        self._posts = posts
        self._listed = listed
        self._everything = everything

    def candidates(self, archive: Archive) -> Iterator[Candidate | BadEntry]:
        """Lists the pictures of one profile after the other; see `Collector`.

        A profile that is missing or private ends the run only when it is the only one.
        """
        for profile in self._profiles:
            try:
                yield from self._of(profile, archive)
            except (said.InstaloaderException, said.AbortDownloadException, OSError) as error:
                reason = _OF_ONE_PROFILE.get(type(error))
                if len(self._profiles) == 1 or reason is None:
                    raise _understood(error, profile) from error
                yield BadEntry(where=profile, reason=reason)

    def _of(self, profile: str, archive: Archive) -> Iterator[Candidate | BadEntry]:
        known = _Listed(self._listed / f"{profile}.json")
        may_stop = not self._everything and known.all_held(archive)
        keys: list[str] = []
        for post in self._posts(profile):
            pictures = [*_pictures(post)]
            own = [f"{post.shortcode}/{number}" for number, url in pictures if url is not None]
            # Pinned posts stand before newer ones.
            if may_stop and not post.is_pinned and own and all(archive.holds(key) for key in own):
                known.write(keys, and_before=True)
                return
            keys += own
            for number, url in pictures:
                if url is None:
                    yield BadEntry(where=f"{post.shortcode}/{number}", reason="a video")
                    continue
                yield Candidate(
                    key=f"{post.shortcode}/{number}",
                    url=url,
                    name=f"{post.shortcode}_{number}.jpg",
                    post=post.shortcode,
                    taken=post.date_utc.replace(tzinfo=UTC).isoformat(),
                    author=profile,
                )
        known.write(keys)


class _Listed:
    """The pictures that a profile's posts had when they were last listed to the end.

    Without it an interrupted run could not be told from a complete one, and the next would stop at its first
    post.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: list[str] | None = None
        with suppress(OSError, ValueError):
            keys = json.loads(path.read_text(encoding="utf-8"))
            self._keys = keys if isinstance(keys, list) else None

    def all_held(self, archive: Archive) -> bool:
        """Whether all posts were listed once, and all of their pictures kept."""
        return self._keys is not None and all(archive.holds(str(key)) for key in self._keys)

    def write(self, keys: Sequence[str], *, and_before: bool = False) -> None:
        """Remembers the pictures of a listing that came to its end, or met the one before."""
        every = [*keys, *(self._keys or [])] if and_before else [*keys]
        # Only a convenience: without the file the next run lists everything once more.
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.write_text(json.dumps(list(dict.fromkeys(every))), encoding="utf-8")


def _pictures(post: Post) -> Iterator[tuple[int, str | None]]:
    """Numbers a post's pictures from 1; a video has no address."""
    if post.typename == "GraphSidecar":
        for number, node in enumerate(post.get_sidecar_nodes(), 1):
            yield number, None if node.is_video else node.display_url
    else:
        yield 1, None if post.is_video else post.url


def _profile(name: str) -> str:
    plain = name.strip().removeprefix("@").removesuffix("/")
    plain = plain.rpartition("instagram.com/")[2].lower()
    if not plain or not all(sign.isascii() and (sign.isalnum() or sign in "._") for sign in plain):
        raise UsageError(
            f"{name!r} is no name of a profile", remedy="name it as it stands behind instagram.com/"
        )
    return plain


_OF_ONE_PROFILE: dict[type[Exception], str] = {
    said.ProfileNotExistsException: "no such profile",
    said.PrivateProfileNotFollowedException: "private, and not followed by your account",
}
_NOT_LOGGED_IN = (said.LoginRequiredException, said.LoginException, said.BadCredentialsException)


def _understood(error: Exception, profile: str) -> FacethemodelError:
    """Says what instaloader met, and what to do about it."""
    if isinstance(error, said.ProfileNotExistsException):
        return UsageError(f"there is no profile {profile} on Instagram", remedy="check its spelling")
    if isinstance(error, said.PrivateProfileNotFollowedException):
        return CredentialsError(
            f"{profile} is private, and the account of your session does not follow it",
            remedy="follow it with that account, or use the session of one that does: --session FILE",
        )
    words = str(error).lower()
    if isinstance(error, said.TooManyRequestsException) or "429" in words:
        return RemoteError(
            "Instagram answered HTTP 429: too many requests",
            remedy="wait for some hours before the same command; going on now can lock your account",
        )
    if isinstance(error, _NOT_LOGGED_IN) or "login" in words or "logged in" in words:
        return CredentialsError(f"Instagram does not accept your session for {profile}", remedy=_LOG_IN)
    if any(word in words for word in ("checkpoint", "challenge", "feedback_required")):
        return CredentialsError(
            "Instagram wants your account to be confirmed before it answers",
            remedy="open Instagram in your browser with that account, confirm it, and wait for a day",
        )
    first = str(error).partition("\n")[0][:200]
    return RemoteError(f"Instagram gave no posts of {profile}: {first}", remedy=_UPDATE)
