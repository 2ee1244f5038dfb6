from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from facethemodel.bundle.decision import Thresholds, decide
from facethemodel.catalogue.records import PARTS, ROLES
from facethemodel.evaluation.battery import compute_battery
from facethemodel.evaluation.curves import CURVE_POINTS, rank
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.intervals import Rate, exact_interval
from facethemodel.evaluation.metrics import NO_NAME, compute_metrics
from facethemodel.evaluation.rows import Outcome, Row

LINE = Thresholds(person=2.0, unsure=1.0, target_fmr=0.01, confidence=0.95, promise=None, strangers=3)


def judged(score: float | None, **what: object) -> Row:
    return Row(
        sha256=str(what.pop("sha256", "a")),
        name="a",
        outcome="no_face" if score is None else "judged",
        verdict=decide([] if score is None else [score], LINE),
        score=score,
        **what,  # type: ignore[arg-type]
    )


def stranger(score: float | None, identity: str | None, sha256: str = "a") -> Row:
    return judged(score, role="stranger", part="test", identity=identity, sha256=sha256)


def test_the_person_with_failures_apart_and_end_to_end() -> None:
    rows = [judged(score, role="person", part="test") for score in (3.0, 2.5, 1.5, -1.0, None)]
    rows += [judged(9.0, role="person", part="calibrate")]
    person = compute_metrics(rows, LINE).person
    assert (person.photos, person.judged) == (5, 4)
    assert (person.found.count, person.fnmr.count, person.unsure.count) == (2, 2, 1)
    assert (person.failure_to_acquire.count, person.failure_to_acquire.total) == (1, 5)
    assert (person.end_to_end.count, person.end_to_end.total) == (2, 5)


def test_every_interval_is_at_the_confidence_of_the_line() -> None:
    rows = [judged(score, role="person", part="test") for score in (3.0, 2.5, 1.5, -1.0)]
    rows += [stranger(score, str(score)) for score in (0.0, 3.0, 1.5)]
    surer = compute_metrics(rows, replace(LINE, confidence=0.99))
    assert surer.confidence == 0.99
    assert surer.person.fnmr.high == pytest.approx(Rate.of(2, 4, confidence=0.99).high)
    taken = surer.strangers.fmr
    assert (taken.low, taken.high) == pytest.approx(exact_interval(1, 3, confidence=0.99))
    point = surer.ranking.operating_points[0].fnmr
    assert point.high == pytest.approx(Rate.of(point.count, 4, confidence=0.99).high)


@pytest.mark.parametrize("outcome", ["put_aside", "label_conflict", "no_role", "copy"])
def test_what_is_out_of_use_is_no_error(outcome: Outcome) -> None:
    rows = [judged(score, role="person", part="test") for score in (3.0, 2.5, None)]
    rows += [stranger(0.0, "Mary"), stranger(3.0, "Emmy"), judged(0.0, role="curveball", part="curveball")]
    gone = [
        replace(row, outcome=outcome, verdict=None, score=None, identity=row.identity and f"other {number}")
        for number, row in enumerate(rows)
    ]
    before, after = compute_metrics(rows, LINE), compute_metrics([*rows, *gone], LINE)
    assert replace(after, counts=before.counts) == before
    assert after.counts.outcomes[outcome] == 6
    assert after.person.end_to_end.total == 3


def test_a_family_of_curveballs_in_two_spellings_is_one() -> None:
    def doll(score: float | None, category: str, sha256: str) -> Row:
        return judged(score, role="curveball", part="curveball", category=category, sha256=sha256)

    aside = replace(doll(None, "wax dolls", "a"), outcome="put_aside", verdict=None)
    rows = [doll(3.0, "Zebras", "z"), aside, doll(3.0, "Wax_Dolls", "b"), doll(0.0, "wax dolls", "c")]
    found = compute_metrics([*rows, doll(0.0, "", "d")], LINE)
    assert [(one.category, one.photos, one.end_to_end.count) for one in found.curveballs] == [
        ("no category", 1, 0),
        # As the table spells it first, so that it is called the same wherever it is counted.
        ("wax dolls", 2, 1),
        ("Zebras", 1, 1),
    ]
    assert found.curveballs_pooled.photos == 4
    battery = compute_battery([], [*rows, doll(0.0, "", "d")], person_line=LINE.person)
    assert [one.name for one in battery.families] == ["no category", "wax dolls", "Zebras"]
    assert compute_metrics([aside], LINE).curveballs == ()


def test_a_photo_that_turned_out_to_show_people_is_no_curveball() -> None:
    rows = [judged(3.0, role=role, part="curveball") for role in ("person", "stranger", "curveball")]
    found = compute_metrics(rows, LINE)
    assert (found.curveballs_pooled.photos, found.person.photos, found.strangers.photos) == (1, 0, 0)


def test_nameless_photos_of_one_group_are_one_stranger() -> None:
    rows = [replace(stranger(3.0, None, f"{number}"), group=f"post {number % 2}") for number in range(6)]
    found = compute_metrics(rows, LINE).strangers
    assert (found.identities, found.fmr_per_identity.identities, found.photos) == (2, 2, 6)


