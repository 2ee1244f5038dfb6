from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("instaloader")

from instaloader import exceptions as said

from facethemodel.catalogue import photos
from facethemodel.catalogue.records import Claim
from facethemodel.collect.collector import BadEntry, Candidate
from facethemodel.collect.instagram import Instagram, Post
from facethemodel.collect.instagram_session import find_session, posts_with
from facethemodel.collect.run import collect
from facethemodel.download.rules import Rules
from facethemodel.errors import CredentialsError, FacethemodelError, RemoteError, UsageError
from facethemodel.project import Project


@dataclass
class Node:
    is_video: bool
    display_url: str


@dataclass
class APost:
    shortcode: str
    date_utc: datetime = datetime(2019, 5, 4, 12)
    typename: str = "GraphImage"
    is_video: bool = False
    is_pinned: bool = False
    url: str = "https://cdn.example/x.jpg?signed=1"
    nodes: tuple[Node, ...] = ()

    def get_sidecar_nodes(self) -> Iterator[Node]:
        return iter(self.nodes)


@dataclass
class Held:
    keys: set[str] = field(default_factory=set)

    def holds(self, key: str) -> bool:
        return key in self.keys


class Listing:
    """Gives posts, counts how many were asked for, and may fail in the middle."""

    def __init__(self, *posts: APost, error: Exception | None = None) -> None:
        self.posts, self.error, self.taken = posts, error, 0

    def __call__(self, profile: str) -> Iterator[Post]:
        for post in self.posts:
            self.taken += 1
            yield post
        if self.error is not None:
            raise self.error


def listed(
    posts: Any, tmp_path: Path, *profiles: str, held: Held | None = None, **options: Any
) -> list[Candidate | BadEntry]:
    collector = Instagram(profiles or ("ada",), posts=posts, listed=tmp_path / "listed", **options)
    return list(collector.candidates(held or Held()))


def keys(entries: list[Candidate | BadEntry]) -> list[str]:
    return [entry.key for entry in entries if isinstance(entry, Candidate)]


def test_posts_and_their_pictures(tmp_path: Path) -> None:
    side = APost("B", typename="GraphSidecar", nodes=(Node(False, "https://c/1"), Node(True, "https://c/2")))
    found = listed(Listing(APost("A"), side, APost("C", is_video=True)), tmp_path)
    assert keys(found) == ["A/1", "B/1"]
    assert [entry.where for entry in found if isinstance(entry, BadEntry)] == ["B/2", "C/1"]
    first = found[0]
    assert isinstance(first, Candidate)
    assert (first.post, first.author, first.name) == ("A", "ada", "A_1.jpg")
    assert first.taken == "2019-05-04T12:00:00+00:00"


def test_a_later_run_stops_at_what_is_held(tmp_path: Path) -> None:
    old = [APost("pin", is_pinned=True), APost("C"), APost("B"), APost("A")]
    held = Held({"pin/1", "C/1", "B/1", "A/1"})
    listed(Listing(*old), tmp_path)
    posts = Listing(old[0], APost("D"), *old[1:])
    assert keys(listed(posts, tmp_path, held=held)) == ["pin/1", "D/1"]
    assert posts.taken == 3
    assert len(listed(Listing(*old), tmp_path, held=held, everything=True)) == 4
    held.keys.add("D/1")
    assert len(listed(Listing(APost("E"), APost("D"), *old), tmp_path, held=held)) == 1


