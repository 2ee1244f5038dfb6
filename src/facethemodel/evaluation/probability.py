"""Scores into probabilities: fitted on the calibrate part alone, no bolder than its photos can bear out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit

from facethemodel.bundle.evidence import Evidence
from facethemodel.catalogue.records import normalise_identity

PRIOR = 0.5
"""Of the photos shown, half are of the person: neither answer is favoured before a look."""

SLOPE_SCALE = 2.5
"""Scale of the Cauchy prior on the slope, for scores whose standard deviation is one half."""


def fit_evidence(
    person_scores: ArrayLike,
    stranger_scores: ArrayLike,
    stranger_identities: Sequence[str | None],
    *,
    prior: float = PRIOR,
) -> Evidence | None:
    """Fits how strongly a score speaks for the person: a straight line to log-likelihood ratios, with limits.

    Logistic regression (Platt, "Probabilistic outputs for support vector machines", 1999) in which the person
    and the strangers weigh the same in all, and every stranger as much as any other. With equal weights the
    fitted log-odds are log-likelihood ratios, to which any prior can be added (Brümmer and du Preez,
    "Application-independent evaluation of speaker detection", Computer Speech and Language 20, 2006).

    Where the scores are perfectly apart the slope would have no end. A weak Cauchy prior on it, of scale 2.5
    for scores of standard deviation one half, keeps it finite and gives way as photos come (Gelman et al., "A
    weakly informative default prior distribution for logistic and other regression models", Annals of
    Applied Statistics 2, 2008).

    Beyond the scores that were seen a straight line claims more than any count supports, so it is cut off at
    both ends (Vergeer et al., "Numerical likelihood ratios outputted by LR systems are often based on
    extrapolation: when to stop extrapolating?", Science and Justice 56, 2016). The limits are Platt's own
    smoothing: where all N of one kind were seen, and none of the other, the next one is of the first kind
    with probability (N + 1) / (N + 2). Applied to m photos of the person and n strangers, each in its own
    pot, a score speaks for the person by at most (m + 1) / (m + 2) * (n + 2) to 1, and against by at most
    (m + 2) * (n + 1) / (n + 2) to 1. With 20 photos of the person even the most stranger-like score leaves a
    probability of about 4 %: one of 22 photos of the person may yet look so.

    Platt puts the smoothing into the targets of the fit instead, both kinds in one pot. In
    benchmarks/probability.py that is as good on clean scores and worse where photos of the person went wrong;
    it speaks against the person by up to n + 1 to 1, however few photos of the person there were.

    Args:
        person_scores: (m,) best face score of every photo of the person.
        stranger_scores: (n_photos,) best face score of every stranger's photo.
        stranger_identities: Who is on each of them; None is a stranger of his own.
        prior: In (0, 1), goes into the result unchanged.

    Returns:
        None without a photo of the person or without a stranger. A slope of 0, and so the prior for every
        score, where the scores do not rise from strangers to the person.

    Raises:
        ValueError: Lengths that differ, or a prior out of range.
    """
    persons = np.asarray(person_scores, dtype=np.float64).reshape(-1)
    strangers = np.asarray(stranger_scores, dtype=np.float64).reshape(-1)
    if len(strangers) != len(stranger_identities):
        raise ValueError(f"{len(strangers)} stranger scores but {len(stranger_identities)} identities")
    if not len(persons) or not len(strangers):
        return None
    weights = identity_weights(stranger_identities)
    m, n = len(persons), round(weights.sum())
    highest = math.log((m + 1) / (m + 2) * (n + 2))
    lowest = math.log((n + 2) / ((m + 2) * (n + 1)))
    slope, intercept = _line(
        np.concatenate([persons, strangers]),
        np.repeat([1.0, 0.0], [m, len(strangers)]),
        np.concatenate([np.full(m, 0.5 / m), 0.5 * weights / weights.sum()]),
        draws=4.0 * m * n / (m + n),
    )
    return Evidence(slope=slope, intercept=intercept, lowest=lowest, highest=highest, prior=prior)


def identity_weights(identities: Sequence[str | None]) -> NDArray[np.float64]:
    """The weight of each photo such that every stranger weighs 1 however many photos there are."""
    names = [f"\0{i}" if name is None else normalise_identity(name) for i, name in enumerate(identities)]
    count = Counter(names)
    return np.array([1.0 / count[name] for name in names], dtype=np.float64)


def _line(
    scores: NDArray[np.float64], targets: NDArray[np.float64], weights: NDArray[np.float64], *, draws: float
) -> tuple[float, float]:
    """Slope and intercept of the likeliest log-odds under the prior on the slope; flat where they would fall.

    Args:
        scores: (n,).
        targets: (n,) 1 for the person, 0 for strangers.
        weights: (n,) adding up to 1.
        draws: How many equal draws the weighted ones are worth (Kish's effective sample size).
    """
    middle = float(weights @ scores)
    spread = 2.0 * math.sqrt(float(weights @ (scores - middle) ** 2))
    if not spread > 0.0:
        return 0.0, 0.0
    design = np.stack([(scores - middle) / spread, np.ones_like(scores)])

    def loss(line: NDArray[np.float64]) -> float:
        logits = line @ design
        unlikely = float(weights @ (np.logaddexp(0.0, logits) - targets * logits))
        return draws * unlikely + math.log1p((line[0] / SLOPE_SCALE) ** 2)

    def gradient(line: NDArray[np.float64]) -> NDArray[np.float64]:
        towards = draws * (design @ (weights * (expit(line @ design) - targets)))
        towards[0] += 2.0 * line[0] / (SLOPE_SCALE**2 + line[0] ** 2)
        return np.asarray(towards)

    def curvature(line: NDArray[np.float64]) -> NDArray[np.float64]:
        chance = expit(line @ design)
        bend = draws * ((design * (weights * chance * (1.0 - chance))) @ design.T)
        square = line[0] ** 2
        bend[0, 0] += 2.0 * (SLOPE_SCALE**2 - square) / (SLOPE_SCALE**2 + square) ** 2
        return np.asarray(bend)

    found = minimize(
        loss, np.zeros(2), jac=gradient, hess=curvature, method="trust-exact", options={"gtol": 1e-9}
    )
    slope = float(found.x[0]) / spread
    if not slope > 0.0:
        return 0.0, 0.0
    return slope, float(found.x[1]) - slope * middle
