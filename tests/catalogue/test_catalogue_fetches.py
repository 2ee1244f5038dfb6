from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from facethemodel.catalogue import fetches, hints, photos
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.fetches import Fetch
from facethemodel.catalogue.records import Photo, Source

SHA = "ab" * 32
DEAD = Fetch(collector="urls", key="k", url="http://a/1", outcome="dead", reason="HTTP 404")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "catalogue.db", create=True) as database:
        photos.add(database, Photo(sha256=SHA, size=1), source=Source(origin=b"a"), claim=None)
        yield database


def test_the_latest_word_counts_and_tries_are_counted(db: Database) -> None:
    assert fetches.find(db, "urls", "k") is None
    fetches.record(db, DEAD)
    kept = replace(DEAD, outcome="kept", reason=None, sha256=SHA)
    fetches.record(db, kept)
    assert fetches.find(db, "urls", "k") == kept
    assert fetches.find(db, "other", "k") is None
    assert db.read("SELECT tries FROM fetch") == [(2,)]


def test_an_address_is_known_whoever_asked_and_a_photo_goes_before_a_failure(db: Database) -> None:
    kept = replace(DEAD, outcome="kept", reason=None, sha256=SHA)
    fetches.record(db, kept)
    fetches.record(db, replace(DEAD, collector="web"))
    assert fetches.find_address(db, "http://a/1") == kept
    assert fetches.find_address(db, "http://a/2") is None


def test_the_newest_hint_of_a_source_counts_and_sources_keep_their_own(db: Database) -> None:
    first, second = Source(origin=b"a"), Source(origin=b"b")
    photos.add(db, Photo(sha256=SHA, size=1), source=second, claim=None)
    with db.write() as connection:
        for source, x in ((first, 1.0), (second, 2.0), (first, 3.0)):
            hints.record(connection, SHA, source, (x, 0.0, 5.0, 5.0))
    assert hints.boxes(db) == {SHA: ((3.0, 0.0, 5.0, 5.0), (2.0, 0.0, 5.0, 5.0))}
