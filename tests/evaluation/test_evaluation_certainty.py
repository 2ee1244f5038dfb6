from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.evidence import Evidence
from facethemodel.evaluation.certainty import measure_certainty
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.reliability import BINS, measure_reliability
from facethemodel.evaluation.shown import Shown
from facethemodel.evaluation.unsure import CURVE_POINTS, measure_abstention, measure_band
from facethemodel.report.certainty import certainty_view
from facethemodel.report.page import render_report

LINE = Thresholds(person=2.0, unsure=1.0, target_fmr=0.01, confidence=0.95, promise=None, strangers=3)
PLAIN = Evidence(slope=1.0, intercept=0.0, lowest=-9.0, highest=9.0, prior=0.5)


def shown(
    persons: list[float],
    strangers: list[float],
    names: list[str | None] | None = None,
    *,
    evidence: Evidence = PLAIN,
) -> Shown:
    return Shown.of_scores(evidence, np.array(persons), np.array(strangers), names or [None] * len(strangers))


def heaps(seed: int, persons: int, strangers: int, *, prior: float = 0.5) -> Shown:
    """Two normal heaps of one width, 2 apart, and the true probabilities: the log-ratio is 2 s - 2."""
    rng = np.random.default_rng(seed)
    true = Evidence(slope=2.0, intercept=-2.0, lowest=-30.0, highest=30.0, prior=prior)
    return shown(rng.normal(2, 1, persons).tolist(), rng.normal(0, 1, strangers).tolist(), evidence=true)


def test_the_person_weighs_the_prior_and_every_stranger_the_same() -> None:
    found = shown(
        [1.0, 2.0], [0.0] * 5, ["a", "a", "a", "b", None], evidence=dataclasses.replace(PLAIN, prior=0.2)
    )
    assert found.weight[found.is_person].tolist() == pytest.approx([0.1, 0.1])
    assert found.weight[~found.is_person].tolist() == pytest.approx([0.8 / 9] * 3 + [0.8 / 3] * 2)
    assert (found.persons, found.identities) == (2, 3)
    with pytest.raises(ValueError, match="both kinds"):
        shown([], [1.0])


def test_a_share_of_the_person_goes_by_weight_not_by_photos() -> None:
    found = shown([3.0, 3.0, 0.0, 0.0], [3.0] + [0.0] * 99)
    share = found.person_share(found.score > 1, confidence=0.95)
    # Half of the person's photos against a hundredth of the strangers.
    assert share.value == pytest.approx(0.5 / (0.5 + 0.01))
    assert share.value is not None
    assert share.low < share.value < share.high
    assert (share.person_photos, share.stranger_photos) == (2, 1)
    nothing = found.person_share(found.score > 9, confidence=0.95)
    assert (nothing.value, nothing.low, nothing.high) == (None, 0.0, 1.0)


def test_the_interval_of_a_share_covers_the_truth() -> None:
    rng = np.random.default_rng(3)
    a, b = 0.3, 0.1
    truth, rounds, covered = a / (a + b), 200, 0
    for _ in range(rounds):
        found = shown(
            (rng.random(40) < a).astype(float).tolist(), (rng.random(150) < b).astype(float).tolist()
        )
        share = found.person_share(found.score > 0.5, confidence=0.95)
        covered += share.low <= truth <= share.high
    assert covered / rounds >= 0.95


@pytest.mark.parametrize("prior", [0.5, 0.02])
def test_true_probabilities_are_found_true(prior: float) -> None:
    found = measure_reliability(heaps(4, 1000, 3000, prior=prior), confidence=0.95)
    # As docs/metrics.md says.
    assert BINS == 10
    edges = [(one.from_probability, one.to_probability) for one in found.bins]
    assert edges == [(index / 10, (index + 1) / 10) for index in range(10)]
    assert sum(one.weight for one in found.bins) == pytest.approx(1.0)
    assert sum(one.observed.person_photos for one in found.bins) == 1000
    assert found.chance_low is not None
    assert found.chance_high is not None
    assert found.calibration_error <= 1.3 * found.chance_high
    assert found.brier < found.brier_knowing_nothing == pytest.approx(prior * (1 - prior))
    assert found.brier_low is not None
    assert found.brier_high is not None
    assert found.brier_low < found.brier < found.brier_high
    for one in found.bins:
        if one.observed.value is not None and one.observed.person_photos > 30:
            assert one.observed.low <= (one.predicted or 0.0) <= one.observed.high


def test_boastful_probabilities_are_found_out() -> None:
    true = heaps(5, 200, 800)
    boastful = dataclasses.replace(true, probability=expit(4 * (2 * true.score - 2)))
    found = measure_reliability(boastful, confidence=0.95)
    assert found.chance_high is not None
    assert found.calibration_error > 2 * found.chance_high
    assert found.brier > measure_reliability(true, confidence=0.95).brier


def test_the_error_by_chance_covers_what_chance_shows() -> None:
    inside = 0
    for seed in range(20):
        found = measure_reliability(heaps(seed, 40, 400), confidence=0.95, seed=seed)
        assert found.chance_high is not None
        inside += found.calibration_error <= found.chance_high
    assert inside >= 17


def test_with_too_few_draws_nothing_is_drawn_by_lot() -> None:
    found = measure_reliability(shown([3.0] * 9, [0.0] * 50), confidence=0.95)
    assert (found.brier_low, found.brier_high, found.chance_low) == (None, None, None)


