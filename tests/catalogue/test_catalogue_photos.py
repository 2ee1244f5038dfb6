from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from facethemodel.catalogue import inspections, photos
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.names import readable
from facethemodel.catalogue.records import Claim, Inspection, Photo, Source
from facethemodel.errors import UsageError


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "catalogue.db", create=True) as database:
        yield database


A = Photo(sha256="a1" * 32, size=10)
B = Photo(sha256="a2" * 32, size=20)
STRANGER = Claim(role="stranger", identity="Ada")


def test_the_same_bytes_are_one_photo_with_all_its_sources(db: Database) -> None:
    first = Source(origin=b"/x/1.jpg", url="u", query="q", post="p", taken="t", author="a", licence="l")
    assert photos.add(db, A, source=first, claim=STRANGER) == "new"
    assert photos.add(db, A, source=Source(origin=b"/y/1.jpg"), claim=STRANGER) == "new source"
    assert photos.add(db, A, source=Source(origin=b"/y/1.jpg", collector="web"), claim=None) == "new source"
    assert photos.add(db, A, source=first, claim=STRANGER) == "known"
    assert photos.add(db, A, source=first, claim=None) == "known"
    assert photos.all_photos(db) == [A]
    assert photos.sources(db, A.sha256) == [
        first,
        Source(origin=b"/y/1.jpg"),
        Source(origin=b"/y/1.jpg", collector="web"),
    ]


def test_a_source_that_changes_its_mind_is_not_known(db: Database) -> None:
    source = Source(origin=b"/x/1.jpg")
    photos.add(db, A, source=source, claim=STRANGER)
    assert photos.add(db, A, source=source, claim=Claim(role="person")) == "new source"
    assert photos.sources(db, A.sha256) == [source]


def test_photos_come_in_the_order_of_their_hashes(db: Database) -> None:
    photos.add(db, B, source=Source(origin=b"/b"), claim=None)
    photos.add(db, A, source=Source(origin=b"/a"), claim=None)
    assert photos.all_photos(db) == [A, B]
    assert photos.get(db, B.sha256) == B
    assert photos.get(db, "f" * 64) is None


@pytest.mark.parametrize(
    ("links", "kept"),
    [
        ([b"/old", b"/new"], b"/new"),
        ([b"/old", None], None),
        ([None, b"/new"], None),
    ],
)
def test_a_copy_stays_a_copy_and_a_link_follows_the_newest(
    db: Database, links: list[bytes | None], kept: bytes | None
) -> None:
    for link in links:
        photo = Photo(sha256=A.sha256, size=10, link=link)
        photos.add(db, photo, source=Source(origin=link or b"/copied"), claim=None)
    assert photos.get(db, A.sha256) == Photo(sha256=A.sha256, size=10, link=kept)


def test_a_photo_added_again_gets_another_chance_to_be_read(db: Database) -> None:
    for photo, reason in ((A, "no such file"), (B, None)):
        photos.add(db, photo, source=Source(origin=b"/a"), claim=None)
        inspections.record(db, [(Inspection(sha256=photo.sha256, reason=reason), ())], version=1)
    assert inspections.pending(db, version=1, views=()) == []
    for photo in (A, B):
        photos.add(db, photo, source=Source(origin=b"/a"), claim=None)
    assert inspections.pending(db, version=1, views=()) == [A]


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (Claim(role="person", identity="Ada"), "cannot have the identity"),
        (Claim(role="curveball", identity="Ada"), "cannot have the identity"),
        (Claim(role="stranger", category="cats"), "cannot have the category"),
        (Claim(role="stranger", identity=" _ "), "is empty"),
        (Claim(role="stranger", identity="\udcff"), "not valid UTF-8"),
    ],
)
def test_a_claim_that_no_photo_can_have_is_refused(db: Database, claim: Claim, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        photos.add(db, A, source=Source(origin=b"/a"), claim=claim)
    assert photos.all_photos(db) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("a1a1", [A]),
        ("A1A1A1", [A]),
        ("a1" * 32, [A]),
        ("a1", []),
        ("one.jpg", [A]),
        ("x/one.jpg", [A]),
        ("/home/x/one.jpg", [A]),
        ("ne.jpg", []),
        ("t\udcffwo\n.jpg", [B]),
        (r"t\xffwo\n.jpg", [B]),
        ("same.jpg", [A, B]),
        ("https://host/one", [B]),
        ("%.jpg", []),
        ("", []),
    ],
)
def test_find_by_hash_or_name(db: Database, wanted: str, found: list[Photo]) -> None:
    for photo, origin in (
        (A, b"/home/x/one.jpg"),
        (A, b"/home/x/same.jpg"),
        (B, b"/home/x/t\xffwo\n.jpg"),
        (B, b"/home/y/same.jpg"),
        (B, b"https://host/one"),
    ):
        photos.add(db, photo, source=Source(origin=origin), claim=None)
    assert photos.find(db, wanted) == found


def test_names_for_display_are_those_of_the_first_source_on_one_line(db: Database) -> None:
    for photo, origin in (
        (A, b"/x/\xc3\xa4 b.jpg"),
        (A, b"/x/later.jpg"),
        (B, b"/x/\xff\n\x1b[2J.jpg"),
    ):
        photos.add(db, photo, source=Source(origin=origin), claim=None)
    assert photos.display_names(db) == {A.sha256: "ä b.jpg", B.sha256: r"\xff\n\x1b[2J.jpg"}
    assert readable("\u202eevil".encode()) == r"\u202eevil"


def test_posts_of_two_collectors_are_two_posts(db: Database) -> None:
    photos.add(db, A, source=Source(origin=b"1", collector="x", post="7"), claim=None)
    photos.add(db, A, source=Source(origin=b"1", collector="y", post="7"), claim=None)
    photos.add(db, B, source=Source(origin=b"2"), claim=None)
    assert photos.posts(db) == {A.sha256: frozenset({"x 7", "y 7"})}