def test_by_main_face_the_person_behind_a_stranger_is_no_error() -> None:
    rows = [judged(score, role="person", part="test", main_score=score) for score in (3.0, 4.0)]
    rows += [judged(score, role="stranger", part="test", identity=str(score)) for score in (0.0, 1.0)]
    rows.append(judged(9.0, role="stranger", part="test", identity="Mary", main_score=-1.0))
    found = compute_metrics(rows, LINE, comparisons={"Mary": ["Mary"]})
    assert found.ranking.auc == pytest.approx(2 / 3)
    assert found.by_main_face.auc == 1.0
    assert (found.comparisons[0].ranking.auc, found.comparisons[0].by_main_face.auc) == (0.0, 1.0)


def test_by_main_face_photos_without_a_main_face_count_by_their_best_face() -> None:
    rows = [judged(score, role="person", part="test", main_score=score) for score in (3.0, 4.0)]
    rows.append(judged(-5.0, role="person", part="test"))
    rows += [stranger(score, str(score)) for score in (0.0, 9.0)]
    rows.append(judged(9.0, role="stranger", part="test", identity="Mary", main_score=-1.0))
    found = compute_metrics(rows, LINE, comparisons={"nine": ["9.0"]})
    for point, other in zip(found.by_main_face.operating_points, found.ranking.operating_points, strict=True):
        assert (point.fmr.total, point.fnmr.total) == (other.fmr.total, other.fnmr.total) == (3, 3)
    # The person's miss and the stranger's false match stay; only the one behind Mary goes.
    assert found.by_main_face.auc == pytest.approx(4 / 9)
    assert found.comparisons[0].by_main_face.auc == 0.0


def test_strangers_by_photo_and_by_person() -> None:
    rows = [
        *[stranger(3.0, "Mary") for _ in range(8)],
        *[stranger(0.0, "mary") for _ in range(2)],
        *[stranger(0.0, "Emmy") for _ in range(9)],
        stranger(None, "Emmy"),
        stranger(5.0, None, "x"),
        stranger(0.0, None, "y"),
    ]
    strangers = compute_metrics(rows, LINE).strangers
    assert (strangers.photos, strangers.judged, strangers.identities) == (22, 21, 4)
    assert (strangers.fmr.count, strangers.fmr.total) == (9, 21)
    assert strangers.fmr_per_identity.value == pytest.approx((0.8 + 0.0 + 1.0 + 0.0) / 4)
    assert (strangers.end_to_end.count, strangers.end_to_end.total) == (9, 22)
    assert [one.identity for one in strangers.strangers] == ["Mary", NO_NAME, "Emmy"]
    assert [one.identity for one in strangers.worst] == ["Mary", NO_NAME]


def test_a_photo_without_a_face_counts_for_its_stranger_only_end_to_end() -> None:
    found = compute_metrics([stranger(3.0, "Mary"), stranger(None, "Mary"), stranger(None, "Emmy")], LINE)
    by_person = found.strangers.fmr_per_identity
    assert (by_person.value, by_person.identities) == (1.0, 1)
    assert found.strangers.end_to_end_per_identity.value == pytest.approx(0.25)
    assert found.plain.strangers_per_identity.value == pytest.approx(0.75)


def test_counts_of_unsure_highest_scores_and_what_is_promised_of_crowds() -> None:
    scores = (1.5, 3.0, 1.2, 0.0)
    rows = [stranger(score, "Mary") for score in scores]
    rows += [judged(score, role="curveball", part="curveball", category="cats") for score in scores]
    found = compute_metrics(rows, replace(LINE, promise=0.002))
    (mary,), (cats,) = found.strangers.strangers, found.curveballs
    assert (found.strangers.unsure.count, cats.unsure.count, cats.unsure.total) == (2, 2, 4)
    assert mary.highest_score == 3.0
    assert found.crowds.sizes[0].bound == 0.002
    assert compute_metrics(rows, LINE).crowds.sizes[0].bound is None


def test_many_mistakes_stand_before_a_single_one() -> None:
    rows = [stranger(3.0, "once"), *[stranger(3.0, "often") for _ in range(9)], stranger(0.0, "often")]
    assert [one.identity for one in compute_metrics(rows, LINE).strangers.strangers] == ["often", "once"]


def test_curveballs_with_and_without_the_gate() -> None:
    rows = [
        judged(3.0, role="curveball", part="curveball", category="cats", ungated_score=3.0),
        judged(0.0, role="curveball", part="curveball", category="cats", ungated_score=0.0),
        judged(None, role="curveball", part="curveball", category="cats", ungated_score=4.0),
        judged(None, role="curveball", part="curveball", category="text", ungated_score=-4.0),
        Row(sha256="b", name="b", role="curveball", part="curveball", category="text", outcome="unreadable"),
    ]
    metrics = compute_metrics(rows, LINE)
    cats, text = metrics.curveballs
    assert (cats.category, text.category) == ("cats", "text")
    assert [rate.count for rate in (cats.gate, cats.end_to_end, cats.without_gate)] == [2, 1, 2]
    assert (text.photos, text.gate.total) == (2, 1)
    pooled = metrics.curveballs_pooled
    assert (pooled.photos, pooled.end_to_end.count, pooled.end_to_end.total) == (5, 1, 4)
    assert metrics.plain.curveballs.value == 0.75
    assert metrics.plain.curveballs_without_gate.value == 0.5