def test_the_band_and_what_an_answer_in_it_would_be_worth() -> None:
    # In the band, from even odds on, the likelier answer is "person".
    found = shown([1.5, 3.0, 3.0, 0.0], [1.5, -3.0, -3.0, 2.5])
    band = measure_band(found, LINE, PLAIN, confidence=0.95)
    assert (band.person.count, band.person.total) == (1, 4)
    assert band.strangers.value == pytest.approx(0.25)
    assert (band.from_probability, band.to_probability) == pytest.approx((expit(1.0), expit(2.0)))
    assert band.least == pytest.approx(1 - expit(2.0))
    assert band.expected == pytest.approx(1 - expit(1.5))
    assert band.wrong.value == pytest.approx(0.5)
    assert band.wrong_outside.value == pytest.approx(2 / 6)


def test_the_least_doubt_in_the_band_is_that_of_photos_with_one_face() -> None:
    def doubt(*faces: float) -> float:
        chance = PLAIN.probability(faces)
        assert chance is not None
        return min(chance, 1 - chance)

    least = measure_band(shown([3.0], [0.0]), LINE, PLAIN, confidence=0.95).least
    assert all(doubt(score) >= least for score in np.linspace(1.0, 2.0, 21))
    # Thirty-one faces share the prior: the best one is in the band and "not the person" all but certain.
    assert doubt(1.0, *[-9.0] * 30) < least


def test_an_empty_band_has_no_share() -> None:
    line = dataclasses.replace(LINE, unsure=2.0)
    band = measure_band(shown([3.0], [0.0]), line, PLAIN, confidence=0.95)
    assert (band.expected, band.wrong.value, band.person.count) == (None, None, 0)


@given(
    st.lists(st.floats(-9, 9), min_size=1, max_size=20),
    st.lists(st.floats(-9, 9), min_size=1, max_size=20),
    st.floats(0.05, 0.95),
)
def test_the_curve_ends_with_all_answered_and_its_risk_is_that_of_the_likelier_answer(
    persons: list[float], strangers: list[float], prior: float
) -> None:
    found = shown(persons, strangers, evidence=dataclasses.replace(PLAIN, prior=prior))
    abstention = measure_abstention(found, LINE, confidence=0.95)
    covered = [point.coverage for point in abstention.curve]
    assert covered == sorted(covered)
    assert covered[-1] == pytest.approx(1.0)
    wrong = (found.probability >= 0.5) != found.is_person
    assert abstention.curve[-1].risk == pytest.approx(float(found.weight[wrong].sum()), abs=1e-9)
    assert 0 <= abstention.coverage <= 1 + 1e-9
    assert all(0 <= point.risk <= 1 + 1e-9 for point in abstention.curve)


def test_silence_on_the_least_certain_lowers_the_risk() -> None:
    curve = measure_abstention(heaps(6, 2000, 2000), LINE, confidence=0.95).curve
    assert len(curve) <= CURVE_POINTS
    at_half = next(point for point in curve if point.coverage >= 0.5)
    assert at_half.risk < 0.3 * curve[-1].risk


def test_without_probabilities_there_is_no_certainty(make_inputs: Callable[..., ReportInputs]) -> None:
    inputs = make_inputs()
    assert measure_certainty(inputs.rows, inputs.calibration.thresholds, None, confidence=0.95) is None
    assert measure_certainty([], inputs.calibration.thresholds, PLAIN, confidence=0.95) is None
    for nothing in ({"calibrate": 0}, {"names": ()}, {"photos": 0}):
        inputs = make_inputs(**nothing)
        assert certainty_view(inputs) is None
        assert "No probability can be given" in render_report(inputs)


def test_the_report_says_what_unsure_and_probabilities_mean(make_inputs: Callable[..., ReportInputs]) -> None:
    inputs = make_inputs(shift=3.0)
    view = certainty_view(inputs)
    assert view is not None
    assert "must be expected to be wrong" in view.unsure[0]
    assert "half of the photos" in view.meaning
    # Only of photos with one face is it true that any answer is wrong so often.
    assert "a photo with one face, and that in the band," in view.unsure[1]
    rarer = [row.chances for row in view.chances]
    assert all(list(chances) == sorted(chances, reverse=True) for chances in rarer)
    assert all(low <= high for low, high in pairwise(rarer))
    html = render_report(inputs)
    assert view.unsure[0] in html
    assert "Reliability of the probabilities" in html
    assert "Risk against coverage" in html


@pytest.mark.parametrize(("unsure", "there"), [(-8.25, True), (-6.9, False)])
def test_a_band_is_there_where_the_lines_differ_whatever_the_probabilities(
    make_inputs: Callable[..., ReportInputs], unsure: float, there: bool
) -> None:
    inputs = make_inputs()
    calibration = inputs.calibration
    assert calibration.band is not None
    # So few photos claim no more at one line than at the other.
    band = dataclasses.replace(calibration.band, from_probability=0.0668, to_probability=0.0668)
    view = certainty_view(
        dataclasses.replace(
            inputs, calibration=dataclasses.replace(calibration, person=-6.9, unsure=unsure, band=band)
        )
    )
    assert view is not None
    assert (view.unsure == ("There is no band: the two lines meet.",)) != there
    if there:
        assert "with a probability of 6.7" in view.unsure[1]
        assert "6.7 to" not in view.unsure[1]
