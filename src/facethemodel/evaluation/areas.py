"""The area under the ROC curve with an interval that knows who is on the photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

DRAWS = 2_000
AREA_METHOD = (
    "outer ends of a bootstrap over the person's groups of photos and the strangers' identities "
    f"(percentiles of {DRAWS:,} draws) and of Newcombe's interval with their numbers (2006, method 5)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """How well scores tell the person from strangers, whatever the line.

    Attributes:
        auc: Probability that a photo of the person scores above a stranger's, ties counting half; None
            without both.
        low: Lower end of the interval; 0 without both.
        high: Upper end of the interval; 1 without both.
    """

    auc: float | None
    low: float
    high: float


NO_AREA = Area(auc=None, low=0.0, high=1.0)


def area(
    person: ArrayLike,
    strangers: ArrayLike,
    *,
    person_draws: Sequence[object],
    stranger_draws: Sequence[object],
    confidence: float = 0.95,
    seed: int = 0,
) -> Area:
    """Compares scores, with an interval over independent draws and not over photos.

    Photos of one stranger, or of one sitting, are not independent, so whole draws are drawn again with
    replacement. A bootstrap does not know what it has not seen: where every pair is in order it would give an
    interval without width. There the interval of R. Newcombe ("Confidence intervals for an effect size
    measure based on the Mann-Whitney statistic, part 2", Statistics in Medicine 25, 2006, method 5) is wider,
    and the outer ends of the two are given.

    Args:
        person: Scores of the person's photos, shape (n,).
        strangers: Scores of strangers' photos, shape (m,).
        person_draws: For each photo of the person the group it belongs to; equal ones are drawn together.
        stranger_draws: For each photo of a stranger whose it is.
        confidence: In (0, 1).
        seed: Of the bootstrap.

    Raises:
        ValueError: Lengths that differ.
    """
    genuine, impostor = np.asarray(person, np.float64), np.asarray(strangers, np.float64)
    if len(genuine) != len(person_draws) or len(impostor) != len(stranger_draws):
        raise ValueError(
            f"{len(genuine)} and {len(impostor)} scores, "
            f"but {len(person_draws)} and {len(stranger_draws)} draws"
        )
    if not len(genuine) or not len(impostor):
        return NO_AREA
    ours, our_sizes = _numbered(person_draws)
    theirs, their_sizes = _numbered(stranger_draws)
    wins = _wins(genuine, ours, impostor, theirs)
    auc = float(wins.sum() / (len(genuine) * len(impostor)))
    tail = (1.0 - confidence) / 2.0
    random = np.random.default_rng(seed)
    mine = random.multinomial(len(our_sizes), np.full(len(our_sizes), 1 / len(our_sizes)), DRAWS)
    other = random.multinomial(len(their_sizes), np.full(len(their_sizes), 1 / len(their_sizes)), DRAWS)
    drawn = ((mine @ wins) * other).sum(axis=1) / ((mine @ our_sizes) * (other @ their_sizes))
    low, high = np.quantile(drawn, (tail, 1.0 - tail))
    exact_low, exact_high = _newcombe(auc, len(our_sizes), len(their_sizes), confidence)
    return Area(auc=auc, low=float(min(low, exact_low)), high=float(max(high, exact_high)))


def _numbered(draws: Sequence[object]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which draw each photo belongs to, as a number, and how many photos each draw has."""
    numbers: dict[object, int] = {}
    found = np.array([numbers.setdefault(draw, len(numbers)) for draw in draws], dtype=np.int64)
    return found, np.bincount(found).astype(np.float64)


def _wins(
    genuine: NDArray[np.float64],
    ours: NDArray[np.int64],
    impostor: NDArray[np.float64],
    theirs: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Pairs in the right order between each draw of the person and each of strangers, ties counting half."""
    wins = np.zeros((int(ours.max()) + 1, int(theirs.max()) + 1))
    for score, draw in zip(genuine, ours, strict=True):
        right = (impostor < score) + 0.5 * (impostor == score)
        wins[draw] += np.bincount(theirs, weights=right, minlength=wins.shape[1])
    return wins


def _newcombe(auc: float, person: int, strangers: int, confidence: float) -> tuple[float, float]:
    """Newcombe's method 5: the values that lie `z` of their own standard errors from the one observed."""
    z = float(ndtri((1.0 + confidence) / 2.0))
    others = (person + strangers) / 2.0 - 1.0

    def far(value: float) -> bool:
        spread = 1.0 + others * ((1.0 - value) / (2.0 - value) + value / (1.0 + value))
        return (auc - value) ** 2 > z**2 * value * (1.0 - value) / (person * strangers) * spread

    return _edge(far, auc, 0.0), _edge(far, auc, 1.0)


def _edge(far: Callable[[float], bool], near: float, end: float) -> float:
    """Where `far` begins on the way from `near` to `end`, by halving."""
    for _ in range(60):
        middle = (near + end) / 2.0
        near, end = (near, middle) if far(middle) else (middle, end)
    return end
