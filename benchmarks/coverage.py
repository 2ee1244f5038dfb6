"""How often the interval of "missed at FMR x" holds the true figure: simulated scores with a known truth.

    python -m benchmarks.coverage

The interval (Clopper and Pearson) takes the line as given, but the line is drawn on the test strangers, by
the few of them that score highest. Photos of one stranger resemble one another (`ALIKE` of the variance), and
so many strangers share the photos as in the tables of docs/results.md. It should hold the truth in 95 %.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.random import Generator
from scipy.stats import norm

from benchmarks.measuring import show_table
from facethemodel.evaluation.curves import rank

ROUNDS = 2_000
ALIKE = 0.6
CASES = (
    # The person's photos, strangers' photos, strangers (None: each photo for itself), FMR, distance.
    (103, 1_135, 605, 0.01, 3.5),
    (103, 1_135, 605, 0.001, 4.0),
    (36, 1_135, 605, 0.01, 4.0),
    (36, 1_135, 605, 0.001, 4.0),
    (36, 152, None, 0.01, 3.5),
    (36, 152, None, 0.01, 2.8),
    (24, 430, None, 0.01, 3.5),
)


def strangers(chance: Generator, photos: int, people: int | None) -> list[float]:
    """Draws scores of variance 1."""
    if people is None:
        return list(chance.normal(0.0, 1.0, photos))
    who = chance.integers(0, people, photos)
    own = chance.normal(0.0, ALIKE**0.5, people)[who]
    return list(own + chance.normal(0.0, (1.0 - ALIKE) ** 0.5, photos))


def held(chance: Generator, persons: int, photos: int, people: int | None, fmr: float, away: float) -> float:
    """Gives the share of rounds in which the interval holds the true FNMR."""
    true = norm.cdf(norm.isf(fmr) - away)
    right = 0
    for _ in range(ROUNDS):
        found = rank(list(chance.normal(away, 1.0, persons)), strangers(chance, photos, people))
        point = next(one for one in found.operating_points if one.target_fmr == fmr)
        right += point.fnmr.low <= true <= point.fnmr.high
    return right / ROUNDS


def main() -> None:
    """Prints one line for each case."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    chance = np.random.default_rng(0)
    rows = []
    for persons, photos, people, fmr, away in CASES:
        true = norm.cdf(norm.isf(fmr) - away)
        share = held(chance, persons, photos, people, fmr, away)
        rows.append(
            [
                f"{persons}",
                f"{photos:,}" + ("" if people is None else f" of {people} people"),
                f"{100 * fmr:g} %",
                f"{100 * true:.0f} %",
                f"{100 * share:.0f} %",
            ]
        )
    title = f"Of {ROUNDS:,} rounds each"
    show_table(
        title, ["person's photos", "strangers' photos", "at FMR", "truly missed", "interval holds it"], rows
    )


if __name__ == "__main__":
    main()
