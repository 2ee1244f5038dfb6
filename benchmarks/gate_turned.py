"""A head turned to the side, made of a photo that shows it from the front."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.faces.check import square

Pixels = NDArray[np.uint8]

TURNED_SIDE = 300
_TURNED_MARGIN = 3.2
_HEAD_RADIUS = 44 / 112
"""Half the width of a head, as a share of the aligned crop's side."""


def turned(pixels: Pixels, landmarks: Sequence[float], degrees: float) -> Pixels:
    """The face upright in a square of 300 pixels, with its head turned as if it were a cylinder.

    Args:
        pixels: RGB.
        landmarks: Ten numbers of a detection in it.
        degrees: Turn to the left (below 0) or right; beyond 60 little of the face is left.
    """
    upright = square(pixels, landmarks, size=TURNED_SIDE, margin=_TURNED_MARGIN)
    radius = _HEAD_RADIUS / _TURNED_MARGIN * TURNED_SIDE
    at = np.arange(TURNED_SIDE, dtype=np.float32) - TURNED_SIDE / 2
    inside = np.clip(at / radius, -1, 1)
    angle = np.arcsin(inside) + np.radians(degrees)
    # Where the turn uncovers what no photo shows, the other side stands in, mirrored.
    columns = np.where(np.abs(at) < radius, radius * np.sin(angle), at) + TURNED_SIDE / 2
    rows = np.arange(TURNED_SIDE, dtype=np.float32)
    above = np.clip((np.abs(rows - TURNED_SIDE * 0.5) - 1.15 * radius) / (0.5 * radius), 0, 1)[:, None]
    fade = columns[None] * (1 - above) + (at + TURNED_SIDE / 2)[None] * above
    grid = np.repeat(rows[:, None], TURNED_SIDE, axis=1)
    return np.asarray(
        cv2.remap(upright, fade.astype(np.float32), grid, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )
