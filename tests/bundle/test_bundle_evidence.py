from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.bundle.evidence import Evidence, chance

GOOD: dict[str, Any] = {"slope": 1.5, "intercept": -2.0, "lowest": -3.7, "highest": 6.1, "prior": 0.5}
SCORES = st.floats(-60, 60)


@st.composite
def scales(draw: st.DrawFn) -> Evidence:
    return Evidence(
        slope=draw(st.floats(0, 50)),
        intercept=draw(st.floats(-50, 50)),
        lowest=draw(st.floats(-9, 0)),
        highest=draw(st.floats(0, 9)),
        prior=draw(st.floats(1e-6, 1 - 1e-6)),
    )


@given(scales(), SCORES, SCORES)
def test_a_higher_score_never_makes_the_person_less_probable(
    evidence: Evidence, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    below, above = evidence.probability([low]), evidence.probability([high])
    assert below is not None
    assert above is not None
    assert 0 < below <= above < 1


@given(scales(), st.lists(SCORES, min_size=1, max_size=6), st.data())
def test_in_a_crowd_too_a_higher_score_never_lowers_the_probability(
    evidence: Evidence, scores: list[float], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(scores) - 1))
    raised = list(scores)
    raised[place] += data.draw(st.floats(0, 20))
    before, after = evidence.probability(scores), evidence.probability(raised)
    assert before is not None
    assert after is not None
    assert after >= before - 1e-12


@given(scales(), st.lists(SCORES, min_size=1, max_size=6))
def test_a_photo_is_the_sum_of_its_faces_and_never_surer_than_its_best_one_alone(
    evidence: Evidence, scores: list[float]
) -> None:
    whole, alone = evidence.probability(scores), evidence.probability([max(scores)])
    assert whole is not None
    assert alone is not None
    assert whole == pytest.approx(math.fsum(evidence.probabilities(scores)))
    assert whole <= alone + 1e-12


@given(scales(), SCORES, st.floats(0.001, 0.999))
def test_the_prior_shifts_the_odds_and_nothing_else(evidence: Evidence, score: float, prior: float) -> None:
    other = dataclasses.replace(evidence, prior=prior)
    ratio = evidence.log_likelihood_ratio(score)
    assert other.log_likelihood_ratio(score) == ratio
    assert other.probability([score]) == pytest.approx(chance(ratio, prior=prior), rel=1e-9)
    assert evidence.lowest <= ratio <= evidence.highest


def test_known_values() -> None:
    evidence = Evidence(**GOOD)
    assert evidence.log_likelihood_ratio(2.0) == 1.0
    assert evidence.probability([2.0]) == pytest.approx(math.e / (1 + math.e))
    # One face of evidence e and one of evidence 1: together (e + 1) / 2.
    assert evidence.probability([2.0, 4 / 3]) == pytest.approx((math.e + 1) / 2 / (1 + (math.e + 1) / 2))
    rare = dataclasses.replace(evidence, prior=0.001, highest=math.log(999))
    assert rare.probability([99.0]) == pytest.approx(0.5)
    assert evidence.probability([]) is None


def test_endless_scores_are_cut_off_and_no_number_is_refused() -> None:
    evidence = Evidence(**GOOD)
    assert evidence.log_likelihood_ratio(math.inf) == 6.1
    assert evidence.log_likelihood_ratio(-math.inf) == -3.7
    assert Evidence(**{**GOOD, "slope": 0.0}).log_likelihood_ratio(math.inf) == -2.0
    with pytest.raises(ValueError, match="not a number"):
        evidence.probability([1.0, math.nan])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slope", -0.1),
        ("slope", math.inf),
        ("intercept", math.nan),
        ("lowest", 0.1),
        ("highest", -0.1),
        ("prior", 0.0),
        ("prior", 1.0),
    ],
)
def test_scales_that_make_no_sense_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Evidence(**{**GOOD, name: value})
