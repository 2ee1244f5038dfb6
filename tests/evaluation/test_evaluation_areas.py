from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.evaluation.areas import NO_AREA, Area, area
from facethemodel.evaluation.curves import rank

SCORES = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=12)


def plain(person: list[float], strangers: list[float]) -> Area:
    return area(person, strangers, person_draws=range(len(person)), stranger_draws=range(len(strangers)))


@given(SCORES, SCORES)
def test_it_is_the_area_of_the_roc_curve_and_lies_in_its_interval(
    person: list[float], strangers: list[float]
) -> None:
    found = plain(person, strangers)
    expected = rank(person, strangers).auc
    assert found.auc == pytest.approx(expected)
    assert found.auc is not None
    assert 0.0 <= found.low <= found.auc + 1e-9
    assert found.auc - 1e-9 <= found.high <= 1.0


def test_nothing_is_known_without_both() -> None:
    assert plain([], [1.0]) == plain([1.0], []) == NO_AREA


def test_perfect_order_has_an_interval_that_shrinks_with_the_draws() -> None:
    few = plain([1.0] * 5, [0.0] * 5)
    many = plain([1.0] * 50, [0.0] * 500)
    assert few.auc == many.auc == few.high == many.high == 1.0
    assert few.low < 0.75 < many.low < 1.0


def test_photos_of_one_stranger_do_not_count_as_many() -> None:
    rng = np.random.default_rng(3)
    people = rng.normal(0, 2, 12)
    strangers = np.repeat(people, 30) + rng.normal(0, 0.3, 360)
    person = rng.normal(1, 1, 40)
    by_photo = area(person, strangers, person_draws=range(40), stranger_draws=range(360))
    by_stranger = area(
        person, strangers, person_draws=range(40), stranger_draws=[i // 30 for i in range(360)]
    )
    assert by_photo.auc == by_stranger.auc
    assert by_stranger.high - by_stranger.low > 1.5 * (by_photo.high - by_photo.low)


def test_the_interval_covers_the_truth() -> None:
    """Strangers of unequal numbers of photos; the truth is known: 0.5, as all scores are alike."""
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(200):
        sizes = rng.geometric(0.4, 40)
        strangers = np.repeat(rng.normal(0, 1, 40), sizes)
        found = area(
            rng.normal(0, 1, 25),
            strangers,
            person_draws=range(25),
            stranger_draws=np.repeat(range(40), sizes).tolist(),
        )
        held += found.low <= 0.5 <= found.high
    assert held >= 180


def test_lengths_must_fit() -> None:
    with pytest.raises(ValueError, match="draws"):
        area([1.0], [0.0], person_draws=[1, 2], stranger_draws=[1])
