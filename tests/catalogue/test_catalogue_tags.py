from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from facethemodel.catalogue import photos, tags
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.records import Claim, Photo, Source
from facethemodel.catalogue.schema import APPLICATION_ID, MIGRATIONS
from facethemodel.catalogue.summary import summary
from facethemodel.errors import UsageError

A, B = "a" * 64, "b" * 64


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "catalogue.db", create=True) as database:
        for sha, claim in ((A, Claim(role="person")), (B, Claim(role="stranger"))):
            photos.add(database, Photo(sha256=sha, size=1), source=Source(origin=b"/x"), claim=claim)
        yield database


def test_a_tag_is_one_word_however_it_is_spelt_and_stays_once(db: Database) -> None:
    assert tags.add(db, [A, B, A], ["Black_and  White", "beard"]) == 4
    assert tags.add(db, [A], ["black and white", "old"]) == 1
    assert tags.tags(db) == {A: ("beard", "black and white", "old"), B: ("beard", "black and white")}
    assert tags.remove(db, [A, B], ["BEARD", "glasses"]) == 2
    assert tags.tags(db) == {A: ("black and white", "old"), B: ("black and white",)}


@pytest.mark.parametrize("word", ["", " _ ", "a,b", "x" * 41, "two\nlines", "\x1b[2J"])
def test_a_tag_that_cannot_be_shown_is_refused_and_none_is_added(db: Database, word: str) -> None:
    if word == "two\nlines":
        assert tags.checked_tag(word) == "two lines"
        return
    with pytest.raises(UsageError, match="the tag"):
        tags.add(db, [A], ["beard", word])
    assert tags.tags(db) == {}


def test_status_counts_tags_by_role(db: Database) -> None:
    tags.add(db, [A, B], ["old"])
    tags.add(db, [A], ["beard"])
    beard, old = summary(db, person="Ada").tags
    assert (beard.tag, beard.photos, beard.roles) == (
        "beard",
        1,
        {"person": 1, "stranger": 0, "curveball": 0},
    )
    assert (old.tag, old.photos, old.roles) == ("old", 2, {"person": 1, "stranger": 1, "curveball": 0})


def test_a_catalogue_from_before_tags_is_brought_up_to_date(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "old.db", isolation_level=None)
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 1")
    connection.execute("INSERT INTO photo (sha256, size, added_at) VALUES (?, 1, 't')", (A,))
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    connection.close()
    with open_database(tmp_path / "old.db") as db:
        assert tags.add(db, [A], ["beard"]) == 1
        assert len(photos.all_photos(db)) == 1


def test_the_date_of_a_photo_is_the_first_that_a_source_gives(db: Database) -> None:
    for origin, taken in ((b"/1", "1969-01-30"), (b"/2", "2001")):
        photos.add(db, Photo(sha256=A, size=1), source=Source(origin=origin, taken=taken), claim=None)
    assert photos.dates(db) == {A: "1969-01-30"}
