"""From scores to probabilities: how strongly a score speaks for the person, and what follows from that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


def chance(log_likelihood_ratio: float, *, prior: float) -> float:
    """The probability of one face with that weight of evidence: Bayes' rule on odds.

    Args:
        log_likelihood_ratio: As a natural logarithm.
        prior: The probability before, in (0, 1).

    >>> chance(0.0, prior=0.5)
    0.5
    """
    against = math.log1p(-prior) - math.log(prior) - log_likelihood_ratio
    return 1.0 / (1.0 + math.exp(min(against, 700.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The weight of evidence of a score: a log-likelihood ratio, so that any prior can be put in.

    How many times likelier the score is on a face of the person than on a stranger's, as a natural
    logarithm, is `slope * score + intercept`, but never under `lowest` nor over `highest`: no more than the
    photos it was fitted on can bear out. Bayes' rule then gives: odds afterwards = odds before * ratio.

    Attributes:
        slope: Growth of the log-likelihood ratio with the score; not negative, so that a higher score never
            makes the person less probable.
        intercept: The log-likelihood ratio at score 0.
        lowest: The smallest log-likelihood ratio that is claimed; at most 0.
        highest: The largest one; at least 0.
        prior: The share of photos with a face that are taken to show the person, before any is looked at.

    Raises:
        ValueError: A value is not finite or out of its range.
    """

    slope: float
    intercept: float
    lowest: float
    highest: float
    prior: float

    def __post_init__(self) -> None:
        for name in ("slope", "intercept", "lowest", "highest"):
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f"{name} must be a finite number, got {getattr(self, name)}")
        if self.slope < 0.0:
            raise ValueError(f"slope must not be negative, got {self.slope}")
        if not self.lowest <= 0.0 <= self.highest:
            raise ValueError(f"0 must lie between lowest ({self.lowest}) and highest ({self.highest})")
        if not 0.0 < self.prior < 1.0:
            raise ValueError(f"prior must lie between 0 and 1, got {self.prior}")

    def log_likelihood_ratio(self, score: float) -> float:
        """What one face's score says by itself, whatever the prior.

        Raises:
            ValueError: The score is not a number.
        """
        if math.isnan(score):
            raise ValueError("a face score is not a number (NaN); the network or its input is broken")
        if not self.slope:
            return min(max(self.intercept, self.lowest), self.highest)
        return min(max(self.slope * score + self.intercept, self.lowest), self.highest)

    def probability(self, face_scores: Sequence[float]) -> float | None:
        """How probable it is that a photo shows the person, given the scores of all its accepted faces.

        At most one face is the person's, and before looking it may be any of them: then the likelihood ratio
        of the photo is the mean of its faces' ratios. So a crowd has to bring more evidence than a portrait.

        Args:
            face_scores: The logit of every accepted face.

        Returns:
            In (0, 1); None for a photo without an accepted face, of which nothing is known.

        Raises:
            ValueError: A score is not a number.

        >>> evidence = Evidence(slope=1.0, intercept=0.0, lowest=-3.0, highest=6.0, prior=0.5)
        >>> [round(evidence.probability(scores), 3) for scores in ([2.0], [2.0, -9.0], [99.0])]
        [0.881, 0.788, 0.998]
        """
        shares = self.probabilities(face_scores)
        # The shares are rounded one by one; together they must not reach certainty.
        return min(sum(shares), math.nextafter(1.0, 0.0)) if shares else None

    def probabilities(self, face_scores: Sequence[float]) -> tuple[float, ...]:
        """How probable it is of each face that it is the person's; added up, the photo's `probability`.

        Args:
            face_scores: The logit of every accepted face of one photo.

        Raises:
            ValueError: A score is not a number.
        """
        ratios = [self.log_likelihood_ratio(score) for score in face_scores]
        if not ratios:
            return ()
        person = math.log(self.prior) - math.log(len(ratios))
        weights = [person + ratio for ratio in ratios]
        top = max(*weights, math.log1p(-self.prior))
        stranger = math.exp(math.log1p(-self.prior) - top)
        persons = [math.exp(weight - top) for weight in weights]
        total = stranger + math.fsum(persons)
        return tuple(one / total for one in persons)
