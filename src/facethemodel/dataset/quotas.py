"""How many photos and people each part should get, and which part is furthest below that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from facethemodel.catalogue.records import Part, Role
from facethemodel.dataset.samples import Sample

Preset = Literal["standard", "original"]
Stratum = Literal["person", "stranger", "unknown"]
"""What is counted apart: photos of the person, named strangers, and photos of strangers nobody named."""

FACE_PARTS: tuple[Part, ...] = ("train", "tune", "calibrate", "test")
STANDARD: Mapping[Role, Mapping[Part, float]] = {
    "person": {"train": 0.6, "tune": 0.1, "calibrate": 0.1, "test": 0.2},
    "stranger": {"train": 0.6, "tune": 0.05, "calibrate": 0.2, "test": 0.15},
}
"""Fractions of the person's photos and of the strangers (people, not photos). Strangers get more of
`calibrate`: the false match rate that can be promised is limited by how many were used for nothing else. The
more of them are learned from, the better faces are told apart; `tune` only shows how training comes along."""
ORIGINAL_TRAIN, ORIGINAL_TEST = 1585, 1000
"""Photos per class of the project this one follows."""


def weigh(members: Iterable[Sample], *, preset: Preset) -> Counter[Stratum]:
    """Counts what a group uses up of each stratum's quota.

    `standard` counts a stranger as one however many photos there are; `original` counts photos, named or not.
    """
    weight: Counter[Stratum] = Counter()
    people: set[str] = set()
    for sample in members:
        if sample.label.role == "person":
            weight["person"] += 1
        elif preset == "original":
            weight["stranger"] += 1
        elif sample.identity is None:
            weight["unknown"] += 1
        elif sample.identity not in people:
            people.add(sample.identity)
            weight["stranger"] += 1
    return weight


def targets(preset: Preset, stratum: Stratum, total: int) -> dict[Part, float]:
    """Computes how much of a stratum each part should hold.

    `original` takes at most 1,585 photos to train and 1,000 to test per class and halves the rest between
    tune and calibrate. With fewer than 3,232 photos tune and calibrate get a tenth each and the rest is
    divided 1,585 to 1,000.
    """
    if preset == "standard":
        fractions = STANDARD["person" if stratum == "person" else "stranger"]
        return {part: total * fractions[part] for part in FACE_PARTS}
    both = ORIGINAL_TRAIN + ORIGINAL_TEST
    train = min(ORIGINAL_TRAIN, 0.8 * total * ORIGINAL_TRAIN / both)
    test = min(ORIGINAL_TEST, 0.8 * total * ORIGINAL_TEST / both)
    rest = (total - train - test) / 2
    return {"train": train, "tune": rest, "calibrate": rest, "test": test}


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Who has got how much so far.

    Attributes:
        preset: Which quotas hold.
        placed: What each part holds already.
        waiting: The weights of all groups that are still to be placed.
    """

    preset: Preset
    placed: Mapping[Part, Counter[Stratum]]
    waiting: Collection[Counter[Stratum]]
    _targets: dict[Stratum, dict[Part, float]] = field(init=False)
    _groups_left: Counter[Stratum] = field(init=False)

    def __post_init__(self) -> None:
        total: Counter[Stratum] = Counter()
        for weight in (*self.placed.values(), *self.waiting):
            total.update(weight)
        self._targets = {stratum: targets(self.preset, stratum, count) for stratum, count in total.items()}
        self._groups_left = Counter(stratum for weight in self.waiting for stratum in weight)

    def take(self, weight: Counter[Stratum]) -> Part:
        """Puts the next group into the part that is furthest below its quota.

        When no more groups are left than parts stand empty, the empty ones come first: with a handful of
        photos every part should have one.
        """
        choice: Collection[Part] = [part for part in FACE_PARTS if self._fits(part, weight)]
        for stratum in ("person", "stranger", "unknown"):
            empty = [part for part in choice if not self.placed[part][stratum]]
            if stratum in weight and empty and self._groups_left[stratum] <= len(empty):
                choice = empty
                break
        part = max(choice, key=lambda part: self._need(part, weight))
        self.placed[part].update(weight)
        self._groups_left.subtract(weight.keys())
        return part

    def _fits(self, part: Part, weight: Counter[Stratum]) -> bool:
        cap = {"train": ORIGINAL_TRAIN, "test": ORIGINAL_TEST}.get(part)
        if self.preset == "standard" or cap is None:
            return True
        return all(self.placed[part][stratum] + weight[stratum] <= cap for stratum in weight)

    def _need(self, part: Part, weight: Counter[Stratum]) -> tuple[float, int]:
        """How far the part is below its quotas, as a share of each stratum; then, how little it holds."""
        shortfall = 0.0
        for stratum in weight:
            target = self._targets[stratum]
            shortfall += (target[part] - self.placed[part][stratum]) / sum(target.values())
        # Rounded so that equal shortfalls are equal in spite of floating point.
        return round(shortfall, 9), -sum(self.placed[part][stratum] for stratum in weight)


def empty_parts() -> dict[Part, Counter[Stratum]]:
    """Opens the books: every face part holds nothing."""
    return {part: Counter() for part in FACE_PARTS}
