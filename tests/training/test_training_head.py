"""The head on a backbone: few photos or many, and always the same."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.training.head import PENALTY, fit_head, unit


def people(person: int, strangers: int, *, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Vectors around one middle per person; nobody's length says anything."""
    random = np.random.default_rng(seed)
    middles = random.normal(size=(1 + strangers // 2, 32))
    of = np.concatenate([np.zeros(person, int), 1 + np.arange(strangers) // 2])
    vectors = middles[of] + random.normal(scale=0.6, size=(len(of), 32))
    return (vectors * random.uniform(0.5, 2, (len(of), 1))).astype(np.float32), of == 0


@pytest.mark.parametrize("photos", [10, 400])
def test_few_and_many_photos_of_the_person_are_told_from_strangers_never_seen(photos: int) -> None:
    vectors, is_person = people(photos + 50, 1200)
    learn = np.ones(len(vectors), bool)
    learn[photos : photos + 50] = False
    learn[-400:] = False
    head = fit_head(vectors[learn], is_person[learn])
    scores, truth = head.score(vectors[~learn]), is_person[~learn]
    assert (scores[truth] > np.sort(scores[~truth])[-4]).mean() > 0.95
    # Both kinds weigh the same, so that even odds lie between them whatever their numbers.
    assert (scores[truth] > 0).mean() > 0.9
    assert (scores[~truth] < 0).mean() > 0.9


def test_the_fit_is_at_its_smallest_and_has_no_chance_in_it() -> None:
    vectors, is_person = people(12, 100)
    head = fit_head(vectors, is_person)
    assert np.array_equal(head.direction, fit_head(vectors, is_person).direction)

    def loss(direction: NDArray[np.float64], shift: float) -> float:
        logits = unit(vectors) @ direction + shift
        own = np.where(is_person, np.logaddexp(0, -logits), np.logaddexp(0, logits))
        means = own[is_person].mean() / 2 + own[~is_person].mean() / 2
        return float(means + PENALTY / 2 * (direction**2).sum())

    least = loss(head.direction, head.shift)
    assert head.loss == pytest.approx(least, abs=1e-6)
    random = np.random.default_rng(1)
    for _ in range(20):
        nudge = random.normal(scale=0.05, size=33)
        assert loss(head.direction + nudge[:-1], head.shift + nudge[-1]) > least


def test_a_vectors_length_says_nothing() -> None:
    vectors, is_person = people(12, 60)
    head = fit_head(vectors, is_person)
    np.testing.assert_allclose(head.score(vectors * 7), head.score(vectors), rtol=1e-5, atol=1e-5)
    assert np.isfinite(head.score(np.zeros((1, 32), np.float32))).all()


def test_one_kind_alone_is_refused() -> None:
    vectors, is_person = people(12, 60)
    with pytest.raises(ValueError, match="of the person and of strangers"):
        fit_head(vectors[is_person], is_person[is_person])
