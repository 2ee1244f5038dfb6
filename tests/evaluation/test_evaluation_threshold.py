from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from facethemodel.bundle.decision import decide
from facethemodel.errors import NoUsableDataError
from facethemodel.evaluation.intervals import upper_bound
from facethemodel.evaluation.threshold import Calibration, choose_threshold, largest_allowed, strangers_for


def each_a_stranger(count: int) -> list[str | None]:
    return [f"s{i}" for i in range(count)]


@pytest.mark.parametrize("count", [299, 300, 473, pytest.param(1000, marks=pytest.mark.slow)])
def test_the_promise_is_kept_as_often_as_it_says(count: int) -> None:
    rng = np.random.default_rng(count)
    rounds = 2000
    names = each_a_stranger(count)
    broken = 0
    for draw in rng.normal(size=(rounds, count)):
        calibration = choose_threshold(draw, names, [])
        assert calibration.promise == 0.01
        broken += norm.sf(calibration.person) > 0.01
    allowed = largest_allowed(count, target_fmr=0.01, confidence=0.95)
    assert allowed is not None
    expected = binom.cdf(allowed, count, 0.01)
    spread = math.sqrt(expected * (1 - expected) / rounds)
    assert expected <= 0.05
    # Both sides: a line that is needlessly strict would break the promise too rarely.
    assert abs(broken / rounds - expected) <= 4 * spread


def test_the_promise_holds_for_strangers_with_many_alike_photos() -> None:
    """Five photos of a stranger are nearly one draw; counting photos breaks the promise far too often."""
    rng = np.random.default_rng(7)
    rounds, strangers, photos = 300, 320, 5
    names = [f"s{i // photos}" for i in range(strangers * photos)]
    spread = math.sqrt(1.0 + 0.1**2)
    broken = 0
    for _ in range(rounds):
        scores = np.repeat(rng.normal(size=strangers), photos) + rng.normal(0, 0.1, strangers * photos)
        calibration = choose_threshold(scores, names, [])
        assert calibration.strangers == strangers
        assert calibration.stranger_photos == strangers * photos
        broken += norm.sf(calibration.person / spread) > 0.01
    assert broken / rounds <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / rounds)


def test_coarse_scores_keep_the_promise_too() -> None:
    rng = np.random.default_rng(3)
    broken = 0
    for draw in np.round(rng.normal(size=(500, 400)) * 2) / 2:
        line = choose_threshold(draw, each_a_stranger(400), []).person
        # Scores are multiples of a half: the next one above the line is what a stranger must reach.
        broken += norm.sf((math.ceil(line * 2) - 0.5) / 2) > 0.01
    assert broken / 500 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 500)


@given(st.integers(1, 2500), st.sampled_from([0.001, 0.01, 0.05, 0.2]), st.sampled_from([0.9, 0.95, 0.99]))
def test_allowed_is_the_largest_count_the_binomial_bears(
    count: int, target: float, confidence: float
) -> None:
    allowed = largest_allowed(count, target_fmr=target, confidence=confidence)
    assert (allowed is None) == (count < strangers_for(target_fmr=target, confidence=confidence))
    if allowed is not None:
        assert binom.cdf(allowed, count, target) <= 1 - confidence < binom.cdf(allowed + 1, count, target)


def test_too_few_strangers_get_no_promise_but_a_bound_and_the_number_that_lacks() -> None:
    calibration = choose_threshold(np.arange(100.0), each_a_stranger(100), [50.0, 200.0])
    assert calibration.promise is None
    assert calibration.basis == "highest stranger"
    assert calibration.person > 99.0
    assert calibration.bound == pytest.approx(1 - 0.05 ** (1 / 100))
    assert calibration.strangers_needed == 199
    assert calibration.photo_fmr.count == 0
    assert (calibration.person_fnmr.count, calibration.person_fnmr.total) == (1, 2)


def test_the_bound_counts_what_the_line_lets_pass() -> None:
    calibration = choose_threshold(np.arange(1000.0), each_a_stranger(1000), [])
    assert calibration.allowed == largest_allowed(1000, target_fmr=0.01, confidence=0.95) == 4
    assert calibration.photo_fmr.count == 4
    assert calibration.bound == upper_bound(4, 1000)


