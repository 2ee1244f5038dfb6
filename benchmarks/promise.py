"""Is the promise kept? Simulated strangers whose true rate is known, and real ones divided anew 200 times.

    python -m benchmarks.promise                      # the simulation
    python -m benchmarks.promise --project PROJECT    # and the strangers of a project's trained run

The promise: of strangers like those of the calibrate part at most `target` are taken for the person, with
confidence 95 %. It is broken when the true rate of the line that was drawn exceeds the target.

* Simulation: identities differ in hardness, their photos resemble one another, scores are rounded so that
  there are ties. The true rate is computed. Beside our line stands the naive one, which counts photos as if
  they were independent.
* Real strangers: those of the calibrate and the test part are pooled (the network learned from neither) and
  divided at random. Nobody knows their true rate, so "broken" is read in three ways:
  - `whole pool`: strangers are drawn from the pool with replacement, so that the pool is the population and
    its rate is the true one.
  - `test rate over target`: the pool is divided in two, and the rate seen in the test half is held against
    the target. A test half of m strangers scatters by itself. With one photo each and no ties the number J of
    them above the line is the number above the (k + 1)-th highest of n exchangeable others: negative
    hypergeometric, P(J = j) = C(k + j, j) C(n - k - 1 + m - j, m - j) / C(n + m, m), the beta-binomial of
    (m, k + 1, n - k), whatever the scores. `expected` is P(J > target * m).
  - `refuted`: the one-sided 95 % lower bound of the test half lies over the target.

Reading the scores opens the project's test part, and the opening is recorded: use a copy.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom, binom, norm

from benchmarks.measuring import load, show_place, show_table
from facethemodel.catalogue import openings
from facethemodel.dataset.samples import by_part, samples
from facethemodel.evaluation.intervals import Rate, exact_interval
from facethemodel.evaluation.threshold import choose_threshold, largest_allowed
from facethemodel.pipeline.calibration import score_photos
from facethemodel.pipeline.runs import current_run, named_run
from facethemodel.project import Project

TARGET = 0.01
CONFIDENCE = 0.95
GOAL = 0.05
DIVISIONS = 200
GRID = 0.02
"""Simulated scores are multiples of this, so that about a fifth of all lines fall on a tie."""


@dataclass(frozen=True)
class Pool:
    """Strangers' photos: for each its score and the number of its stranger."""

    scores: NDArray[np.float64]
    who: NDArray[np.int64]

    def of(self, strangers: NDArray[np.int64]) -> Pool:
        """The photos of these strangers; one that is named twice comes as two strangers."""
        places = np.split(np.argsort(self.who, kind="stable"), np.cumsum(np.bincount(self.who))[:-1])
        chosen = [places[one] for one in strangers]
        return Pool(
            self.scores[np.concatenate(chosen)],
            np.repeat(np.arange(len(chosen)), [len(some) for some in chosen]),
        )

    @property
    def strangers(self) -> int:
        """How many there are."""
        return int(self.who.max()) + 1

    def rate(self, line: float) -> float:
        """The share of strangers taken at a line, a random photo of each."""
        taken = np.bincount(self.who, weights=self.scores >= line)
        return float(np.mean(taken / np.bincount(self.who)))


def our_line(pool: Pool, *, seed: int) -> float:
    """The line as the project draws it."""
    found = choose_threshold(
        pool.scores,
        [f"s{who}" for who in pool.who],
        [],
        target_fmr=TARGET,
        confidence=CONFIDENCE,
        seed=seed,
    )
    if found.promise is None:
        raise SystemExit(f"{pool.strangers} strangers are too few for a promise of {TARGET:.1%}")
    return found.person


def naive_line(pool: Pool, *, seed: int) -> float:
    """The line that takes every photo for an independent draw."""
    del seed
    alone = Pool(pool.scores, np.arange(len(pool.scores)))
    return our_line(alone, seed=0)


def share(count: int, total: int) -> str:
    """A counted share with its exact interval."""
    low, high = exact_interval(count, total)
    return f"{count / total:.1%} ({low:.1%} to {high:.1%})"


