"""The user's own Instagram session, as instaloader keeps it: read, used, and written down nowhere."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, cast

from instaloader import Instaloader, InstaloaderContext, Profile
from instaloader.instaloader import get_default_session_filename

from facethemodel.collect.instagram import Post, Posts
from facethemodel.errors import CredentialsError, UsageError

_PREFIX = "session-"
_MAKE_ONE = "make one with: instaloader --login YOUR_NAME"


def posts_with(session: Path, *, abort_on: Collection[int]) -> Posts:
    """Opens a session and gives what lists the posts of a profile with it.

    Args:
        session: A file that `instaloader --login NAME` wrote; its name says whose it is.
        abort_on: HTTP status codes that end the run.

    Raises:
        CredentialsError: The file is missing or is no session.
        UsageError: Its name does not say whose it is.
    """
    owner = session.name.removeprefix(_PREFIX)
    if not session.name.startswith(_PREFIX) or not owner:
        raise UsageError(
            f"{session} does not say whose session it is",
            remedy=f"call the file {_PREFIX}NAME, as instaloader does",
        )
    loader = Instaloader(
        quiet=True, max_connection_attempts=1, fatal_status_codes=sorted(abort_on), iphone_support=False
    )
    context: InstaloaderContext = loader.context
    context.load_session(owner, _cookies(session))  # type: ignore[no-untyped-call]

    def posts(profile: str) -> Iterator[Post]:
        found = Profile.from_username(context, profile)
        return cast("Iterator[Post]", found.get_posts())

    return posts


def find_session(session: Path | None) -> Path:
    """Finds the session that is meant: the file named, else the only one where instaloader keeps them.

    Raises:
        CredentialsError: There is none.
        UsageError: There are several.
    """
    if session is not None:
        return session
    folder = Path(get_default_session_filename("NAME")).parent
    found = sorted(folder.glob(f"{_PREFIX}*")) if folder.is_dir() else []
    if not found:
        raise CredentialsError(f"there is no session of instaloader in {folder}", remedy=_MAKE_ONE)
    if len(found) > 1:
        names = ", ".join(path.name.removeprefix(_PREFIX) for path in found)
        raise UsageError(
            f"{folder} holds the sessions of several accounts: {names}",
            remedy=f"name one: --session {found[0]}",
        )
    return found[0]


class _Plain(pickle.Unpickler):
    """Reads plain values only: a session is a dictionary of texts, and a file that is more can be a trap."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a session")


def _cookies(session: Path) -> dict[str, str]:
    try:
        with session.open("rb") as file:
            found = _Plain(file).load()
    except FileNotFoundError as error:
        raise CredentialsError(f"there is no session {session}", remedy=_MAKE_ONE) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CredentialsError(
            f"the session {session} cannot be read: {reason}", remedy="check the path given with --session"
        ) from error
    except (pickle.UnpicklingError, EOFError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise CredentialsError(f"{session} is no session of instaloader", remedy=_MAKE_ONE) from error
    if not isinstance(found, dict) or not found.get("csrftoken") or not found.get("sessionid"):
        raise CredentialsError(f"the session {session} is not logged in", remedy=_MAKE_ONE)
    return found
