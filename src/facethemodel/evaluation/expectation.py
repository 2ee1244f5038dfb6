"""What to expect of so many photos, before anything is trained: learning curves measured on other people.

The curves come from `benchmarks/learning_curves.py`, which writes them to `expectation.json` beside this
file; where that file is missing nothing is expected.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from facethemodel.bundle.typed_json import TypedJsonError, from_json, to_json
from facethemodel.errors import SettingsError

LEVELS = (0.05, 0.01, 0.001)
"""Shares of strangers let through at which the curves were measured."""
USUAL = 0.01

_FILE = "expectation.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A share of the person's photos, in [0, 1].

    Attributes:
        value: The mean over people.
        low: Where most people lie, lower end; None where too few people were measured to say.
        high: The upper end.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What was measured with one number of photos or strangers.

    Attributes:
        count: That number.
        people: How many people played the person.
        missed: Share of their photos missed at each of `LEVELS`; None where it was not measured.
    """

    count: int
    people: int
    missed: tuple[Missed | None, ...]

    def __post_init__(self) -> None:
        if self.count < 1 or self.people < 1 or len(self.missed) != len(LEVELS):
            raise ValueError(f"{self.count} photos, {self.people} people, {len(self.missed)} levels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points in ascending order of their counts.

    Attributes:
        beside: What was the same at all points: other people learned from, or photos of the person.
        points: The points.
    """

    beside: int
    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        counts = [point.count for point in self.points]
        if counts != sorted(set(counts)):
            raise ValueError(f"the counts {counts} do not ascend")

    def measured(self, level: float) -> tuple[Point, ...]:
        """The points that have a figure at that level."""
        place = LEVELS.index(level)
        return tuple(point for point in self.points if point.missed[place] is not None)

    def at(self, count: float, *, level: float = USUAL) -> Missed | None:
        """Reads the curve at any count between the first and the last point.

        Straight lines over the logarithm of the count between points that were made to fall: more photos do
        no harm, so where a later point lies higher by chance, neighbours share their mean, each weighing as
        many people as it was measured on (Ayer et al., "An empirical distribution function for sampling with
        incomplete information", Annals of Mathematical Statistics 26, 1955).

        Args:
            count: Photos or strangers.
            level: One of `LEVELS`.

        Returns:
            None outside what was measured. Without a range where one of the neighbours has none.
        """
        points = self.measured(level)
        if not points or not points[0].count <= count <= points[-1].count:
            return None
        place = LEVELS.index(level)
        found = [one for point in points if (one := point.missed[place]) is not None]
        where = [math.log(point.count) for point in points]
        people = [point.people for point in points]
        value = _between(where, falling([one.value for one in found], people), math.log(count))
        right = next(index for index, point in enumerate(points) if point.count >= count)
        left = right if points[right].count == count else right - 1
        ends = (found[left].low, found[right].low, found[left].high, found[right].high)
        if any(end is None for end in ends):
            return Missed(value=value)
        low, high = (
            _between(where, falling([getattr(one, end) or 0.0 for one in found], people), math.log(count))
            for end in ("low", "high")
        )
        return Missed(value=value, low=min(low, value), high=max(high, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Both curves, and what they were measured on.

    Attributes:
        source: The photos, as a person calls them.
        network: The network that was trained.
        passes: How long, in passes.
        seeds: How often everything was repeated.
        measured: The day, ISO 8601.
        photos: Over photos of the person that are learned from; beside them so many other people.
        strangers: Over other people that are learned from; beside them so many photos of the person.
    """

    source: str
    network: str
    passes: int
    seeds: int
    measured: str
    photos: Curve
    strangers: Curve


def packaged() -> Expectation | None:
    """Reads the curves that come with this version; None where it has none.

    Raises:
        SettingsError: The file is damaged.
    """
    return read(files("facethemodel.evaluation") / _FILE)


def packaged_path() -> Path:
    """Where the benchmark writes them in a checkout."""
    return Path(__file__).with_name(_FILE)


def read(path: Path | Traversable) -> Expectation | None:
    """Reads curves; None where the file is missing.

    Raises:
        SettingsError: It cannot be read, or is no such file.
    """
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
        return from_json(Expectation, value, key="")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, TypedJsonError) as error:
        raise SettingsError(
            f"cannot use the learning curves in {path}: {error}", remedy="install facethemodel anew"
        ) from error


def write(path: Path, curves: Expectation) -> None:
    """Writes curves, one point to a line.

    Raises:
        OSError: The file cannot be written.
    """
    head = to_json(curves)
    lines = []
    for name, value in head.items():
        if isinstance(value, dict):
            points = ",\n".join(f"      {json.dumps(point)}" for point in value["points"])
            text = f'{{\n    "beside": {value["beside"]},\n    "points": [\n{points}\n    ]\n  }}'
        else:
            text = json.dumps(value)
        lines.append(f'  "{name}": {text}')
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def falling(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Gives the nearest values that never rise: pool adjacent violators, see `Curve.at`."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-1][0] > blocks[-2][0]:
            (before, heavy, many), (after, light, few) = blocks[-2:]
            mean = (before * heavy + after * light) / (heavy + light)
            blocks[-2:] = [(mean, heavy + light, many + few)]
    return [value for value, _, length in blocks for _ in range(length)]


def _between(where: Sequence[float], values: Sequence[float], place: float) -> float:
    for left in range(len(where) - 1):
        if place <= where[left + 1]:
            way = min(max((place - where[left]) / (where[left + 1] - where[left]), 0.0), 1.0)
            # Never beyond an end, whatever floating point makes of the sum.
            return max(values[left] + way * (values[left + 1] - values[left]), values[left + 1])
    return values[-1]
