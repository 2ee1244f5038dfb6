from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from facethemodel.catalogue import photos, rulings
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.records import Photo, Source
from facethemodel.catalogue.rulings import Ruling, different
from facethemodel.errors import UsageError

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "catalogue.db", create=True) as database:
        for sha in (A, B, C):
            photos.add(database, Photo(sha256=sha, size=1), source=Source(origin=sha.encode()), claim=None)
        yield database


def test_the_latest_word_counts(db: Database) -> None:
    rulings.record(db, [different(B, A), Ruling(kind="best", sha256=C), Ruling(kind="best", sha256=B)])
    said = rulings.rulings(db)
    assert said.different == {(A, B)}
    assert said.best[B] > said.best[C]
    rulings.record(db, [Ruling(kind="same", sha256=A, other=B), Ruling(kind="best", sha256=C)])
    said = rulings.rulings(db)
    assert said.different == frozenset()
    assert said.best[C] > said.best[B]


def test_what_was_said_is_never_altered_or_lost(db: Database) -> None:
    rulings.record(db, [different(A, B)])
    for sql in ("DELETE FROM ruling", "UPDATE ruling SET kind = 'same'"):
        with pytest.raises(sqlite3.IntegrityError, match="never"), db.write() as connection:
            connection.execute(sql)
    assert [one.kind for one in rulings.log(db)] == ["different"]


def test_a_mistake_records_nothing(db: Database) -> None:
    with pytest.raises(UsageError, match="named twice"):
        different(A, A)
    with pytest.raises(UsageError, match="no photo dddd"):
        rulings.record(db, [Ruling(kind="best", sha256=A), Ruling(kind="best", sha256="d" * 64)])
    assert rulings.log(db) == []
