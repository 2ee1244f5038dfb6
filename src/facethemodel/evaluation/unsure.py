"""What the verdict `unsure` means: how often an answer would be wrong in the band, and outside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.evidence import Evidence
from facethemodel.evaluation.intervals import MeanRate, Rate
from facethemodel.evaluation.shown import Share, Shown

CURVE_POINTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What lies between the two lines, and what an answer there would be worth.

    Rates are counts; shares weigh the photos as they would be shown, see `Shown`. In the band the likelier
    answer counts: "person" from a probability of one half up.

    Attributes:
        person: Photos of the person in the band, of those with an accepted face.
        strangers: Strangers' photos in the band, averaged over strangers.
        from_probability: The probability of a photo whose only face lies at the line `unsure`.
        to_probability: The same at the line `person`.
        least: Of a photo with one face: whatever the answer, it would be wrong in the band with at least this
            probability. Photos with several faces lie in the band by their best one and are at most as
            probable as it would be alone, for their faces share one prior: there "not the person" can be
            surer than that.
        expected: The mean of that probability over the photos in the band; None when there are none.
        wrong: How many of the likelier answers would have been wrong in the band.
        wrong_outside: How many of the answers given outside the band were wrong.
    """

    person: Rate
    strangers: MeanRate
    from_probability: float
    to_probability: float
    least: float
    expected: float | None
    wrong: Share
    wrong_outside: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPoint:
    """If only the surest photos are answered: their share of all photos, and how many answers are wrong."""

    coverage: float
    risk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstention:
    """What silence buys: risk against coverage, the least certain photos left out first.

    Attributes:
        curve: From answering only the surest photos to answering all, with the likelier answer at the prior
            (Chow, "On optimum recognition error and reject tradeoff", IEEE Transactions on Information
            Theory 16, 1970; El-Yaniv and Wiener, "On the foundations of noise-free selective
            classification", Journal of Machine Learning Research 11, 2010). At most `CURVE_POINTS` points;
            photos held for equally certain are answered together.
        coverage: The share of photos that the two lines in use answer.
        risk: How many of those answers are wrong.
        risk_without: How many are wrong where "unsure" counts as "not the person", so that all are answered.
    """

    curve: tuple[RiskPoint, ...]
    coverage: float
    risk: Share
    risk_without: Share


def measure_band(shown: Shown, thresholds: Thresholds, evidence: Evidence, *, confidence: float) -> Band:
    """Counts what falls between the lines. Where they meet, the band is empty and its shares are None."""
    inside = (shown.score >= thresholds.unsure) & (shown.score < thresholds.person)
    says_person = np.where(inside, shown.probability >= 0.5, shown.score >= thresholds.person)
    wrong = says_person != shown.is_person
    at_lines = [evidence.probability([line]) or 0.0 for line in (thresholds.unsure, thresholds.person)]
    strangers = inside & ~shown.is_person
    mass = np.bincount(shown.draw[strangers], weights=shown.weight[strangers], minlength=shown.identities)
    doubt = np.minimum(shown.probability, 1.0 - shown.probability)[inside]
    return Band(
        person=Rate.of(int((inside & shown.is_person).sum()), shown.persons, confidence=confidence),
        strangers=MeanRate.of(
            np.minimum(mass * shown.identities / (1.0 - shown.prior), 1.0).tolist(), confidence=confidence
        ),
        from_probability=at_lines[0],
        to_probability=at_lines[1],
        # Of one face the probability lies between those at the lines, and a probability's distance from
        # certainty is smallest at an end of any interval. A second face can take it below both.
        least=min(min(chance, 1.0 - chance) for chance in at_lines),
        expected=float(np.average(doubt, weights=shown.weight[inside])) if len(doubt) else None,
        wrong=shown.wrong_share(wrong, inside, confidence=confidence),
        wrong_outside=shown.wrong_share(wrong, ~inside, confidence=confidence),
    )


def measure_abstention(shown: Shown, thresholds: Thresholds, *, confidence: float) -> Abstention:
    """Draws the curve and marks where the two lines in use lie."""
    answered = (shown.score < thresholds.unsure) | (shown.score >= thresholds.person)
    wrong = (shown.score >= thresholds.person) != shown.is_person
    return Abstention(
        curve=_curve(shown),
        coverage=float(shown.weight[answered].sum()),
        risk=shown.wrong_share(wrong, answered, confidence=confidence),
        risk_without=shown.wrong_share(wrong, np.ones_like(answered), confidence=confidence),
    )


def _curve(shown: Shown) -> tuple[RiskPoint, ...]:
    certainty = np.maximum(shown.probability, 1.0 - shown.probability)
    wrong = (shown.probability >= 0.5) != shown.is_person
    order = np.argsort(-certainty, kind="stable")
    covered = np.cumsum(shown.weight[order])
    missed = np.cumsum((shown.weight * wrong)[order])
    last_of_equals = np.flatnonzero(np.diff(certainty[order], append=-1.0))
    if len(last_of_equals) > CURVE_POINTS:
        # Even steps of coverage, so that no stretch of the curve is left out.
        stops = np.linspace(covered[last_of_equals[0]], covered[-1], CURVE_POINTS)
        places = np.searchsorted(covered[last_of_equals], stops - 1e-12)
        last_of_equals = last_of_equals[np.unique(np.minimum(places, len(last_of_equals) - 1))]
    return tuple(
        RiskPoint(coverage=min(float(covered[i]), 1.0), risk=float(missed[i] / covered[i]))
        for i in last_of_equals
    )
