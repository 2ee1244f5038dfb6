"""Who plays the person, who a stranger, in trials of the recipe."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue import crops
from facethemodel.catalogue.records import normalise_identity
from facethemodel.dataset.samples import crop_key, samples
from facethemodel.embedders.embedder import FaceKey
from facethemodel.inspection.crops import CropStore
from facethemodel.project import Project

PERSONS = 12
TESTED = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Crops by what they serve for; `label` counts strangers first, then the persons.

    Attributes:
        images: (N, 112, 112, 3).
        label: (N,), the class to learn; for tested strangers their number, which nothing uses.
        learned, person_learned, person_tested, tested: Indices into `images`.
        strangers: Strangers to learn from.
        faces: Which face of which photo each crop is.
        said: What a teacher says of each, (N, D), zeros where it says nothing; None without one.
    """

    images: NDArray[np.uint8]
    label: NDArray[np.int64]
    learned: NDArray[np.int64]
    person_learned: NDArray[np.int64]
    person_tested: NDArray[np.int64]
    tested: NDArray[np.int64]
    strangers: int
    faces: tuple[FaceKey, ...]
    said: NDArray[np.float32] | None = None


def read_people(folder: Path, left_out: Sequence[str]) -> People:
    """Divides the named strangers of a project's parts train and tune, always in the same way."""
    project = Project.open(folder)
    without = {normalise_identity(name) for name in left_out}
    with project.database() as db:
        rows = crops.rows(db, "aligned112")
        found = [
            (one.identity, key, rows[key])
            for one in samples(db, person=project.person)
            if one.part in ("train", "tune") and one.identity and one.identity not in without
            if (key := crop_key(one, "aligned112")) is not None
        ]
    counts = Counter(identity for identity, _, _ in found)
    persons = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:PERSONS]]
    others = sorted(counts.keys() - set(persons))
    tested = {name for name in others if _chance(name) < TESTED}
    learned = [name for name in others if name not in tested]
    number = {name: index for index, name in enumerate(learned)}
    number |= {name: len(learned) + index for index, name in enumerate(persons)}
    kinds = [
        ("person_learned" if _chance(sha) < 0.5 else "person_tested")
        if name in persons
        else "tested"
        if name in tested
        else "learned"
        for name, (sha, _), _ in found
    ]
    indices = {
        kind: np.flatnonzero([one == kind for one in kinds])
        for kind in ("learned", "person_learned", "person_tested", "tested")
    }
    return People(
        images=CropStore(project.cache_dir).load("aligned112", [row for _, _, row in found]),
        label=np.array([number.get(name, -1) for name, _, _ in found], dtype=np.int64),
        strangers=len(learned),
        faces=tuple(key for _, key, _ in found),
        learned=indices["learned"],
        person_learned=indices["person_learned"],
        person_tested=indices["person_tested"],
        tested=indices["tested"],
    )


def _chance(name: str) -> float:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48
