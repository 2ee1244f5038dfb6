from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facethemodel.evaluation.crowds import CROWD_SIZES, crowd_bound, crowd_share, measure_crowds
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.intervals import MeanRate, upper_bound
from facethemodel.evaluation.rows import Row
from facethemodel.evaluation.threshold import largest_allowed, strangers_for
from facethemodel.report.page import render_report

SHARES = st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.2, 0.5, 1.0]), min_size=1, max_size=8)


def stranger(name: str, score: float, *, faces: int = 1, main: float | None = None) -> Row:
    return Row(
        sha256=f"{name}{score}{faces}",
        name="a",
        role="stranger",
        identity=name,
        outcome="judged",
        verdict="person" if score >= 0 else "not_person",
        score=score,
        main_score=score if main is None else main,
        faces=faces,
        part="test",
    )


@given(SHARES, st.integers(1, 8))
def test_all_crowds_are_counted_exactly(shares: list[float], size: int) -> None:
    if size > len(shares):
        assert crowd_share(shares, size) is None
        return
    one_by_one = [
        1 - np.prod([1 - shares[i] for i in crowd]) for crowd in combinations(range(len(shares)), size)
    ]
    assert crowd_share(shares, size) == pytest.approx(float(np.mean(one_by_one)), abs=1e-12)


@given(SHARES, st.integers(1, 7))
def test_one_more_stranger_never_makes_a_crowd_safer_and_the_union_bound_holds(
    shares: list[float], size: int
) -> None:
    smaller, larger = crowd_share(shares, size), crowd_share(shares, size + 1)
    if larger is None:
        return
    assert smaller is not None
    assert larger >= smaller - 1e-12
    assert larger <= (size + 1) * float(np.mean(shares)) + 1e-12


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 50), st.integers(1, 50))
def test_the_bound_grows_with_the_promise_and_with_the_crowd(a: float, b: float, k: int, m: int) -> None:
    low, high = crowd_bound(min(a, b), min(k, m)), crowd_bound(max(a, b), max(k, m))
    assert low is not None
    assert high is not None
    assert 0 <= low <= high <= 1
    assert crowd_bound(None, k) is None


@given(st.integers(0, 200), st.integers(1, 200), st.floats(0.5, 0.999))
def test_a_bound_grows_with_what_was_let_through_and_shrinks_with_strangers(
    count: int, more: int, confidence: float
) -> None:
    total = count + 150
    bound = upper_bound(count, total, confidence=confidence)
    assert upper_bound(count + 1, total, confidence=confidence) >= bound
    assert upper_bound(count, total + more, confidence=confidence) <= bound
    assert upper_bound(count, total, confidence=min(0.9999, confidence + 0.05)) >= bound


@given(st.integers(1, 3000), st.integers(1, 500), st.sampled_from([0.002, 0.01, 0.05]))
def test_more_strangers_never_allow_fewer_through(strangers: int, more: int, target: float) -> None:
    few = largest_allowed(strangers, target_fmr=target, confidence=0.95)
    many = largest_allowed(strangers + more, target_fmr=target, confidence=0.95)
    assert few is None or (many is not None and many >= few)
    assert strangers_for(target_fmr=target / 2, confidence=0.95) > strangers_for(
        target_fmr=target, confidence=0.95
    )


def test_the_interval_covers_what_crowds_of_new_strangers_would_show() -> None:
    """Half of the strangers of each round are never taken, some always: identities are the draws."""
    rng = np.random.default_rng(0)
    truth, rounds, size = 0.03, 300, 5
    wanted = 1 - (1 - truth) ** size
    covered = 0
    for _ in range(rounds):
        shares = (rng.random(200) < truth).astype(float).tolist()
        mean = MeanRate.of(shares)
        covered += 1 - (1 - mean.low) ** size <= wanted <= 1 - (1 - mean.high) ** size
    assert covered / rounds >= 0.93


def test_crowds_of_a_test_part() -> None:
    rows = [stranger("a", 1.0), stranger("a", -1.0), *[stranger(name, -1.0) for name in "bcd"]]
    found = measure_crowds(rows, promise=0.01, confidence=0.95)
    assert [one.strangers for one in found.sizes] == list(CROWD_SIZES)
    # Stranger a is taken on half of his photos, and is in one of four, two of four, three of four crowds.
    assert [one.value for one in found.sizes[:3]] == pytest.approx([1 / 8, 2 / 8, 3 / 8])
    assert [one.value for one in found.sizes[3:]] == [None, None]
    assert [one.bound for one in found.sizes] == pytest.approx([0.01, 0.02, 0.03, 0.05, 0.1])
    assert all(one.low <= (one.value or one.low) <= one.high for one in found.sizes)


@given(SHARES)
@example([1.0, 0.0])
def test_an_interval_holds_its_own_estimate(shares: list[float]) -> None:
    rows = [
        stranger(str(name), 1.0 if i < 10 * share else -1.0)
        for name, share in enumerate(shares)
        for i in range(10)
    ]
    for one in measure_crowds(rows, promise=None, confidence=0.95).sizes:
        assert one.value is None or one.low <= one.value <= one.high


def test_photos_with_several_faces_are_counted_apart_and_bystanders_named() -> None:
    rows = [
        stranger("a", 1.0),
        stranger("b", 1.0, faces=2, main=-3.0),
        stranger("c", -1.0, faces=2, main=-2.0),
        stranger("d", 2.0, faces=5, main=2.0),
    ]
    found = measure_crowds(rows, promise=None, confidence=0.95).by_faces
    assert [(one.faces, one.photos, one.by_another_face) for one in found] == [
        (1, 1, 0),
        (2, 2, 1),
        (3, 1, 0),
    ]
    assert [one.taken.value for one in found] == [1.0, 0.5, 1.0]


def test_the_report_states_the_bound(make_inputs: Callable[..., ReportInputs]) -> None:
    html = render_report(make_inputs())
    assert "Several strangers on one photo" in html
    assert "A photo of k such strangers has k chances" in html
    assert "Several strangers on one photo" not in render_report(make_inputs(names=()))
