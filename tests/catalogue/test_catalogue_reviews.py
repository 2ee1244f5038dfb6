from __future__ import annotations

import itertools
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facethemodel.catalogue import decisions, photos, reviews, tags
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.decisions import Decision, history, latest_asides, latest_standings
from facethemodel.catalogue.labels import labels
from facethemodel.catalogue.records import Claim, Photo, Source
from facethemodel.catalogue.reviews import Act, What
from facethemodel.catalogue.schema import MIGRATIONS, migrate
from facethemodel.errors import UsageError

SHAS = tuple(f"{number:064x}" for number in range(4))
KEYS = map("key-{:08d}".format, itertools.count())


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "catalogue.db", create=True) as database:
        fill(database)
        yield database


def fill(db: Database) -> None:
    for sha in SHAS:
        claim = Claim(role="person")
        photos.add(db, Photo(sha256=sha, size=1), source=Source(origin=sha.encode() + b".jpg"), claim=claim)


def do(db: Database, what: What, *which: int, word: str = "", key: str | None = None) -> reviews.Done:
    shas = tuple(SHAS[number] for number in which)
    return reviews.act(db, Act(key=key or next(KEYS), what=what, shas=shas, word=word))


def undo(db: Database) -> reviews.Done | None:
    return reviews.undo(db, key=next(KEYS))


def redo(db: Database) -> reviews.Done | None:
    return reviews.redo(db, key=next(KEYS))


def state(db: Database) -> dict[str, object]:
    found = latest_standings(db)
    known = labels(db, person="Ada")
    words = tags.tags(db)
    return {
        sha: (
            (found[sha].kind, found[sha].reason) if sha in found else None,
            known[sha].role,
            known[sha].aside,
            words.get(sha),
        )
        for sha in SHAS
    }


def test_each_act_is_a_decision_and_rejected_photos_are_aside(db: Database) -> None:
    do(db, "keep", 0)
    do(db, "unsure", 1)
    do(db, "aside", 2, word="drawing")
    do(db, "role", 3, word="stranger")
    found = latest_standings(db)
    assert [found[sha].kind for sha in SHAS] == ["keep", "unsure", "aside", "keep"]
    assert {sha: one.reason for sha, one in latest_asides(db).items()} == {SHAS[2]: "drawing"}
    known = labels(db, person="Ada")
    assert known[SHAS[3]].role == "stranger"
    assert [known[sha].usable for sha in SHAS] == [True, True, False, True]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    ("keep", ""),
                    ("unsure", ""),
                    ("aside", "drawing"),
                    ("role", "stranger"),
                    ("tag", "old"),
                    ("untag", "old"),
                    ("undo", ""),
                    ("redo", ""),
                ]
            ),
            st.sets(st.integers(0, 3), min_size=1),
        ),
        max_size=14,
    )
)
def test_undo_and_redo_walk_through_every_state_that_was(
    steps: list[tuple[tuple[str, str], set[int]]],
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_database(Path(folder) / "catalogue.db", create=True) as db,
    ):
        fill(db)
        walk(db, steps)


def walk(db: Database, steps: list[tuple[tuple[str, str], set[int]]]) -> None:
    states, place = [state(db)], 0
    for (what, word), which in steps:
        if what == "undo":
            assert (undo(db) is not None) == (place > 0)
            place = max(place - 1, 0)
        elif what == "redo":
            assert (redo(db) is not None) == (place + 1 < len(states))
            place = min(place + 1, len(states) - 1)
        elif do(db, what, *which, word=word).shas:  # type: ignore[arg-type]
            states, place = [*states[: place + 1], state(db)], place + 1
        assert state(db) == states[place]
    while undo(db):
        place -= 1
        assert state(db) == states[place]
    assert place == 0


def test_undo_and_redo_of_two_acts_on_one_photo(db: Database) -> None:
    steps = [("keep", ""), ("aside", "drawing"), *[("undo", "")] * 2, *[("redo", "")] * 2, ("undo", "")]
    walk(db, [(step, {0}) for step in steps])


def test_an_undo_leaves_alone_what_was_decided_elsewhere_since(db: Database) -> None:
    do(db, "aside", 0, 1, word="absent")
    decisions.record(db, [Decision(sha256=SHAS[1], kind="back")])
    done = undo(db)
    assert done is not None
    assert (done.shas, done.left) == ((SHAS[0],), 1)
    assert latest_asides(db) == {}
    redone = redo(db)
    assert redone is not None
    assert redone.shas == (SHAS[0],)
    assert history(db, SHAS[1])[-1].kind == "back"


