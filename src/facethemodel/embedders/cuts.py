"""Crops as embedders want them, out of the whole photo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facethemodel.embedders.embedder import Spot
from facethemodel.faces.warp import warp


def square_of(spot: Spot, *, margin: float) -> tuple[float, float, float]:
    """Left, top and side of the square around a face's box, larger by a share of its side on every edge."""
    x, y, width, height = spot.box
    side = max(width, height) * (1.0 + 2.0 * margin)
    return x + (width - side) / 2.0, y + (height - side) / 2.0, side


def cut_box(pixels: NDArray[np.uint8], spot: Spot, *, margin: float, size: int) -> NDArray[np.uint8]:
    """Cuts the square around a face's box, upright as it is; beyond the photo its edge is repeated.

    Args:
        pixels: The photo, RGB.
        spot: Where the face is.
        margin: What is added on every edge, as a share of the box's longer side.
        size: Side of the crop.

    Returns:
        (size, size, 3).
    """
    left, top, side = square_of(spot, margin=margin)
    scale = size / max(side, 1.0)
    # Pixel centres have whole coordinates on both sides, edges lie half a pixel before the first of them.
    across, down = ((0.5 - edge) * scale - 0.5 for edge in (left, top))
    return warp(pixels, np.array([[scale, 0.0, across], [0.0, scale, down]]), size=size)
