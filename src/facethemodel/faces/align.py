"""Brings a face to one place, size and turn, so that the classifier sees the face and not the photo."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.faces.warp import warp

ALIGNED_SIDE = 112
WHOLE_SIDE = 256

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where the five landmarks go in a crop of 112 x 112: the positions that ArcFace (Deng et al., 2019) and the
field since then use. The person's right eye is on the left of the image."""

FACE_CENTRE = (56.0, 66.0)
"""Middle of the face in a crop of 112 x 112, x and y in pixels: between the template's eyes, and between brow
and lips."""
FACE_HALF = (45.0, 58.0)
"""Half axes of the face in pixels. The template's eyes lie 35 pixels apart and 41 above the mouth: the
ellipse goes from the hairline to below the chin (which the crop cuts off) and over both cheeks."""


def out_of_face(x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.floating]:
    """Says how far out of the face's ellipse places in an aligned crop lie: 1 is its edge, 0 its middle."""
    found: NDArray[np.floating] = np.hypot(
        (x - FACE_CENTRE[0]) / FACE_HALF[0], (y - FACE_CENTRE[1]) / FACE_HALF[1]
    )
    return found


def face_oval(side: int = ALIGNED_SIDE) -> NDArray[np.floating]:
    """Says of each pixel (side, side) of an aligned crop how far out of the face it lies."""
    y, x = np.mgrid[:side, :side] * (ALIGNED_SIDE / side)
    return out_of_face(x, y)


def align(
    pixels: NDArray[np.uint8], landmarks: Sequence[float], *, size: int = ALIGNED_SIDE
) -> NDArray[np.uint8]:
    """Cuts out a face so that its landmarks fall on the template as well as a turn, scale and shift allow.

    Args:
        pixels: The RGB image the landmarks refer to.
        landmarks: Ten numbers, x and y of five points.
        size: Side of the crop.

    Returns:
        (size, size, 3). The same input always gives the same bytes.

    Raises:
        ValueError: The landmarks all fall on one point.
    """
    points = np.asarray(landmarks, np.float64).reshape(5, 2)
    matrix = similarity(points, TEMPLATE * (size / ALIGNED_SIDE))
    return warp(pixels, matrix, size=size)


def similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least-squares similarity transform (turn, one scale, shift; no mirroring) between point sets.

    Source: S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    IEEE PAMI 13(4), 1991, equations 40 to 43. In the plane the decomposition has a closed form: the
    turn is the angle of the summed products of the centred points taken as complex numbers.

    Args:
        source: (n, 2) points.
        target: (n, 2) points.

    Returns:
        (2, 3) matrix M with M @ (x, y, 1) close to the target.

    Raises:
        ValueError: The source points are all the same.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    moved, wanted = source - source_mean, target - target_mean
    spread = float((moved**2).sum())
    if not np.isfinite(spread) or spread < 1e-12:
        raise ValueError("landmarks that all fall on one point have no turn and no scale")
    cosine = float((moved * wanted).sum()) / spread
    sine = float((moved[:, 0] * wanted[:, 1] - moved[:, 1] * wanted[:, 0]).sum()) / spread
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, target_mean - turn @ source_mean])


def whole(pixels: NDArray[np.uint8], *, size: int = WHOLE_SIDE) -> NDArray[np.uint8]:
    """Resizes the whole photo to a square, whatever its shape, as the network of 2018 saw it."""
    return _resized(pixels, size)


def centre_square(pixels: NDArray[np.uint8], *, size: int = ALIGNED_SIDE) -> NDArray[np.uint8]:
    """Cuts the largest square around the centre: what stands in for a face where there is none."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return _resized(pixels[top : top + side, left : left + side], size)


def _resized(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    # INTER_AREA only averages; where it would enlarge it repeats pixels, which shows as blocks.
    shrinks = min(pixels.shape[:2]) >= size
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (size, size), interpolation=method), np.uint8)
