"""What the promise says of a photo with several strangers on it, and what the test part says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from facethemodel.evaluation.intervals import MeanRate
from facethemodel.evaluation.rows import Row

CROWD_SIZES = (1, 2, 3, 5, 10)
FACES_APART = (1, 2, 3)
"""Photos are counted apart by their accepted faces; the last holds all with so many or more."""

CROWD_METHOD = (
    "all crowds of different test strangers, counted exactly, a photo of each at random; interval: that of "
    "the mean over identities, carried through 1 - (1 - rate)^k, widened to hold the share where it does not"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Photos of so many strangers.

    Attributes:
        strangers: How many strangers a crowd holds.
        bound: What the promise leaves it: strangers * promise, at most 1; None without a promise.
        value: The share of crowds put together from test strangers of whom at least one is taken for the
            person; None with fewer strangers than that.
        low: Lower end of the interval, never above `value`.
        high: Upper end of the interval, never below `value`.
    """

    strangers: int
    bound: float | None
    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ByFaces:
    """Test strangers' photos as they come, by how many faces the gate accepted in them.

    Attributes:
        faces: So many faces; the last entry stands for so many or more.
        photos: How many photos.
        taken: Taken for the person, averaged over strangers.
        by_another_face: Photos among them taken for the person by a face that is not the main one; not
            those of which no face is known to be the main one.
    """

    faces: int
    photos: int
    taken: MeanRate
    by_another_face: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowds:
    """Several strangers on one photo.

    Attributes:
        sizes: Crowds put together from photos of test strangers.
        by_faces: The test strangers' photos by the number of faces on them.
        method: How `sizes` was computed.
    """

    sizes: tuple[Crowd, ...]
    by_faces: tuple[ByFaces, ...]
    method: str = CROWD_METHOD


def crowd_bound(promise: float | None, strangers: int) -> float | None:
    """How often a crowd is taken for the person at most, if each stranger is at most at the promised rate.

    The chance that at least one of several things happens is at most the sum of their chances (Boole's
    inequality). It needs no independence: friends, siblings and one bad lamp are covered.

    >>> crowd_bound(0.01, 5)
    0.05
    """
    return None if promise is None else min(1.0, promise * strangers)


def crowd_share(shares: ArrayLike, strangers: int) -> float | None:
    """The share of all crowds of different strangers in which at least one is taken for the person.

    With q_i the share of photos of stranger i that are not taken, it is 1 - e_k(q) / C(n, k): e_k, the
    elementary symmetric polynomial, sums the chance that none is taken over all C(n, k) crowds. As the mean
    over all crowds it is an unbiased estimate of 1 - (1 - r)^k, r being the rate of strangers drawn one by
    one (Hoeffding, "A class of statistics with asymptotically normal distribution", Annals of Mathematical
    Statistics 19, 1948).

    Args:
        shares: (n,) for each stranger the share of photos taken for the person, in [0, 1].
        strangers: Size k of the crowds, at least 1.

    Returns:
        None with fewer than k strangers.

    >>> crowd_share([1.0, 0.0, 0.0], 2)  # two of the three pairs hold the first one
    0.6666666666666667
    """
    kept = 1.0 - np.asarray(shares, dtype=np.float64).reshape(-1)
    if len(kept) < strangers:
        return None
    # none[j]: the mean over all crowds of j of the first strangers that nobody of them is taken. One more
    # stranger is in j / count of the crowds that can then be made.
    none = np.zeros(strangers + 1)
    none[0] = 1.0
    sizes = np.arange(1, strangers + 1)
    for count, one in enumerate(kept, start=1):
        inside = np.minimum(sizes / count, 1.0)
        none[1:] = (1.0 - inside) * none[1:] + inside * one * none[:-1]
    return float(min(max(1.0 - none[-1], 0.0), 1.0))


def measure_crowds(rows: Sequence[Row], *, promise: float | None, confidence: float) -> Crowds:
    """Puts crowds together from the photos of strangers in which the gate accepted a face.

    Every stranger brings a whole photo, bystanders' faces included, as the promise counts it.

    Args:
        rows: The strangers' lines of the table of verdicts.
        promise: The promised rate, None without one.
        confidence: Of the intervals.
    """
    judged = [row for row in rows if row.outcome == "judged"]
    shares = shares_taken(judged)
    mean = MeanRate.of(shares, confidence=confidence)
    return Crowds(
        sizes=tuple(_crowd(shares, mean, size, promise) for size in CROWD_SIZES),
        by_faces=tuple(_by_faces(judged, faces, confidence) for faces in FACES_APART),
    )


def shares_taken(rows: Sequence[Row]) -> list[float]:
    """For each stranger the share of these photos that was taken for the person."""
    taken: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        taken[row.draw].append(row.verdict == "person")
    return [sum(each) / len(each) for each in taken.values()]


def _crowd(shares: Sequence[float], mean: MeanRate, size: int, promise: float | None) -> Crowd:
    value = crowd_share(shares, size)
    low, high = (1.0 - (1.0 - end) ** size for end in (mean.low, mean.high))
    if value is not None:
        # The share is counted over different strangers, the ends are those of strangers drawn anew each time.
        # With hardly more strangers than a crowd holds the two part: of two, one always taken, every crowd of
        # two is. An interval that leaves out its own estimate would be absurd, so it is widened.
        low, high = min(low, value), max(high, value)
    return Crowd(strangers=size, bound=crowd_bound(promise, size), value=value, low=low, high=high)


def _by_faces(rows: Sequence[Row], faces: int, confidence: float) -> ByFaces:
    chosen = [row for row in rows if row.faces == faces or (faces == FACES_APART[-1] and row.faces > faces)]
    return ByFaces(
        faces=faces,
        photos=len(chosen),
        taken=MeanRate.of(shares_taken(chosen), confidence=confidence),
        by_another_face=sum(
            row.verdict == "person" and row.main_score is not None and row.main_score != row.score
            for row in chosen
        ),
    )