def test_after_an_interrupted_run_nothing_is_passed_over(tmp_path: Path) -> None:
    posts = [APost("C"), APost("B"), APost("A")]
    with pytest.raises(RemoteError):
        listed(Listing(*posts[:1], error=said.TooManyRequestsException("429")), tmp_path)
    assert keys(listed(Listing(*posts), tmp_path, held=Held({"C/1"}))) == ["C/1", "B/1", "A/1"]
    # Listed to the end, but one picture was not kept.
    assert keys(listed(Listing(*posts), tmp_path, held=Held({"C/1", "A/1"}))) == ["C/1", "B/1", "A/1"]


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (said.ProfileNotExistsException("x"), UsageError, "no profile ada"),
        (said.PrivateProfileNotFollowedException("x"), CredentialsError, "ada is private"),
        (said.LoginRequiredException("x"), CredentialsError, "does not accept your session"),
        (said.AbortDownloadException("Redirected to login page"), CredentialsError, "your session"),
        (said.AbortDownloadException("checkpoint_required"), CredentialsError, "to be confirmed"),
        (said.AbortDownloadException('responded with "429 Too Many"'), RemoteError, "too many requests"),
        (said.QueryReturnedForbiddenException("403 Forbidden"), RemoteError, "403 Forbidden"),
        (said.BadResponseException("no posts in it"), RemoteError, "no posts in it"),
        (ConnectionResetError("reset"), RemoteError, "reset"),
    ],
)
def test_what_goes_wrong_is_said(
    tmp_path: Path, error: Exception, kind: type[FacethemodelError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        listed(Listing(error=error), tmp_path)
    assert caught.value.remedy
    assert caught.value.exit_code == {UsageError: 2, CredentialsError: 3, RemoteError: 4}[kind]


def test_one_missing_profile_of_several_is_counted(tmp_path: Path) -> None:
    def posts(profile: str) -> Iterator[Post]:
        if profile == "gone":
            raise said.ProfileNotExistsException("x")
        yield APost("A")

    first, second = listed(posts, tmp_path, "gone", "https://www.instagram.com/Ada/")
    assert first == BadEntry(where="gone", reason="no such profile")
    assert isinstance(second, Candidate)
    assert second.author == "ada"


def test_what_cannot_be_a_profile(tmp_path: Path) -> None:
    for name in ("", "a b", "../../x", "ä"):
        with pytest.raises(UsageError, match="no name of a profile"):
            listed(Listing(), tmp_path, name)


def write(path: Path, value: object) -> Path:
    path.write_bytes(pickle.dumps(value))
    return path


def test_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = write(tmp_path / "session-me", {"csrftoken": "t", "sessionid": "s"})
    assert callable(posts_with(good, abort_on={429}))
    with pytest.raises(CredentialsError, match="is not logged in"):
        posts_with(write(tmp_path / "session-out", {"csrftoken": "t"}), abort_on=())
    with pytest.raises(CredentialsError, match="is no session"):
        posts_with(write(tmp_path / "session-trap", Path("/")), abort_on=())
    (tmp_path / "session-words").write_text("words")
    with pytest.raises(CredentialsError, match="is no session"):
        posts_with(tmp_path / "session-words", abort_on=())
    with pytest.raises(CredentialsError, match="there is no session"):
        posts_with(tmp_path / "session-gone", abort_on=())
    with pytest.raises(UsageError, match="does not say whose"):
        posts_with(tmp_path / "cookies", abort_on=())
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with pytest.raises(CredentialsError, match="there is no session of instaloader"):
        find_session(None)
    folder = tmp_path / "config" / "instaloader"
    folder.mkdir(parents=True)
    only = write(folder / "session-me", {})
    assert find_session(None) == only
    write(folder / "session-other", {})
    with pytest.raises(UsageError, match="me, other"):
        find_session(None)


def test_pictures_come_into_the_project_and_are_asked_for_once(
    project: Project, tmp_path: Path, picture: Callable[[int], bytes], pages: Any
) -> None:
    pages.answers |= {f"/{number}.png": picture(number) for number in range(3)}
    side = APost("B", typename="GraphSidecar", nodes=(Node(False, f"{pages.base}/1.png"),) * 2)
    posts = Listing(APost("C", url=f"{pages.base}/0.png"), side, APost("A", url=f"{pages.base}/2.png"))
    rules = Rules(allow_private=True, rate=1000)
    for expected in ({"kept": 3, "same": 1}, {}):
        collector = Instagram(["ada"], posts=posts, listed=project.cache_dir / "instagram")
        report = collect(project, collector, claim=Claim(role="person"), rules=rules)
        assert {name: number for name, number in report.counts.items() if number} == expected
    assert sorted(pages.asked) == ["/0.png", "/1.png", "/2.png"]
    with project.database() as db:
        assert set(photos.posts(db).values()) == {frozenset({f"instagram {code}"}) for code in "ABC"}