def role(db: Database, which: int) -> tuple[str | None, str | None]:
    found = labels(db, person="Ada")[SHAS[which]]
    return found.role, found.identity


def test_undo_and_redo_leave_alone_a_role_that_was_decided_elsewhere_since(db: Database) -> None:
    john = Decision(sha256=SHAS[1], kind="role", role="stranger", identity="John")
    do(db, "role", 0, 1, word="curveball")
    decisions.record(db, [john])
    done = undo(db)
    assert done is not None
    assert (done.shas, done.left) == ((SHAS[0],), 1)
    assert (role(db, 0), role(db, 1)) == (("person", None), ("stranger", "John"))
    decisions.record(db, [Decision(sha256=SHAS[0], kind="role", role="stranger", identity="George"), john])
    redone = redo(db)
    assert redone is not None
    assert (redone.shas, redone.left) == ((), 2)
    assert (role(db, 0), role(db, 1)) == (("stranger", "George"), ("stranger", "John"))


def test_a_role_that_is_decided_again_after_its_undo_is_not_done_away_with(db: Database) -> None:
    john = Decision(sha256=SHAS[0], kind="role", role="stranger", identity="John")
    decisions.record(db, [john])
    do(db, "role", 0, word="curveball")
    undo(db)
    decisions.record(db, [john])
    redone = redo(db)
    assert redone is not None
    assert (redone.shas, redone.left) == ((), 1)
    assert role(db, 0) == ("stranger", "John")


def test_roles_are_undone_and_done_again_through_other_acts(db: Database) -> None:
    decisions.record(db, [Decision(sha256=SHAS[0], kind="role", role="stranger", identity="John")])
    acts = [("role", "curveball"), ("aside", "drawing"), ("role", "person"), ("role", "curveball")]
    ways = [("undo", "")] * 4 + [("redo", "")] * 4 + [("undo", "")] * 2 + [("redo", "")] * 2
    walk(db, [(step, {0}) for step in [*acts, *ways]])


def test_a_key_that_comes_again_does_nothing_and_is_answered_alike(db: Database) -> None:
    first = do(db, "keep", 0, 1, key="pressed-once")
    assert do(db, "keep", 0, 1, key="pressed-once") == first
    assert len(history(db, SHAS[0])) == 1
    do(db, "keep", 2)
    assert reviews.undo(db, key="undone-once") == reviews.undo(db, key="undone-once")
    assert SHAS[0] in latest_standings(db)


def test_what_is_so_already_is_no_act(db: Database) -> None:
    do(db, "keep", 0)
    assert do(db, "keep", 0).shas == ()
    assert do(db, "keep", 0, 1).shas == (SHAS[1],)
    undo(db)
    assert redo(db) is not None
    assert do(db, "keep", 1).shas == ()
    assert reviews.can_turn(db) == (True, False)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Act(key="k" * 8, what="keep", shas=()), "no photo"),
        (Act(key="k" * 8, what="keep", shas=("ff" * 32,)), "holds no photo"),
        (Act(key="k" * 8, what="aside", shas=SHAS), "reason"),
        (Act(key="k" * 8, what="aside", shas=SHAS, word="a\x1bb"), "reason"),
        (Act(key="k" * 8, what="role", shas=SHAS, word="king"), "no role 'king'"),
        (Act(key="k" * 8, what="tag", shas=SHAS, word="  "), "empty"),
        (Act(key="k", what="keep", shas=SHAS), "key"),
    ],
)
def test_acts_that_make_no_sense_are_refused_whole(db: Database, wanted: Act, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        reviews.act(db, wanted)
    assert all(history(db, sha) == [] for sha in SHAS)
    assert reviews.can_turn(db) == (False, False)


def test_a_log_of_an_older_version_keeps_every_entry_and_stays_closed(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, name="old", create=True, migrations=MIGRATIONS[:2])
    connection.execute("INSERT INTO photo VALUES (?, 1, NULL, 'then')", (SHAS[0],))
    for kind in ("aside", "back"):
        connection.execute(
            "INSERT INTO decision (sha256, kind, reason, actor, at) VALUES (?, ?, 'r', 'user', 't')",
            (SHAS[0], kind),
        )
    connection.close()
    with open_database(path) as db:
        assert [one.kind for one in history(db, SHAS[0])] == ["aside", "back"]
        do(db, "keep", 0)
        assert db.read("SELECT max(id) FROM decision") == [(3,)]
        for sql in ("DELETE FROM decision", "UPDATE decision SET reason = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="record a new one"), db.write() as connection:
                connection.execute(sql)