@dataclass(frozen=True)
class World:
    """How simulated strangers are made.

    Attributes:
        name: What it shows.
        strangers: How many.
        alike: Share of a score's variance that all photos of a stranger have in common.
        photos: Mean number of photos per stranger; 1 gives each exactly one.
        famous: How much harder strangers with many photos are: what a score gains per factor e of photos.
    """

    name: str
    strangers: int
    alike: float
    photos: float
    famous: float = 0.0

    def draw(self, rng: np.random.Generator) -> Pool:
        """Makes the strangers and their photos."""
        counts = np.ones(self.strangers, dtype=np.int64)
        if self.photos > 1:
            counts = np.minimum(rng.geometric(1 / self.photos, self.strangers), 60)
        hardness = rng.normal(0, np.sqrt(self.alike), self.strangers) + self.famous * np.log(counts)
        who = np.repeat(np.arange(self.strangers), counts)
        scores = hardness[who] + rng.normal(0, np.sqrt(1 - self.alike), len(who))
        return Pool(np.round(scores / GRID) * GRID, who)

    def true_rate(self, line: float) -> float:
        """The share of all such strangers that a random photo of theirs takes over the line."""
        edge = (np.ceil(line / GRID - 1e-9) - 0.5) * GRID
        counts = np.arange(1, 61) if self.photos > 1 else np.array([1])
        odds = 1 / self.photos * (1 - 1 / self.photos) ** (counts - 1) if self.photos > 1 else np.ones(1)
        odds[-1] += 1 - odds.sum()
        return float(odds @ norm.sf(edge - self.famous * np.log(counts)))


WORLDS = (
    World("one photo each", 800, 0.5, 1),
    World("few strangers, one photo each", 320, 0.5, 1),
    World("several photos, little alike", 800, 0.2, 5),
    World("several photos, much alike", 800, 0.9, 5),
    World("many photos, much alike, few strangers", 320, 0.9, 12),
    World("the often photographed are harder", 800, 0.6, 5, 0.3),
    World("the often photographed are easier", 800, 0.6, 5, -0.3),
)


def simulate(rounds: int) -> None:
    """How often the true rate exceeds the target."""
    rows = []
    for number, world in enumerate(WORLDS):
        rng = np.random.default_rng(number)
        broken = [0, 0]
        for round_ in range(rounds):
            pool = world.draw(rng)
            for which, draw_line in enumerate((our_line, naive_line)):
                broken[which] += world.true_rate(draw_line(pool, seed=round_)) > TARGET
        rows.append([world.name, expected_of_promise(world.strangers), *(share(b, rounds) for b in broken)])
    heads = ["strangers", "expected at most", "promise broken", "if photos counted as draws"]
    show_table(f"Simulated strangers, true rate known, {rounds:,} rounds each", heads, rows)


def expected_of_promise(strangers: int) -> str:
    """P(true rate > target) of a line on continuous scores."""
    return f"{binom.cdf(let_through(strangers), strangers, TARGET):.1%}"


def let_through(strangers: int) -> int:
    """How many of so many strangers the promise lets through."""
    allowed = largest_allowed(strangers, target_fmr=TARGET, confidence=CONFIDENCE)
    if allowed is None:
        raise SystemExit(f"{strangers} strangers are too few for a promise of {TARGET:.1%}")
    return allowed


def read_pool(root: Path, run_name: str | None) -> tuple[str, Pool]:
    """The strangers of the calibrate and the test part, each photo with its best accepted face."""
    project = Project.open(root)
    run = current_run(project) if run_name is None else named_run(project, run_name)
    with project.database() as db:
        known = samples(db, person=project.person)
        openings.record_opening(db, run=run.name, why="benchmarks.promise")
    part = [one for name in ("calibrate", "test") for one in by_part(known, name)]
    # Strangers who were bound to the test part by name are no random draw.
    bound = {name.casefold() for name in project.settings.split.test_identities}
    part = [one for one in part if one.label.role == "stranger" and (one.identity or "") not in bound]
    scored = score_photos(project, run, part)
    judged = [one for one in part if one.sha256 in scored and scored[one.sha256].faces]
    _, who = np.unique([one.identity or one.sha256 for one in judged], return_inverse=True)
    scores = [max(scored[one.sha256].faces.values()) for one in judged]
    return run.name, Pool(np.array(scores, dtype=np.float64), who.astype(np.int64))


DrawLine = Callable[[Pool], float]


