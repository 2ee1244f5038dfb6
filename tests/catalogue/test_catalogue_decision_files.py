from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facethemodel.catalogue import decisions, photos, rulings
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.decision_files import FileKind, ImportReport, kind_of, take, written
from facethemodel.catalogue.decisions import Decision
from facethemodel.catalogue.records import Photo, Source
from facethemodel.catalogue.rulings import Ruling
from facethemodel.errors import UsageError

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
KINDS: tuple[FileKind, ...] = ("csv", "jsonl")


def _open(path: Path, *shas: str) -> Database:
    database = open_database(path, create=True)
    for sha in shas:
        photos.add(database, Photo(sha256=sha, size=1), source=Source(origin=sha.encode()), claim=None)
    return database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with _open(tmp_path / "one.db", A, B) as database:
        yield database


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Database]:
    with _open(tmp_path / "two.db", A, B, C) as database:
        yield database


def _aside(sha: str, reason: str, second: int) -> Decision:
    return Decision(sha256=sha, kind="aside", reason=reason, at=f"2026-01-01T00:00:{second:02d}+00:00")


def _counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.known, len(report.unknown), len(report.damaged)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_comes_over_and_only_once(kind: FileKind, db: Database, other: Database) -> None:
    said = [
        Decision(sha256=A, kind="role", role="stranger", identity='Bo "B",\nDerek', reason="über"),
        Decision(sha256=A, kind="aside", reason="blurred", actor="auto"),
        Decision(sha256=A, kind="back"),
        Decision(sha256=A, kind="aside", reason="blurred", actor="auto"),
    ]
    decisions.record(db, said)
    rulings.record(db, [rulings.different(A, B), Ruling(kind="best", sha256=B)])
    file = written(db, kind)
    assert _counts(take(other, file, kind)) == (6, 0, 0, 0)
    assert decisions.log(other) == decisions.log(db)
    assert rulings.log(other) == rulings.log(db)
    assert _counts(take(other, file, kind)) == (0, 6, 0, 0)
    assert _counts(take(db, file, kind)) == (0, 6, 0, 0)
    assert written(other, kind) == file


@pytest.mark.parametrize("kind", KINDS)
def test_photos_that_are_not_here_are_reported_and_the_others_taken(
    kind: FileKind, db: Database, other: Database
) -> None:
    decisions.record(other, [_aside(C, "x", 1), _aside(A, "x", 2), _aside(C, "y", 3)])
    rulings.record(other, [rulings.different(A, C)])
    report = take(db, written(other, kind), kind)
    assert _counts(report) == (1, 0, 3, 0)
    assert set(report.unknown) == {C}
    assert list(decisions.latest_asides(db)) == [A]


def test_the_latest_decision_by_time_counts_whichever_side_it_came_from(
    db: Database, other: Database
) -> None:
    decisions.record(db, [_aside(A, "ours, later", 9), _aside(B, "ours, earlier", 1)])
    decisions.record(other, [_aside(A, "theirs, earlier", 2), _aside(B, "theirs, later", 5)])
    file = written(other, "jsonl")
    assert take(db, file, "jsonl").restated == 1
    expected = {A: "ours, later", B: "theirs, later"}
    assert {sha: one.reason for sha, one in decisions.latest_asides(db).items()} == expected
    assert _counts(take(db, file, "jsonl")) == (0, 2, 0, 0)
    take(other, written(db, "csv"), "csv")
    assert {sha: one.reason for sha, one in decisions.latest_asides(other).items()} == expected


def test_at_the_same_second_ours_counts(db: Database, other: Database) -> None:
    decisions.record(db, [_aside(A, "ours", 5)])
    decisions.record(other, [_aside(A, "theirs", 5)])
    assert take(db, written(other, "jsonl"), "jsonl").restated == 1
    assert decisions.latest_asides(db)[A].reason == "ours"


def test_of_rulings_too_the_latest_by_its_time_counts(db: Database, other: Database) -> None:
    rulings.record(db, [Ruling(kind="same", sha256=A, other=B, at="2026-01-01T00:00:09+00:00")])
    earlier = replace(rulings.different(A, B), at="2026-01-01T00:00:02+00:00")
    rulings.record(other, [earlier])
    assert take(db, written(other, "jsonl"), "jsonl").added == 1
    assert rulings.rulings(db).different == frozenset()


_GOOD = {"sha256": A, "kind": "aside", "reason": "x", "at": "2026-01-01T02:00:00+02:00"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sha256": "abc"}, "not 64 hexadecimal digits"),
        ({"kind": "delete"}, "kind is 'delete'"),
        ({"reason": ""}, "without a reason"),
        ({"role": "person"}, "cannot name a role"),
        ({"at": "yesterday"}, "not an ISO 8601 time"),
        ({"at": "2026-01-01T00:00:00"}, "without a time zone"),
        ({"at": "9999-01-01T00:00:00+00:00"}, "in the future"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "no time in UTC"),
        ({"actor": "me"}, "actor is 'me'"),
        ({"kind": "different", "other": A}, "named twice"),
        ({"kind": "best", "other": B}, "about one photo"),
        ({"other": B}, "about one photo"),
        ({"reason": 7}, "not a text"),
        ({"more": "x"}, "unknown field 'more'"),
        ({"kind": "role", "role": "person", "identity": "Bo"}, "cannot have the identity"),
    ],
)
def test_a_damaged_line_is_named_and_the_others_are_taken(
    change: dict[str, Any], said: str, db: Database
) -> None:
    lines = [json.dumps(_GOOD), "", json.dumps(_GOOD | change), '{"sha256": "a', "[1]"]
    report = take(db, "\n".join(lines).encode(), "jsonl")
    assert report.added == 1
    assert [number for number, _ in report.damaged] == [3, 4, 5]
    assert said in report.damaged[0][1]
    assert [one.at for one in decisions.log(db)] == ["2026-01-01T00:00:00+00:00"]


def test_damaged_lines_of_a_table(db: Database) -> None:
    good = f"{A},aside,x,2026-01-01T00:00:00+00:00\n".encode()
    head = b"\xef\xbb\xbfsha256,kind,reason,at\r\n"
    report = take(db, head + b"a,b\n" + good + good.replace(b"x", b"\xff") + b"\0\n" + good, "csv")
    assert report.added == 2
    assert [number for number, _ in report.damaged] == [2, 4, 5]


@pytest.mark.parametrize("data", [b"", b"name,age\n", b"sha256,kind\n", b"\x89PNG\r\n\0\0", b"a" * 200_000])
def test_a_file_that_is_no_log(data: bytes, db: Database) -> None:
    with pytest.raises(UsageError, match="the first line names"):
        take(db, data, "csv")


def test_kinds_of_files() -> None:
    assert kind_of(Path("log.CSV")) == "csv"
    with pytest.raises(UsageError, match=r"neither in \.csv nor in \.jsonl"):
        kind_of(Path("log.txt"))


@given(data=st.binary(max_size=200), kind=st.sampled_from(KINDS))
@settings(deadline=None, max_examples=60)
def test_no_bytes_bring_it_down(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, kind: FileKind
) -> None:
    head = b"sha256,kind,at\n" if kind == "csv" else b""
    with _open(tmp_path_factory.mktemp("x") / "catalogue.db") as database:
        assert take(database, head + data, kind).added == 0
