"""From the scores of a photo's faces to one verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

VerdictName = Literal["person", "not_person", "unsure", "no_face"]

VERDICTS: tuple[VerdictName, ...] = get_args(VerdictName)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where the line between verdicts lies, and what is promised about it.

    Scores are the network's logit. From `person` up the verdict is `person`; from `unsure` up to there,
    `unsure`.

    Attributes:
        person: Lowest score of the verdict `person`.
        unsure: Lowest score of the verdict `unsure`; equal to `person` when there is no such band.
        target_fmr: The false match rate that was asked for, in (0, 1).
        confidence: Confidence of the promise, in (0, 1).
        promise: Upper bound of the false match rate that holds with that confidence; None when the strangers
            at hand were too few to give one.
        strangers: How many different strangers the line was drawn with.

    Raises:
        ValueError: A value is not finite, out of its range, or `unsure` lies above `person`.
    """

    person: float
    unsure: float
    target_fmr: float
    confidence: float
    promise: float | None
    strangers: int

    def __post_init__(self) -> None:
        for name, value in (("person", self.person), ("unsure", self.unsure)):
            if not math.isfinite(value):
                raise ValueError(f"threshold {name} must be a finite number, got {value}")
        if self.unsure > self.person:
            raise ValueError(f"threshold unsure ({self.unsure}) lies above threshold person ({self.person})")
        for name, value in (("target_fmr", self.target_fmr), ("confidence", self.confidence)):
            if not 0.0 < value < 1.0:
                raise ValueError(f"{name} must lie between 0 and 1, got {value}")
        if self.promise is not None and not 0.0 <= self.promise <= 1.0:
            raise ValueError(f"promise must lie between 0 and 1 or be None, got {self.promise}")
        if self.strangers < 0:
            raise ValueError(f"strangers must not be negative, got {self.strangers}")


def decide(face_scores: Sequence[float], thresholds: Thresholds) -> VerdictName:
    """Judges a photo by its best face.

    Args:
        face_scores: The logit of every accepted face; empty when there is none.
        thresholds: Where the lines lie.

    Raises:
        ValueError: A score is not a number.

    >>> line = Thresholds(
    ...     person=2.0, unsure=1.0, target_fmr=0.01, confidence=0.95, promise=None, strangers=40
    ... )
    >>> decide([-3.0, 2.5], line), decide([1.5], line), decide([], line)
    ('person', 'unsure', 'no_face')
    """
    if any(math.isnan(score) for score in face_scores):
        raise ValueError("a face score is not a number (NaN); the network or its input is broken")
    best = max(face_scores, default=None)
    if best is None:
        return "no_face"
    if best >= thresholds.person:
        return "person"
    return "unsure" if best >= thresholds.unsure else "not_person"
