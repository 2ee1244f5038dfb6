"""One line per photo of the catalogue: everything later stages ask about it, joined once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue import inspections, labels, parts, photos, tags
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.parts import Assignment
from facethemodel.catalogue.records import (
    WHOLE_PHOTO,
    Inspection,
    Label,
    Part,
    View,
    drawn_as,
    normalise_identity,
)
from facethemodel.duplicates.project import conflicts
from facethemodel.duplicates.search import Match
from facethemodel.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A photo with all that is known of it.

    Attributes:
        name: A readable file name, for people.
        tags: The user's own words for it.
        taken: When it was taken, as its source says.
        copy_of: The photo that counts in its place where it is measured, see `once.counted_once`.
    """

    sha256: str
    label: Label
    inspection: Inspection | None
    assignment: Assignment | None
    name: str
    tags: tuple[str, ...] = ()
    taken: str | None = None
    copy_of: str | None = None

    @property
    def part(self) -> Part | None:
        """The part it is in; None when it was left out or never split."""
        return None if self.assignment is None else self.assignment.part

    @property
    def last_part(self) -> Part | None:
        """The part it is in, or was in before it was left out; None when it never had one."""
        return self.part or (None if self.assignment is None else self.assignment.earlier)

    @property
    def undivided(self) -> bool:
        """Whether it counts and has no part only because no split has seen it as it is now."""
        barred = self.assignment is not None and self.assignment.barred
        seen = self.inspection is None or self.inspection.readable
        return self.label.usable and seen and self.part is None and not barred

    @property
    def tested(self) -> bool:
        """Whether the locked test asks about it."""
        return self.label.usable and self.part in ("test", "curveball") and self.copy_of is None

    @property
    def identity(self) -> str | None:
        """The normalised name of the stranger it shows; None for unknown strangers and all else."""
        if self.label.role != "stranger" or self.label.identity is None:
            return None
        return normalise_identity(self.label.identity)

    @property
    def draw(self) -> str:
        """What is drawn as one, see `catalogue.records.drawn_as`."""
        group = None if self.assignment is None else self.assignment.group
        return drawn_as(self.identity, group=group, sha256=self.sha256)

    @property
    def phash(self) -> int | None:
        """The perceptual hash; None when the photo was not inspected or could not be read."""
        return None if self.inspection is None else self.inspection.phash


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledCrops:
    """Which crops a network is shown, and what they are.

    Attributes:
        rows: Shape (n,), rows of the crop store's file of one view.
        is_person: Shape (n,).
        identity: Shape (n,), position in `identities` of the stranger shown; -1 for the person and for
            strangers nobody named.
        shas: The photo of each crop, length n.
        identities: The strangers' normalised names in ascending order.
        faces: The index of the face that each crop shows, length n; empty where nobody asks for it. Another
            inspection may choose another face of the same photo.
    """

    rows: NDArray[np.int64]
    is_person: NDArray[np.bool_]
    identity: NDArray[np.int32]
    shas: tuple[str, ...]
    identities: tuple[str, ...]
    faces: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.shas)


def samples(db: Database, *, person: str) -> list[Sample]:
    """Reads every photo of the catalogue, in ascending order of sha256."""
    known_labels = labels.labels(db, person=person)
    known_inspections = inspections.inspections(db)
    known_assignments = parts.assignments(db)
    names = photos.display_names(db)
    known_tags = tags.tags(db)
    dates = photos.dates(db)
    return [
        Sample(
            sha256=sha,
            label=known_labels.get(sha, Label(sha256=sha, role=None)),
            inspection=known_inspections.get(sha),
            assignment=known_assignments.get(sha),
            name=names.get(sha, sha[:8]),
            tags=known_tags.get(sha, ()),
            taken=dates.get(sha),
        )
        for sha in sorted(photo.sha256 for photo in photos.all_photos(db))
    ]


def heeding_copies(db: Database, samples: Sequence[Sample], matches: Sequence[Match]) -> list[Sample]:
    """Puts photos into a label conflict whose copies are said to be something else.

    Args:
        db: The catalogue, for what the user said about duplicates.
        samples: All photos.
        matches: As `duplicates` finds them; those of photos put aside say nothing.
    """
    label_of = {sample.sha256: sample.label for sample in samples}
    there = {sha for sha, label in label_of.items() if label.aside is None}
    among = [match for match in matches if match.first in there and match.second in there]
    found = conflicts(db, among, label_of)
    return [
        replace(sample, label=replace(sample.label, conflict=found[sample.sha256]))
        if sample.sha256 in found
        else sample
        for sample in samples
    ]


def by_part(samples: Iterable[Sample], part: Part) -> list[Sample]:
    """Picks the photos of one part."""
    return [sample for sample in samples if sample.part == part]


def crop_key(sample: Sample, view: View) -> tuple[str, int] | None:
    """Names the crop that stands for a photo in training and where one face per photo is judged.

    Returns:
        The photo and the face's index as the crop store keeps them: the whole photo for `whole256`, the main
        accepted face for `aligned112`. None where there is no such face: no accepted one, or several of which
        none dominates, where nobody can tell which of them the label means.
    """
    if sample.inspection is None or not sample.inspection.readable:
        return None
    if view == "whole256":
        return sample.sha256, WHOLE_PHOTO
    for face in sample.inspection.faces:
        if face.accepted and face.main:
            return sample.sha256, face.index
    return None


def training_arrays(
    samples: Sequence[Sample], rows: Mapping[tuple[str, int], int], *, view: View
) -> LabelledCrops:
    """Lists the crops of the given photos of the person and of strangers.

    Photos without a crop that stands for them (see `crop_key`), photos of other roles and such as were put
    aside or fell into a label conflict since the split are passed over.

    Args:
        samples: Photos, usually those of one part.
        rows: Where each crop is stored: `catalogue.crops.rows(db, view)`.
        view: Which crops.

    Raises:
        UsageError: A crop that should be there was never stored.
    """
    chosen: list[tuple[Sample, int, int]] = []
    for sample in samples:
        key = crop_key(sample, view)
        if key is None or not sample.label.usable or sample.label.role not in ("person", "stranger"):
            continue
        if key not in rows:
            raise UsageError(
                f"{sample.name} ({sample.sha256[:8]}) has no {view} crop", remedy="facethemodel inspect"
            )
        chosen.append((sample, rows[key], key[1]))
    identities = tuple(sorted({one.identity for one, *_ in chosen if one.identity is not None}))
    number = {identity: index for index, identity in enumerate(identities)}
    return LabelledCrops(
        rows=np.array([row for _, row, _ in chosen], dtype=np.int64),
        is_person=np.array([one.label.role == "person" for one, *_ in chosen], dtype=np.bool_),
        identity=np.array(
            [-1 if one.identity is None else number[one.identity] for one, *_ in chosen], dtype=np.int32
        ),
        shas=tuple(one.sha256 for one, *_ in chosen),
        identities=identities,
        faces=tuple(face for *_, face in chosen),
    )
