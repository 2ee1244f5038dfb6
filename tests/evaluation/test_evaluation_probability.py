from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import norm

from facethemodel.evaluation.probability import fit_evidence, identity_weights
from facethemodel.evaluation.threshold import choose_threshold

SCORES = st.lists(st.floats(-40, 40, width=32), min_size=1, max_size=30)


def nobody(count: int) -> list[str | None]:
    return [None] * count


@given(SCORES, SCORES, st.floats(-50, 50), st.floats(-50, 50))
def test_whatever_was_seen_the_probability_rises_with_the_score(
    persons: list[float], strangers: list[float], one: float, other: float
) -> None:
    evidence = fit_evidence(persons, strangers, nobody(len(strangers)))
    assert evidence is not None
    low, high = sorted((one, other))
    below, above = evidence.probability([low]), evidence.probability([high])
    assert below is not None
    assert above is not None
    assert below <= above


@given(SCORES, SCORES, st.floats(-9, 9), st.floats(0.1, 9))
def test_shifted_and_stretched_scores_mean_the_same(
    persons: list[float], strangers: list[float], shift: float, stretch: float
) -> None:
    if float(np.std(persons + strangers)) < 0.01:
        return
    plain = fit_evidence(persons, strangers, nobody(len(strangers)))
    moved = fit_evidence(
        np.array(persons) * stretch + shift,
        np.array(strangers) * stretch + shift,
        nobody(len(strangers)),
    )
    assert plain is not None
    assert moved is not None
    for score in (persons[0], strangers[0]):
        assert moved.log_likelihood_ratio(score * stretch + shift) == pytest.approx(
            plain.log_likelihood_ratio(score), abs=1e-3
        )


@pytest.mark.parametrize("persons", [5, 20, 100, 500])
@pytest.mark.parametrize("gap", [3.0, 8.0, 200.0])
def test_with_few_photos_and_with_scores_perfectly_apart_it_stays_finite_and_within_its_limits(
    persons: int, gap: float
) -> None:
    rng = np.random.default_rng(persons)
    evidence = fit_evidence(rng.normal(gap, 1, persons), rng.normal(0, 1, 800), nobody(800))
    assert evidence is not None
    assert 0 < evidence.slope < 1000
    middle = evidence.probability([gap / 2])
    assert middle is not None
    # Between two heaps neither answer is sure.
    assert 0.01 < middle < 0.99
    assert evidence.highest == pytest.approx(math.log((persons + 1) / (persons + 2) * 802))
    assert evidence.lowest == pytest.approx(math.log(802 / 801 / (persons + 2)))
    top, bottom = evidence.probability([1e6]), evidence.probability([-1e6])
    assert top == pytest.approx(expit(evidence.highest))
    assert bottom == pytest.approx(expit(evidence.lowest))


def test_with_many_photos_it_finds_the_true_likelihood_ratio() -> None:
    """Two normal heaps of one width, 3 apart: the true log-likelihood ratio is 3 s - 4.5."""
    rng = np.random.default_rng(1)
    evidence = fit_evidence(rng.normal(3, 1, 4000), rng.normal(0, 1, 20_000), nobody(20_000))
    assert evidence is not None
    assert evidence.slope == pytest.approx(3.0, rel=0.08)
    assert evidence.log_likelihood_ratio(1.5) == pytest.approx(0.0, abs=0.15)
    assert evidence.log_likelihood_ratio(2.5) == pytest.approx(
        norm.logpdf(2.5, 3) - norm.logpdf(2.5, 0), rel=0.1
    )


def test_a_stranger_weighs_the_same_however_many_photos_there_are() -> None:
    persons = [3.0, 3.5, 4.0, 2.5]
    once = fit_evidence(persons, [-3.0, -2.0, 0.5], ["a", "b", "c"])
    often = fit_evidence(persons, [-3.0, -2.0] + [0.5] * 50, ["a", "b"] + ["C_"] * 50)
    assert once is not None
    assert often is not None
    assert often.slope == pytest.approx(once.slope, rel=1e-6)
    assert often.highest == once.highest
    assert identity_weights([None, None, "x", "X"]).tolist() == [1.0, 1.0, 0.5, 0.5]


@pytest.mark.parametrize(("persons", "strangers"), [([1.0], [1.0]), ([0.0, 0.0], [5.0, 6.0])])
def test_scores_that_do_not_tell_them_apart_leave_the_prior(
    persons: list[float], strangers: list[float]
) -> None:
    evidence = fit_evidence(persons, strangers, nobody(len(strangers)), prior=0.2)
    assert evidence is not None
    assert [evidence.probability([score]) for score in (-9.0, 9.0)] == pytest.approx([0.2, 0.2])


def test_without_both_kinds_there_are_no_probabilities() -> None:
    assert fit_evidence([], [1.0], [None]) is None
    assert fit_evidence([1.0], [], []) is None
    with pytest.raises(ValueError, match="2 stranger scores but 1 identities"):
        fit_evidence([1.0], [1.0, 2.0], [None])


def test_the_calibration_carries_probabilities_and_no_line_depends_on_the_prior() -> None:
    rng = np.random.default_rng(2)
    strangers, persons = rng.normal(0, 1, 400), rng.normal(4, 1, 30)
    names = [f"s{i}" for i in range(400)]
    half = choose_threshold(strangers, names, persons)
    rare = choose_threshold(strangers, names, persons, prior=0.001, stranger_faces=[1] * 390 + [3] * 10)
    assert half.evidence is not None
    assert rare.evidence is not None
    assert (half.evidence.prior, rare.evidence.prior) == (0.5, 0.001)
    assert rare.thresholds == half.thresholds
    assert (half.several_faces, rare.several_faces, half.unnamed) == (0, 10, 0)
    assert half.band is not None
    assert rare.band is not None
    assert rare.band.to_probability < half.band.to_probability
    assert choose_threshold(strangers, [None, None, *names[2:]], []).unnamed == 2
    with pytest.raises(ValueError, match="prior must lie"):
        choose_threshold(strangers, names, persons, prior=1.0)
