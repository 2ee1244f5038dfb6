"""Cuts a turned and scaled square out of an image without aliasing."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_ENOUGH = 1.2
"""Shrinking by less than this loses nothing that bilinear sampling would not also lose."""
_MARGIN = 3
GREY = (127, 127, 127)
"""What may stand for pixels outside the image, where repeating its edge would smear a face."""


def warp(
    pixels: NDArray[np.uint8], matrix: NDArray[np.float64], *, size: int, outside_grey: bool = False
) -> NDArray[np.uint8]:
    """Applies a similarity transform.

    Bilinear sampling reads four pixels however many a target pixel covers, so a large source is first
    averaged down to the target's scale (INTER_AREA), and only the region that is needed.

    Args:
        pixels: An RGB image, at least 1 x 1.
        matrix: (2, 3) from image to target; pixel centres have whole coordinates in both.
        size: Side of the target.
        outside_grey: Whether what lies outside the image is grey; else it repeats the edge.

    Returns:
        (size, size, 3).
    """
    linear = matrix[:, :2]
    scale = float(np.sqrt(abs(np.linalg.det(linear))))
    left, top, right, bottom = _needed(pixels, matrix, size)
    region = pixels[top:bottom, left:right]
    # Target of a point given in the region's own coordinates.
    offset = matrix[:, 2] + linear @ np.array([left, top], float)
    if scale * _ENOUGH < 1.0:
        height, width = region.shape[:2]
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        ratio = np.array([width / small[0], height / small[1]])
        region = averaged(region, small)
        # A pixel's area starts half a pixel before its centre, at either scale.
        offset = offset + linear @ (ratio / 2 - 0.5)
        linear = linear * ratio
    warped = cv2.warpAffine(
        region,
        np.column_stack([linear, offset]),
        (size, size),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT if outside_grey else cv2.BORDER_REPLICATE,
        borderValue=GREY,
    )
    return np.asarray(warped, np.uint8)


def averaged(region: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Shrinks by averaging areas (INTER_AREA), the same to the last bit as OpenCV does on bytes.

    Where a side is no multiple of the new one OpenCV sums floats anyway, and takes a quarter less time if it
    is given floats.

    Args:
        region: An RGB image.
        size: The width and height it gets, no larger than they are.

    Returns:
        The small one.
    """
    height, width = region.shape[:2]
    if not (width % size[0] or height % size[1]):
        return np.asarray(cv2.resize(region, size, interpolation=cv2.INTER_AREA), np.uint8)
    means = cv2.resize(region.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.rint(means).astype(np.uint8)


def _needed(pixels: NDArray[np.uint8], matrix: NDArray[np.float64], size: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the part of the image that the target shows; at least one pixel."""
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], float) - 0.5
    source = np.linalg.solve(matrix[:, :2], (corners - matrix[:, 2]).T).T
    height, width = pixels.shape[:2]
    limits = np.array([width, height])
    low = np.clip(np.floor(source.min(axis=0)) - _MARGIN, 0, limits - 1).astype(int)
    high = np.clip(np.ceil(source.max(axis=0)) + _MARGIN + 1, low + 1, limits).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
