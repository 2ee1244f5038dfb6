from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from facethemodel.catalogue import decisions, inspections, openings, parts, photos
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.decisions import Decision
from facethemodel.catalogue.parts import Assignment
from facethemodel.catalogue.records import Claim, Face, Inspection, Photo, Source
from facethemodel.catalogue.summary import summary


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "catalogue.db", create=True) as database:
        yield database


def sha(number: int) -> str:
    return f"{number:064x}"


def add(db: Database, number: int, *claims: Claim) -> None:
    for place, claim in enumerate(claims):
        photo, source = Photo(sha256=sha(number), size=100), Source(origin=str(place).encode())
        photos.add(db, photo, source=source, claim=claim)


def face(accepted: bool) -> Face:
    return Face(
        index=0,
        box=(0, 0, 1, 1),
        landmarks=(0.0,) * 10,
        detector_score=1,
        gate_score=1,
        accepted=accepted,
        main=accepted,
        sharpness=0,
        brightness=0,
    )


def test_an_assignment_takes_the_place_of_the_earlier_one(db: Database) -> None:
    for number in (1, 2):
        add(db, number, Claim(role="person"))
    first = Assignment(sha256=sha(1), part="train", group="g1")
    second = Assignment(sha256=sha(2), part=None, group="g2", reason="no face")
    parts.assign(db, [first, second])
    assert parts.assignments(db) == {sha(1): first, sha(2): second}
    moved = Assignment(sha256=sha(1), part="test", group="g1")
    parts.assign(db, [moved])
    assert parts.assignments(db)[sha(1)] == moved
    parts.replace(db, [second])
    assert parts.assignments(db) == {sha(2): second}
    parts.clear(db)
    assert parts.assignments(db) == {}


def test_a_split_that_is_stopped_leaves_the_old_one(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        add(db, number, Claim(role="person"))
    first = Assignment(sha256=sha(1), part="train", group="g1")
    parts.replace(db, [first])

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(parts, "assign", stopped)
    with pytest.raises(KeyboardInterrupt):
        parts.replace(db, [Assignment(sha256=sha(2), part="test", group="g2")])
    assert parts.assignments(db) == {sha(1): first}


def test_every_opening_of_the_test_part_is_counted(db: Database) -> None:
    assert openings.count(db) == 0
    assert openings.record_opening(db, run="r1", why="evaluate") == 1
    assert openings.record_opening(db, run="r1", why="evaluate") == 2
    assert openings.count(db) == 2


def test_the_table_counts_every_photo_in_one_line(db: Database) -> None:
    add(db, 1, Claim(role="person"), Claim(role="person"))
    add(db, 2, Claim(role="person"))
    add(db, 3, Claim(role="stranger", identity="Jo"))
    add(db, 4, Claim(role="stranger", identity="jo"))
    add(db, 5, Claim(role="stranger"))
    add(db, 6, Claim(role="curveball", category="cats"))
    add(db, 7, Claim(role="person"), Claim(role="stranger"))
    inspections.record(
        db,
        [
            (Inspection(sha256=sha(1), faces=(face(True),)), ()),
            (Inspection(sha256=sha(2), reason="truncated"), ()),
            (Inspection(sha256=sha(6), faces=(face(False),)), ()),
        ],
        version=1,
    )
    decisions.record(db, [Decision(sha256=sha(5), kind="aside", reason="blurred")])
    parts.assign(
        db,
        [
            Assignment(sha256=sha(1), part="train", group="g"),
            Assignment(sha256=sha(2), part=None, group="g", reason="unreadable"),
        ],
    )
    openings.record_opening(db, run="r", why="w")
    table = summary(db, person="Pat")
    person, stranger, curveball, undecided = table.roles
    assert [row.role for row in table.roles] == ["person", "stranger", "curveball", None]
    assert (person.photos, person.sources, person.size, person.names) == (2, 3, 200, 0)
    assert (person.inspected, person.unreadable, person.no_face) == (2, 1, 0)
    assert (person.parts["train"], person.parts["test"], person.left_out) == (1, 0, 1)
    assert (stranger.photos, stranger.names, stranger.aside, stranger.inspected) == (3, 1, 1, 0)
    assert (curveball.photos, curveball.names, curveball.no_face) == (1, 1, 1)
    assert (undecided.photos, undecided.conflicts) == (1, 1)
    assert (table.total.photos, table.total.conflicts, table.openings) == (7, 1, 1)


def test_an_empty_project_has_a_table_of_zeros(db: Database) -> None:
    table = summary(db, person="Pat")
    assert [row.role for row in table.roles] == ["person", "stranger", "curveball"]
    assert table.total.photos == 0
