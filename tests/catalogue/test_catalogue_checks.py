"""Check scores are kept with their inspection, replaced with it, and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from facethemodel.catalogue import checks, inspections, photos
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.records import CheckScore, Inspection, Photo, Source

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def score(name: str, value: float) -> CheckScore:
    return CheckScore(name=name, score=value, measure=None if value == 0 else 3.5)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "catalogue.db", create=True) as made:
        for sha in (A, B, C):
            photos.add(made, Photo(sha256=sha, size=1), source=Source(origin=sha.encode()), claim=None)
        made_scores = {
            A: [score("dark", 0.5), score("text", 0.9)],
            B: [score("dark", 0.8), score("text", 0.0)],
        }
        batch = [(Inspection(sha256=sha), ()) for sha in (A, B)]
        inspections.record(made, batch, version=1, checks=made_scores)
        yield made


def test_flags_are_listed_the_worst_first(db: Database) -> None:
    assert [(sha, one.score) for sha, one in checks.flagged(db, "dark")] == [(B, 0.8), (A, 0.5)]
    assert checks.flagged(db, "text") == [(A, score("text", 0.9))]
    assert checks.flagged(db, "collage") == []
    assert checks.of_photo(db, B) == [score("dark", 0.8), score("text", 0.0)]


def test_a_new_inspection_replaces_the_scores(db: Database) -> None:
    inspections.record(db, [(Inspection(sha256=A), ())], version=2, checks={A: [score("text", 0.1)]})
    assert checks.of_photo(db, A) == [score("text", 0.1)]
    inspections.record(db, [(Inspection(sha256=B, reason="no photo any more"), ())], version=2)
    assert checks.of_photo(db, B) == []


def test_what_waits_to_be_checked_is_counted(db: Database) -> None:
    assert checks.unchecked(db) == 1
    inspections.record(db, [(Inspection(sha256=C, reason="no image"), ())], version=1)
    assert checks.unchecked(db) == 0
    inspections.record(db, [(Inspection(sha256=C), ())], version=1)
    assert checks.unchecked(db) == 1
