"""Who plays the person, from which photos, and who are the strangers, for the learning curves."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue import crops
from facethemodel.catalogue.records import normalise_identity
from facethemodel.dataset.samples import Sample, crop_key, samples
from facethemodel.inspection.crops import CropStore
from facethemodel.project import Project

PHOTOS = (10, 20, 50, 100, 200, 400)
"""Photos of the person that are learned from."""
STRANGERS = (50, 100, 200, 500, 1000, 2000, 3000)
"""Other people that are learned from."""
FEWEST_TESTED = 10
PHOTOS_BESIDE_STRANGERS = 20
"""Photos of each person while the number of strangers changes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Faces:
    """One crop per photo.

    Attributes:
        images: (N, 112, 112, 3).
        who: Whose it is, normalised, length N.
        shas: The photo of each, length N.
    """

    images: NDArray[np.uint8]
    who: tuple[str, ...]
    shas: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """What one seed makes of the people. Nobody is in two of `learned`, `tested` and the persons.

    Attributes:
        learned: Strangers to learn from, in the order in which they are taken: few nest in many.
        tested: Strangers that no training sees.
        pools: By person, the photos to learn from, as positions in `Faces`: at n the first n of them.
        judged: By person, the photos that are judged, the same ones at every point.
    """

    learned: tuple[str, ...]
    tested: tuple[str, ...]
    pools: Mapping[str, tuple[int, ...]]
    judged: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One training.

    Attributes:
        curve: `photos` or `strangers`.
        step: The round of the first, the number of other people of the second.
        photos: By person, how many photos are learned from.
        strangers: Strangers that are learned from.
    """

    curve: str
    step: int
    photos: Mapping[str, int]
    strangers: tuple[str, ...]

    @property
    def others(self) -> int:
        """Other people that a person is told from while training."""
        return len(self.strangers) + len(self.photos) - 1


def read_faces(folders: Iterable[Path]) -> Faces:
    """Reads the crop of everybody with a name, whatever part of the split it is in; near-duplicates once.

    A photo that lies in two projects counts once.
    """
    images, who, shas = [], [], []
    known: set[str] = set()
    for folder in folders:
        project = Project.open(folder)
        with project.database() as db:
            rows = crops.rows(db, "aligned112")
            named = [
                (name, one, rows[key])
                for one in samples(db, person=project.person)
                if one.sha256 not in known
                if (name := _name(one, project.person)) is not None
                if (key := crop_key(one, "aligned112")) is not None and key in rows
            ]
        kept = without_near(
            [name for name, _, _ in named],
            [one.phash for _, one, _ in named],
            distance=project.settings.split.near_distance,
        )
        named = [named[position] for position in kept]
        images.append(CropStore(project.cache_dir).load("aligned112", [row for _, _, row in named]))
        who += [name for name, _, _ in named]
        shas += [one.sha256 for _, one, _ in named]
        known |= {one.sha256 for _, one, _ in named}
    return Faces(images=np.concatenate(images), who=tuple(who), shas=tuple(shas))


def _name(sample: Sample, person: str) -> str | None:
    return normalise_identity(person) if sample.label.role == "person" else sample.identity


def without_near(who: Sequence[str], hashes: Sequence[int | None], *, distance: int) -> list[int]:
    """Leaves out every photo that is a near-duplicate of an earlier one of the same person."""
    kept: dict[str, list[int]] = defaultdict(list)
    found = []
    for position, (name, phash) in enumerate(zip(who, hashes, strict=True)):
        if phash is not None:
            if any((phash ^ other).bit_count() <= distance for other in kept[name]):
                continue
            kept[name].append(phash)
        found.append(position)
    return found


def divide(
    who: Sequence[str], shas: Sequence[str], *, seed: int, tested: int, persons: int | None = None
) -> Division:
    """Divides people and photos by hashes, so that the same seed always gives the same division.

    Args:
        who: Whose each photo is.
        shas: The photos.
        seed: Another one draws other photos to learn from and other strangers to be tested.
        tested: Strangers to test on, at most a third of those that could be.
        persons: At most so many people play the person, those with the most photos; the others who could
            are strangers to learn from.
    """
    photos: dict[str, list[int]] = defaultdict(list)
    for position, name in enumerate(who):
        photos[name].append(position)
    enough = [name for name, own in photos.items() if len(own) >= PHOTOS[0] + FEWEST_TESTED]
    playing = sorted(enough, key=lambda name: (-len(photos[name]), name))[:persons]
    plain = sorted(photos.keys() - set(enough), key=lambda name: _chance(seed, name))
    kept_back = set(plain[: min(tested, len(plain) // 3)])
    learned = sorted(photos.keys() - set(playing) - kept_back, key=lambda name: _chance(seed, name))
    pools, judged = {}, {}
    for name in playing:
        own = sorted(photos[name], key=lambda position: _chance(seed, shas[position]))
        most = max(count for count in PHOTOS if count <= len(own) - FEWEST_TESTED)
        pools[name], judged[name] = tuple(own[:most]), tuple(own[most:])
    return Division(
        learned=tuple(learned),
        tested=tuple(name for name in plain if name in kept_back),
        pools=pools,
        judged=judged,
    )


def plans(division: Division, curves: Sequence[str]) -> list[Plan]:
    """Lists the trainings of one division.

    For `photos` every person goes through its own numbers of photos, one per training and each beginning
    somewhere else, so that all trainings hold about as many photos as each other and differ in who has many.
    For `strangers` every person who can has the same number of photos, and the others do not take part.
    """
    found = []
    if "photos" in curves:
        for turn in range(len(PHOTOS)):
            photos = {}
            for number, (name, pool) in enumerate(division.pools.items()):
                own = [count for count in PHOTOS if count <= len(pool)]
                photos[name] = own[(number + turn) % len(own)]
            found.append(Plan(curve="photos", step=turn, photos=photos, strangers=division.learned))
    if "strangers" in curves:
        fixed = {
            name: PHOTOS_BESIDE_STRANGERS
            for name, pool in division.pools.items()
            if len(pool) >= PHOTOS_BESIDE_STRANGERS
        }
        most = len(division.learned) + len(fixed) - 1
        found += [
            Plan(
                curve="strangers",
                step=others,
                photos=fixed,
                strangers=division.learned[: others - len(fixed) + 1],
            )
            for others in sorted({min(count, most) for count in STRANGERS})
            if fixed and others >= len(fixed)
        ]
    return found


def _chance(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()
