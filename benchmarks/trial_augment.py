"""Further augmentation that blurs the line between collections, for trials of the recipe."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from facethemodel.faces.align import face_oval

Pixels = NDArray[np.uint8]

MEAN, SPREAD = 120.0, 45.0
"""Brightness and contrast of the face after `plain`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """What crops get after the recipe's own augmentation.

    Attributes:
        gamma: Largest logarithm of the exponent on all values.
        fade: Largest share of the range that black and white each lose.
        grain: Probability of noise of up to 12 of 255.
        plain: Probability of `plain`.
    """

    gamma: float = 0.0
    fade: float = 0.0
    grain: float = 0.0
    plain: float = 0.0

    def __call__(self, images: Pixels, random: Generator) -> Pixels:
        """Gives changed copies of images of shape (B, S, S, 3)."""
        out = images.copy()
        for image in out:
            if self.gamma or self.fade:
                black, white = random.uniform(0, self.fade, 2) if self.fade else (0.0, 0.0)
                steps = np.linspace(0, 1, 256) ** np.exp(random.uniform(-self.gamma, self.gamma))
                table = np.rint(255 * (black + (1 - white - black) * steps)).astype(np.uint8)
                image[:] = cv2.LUT(image, table)
            if random.random() < self.plain:
                image[:] = plain(image, random)
            if random.random() < self.grain:
                noise = random.standard_normal(image.shape[:2], dtype=np.float32) * random.uniform(1, 12)
                image[:] = np.clip(image + noise[:, :, None], 0, 255).astype(np.uint8)
        return out


def plain(image: Pixels, random: Generator) -> Pixels:
    """Makes a crop grey, coarse, and of one brightness and contrast in the face's oval."""
    side = image.shape[0]
    small = int(random.integers(32, 80))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    down = cv2.resize(grey, (small, small), interpolation=cv2.INTER_AREA)
    seen = cv2.resize(down, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    face = seen[face_oval(side) <= 1.0]
    flat = (seen - face.mean()) * (SPREAD / max(float(face.std()), 1.0)) + MEAN
    return np.repeat(np.clip(np.rint(flat), 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
