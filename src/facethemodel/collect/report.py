"""What adding photos came to."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass

from facethemodel.catalogue.database import Database
from facethemodel.catalogue.labels import labels
from facethemodel.catalogue.names import readable
from facethemodel.catalogue.photos import display_names
from facethemodel.photos.formats import IMAGE_SUFFIXES, NO_IMAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file that was not added, and why. What is in an archive has `archive!/member` for a path."""

    path: bytes
    reason: str

    @property
    def name(self) -> str:
        """The path, fit to be shown on one line."""
        return readable(self.path)

    @property
    def findable(self) -> bool:
        """Whether it is to be found again: all but what neither is an image nor is called one."""
        suffix = os.path.splitext(self.path)[1].decode("latin-1").lower()  # noqa: PTH122 (it may be no text)
        return self.reason != NO_IMAGE or suffix in IMAGE_SUFFIXES


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelConflict:
    """A photo on which sources disagree; it takes part in nothing until that is decided."""

    sha256: str
    name: str
    conflict: str


def label_conflicts(db: Database, *, person: str, among: Collection[str]) -> tuple[LabelConflict, ...]:
    """Finds the photos on which sources disagree.

    Args:
        db: The catalogue.
        person: Name of the person the project is about.
        among: Hashes of the photos that are of interest.
    """
    found = [(sha, label.conflict) for sha, label in labels(db, person=person).items() if sha in among]
    names = display_names(db) if any(conflict for _, conflict in found) else {}
    return tuple(
        LabelConflict(sha256=sha, name=names[sha], conflict=conflict) for sha, conflict in found if conflict
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddReport:
    """Every file met is in exactly one of `new`, `new_source`, `known`, `hidden` and `skipped`.

    Attributes:
        files: Files met, those inside archives included. An archive itself counts only where it cannot be
            read, or not to its end, or holds no files.
        archives: Archives that were opened.
        new: Photos the project did not have.
        new_source: Photos it had, found in a new place or said to be something new.
        known: Photos it had from this very place.
        hidden: Files left out because their name starts with a dot.
        hidden_folders: Folders left out for the same reason; what is in them was not met.
        skipped: Files that are no photos or could not be read.
        conflicts: Photos among those added on which sources now disagree.
        without_photos: Paths given in which there was no photo, while there were some in others.
    """

    files: int
    archives: int
    new: int
    new_source: int
    known: int
    hidden: int
    hidden_folders: int
    skipped: tuple[Skipped, ...]
    conflicts: tuple[LabelConflict, ...]
    without_photos: tuple[bytes, ...]

    @property
    def photos(self) -> int:
        """Files that are photos of the project now."""
        return self.new + self.new_source + self.known
