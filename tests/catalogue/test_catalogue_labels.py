from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facethemodel.catalogue import decisions, photos
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.decisions import Decision
from facethemodel.catalogue.labels import labels
from facethemodel.catalogue.records import Claim, Label, Photo, Source, normalise_identity
from facethemodel.errors import UsageError


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "catalogue.db", create=True) as database:
        yield database


SHA = "ab" * 32
PERSON = Claim(role="person")


def stranger(identity: str | None = None) -> Claim:
    return Claim(role="stranger", identity=identity)


def curveball(category: str | None = None) -> Claim:
    return Claim(role="curveball", category=category)


def add(db: Database, claims: Sequence[Claim | None], sha: str = SHA) -> None:
    for number, claim in enumerate(claims):
        source = Source(origin=f"/{number}.jpg".encode())
        photos.add(db, Photo(sha256=sha, size=1), source=source, claim=claim)


def label(db: Database) -> Label:
    return labels(db, person="Paul McCartney")[SHA]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([None], Label(sha256=SHA, role=None)),
        ([PERSON, PERSON, None], Label(sha256=SHA, role="person")),
        (
            [stranger(), stranger("John_Lennon"), stranger("john  lennon")],
            Label(sha256=SHA, role="stranger", identity="John_Lennon"),
        ),
        ([curveball("cats"), curveball("Cats")], Label(sha256=SHA, role="curveball", category="cats")),
    ],
)
def test_sources_that_agree_give_a_label(
    db: Database, claims: Sequence[Claim | None], expected: Label
) -> None:
    add(db, claims)
    assert label(db) == expected
    assert label(db).usable == (expected.role is not None)


@pytest.mark.parametrize(
    ("claims", "conflict"),
    [
        ([stranger("Jo"), PERSON], "claimed as person and as stranger Jo"),
        ([stranger("Jo"), stranger("Al"), stranger("jo")], "claimed as stranger Al and as stranger Jo"),
        ([curveball("dogs"), curveball("cats")], "claimed as curveball cats and as curveball dogs"),
        ([curveball(), stranger()], "claimed as stranger and as curveball"),
        ([stranger("paul_mccartney")], "claimed as stranger paul_mccartney, which is the person's own name"),
    ],
)
def test_sources_that_disagree_are_reported_and_nothing_is_guessed(
    db: Database, claims: Sequence[Claim], conflict: str
) -> None:
    add(db, claims)
    assert label(db) == Label(sha256=SHA, role=None, conflict=conflict)
    assert not label(db).usable


def test_one_source_with_two_claims_is_a_conflict(db: Database) -> None:
    for claim in (stranger("Jo"), PERSON):
        add(db, [claim])
    assert label(db).conflict == "claimed as person and as stranger Jo"


@pytest.mark.parametrize(
    ("claims", "decision", "expected"),
    [
        ([PERSON, stranger("Jo")], PERSON, Label(sha256=SHA, role="person")),
        ([PERSON, stranger("Jo")], stranger(), Label(sha256=SHA, role="stranger", identity="Jo")),
        ([stranger("Jo"), stranger("Al")], stranger(), Label(sha256=SHA, role="stranger")),
        ([stranger("Jo")], stranger("Al"), Label(sha256=SHA, role="stranger", identity="Al")),
        ([stranger("Paul McCartney")], stranger(), Label(sha256=SHA, role="stranger")),
        ([stranger("Paul McCartney")], PERSON, Label(sha256=SHA, role="person")),
        ([PERSON, curveball("cats")], curveball(), Label(sha256=SHA, role="curveball", category="cats")),
    ],
)
def test_a_decision_settles_a_conflict(
    db: Database, claims: Sequence[Claim], decision: Claim, expected: Label
) -> None:
    add(db, claims)
    decide(db, "role", decision)
    assert label(db) == expected


def decide(db: Database, kind: decisions.Kind, claim: Claim | None = None, sha: str = SHA) -> None:
    decisions.record(
        db,
        [
            Decision(
                sha256=sha,
                kind=kind,
                role=claim.role if claim else None,
                identity=claim.identity if claim else None,
                category=claim.category if claim else None,
                reason="because",
            )
        ],
    )


def test_what_is_put_aside_can_be_brought_back_with_the_role_it_had(db: Database) -> None:
    add(db, [PERSON, stranger("Jo")])
    decide(db, "role", PERSON)
    decide(db, "aside")
    assert label(db) == Label(sha256=SHA, role="person", aside="because")
    assert not label(db).usable
    decide(db, "back")
    assert label(db) == Label(sha256=SHA, role="person")


def test_history_keeps_everything_that_was_decided(db: Database) -> None:
    add(db, [PERSON])
    made = [
        Decision(sha256=SHA, kind="aside", reason="blurred", actor="auto", at="2020-01-01T00:00:00+00:00"),
        Decision(sha256=SHA, kind="back", at="2020-01-02T00:00:00+00:00"),
        Decision(sha256=SHA, kind="role", role="stranger", identity="Jo", at="2020-01-03T00:00:00+00:00"),
    ]
    decisions.record(db, made)
    assert decisions.history(db, SHA) == made
    decisions.record(db, [Decision(sha256=SHA, kind="aside", reason="twice")])
    assert [decision.kind for decision in decisions.history(db, SHA)] == ["aside", "back", "role", "aside"]
    assert decisions.history(db, SHA)[-1].at is not None