def test_a_score_at_the_line_is_the_persons() -> None:
    scores, names = np.arange(400.0), each_a_stranger(400)
    line = choose_threshold(scores, names, []).person
    assert choose_threshold(scores, names, [line]).person_fnmr.count == 0
    assert choose_threshold(scores, names, [np.nextafter(line, 0.0)]).person_fnmr.count == 1


def test_no_strangers_at_all() -> None:
    calibration = choose_threshold([], [], [1.0])
    assert (calibration.promise, calibration.bound, calibration.basis) == (None, 1.0, "no strangers")
    assert calibration.strangers_needed == 299
    assert decide([0.1], calibration.thresholds) == "person"


def test_one_stranger() -> None:
    calibration = choose_threshold([2.0], ["Grace"], [])
    assert calibration.bound == pytest.approx(0.95)
    assert calibration.strangers_needed == 298
    assert decide([2.0], calibration.thresholds) != "person"


def test_photos_of_unknown_strangers_count_each() -> None:
    calibration = choose_threshold([1.0, 2.0, 3.0, 4.0], [None, None, "a_b", "A  B"], [])
    assert (calibration.strangers, calibration.stranger_photos) == (3, 4)


def test_photos_of_unknown_strangers_that_belong_together_count_once() -> None:
    names = [None, None, None, "a_b", "A  B"]
    groups = ["burst", "burst", "other", "burst", "single"]
    calibration = choose_threshold([1.0, 2.0, 3.0, 4.0, 5.0], names, [], stranger_groups=groups)
    assert (calibration.strangers, calibration.stranger_photos, calibration.unnamed) == (3, 5, 3)
    # Thirty posts of ten photos are no 300 strangers, and bear no promise of 1 %.
    scores = np.random.default_rng(0).normal(size=300)
    posts = [f"post {i // 10}" for i in range(300)]
    assert choose_threshold(scores, [None] * 300, [], stranger_groups=posts).promise is None
    assert choose_threshold(scores, [None] * 300, []).promise == 0.01


def test_probabilities_too_count_unknown_strangers_that_belong_together_once() -> None:
    scores = np.concatenate([np.full(30, 1.5), np.linspace(-2.0, 0.5, 30)])
    groups = ["burst"] * 30 + [f"g{i}" for i in range(30)]
    persons = np.linspace(0.0, 4.0, 20)
    named = choose_threshold(scores, groups, persons)
    nameless = choose_threshold(scores, [None] * 60, persons, stranger_groups=groups)
    assert nameless.evidence == named.evidence


def test_the_line_does_not_depend_on_the_order_of_photos_that_have_keys() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=900)
    names = [f"s{i // 3}" for i in range(900)]
    keys = [f"photo {i}" for i in range(900)]
    order = rng.permutation(900)
    straight = choose_threshold(scores, names, [], stranger_keys=keys)
    shuffled = choose_threshold(
        scores[order], [names[i] for i in order], [], stranger_keys=[keys[i] for i in order]
    )
    assert straight == shuffled
    other_seed = choose_threshold(scores, names, [], stranger_keys=keys, seed=1)
    assert other_seed.person != straight.person


@given(
    st.lists(st.floats(-50, 50, width=32), max_size=400),
    st.sampled_from([0.005, 0.01, 0.05, 0.3, 0.7]),
)
def test_at_most_the_allowed_strangers_pass_and_unsure_lies_below(scores: list[float], target: float) -> None:
    calibration: Calibration = choose_threshold(scores, each_a_stranger(len(scores)), [], target_fmr=target)
    if scores:
        assert calibration.photo_fmr.count <= calibration.allowed
        # The network's single precision: an array compared with the line gives the same verdicts.
        assert int((np.array(scores, dtype=np.float32) >= calibration.person).sum()) <= calibration.allowed
    assert calibration.unsure <= calibration.person
    assert (calibration.promise is None) == (calibration.strangers_needed > 0)
    assert calibration.bound <= target or calibration.promise is None


def test_scores_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(NoUsableDataError, match="1 of 2 stranger scores") as caught:
        choose_threshold([1.0, float("nan")], [None, None], [])
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("names", "target", "confidence"), [(["a"], 0.01, 0.95), (["a", "b"], 0.0, 0.95), (["a", "b"], 0.01, 1.0)]
)
def test_wrong_arguments_are_refused(names: list[str], target: float, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"identities|must lie"):
        choose_threshold([1.0, 2.0], names, [], target_fmr=target, confidence=confidence)
