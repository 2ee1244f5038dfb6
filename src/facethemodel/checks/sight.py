"""One decoded photo as all checks see it: what several of them need is made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import Face
from facethemodel.photos.quality import to_grey

INNER = (slice(36, 104), slice(28, 84))
"""Rows and columns of an aligned crop that lie inside the face, from the brows to the chin."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sight:
    """What a check may look at.

    Attributes:
        grey: The photo at working size, in grey levels.
        small: Grey, long side 256.
        width: Of the full-size photo, in pixels.
        height: Likewise.
        faces: All detections, in pixels of the full-size photo.
        crop: (112, 112, 3): the face that the checks are about, turned upright; without one the surest
            refused candidate, and without any the photo's centre.
        obstructed: The network's logit for that crop.
        drawn: Likewise.
    """

    grey: NDArray[np.uint8]
    small: NDArray[np.uint8]
    width: int
    height: int
    faces: Sequence[Face]
    crop: NDArray[np.uint8]
    obstructed: float
    drawn: float

    @cached_property
    def accepted(self) -> list[Face]:
        """Accepted faces, the largest first."""
        return sorted((face for face in self.faces if face.accepted), key=lambda face: -face.size)

    @cached_property
    def main(self) -> Face | None:
        """The face that the checks are about: the photo's main one, else the largest accepted one."""
        return main_of(self.faces)

    @cached_property
    def face(self) -> NDArray[np.uint8] | None:
        """Grey levels of its inner part, (68, 56)."""
        return None if self.main is None else to_grey(self.crop)[INNER]

    @cached_property
    def levels(self) -> NDArray[np.float64]:
        """Share of pixels at or below each of the 256 grey levels, in the face or else in the whole photo."""
        return levels_of(self.small if self.face is None else self.face)

    def level(self, share: float) -> float:
        """The grey level, 0 to 1, at or below which that share of the pixels lies."""
        return float(np.searchsorted(self.levels, share)) / 255


def levels_of(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Share of the pixels at or below each of the 256 grey levels."""
    return np.asarray(np.cumsum(np.bincount(grey.ravel(), minlength=256)) / grey.size)


def main_of(faces: Sequence[Face]) -> Face | None:
    """The photo's main face, else the largest accepted one, else None."""
    accepted = [face for face in faces if face.accepted]
    return max(accepted, key=lambda face: (face.main, face.size), default=None)


def looked_at(faces: Sequence[Face]) -> int | None:
    """Index of the detection whose crop is looked at: `main_of`, else the surest refused one, else None."""
    face = main_of(faces) or next(iter(faces), None)
    return None if face is None else face.index