def divide(pool: Pool, calibrate: int, *, stricter: int, naive: bool, divisions: int) -> list[str]:
    """Divides the pool anew and counts; one row of the table.

    Args:
        pool: All strangers.
        calibrate: How many of them the line is drawn with.
        stricter: Let so many strangers fewer through than the promise allows.
        naive: Count photos as independent draws.
        divisions: How often.
    """
    rng = np.random.default_rng(calibrate)
    test = pool.strangers - calibrate
    rates, refuted = [], 0
    for number in range(divisions):
        order = rng.permutation(pool.strangers)
        line = _line(pool.of(order[:calibrate]), stricter=stricter, naive=naive, seed=number)
        rate = pool.of(order[calibrate:]).rate(line)
        rates.append(rate)
        refuted += Rate.of(round(rate * test), test, confidence=0.9).low > TARGET
    over = sum(rate > TARGET for rate in rates)
    kept = let_through(calibrate) - stricter
    # A share of more than the target takes at least floor(target * test) + 1 of the test strangers.
    expected = float(betabinom.sf(int(TARGET * test + 1e-9), test, kept + 1, calibrate - kept))
    return [
        f"{calibrate} / {test}",
        "photos" if naive else str(kept),
        f"{np.mean(rates):.2%}",
        share(over, divisions),
        "-" if naive else f"{expected:.1%}",
        share(refuted, divisions),
    ]


def _line(pool: Pool, *, stricter: int, naive: bool, seed: int) -> float:
    if naive:
        return naive_line(pool, seed=seed)
    if not stricter:
        return our_line(pool, seed=seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(pool.scores))
    _, first = np.unique(pool.who[order], return_index=True)
    drawn = np.sort(pool.scores[order[first]])[::-1]
    return float(np.nextafter(drawn[let_through(len(drawn)) - stricter], np.inf))


def resample(pool: Pool, calibrate: int, *, naive: bool, draws: int) -> list[str]:
    """Draws strangers from the pool with replacement: then the pool's own rate is the true one."""
    rng = np.random.default_rng(calibrate + 1)
    draw_line = partial(_line, stricter=0, naive=naive)
    rates = [
        pool.rate(draw_line(pool.of(rng.integers(0, pool.strangers, calibrate)), seed=number))
        for number in range(draws)
    ]
    broken = sum(rate > TARGET for rate in rates)
    return [
        str(calibrate),
        "photos" if naive else "strangers",
        f"{np.mean(rates):.2%}",
        share(broken, draws),
        "-" if naive else expected_of_promise(calibrate),
    ]


def stricter_by(calibrate: int, test: int) -> int | None:
    """How many strangers fewer the line may let through for a test rate over the target in at most 5 %."""
    allowed = let_through(calibrate)
    for fewer in range(allowed + 1):
        kept = allowed - fewer
        if betabinom.sf(int(TARGET * test + 1e-9), test, kept + 1, calibrate - kept) <= GOAL:
            return fewer
    return None


def real(root: Path, run_name: str | None, divisions: int) -> None:
    """The tables of one project."""
    name, pool = read_pool(root, run_name)
    half = pool.strangers // 2
    sizes = sorted({299, 480, half, pool.strangers - 299})
    print(f"\n{name}: {len(pool.scores):,} photos of {pool.strangers:,} strangers the network never saw")
    draws = 5 * divisions
    rows = [resample(pool, size, naive=naive, draws=draws) for size in sizes for naive in (False, True)]
    heads = ["calibrate", "draws", "mean true rate", "promise broken", "expected at most"]
    show_table(f"Whole pool as the population, {draws:,} draws of strangers with replacement", heads, rows)
    rows = []
    for size in sizes:
        fewer = stricter_by(size, pool.strangers - size)
        rows.append(divide(pool, size, stricter=0, naive=False, divisions=divisions))
        rows.append(divide(pool, size, stricter=0, naive=True, divisions=divisions))
        if fewer:
            rows.append(divide(pool, size, stricter=fewer, naive=False, divisions=divisions))
    heads = [
        "calibrate / test",
        "let through",
        "mean test rate",
        "test rate over target",
        "expected",
        "refuted",
    ]
    show_table(f"{divisions} random divisions of the strangers", heads, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--project", type=Path, action="append", default=[], help="a project with a trained run"
    )
    parser.add_argument("--run", help="the run's name; default: the project's current one")
    parser.add_argument("--rounds", type=int, default=2000, help="rounds of the simulation; 0 leaves it out")
    parser.add_argument("--divisions", type=int, default=DIVISIONS)
    wanted = parser.parse_args(arguments)
    before = load()
    if wanted.rounds:
        simulate(wanted.rounds)
    for root in wanted.project:
        real(root, wanted.run, wanted.divisions)
    show_place("numpy", "scipy", load_before=before)


if __name__ == "__main__":
    main()
