"""Whether the probabilities are true: reliability by bins, Brier score, expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from facethemodel.evaluation.shown import Share, Shown

BINS = 10
ROUNDS = 1000
FEWEST_DRAWS = 10
"""With fewer photos of the person or fewer strangers no interval is drawn by lot."""

BRIER_METHOD = (
    "percentile bootstrap; the person's photos and the strangers are drawn anew, each with all photos"
)
CHANCE_METHOD = (
    "consistency resampling: as many photos of the person and strangers drawn from what the probabilities "
    "say, as if they were exactly true"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Photos whose probability lies between two edges; the lower one belongs to the bin.

    Attributes:
        from_probability: The lower edge.
        to_probability: The upper edge.
        weight: The bin's share of all photos, as they would be shown.
        predicted: The mean of the probabilities in it; None when it is empty.
        observed: How many of the photos in it show the person.
    """

    from_probability: float
    to_probability: float
    weight: float
    predicted: float | None
    observed: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How true the probabilities are where photos are shown as the prior says.

    Attributes:
        prior: The share of photos that show the person.
        person_photos: Photos of the person it was measured on.
        stranger_photos: Strangers' photos.
        identities: Different strangers.
        bins: `BINS` bins of the same width.
        brier: Mean squared distance between probability and truth (Brier, "Verification of forecasts
            expressed in terms of probability", Monthly Weather Review 78, 1950); 0 is perfect.
        brier_low: Lower end of its interval; None with too few draws.
        brier_high: Upper end of its interval.
        brier_method: How that interval was computed.
        brier_knowing_nothing: What always answering with the prior would get.
        calibration_error: Expected calibration error: the mean distance between `predicted` and `observed`
            over the bins, by their weight (Naeini, Cooper and Hauskrecht, "Obtaining well calibrated
            probabilities using Bayesian binning", AAAI 2015).
        chance_low: What exactly true probabilities would show on so few photos: the lower end of the middle
            `confidence` of the draws; None with too few draws.
        chance_high: The upper end.
        chance_method: How it was computed (Bröcker and Smith, "Increasing the reliability of reliability
            diagrams", Weather and Forecasting 22, 2007).
    """

    prior: float
    person_photos: int
    stranger_photos: int
    identities: int
    bins: tuple[ReliabilityBin, ...]
    brier: float
    brier_low: float | None
    brier_high: float | None
    brier_knowing_nothing: float
    calibration_error: float
    chance_low: float | None
    chance_high: float | None
    brier_method: str = BRIER_METHOD
    chance_method: str = CHANCE_METHOD


def measure_reliability(shown: Shown, *, confidence: float, seed: int = 0) -> Reliability:
    """Holds probabilities against the truth.

    Args:
        shown: Photos that had no part in fitting the probabilities.
        confidence: Of the intervals, in (0, 1).
        seed: Of what is drawn by lot.
    """
    rng = np.random.default_rng(seed)
    place = _bin(shown.probability)
    bins = tuple(_measure_bin(shown, place == i, i, confidence) for i in range(BINS))
    brier = float(shown.weight @ (shown.probability - shown.is_person) ** 2)
    enough = min(shown.persons, shown.identities) >= FEWEST_DRAWS
    brier_ends = _bootstrap_brier(shown, rng, confidence) if enough else (None, None)
    chance = _error_by_chance(shown, rng, confidence) if enough else (None, None)
    return Reliability(
        prior=shown.prior,
        person_photos=shown.persons,
        stranger_photos=int((~shown.is_person).sum()),
        identities=shown.identities,
        bins=bins,
        brier=brier,
        brier_low=brier_ends[0],
        brier_high=brier_ends[1],
        brier_knowing_nothing=shown.prior * (1.0 - shown.prior),
        calibration_error=sum(
            one.weight * abs(one.predicted - one.observed.value)
            for one in bins
            if one.predicted is not None and one.observed.value is not None
        ),
        chance_low=chance[0],
        chance_high=chance[1],
    )


def _bin(probability: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum((probability * BINS).astype(np.int64), BINS - 1)


def _measure_bin(shown: Shown, among: NDArray[np.bool_], index: int, confidence: float) -> ReliabilityBin:
    weight = float(shown.weight[among].sum())
    return ReliabilityBin(
        from_probability=index / BINS,
        to_probability=(index + 1) / BINS,
        weight=weight,
        predicted=float(shown.weight[among] @ shown.probability[among]) / weight if weight else None,
        observed=shown.person_share(among, confidence=confidence),
    )


def _bootstrap_brier(shown: Shown, rng: np.random.Generator, confidence: float) -> tuple[float, float]:
    loss = shown.weight * (shown.probability - shown.is_person) ** 2
    total = np.zeros(ROUNDS)
    for kind in (shown.is_person, ~shown.is_person):
        # A draw's weight is its kind's by the number of draws, so that the sum of as many is the kind's part.
        of_draw = np.bincount(shown.draw[kind], weights=loss[kind])
        even = np.full(len(of_draw), 1.0 / len(of_draw))
        total += rng.multinomial(len(of_draw), even, size=ROUNDS) @ of_draw
    return _middle(total, confidence)


def _error_by_chance(shown: Shown, rng: np.random.Generator, confidence: float) -> tuple[float, float]:
    """The calibration error that photos drawn from the probabilities themselves would show."""
    chance, weight = shown.probability, shown.weight
    of_person = weight * chance
    of_stranger = weight * (1.0 - chance)
    # The weighted mean probability need not be the prior; shifted by as much, the odds are exactly true.
    shift = logit(shown.prior) - logit(of_person.sum() / weight.sum())
    true = expit(logit(chance) + shift)
    place = _bin(true)
    gaps = np.zeros((ROUNDS, BINS))
    for mass, truth, draws, share in (
        (of_person, 1.0, shown.persons, shown.prior),
        (of_stranger, 0.0, shown.identities, 1.0 - shown.prior),
    ):
        edges = np.cumsum(mass) / mass.sum()
        for row in gaps:
            seen = np.minimum(np.searchsorted(edges, rng.random(draws)), len(edges) - 1)
            # Weight * (mean probability - share of the person) of a bin is a plain sum over its photos.
            row += np.bincount(place[seen], weights=true[seen] - truth, minlength=BINS) * (share / draws)
    errors = np.abs(gaps).sum(axis=1)
    return _middle(errors, confidence)


def _middle(values: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return float(low), float(high)
