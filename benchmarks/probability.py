"""Which way of turning scores into probabilities is truest with few photos? Simulated scores, known truth.

    python -m benchmarks.probability

Strangers lie far below the person, as a trained network's do. The person's scores are a clean heap, a heap
with a long tail down, or a heap in which 1 photo of 20 went wrong. Each way is fitted on few photos and held
against very many of the same kind, half of them the person's:

* ours: logistic regression with a weak prior on the slope, cut off where the counts end (`fit_evidence`);
* Platt: his smoothed targets, (N + 1) / (N + 2), with equal weights for both kinds;
* Platt, each in its own pot: the same rule on the likelihoods of both kinds, which is where ours is cut off;
* hard: plain logistic regression, as it would be without any of that.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from benchmarks.measuring import load, show_place, show_table
from facethemodel.evaluation.probability import fit_evidence
from facethemodel.evaluation.reliability import BINS

STRANGERS = 800
MANY = 40_000

Scores = NDArray[np.float64]
Fit = Callable[[Scores, Scores], Callable[[Scores], Scores]]


def strangers(count: int, rng: np.random.Generator) -> Scores:
    """Scores of strangers, one photo each."""
    return rng.normal(-4.2, 2.4, count)


def clean(count: int, rng: np.random.Generator) -> Scores:
    """The person, every photo found."""
    return rng.normal(3.4, 0.6, count)


def tailed(count: int, rng: np.random.Generator) -> Scores:
    """The person, some photos harder than others."""
    return 4.2 - rng.gamma(2.0, 0.55, count)


def spoilt(count: int, rng: np.random.Generator) -> Scores:
    """The person, and one photo in twenty that went wrong."""
    wrong = rng.random(count) < 0.05
    return np.where(wrong, rng.uniform(-4.0, 2.5, count), clean(count, rng))


def ours(persons: Scores, others: Scores) -> Callable[[Scores], Scores]:
    """The project's own."""
    found = fit_evidence(persons, others, [None] * len(others))
    assert found is not None
    return lambda scores: np.clip(found.slope * scores + found.intercept, found.lowest, found.highest)


def smoothed(high: float, low: float, persons: Scores, others: Scores) -> Callable[[Scores], Scores]:
    """Logistic regression on targets other than 1 and 0."""
    scores = np.concatenate([persons, others])
    targets = np.repeat([high, low], [len(persons), len(others)])
    weights = np.repeat([0.5 / len(persons), 0.5 / len(others)], [len(persons), len(others)])

    def loss(line: Scores) -> tuple[float, Scores]:
        logits = line[0] * scores + line[1]
        gap = weights * (expit(logits) - targets)
        value = float(weights @ (np.logaddexp(0.0, logits) - targets * logits))
        return value, np.array([gap @ scores, gap.sum()])

    slope, intercept = minimize(loss, np.zeros(2), jac=True, method="BFGS").x
    return lambda some: np.asarray(slope * some + intercept)


def platt(persons: Scores, others: Scores) -> Callable[[Scores], Scores]:
    """Platt's targets as he wrote them."""
    m, n = len(persons), len(others)
    return smoothed((m + 1) / (m + 2), 1 / (n + 2), persons, others)


def own_pots(persons: Scores, others: Scores) -> Callable[[Scores], Scores]:
    """Platt's rule on the likelihoods."""
    m, n = len(persons), len(others)
    high, low = (m + 1) / (m + 2) * (n + 2), (n + 2) / ((m + 2) * (n + 1))
    return smoothed(high / (1 + high), low / (1 + low), persons, others)


def hard(persons: Scores, others: Scores) -> Callable[[Scores], Scores]:
    """No smoothing at all."""
    return smoothed(1.0, 0.0, persons, others)


def truth(ratio: Callable[[Scores], Scores], persons: Scores, others: Scores) -> tuple[float, float]:
    """Expected calibration error and cross-entropy (in nats) where half of the photos are the person's."""
    entropy, gaps = 0.0, np.zeros(BINS)
    for scores, sign in ((persons, 1.0), (others, -1.0)):
        logits = ratio(scores)
        entropy += 0.5 * float(np.logaddexp(0.0, -sign * logits).mean())
        chance = expit(logits)
        place = np.minimum((chance * BINS).astype(int), BINS - 1)
        gaps += np.bincount(place, chance - (sign > 0), BINS) * 0.5 / len(scores)
    return float(np.abs(gaps).sum()), entropy


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args(arguments).rounds
    before = load()
    ways: dict[str, Fit] = {"ours": ours, "Platt": platt, "Platt, own pots": own_pots, "hard": hard}
    rows = []
    for person in (clean, tailed, spoilt):
        rng = np.random.default_rng(0)
        population = person(MANY, rng), strangers(MANY, rng)
        for photos in (5, 20, 53, 300):
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
            for _ in range(rounds):
                seen = person(photos, rng), strangers(STRANGERS, rng)
                for name, fit in ways.items():
                    found[name].append(truth(fit(*seen), *population))
            cells = [np.array(values) for values in found.values()]
            rows.append(
                [
                    f"{person.__name__}, {photos} photos",
                    *(f"{one[:, 0].mean():.1%} / {one[:, 1].mean():.3f} / {_worst(one)}" for one in cells),
                ]
            )
    heads = ["calibration error / cross-entropy / worst", *ways]
    show_table(f"{STRANGERS} strangers, {rounds} rounds", heads, rows)
    show_place("numpy", "scipy", load_before=before)


def _worst(found: NDArray[np.float64]) -> str:
    worst = float(found[:, 1].max())
    return f"{worst:.3f}" if math.isfinite(worst) else "endless"


if __name__ == "__main__":
    main()
