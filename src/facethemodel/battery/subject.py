"""A photo with its face: what pictures are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import Face
from facethemodel.photos.decode import Decoded

LEAST_REACH = 0.35
"""Seen from the side the eyes nearly meet; a face counts as at least so wide between them, in boxes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """A decoded photo and where its main face lies in it.

    Attributes:
        pixels: RGB, (H, W, 3).
        box: x, y, width, height of the face, in these pixels.
        landmarks: (5, 2), x and y of the eye on the left of the picture, the other eye, the nose, the two
            corners of the mouth.
    """

    pixels: NDArray[np.uint8]
    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float64]

    @classmethod
    def of(cls, decoded: Decoded, face: Face) -> Subject:
        """Brings a face, which the catalogue keeps in full-size pixels, to the pixels at hand."""
        height, width = decoded.pixels.shape[:2]
        scale = np.array([width / decoded.width, height / decoded.height])
        x, y, box_width, box_height = (np.array(face.box) * np.tile(scale, 2)).tolist()
        points = np.asarray(face.landmarks, np.float64).reshape(5, 2) * scale
        return cls(pixels=decoded.pixels, box=(x, y, box_width, box_height), landmarks=points)

    @property
    def side(self) -> float:
        """Geometric mean of the face's sides, in pixels."""
        return float(max(self.box[2] * self.box[3], 1.0) ** 0.5)

    @property
    def centre(self) -> NDArray[np.float64]:
        """Middle of the face, (2,)."""
        x, y, width, height = self.box
        return np.array([x + width / 2, y + height / 2])

    @property
    def eyes(self) -> NDArray[np.float64]:
        """The point between the eyes, (2,)."""
        return np.asarray(self.landmarks[:2].mean(axis=0))

    @property
    def mouth(self) -> NDArray[np.float64]:
        """The middle of the mouth, (2,)."""
        return np.asarray(self.landmarks[3:].mean(axis=0))

    @property
    def across(self) -> NDArray[np.float64]:
        """Unit vector from the eye on the left to the other, (2,)."""
        way = self.landmarks[1] - self.landmarks[0]
        length = float(np.hypot(*way))
        return np.array([1.0, 0.0]) if length < 1e-6 else way / length

    @property
    def down(self) -> NDArray[np.float64]:
        """Unit vector from the eyes to the chin, at a right angle to `across`, (2,)."""
        along = self.across
        return np.array([-along[1], along[0]])

    @property
    def reach(self) -> float:
        """Distance of the eyes in pixels, as it would be from the front."""
        apart = float(np.hypot(*(self.landmarks[1] - self.landmarks[0])))
        return max(apart, LEAST_REACH * self.side, 1.0)