@pytest.mark.parametrize(
    "sql", ["DELETE FROM decision", "UPDATE decision SET reason = 'x'", "DELETE FROM photo"]
)
def test_the_log_refuses_to_be_altered(db: Database, sql: str) -> None:
    add(db, [PERSON])
    decide(db, "aside")
    with pytest.raises(sqlite3.IntegrityError), db.write() as connection:
        connection.execute(sql)
    assert len(decisions.history(db, SHA)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        Decision(sha256="cd" * 32, kind="aside", reason="x"),
        Decision(sha256=SHA, kind="role"),
        Decision(sha256=SHA, kind="aside"),
        Decision(sha256=SHA, kind="back", role="person"),
        Decision(sha256=SHA, kind="role", role="person", identity="Jo"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_with_all_that_came_with_it(
    db: Database, wrong: Decision
) -> None:
    add(db, [PERSON])
    with pytest.raises(UsageError):
        decisions.record(db, [Decision(sha256=SHA, kind="aside", reason="x"), wrong])
    assert decisions.history(db, SHA) == []


NUMBERS = itertools.count()


def another_photo() -> str:
    """Gives a hash that no example has used: all examples of a property share one catalogue."""
    return f"{next(NUMBERS):064x}"


NAMES = st.sampled_from(["Jo", "jo", "J o", "J_o", "Al", "Paul McCartney"])
CLAIMS = st.one_of(
    st.none(),
    st.just(PERSON),
    st.builds(stranger, st.none() | NAMES),
    st.builds(curveball, st.none() | NAMES),
)


def meaning(label: Label) -> tuple[object, ...]:
    identity = label.identity and normalise_identity(label.identity)
    category = label.category and normalise_identity(label.category)
    return label.role, identity, category, label.conflict and normalise_identity(label.conflict), label.aside


SHARED = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SHARED
@given(data=st.data(), additions=st.lists(st.tuples(st.integers(0, 2), CLAIMS), min_size=1, max_size=6))
def test_the_order_of_adding_changes_nothing_but_the_spelling(
    db: Database, data: st.DataObject, additions: list[tuple[int, Claim | None]]
) -> None:
    shas = []
    for order in (additions, data.draw(st.permutations(additions)), [*additions, *additions]):
        shas.append(another_photo())
        for place, claim in order:
            photo, source = Photo(sha256=shas[-1], size=1), Source(origin=str(place).encode())
            photos.add(db, photo, source=source, claim=claim)
    found = labels(db, person="paul  mccartney")
    first, second, third = (found[sha] for sha in shas)
    assert meaning(first) == meaning(second) == meaning(third)
    assert first.role is None or first.conflict is None


@SHARED
@given(
    claims=st.lists(CLAIMS, min_size=1, max_size=3),
    log=st.lists(
        st.tuples(st.sampled_from(["aside", "back", "role"]), st.sampled_from([PERSON, stranger("Jo")])),
        max_size=8,
    ),
)
def test_of_each_kind_of_decision_the_latest_counts(
    db: Database, claims: list[Claim | None], log: list[tuple[decisions.Kind, Claim]]
) -> None:
    sha = another_photo()
    add(db, claims, sha)
    before = labels(db, person="Paul McCartney")[sha]
    for kind, claim in log:
        decide(db, kind, claim if kind == "role" else None, sha)
    after = labels(db, person="Paul McCartney")[sha]
    assert len(decisions.history(db, sha)) == len(log)
    moves = [kind for kind, _ in log if kind != "role"]
    roles = [claim for kind, claim in log if kind == "role"]
    assert after.aside == ("because" if moves and moves[-1] == "aside" else None)
    if roles:
        assert (after.role, after.conflict) == (roles[-1].role, None)
    else:
        assert (after.role, after.conflict) == (before.role, before.conflict)


@given(name=st.text())
def test_a_normalised_identity_stays_as_it_is(name: str) -> None:
    once = normalise_identity(name)
    assert normalise_identity(once) == once
    assert "_" not in once
    assert once == once.strip()


@given(
    words=st.lists(st.text("abcXYZäÖ", min_size=1), min_size=1),
    gaps=st.sampled_from([" ", "_", "  ", "\t_ "]),
)
def test_spellings_of_a_name_are_one_identity(words: list[str], gaps: str) -> None:
    assert normalise_identity(gaps + gaps.join(words).upper()) == normalise_identity(" ".join(words).lower())


@given(first=st.lists(st.text("abc", min_size=1)), second=st.lists(st.text("abc", min_size=1)))
def test_different_names_stay_different(first: list[str], second: list[str]) -> None:
    same = normalise_identity("_".join(first)) == normalise_identity(" ".join(second))
    assert same == (first == second)
