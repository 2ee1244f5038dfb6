from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from facethemodel.evaluation.intervals import MeanRate, Rate, exact_interval, upper_bound


@st.composite
def counted(draw: st.DrawFn) -> tuple[int, int]:
    total = draw(st.integers(0, 3000))
    return draw(st.integers(0, total)), total


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 1 - 0.025 ** (1 / 10)),
        (10, 10, 0.025 ** (1 / 10), 1.0),
        (1, 1, 0.025, 1.0),
        (5, 10, 0.1870860, 0.8129140),
    ],
)
def test_known_intervals(count: int, total: int, low: float, high: float) -> None:
    assert exact_interval(count, total) == pytest.approx((low, high), abs=1e-6)


@given(counted(), st.floats(0.5, 0.999))
def test_interval_holds_the_point_and_its_ends_are_the_binomial_ones(
    what: tuple[int, int], confidence: float
) -> None:
    count, total = what
    rate = Rate.of(count, total, confidence=confidence)
    tail = (1 - confidence) / 2
    if total:
        assert rate.value is not None
        assert 0 <= rate.low <= rate.value <= rate.high <= 1
    if count > 0:
        assert binom.sf(count - 1, total, rate.low) == pytest.approx(tail, rel=1e-6)
    if count < total:
        assert binom.cdf(count, total, rate.high) == pytest.approx(tail, rel=1e-6)


@given(counted())
def test_complement_mirrors(what: tuple[int, int]) -> None:
    count, total = what
    other = Rate.of(count, total).complement
    assert (other.count, other.total) == (total - count, total)
    assert (other.low, other.high) == pytest.approx(exact_interval(total - count, total), abs=1e-9)


def test_upper_bound_is_one_sided() -> None:
    assert upper_bound(0, 300) == pytest.approx(1 - 0.05 ** (1 / 300))
    assert upper_bound(0, 0) == upper_bound(7, 7) == 1.0
    assert upper_bound(3, 100) < exact_interval(3, 100)[1]


@pytest.mark.parametrize(
    ("count", "total", "confidence"), [(-1, 5, 0.9), (6, 5, 0.9), (1, 5, 0.0), (1, 5, 1.0)]
)
def test_impossible_values_are_refused(count: int, total: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="must lie between"):
        exact_interval(count, total, confidence=confidence)
    with pytest.raises(ValueError, match="must lie between"):
        upper_bound(count, total, confidence=confidence)


def test_mean_of_no_errors_still_has_an_upper_end() -> None:
    mean = MeanRate.of([0.0] * 50)
    assert (mean.value, mean.low) == (0.0, 0.0)
    assert mean.high == pytest.approx(1 - 0.025 ** (1 / 50))
    assert MeanRate.of([]).value is None


def test_the_mean_of_the_others_mirrors_its_interval() -> None:
    mean = MeanRate.of([0.0] * 18 + [0.5, 1.0])
    other = mean.complement
    assert other.value == pytest.approx(0.925)
    assert (other.low, other.high) == pytest.approx((1 - mean.high, 1 - mean.low))
    assert 0 < other.low < 0.925 < other.high < 1


@pytest.mark.parametrize(("a", "b"), [(0.02, 0.4), (0.5, 2.0), (0.05, 5.0)])
def test_mean_interval_covers_the_true_mean_of_uneven_strangers(a: float, b: float) -> None:
    rng = np.random.default_rng(1)
    truth, rounds, strangers = a / (a + b), 600, 60
    covered = 0
    for _ in range(rounds):
        shares = rng.binomial(6, rng.beta(a, b, strangers)) / 6
        mean = MeanRate.of(shares.tolist())
        covered += mean.low <= truth <= mean.high
    assert covered / rounds >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / rounds)
