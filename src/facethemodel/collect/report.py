"""What adding photos came to."""

from __future__ import annotations

from dataclasses import dataclass

from facethemodel.catalogue.names import readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file that was not added, and why."""

    path: bytes
    reason: str

    @property
    def name(self) -> str:
        """The path, fit to be shown on one line."""
        return readable(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelConflict:
    """A photo on which sources disagree; it takes part in nothing until that is decided."""

    sha256: str
    name: str
    conflict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddReport:
    """Every file met is in exactly one of `new`, `new_source`, `known`, `hidden` and `skipped`.

    Attributes:
        files: Files met.
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