def test_a_comparison_takes_only_the_named_strangers() -> None:
    rows = [
        judged(2.5, role="person", part="test"),
        stranger(3.0, "Ringo_Starr"),
        stranger(0.0, "ringo starr"),
        stranger(9.0, "George"),
    ]
    (one,) = compute_metrics(rows, LINE, comparisons={"Ringo": ["Ringo Starr"]}).comparisons
    assert (one.photos, one.fmr.count, one.fmr.total) == (2, 1, 2)
    assert one.ranking.auc == 0.5


@given(st.integers(0, 2**32 - 1))
def test_counts_always_add_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(int(rng.integers(0, 60))):
        role = ROLES[rng.integers(len(ROLES))]
        part = (*PARTS, None)[rng.integers(len(PARTS) + 1)]
        score = None if rng.random() < 0.3 else float(rng.normal(1, 2))
        if rng.random() < 0.3:
            rows.append(Row(sha256=str(i), name="x", role=role, part=part, outcome="unreadable"))
        else:
            name = None if rng.random() < 0.2 else f"s{rng.integers(4)}"
            rows.append(judged(score, role=role, part=part, identity=name, category="c", sha256=str(i)))
    metrics = compute_metrics(rows, LINE)
    assert sum(metrics.counts.outcomes.values()) == metrics.counts.photos == len(rows)
    assert sum(sum(roles.values()) for roles in metrics.counts.parts.values()) == len(rows)
    person, strangers = metrics.person, metrics.strangers
    assert person.found.count + person.fnmr.count == person.judged
    assert person.judged + person.failure_to_acquire.count == person.photos
    assert strangers.judged + strangers.failure_to_acquire.count == strangers.photos
    assert sum(one.photos for one in strangers.strangers) == strangers.photos
    assert sum(one.fmr.count for one in strangers.strangers) == strangers.fmr.count
    assert sum(one.photos for one in metrics.curveballs) == metrics.curveballs_pooled.photos
    assert sum(one.gate.count for one in metrics.curveballs) == metrics.curveballs_pooled.gate.count


SCORES = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=40)


@given(SCORES, SCORES)
def test_the_area_is_the_share_of_pairs_in_order(person: list[float], strangers: list[float]) -> None:
    pairs = [(p > s) + (p == s) / 2 for p in person for s in strangers]
    assert rank(person, strangers).auc == pytest.approx(sum(pairs) / len(pairs))


@given(SCORES, SCORES)
def test_the_curve_and_the_operating_points_are_what_their_lines_do(
    person: list[float], strangers: list[float]
) -> None:
    ranking = rank(person, strangers)
    for point in ranking.curve:
        assert point.fmr == pytest.approx(np.mean(np.array(strangers) >= point.threshold))
        assert point.fnmr == pytest.approx(np.mean(np.array(person) < point.threshold))
    assert ranking.curve[0].fmr == 1.0
    assert ranking.curve[-1].fmr == 0.0
    for operating in ranking.operating_points:
        assert operating.threshold is not None
        assert operating.fmr.value is not None
        assert operating.fmr.value <= operating.target_fmr
        assert operating.fnmr.count == sum(score < operating.threshold for score in person)


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    rng = np.random.default_rng(2)
    person: NDArray[np.float64] = rng.normal(2, 1, 3000)
    strangers: NDArray[np.float64] = rng.normal(0, 1, 30_000)
    curve = rank(person.tolist(), strangers.tolist()).curve
    assert 100 < len(curve) <= CURVE_POINTS
    assert (curve[0].fmr, curve[-1].fnmr) == (1.0, 1.0)
    rates = np.array([point.fmr for point in curve])
    assert (np.diff(rates) <= 0).all()
    # No gap in the region people look at: between false match rates of 0.1 % and 10 %.
    shown = rates[(rates > 0.001) & (rates < 0.1)]
    assert (shown[:-1] / shown[1:]).max() < 1.5


def test_one_in_a_thousand_cannot_be_resolved_with_few_strangers() -> None:
    points = rank([1.0], [0.0] * 100).operating_points
    assert [point.resolvable for point in points] == [True, True, False]


def test_nothing_to_compare() -> None:
    ranking = rank([1.0], [])
    assert ranking.auc is None
    assert ranking.curve == ()
    assert ranking.operating_points[0].fnmr.value is None


def test_figures_of_the_table_beside_the_original(make_inputs: Callable[..., ReportInputs]) -> None:
    metrics = make_inputs().metrics
    assert metrics.plain.person.total == metrics.person.photos
    assert metrics.plain.strangers.count == metrics.strangers.photos - metrics.strangers.fmr.count
