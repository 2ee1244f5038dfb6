"""From the lines of many trainings to two curves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.learning_people import PHOTOS_BESIDE_STRANGERS
from facethemodel.evaluation.expectation import LEVELS, Curve, Expectation, Missed, Point

MANY_PEOPLE = 10
"""With so many people their middle 80 % are the range; with fewer, the lowest and the highest."""
FEW_PEOPLE = 3

Shares = Mapping[str, float]
"""By person, the share missed, averaged over trainings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One curve at one level, person by person.

    Attributes:
        level: Share of strangers let through.
        beside: What was the same at all points.
        shares: By count, in ascending order.
    """

    level: float
    beside: int
    shares: Mapping[int, Shares]


def track(lines: Iterable[Mapping[str, Any]], curve: str, level: float) -> Track:
    """Collects what the trainings say of one curve; counts without a figure at that level are missing."""
    found: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    beside = []
    place = LEVELS.index(level)
    for line in lines:
        if line["curve"] != curve:
            continue
        beside.append(line["others"] if curve == "photos" else PHOTOS_BESIDE_STRANGERS)
        for one in line["results"]:
            if one["missed"][place] is not None:
                count = one["photos"] if curve == "photos" else line["others"]
                found[count][one["who"]].append(one["missed"][place])
    return Track(
        level=level,
        beside=round(float(np.mean(beside))) if beside else 0,
        shares={
            count: {who: float(np.mean(values)) for who, values in sorted(found[count].items())}
            for count in sorted(found)
        },
    )


def chained(shares: Mapping[int, Shares]) -> list[float]:
    """Gives one value per count, as if all people had been there at every one.

    Fewer and fewer people have many photos, and those who have are no average: the means of different people
    would make steps that no photo brought. So the first value is the mean over everybody, and every step is
    the ratio of the means over those who took both ends of it.

    Args:
        shares: By ascending count.
    """
    values: list[float] = []
    before: Shares = {}
    for own in shares.values():
        both = sorted(own.keys() & before.keys())
        if not values or not both:
            values.append(float(np.mean(list(own.values()))))
        else:
            earlier = sum(before[who] for who in both)
            step = sum(own[who] for who in both) / earlier if earlier else 1.0
            values.append(min(values[-1] * step, 1.0))
        before = own
    return values


def spread(own: Shares, value: float) -> Missed:
    """Says where most of the people lie, around the curve's own value."""
    found = np.array(list(own.values()))
    if len(found) < FEW_PEOPLE:
        return Missed(value=round(value, 4))
    ends = np.quantile(found, (0.1, 0.9)) if len(found) >= MANY_PEOPLE else (found.min(), found.max())
    low, high = min(float(ends[0]), value), max(float(ends[1]), value)
    return Missed(value=round(value, 4), low=round(low, 4), high=round(high, 4))


def curve(lines: Sequence[Mapping[str, Any]], what: str) -> Curve:
    """Puts one curve together, all levels."""
    tracks = [track(lines, what, level) for level in LEVELS]
    figures: dict[int, list[Missed | None]] = defaultdict(lambda: [None] * len(LEVELS))
    people: dict[int, int] = {}
    for place, one in enumerate(tracks):
        for (count, own), value in zip(one.shares.items(), chained(one.shares), strict=True):
            figures[count][place] = spread(own, value)
            people[count] = max(people.get(count, 0), len(own))
    return Curve(
        beside=tracks[0].beside,
        points=tuple(
            Point(count=count, people=people[count], missed=tuple(figures[count]))
            for count in sorted(figures)
        ),
    )


def expectation(
    lines: Sequence[Mapping[str, Any]], *, source: str, network: str, passes: int, measured: str
) -> Expectation:
    """Puts together what the product packs."""
    return Expectation(
        source=source,
        network=network,
        passes=passes,
        seeds=len({line["seed"] for line in lines}),
        measured=measured,
        photos=curve(lines, "photos"),
        strangers=curve(lines, "strangers"),
    )
