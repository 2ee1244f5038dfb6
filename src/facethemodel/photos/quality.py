"""How sharp and how bright a picture is, each as one number."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def to_grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Makes grey levels (ITU-R BT.601 luma) of RGB pixels; grey ones come back as they are.

    Args:
        pixels: H x W x 3 RGB, or H x W grey.
    """
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def sharpness(pixels: NDArray[np.uint8]) -> float:
    """Measures sharpness as the variance of the Laplacian (Pech-Pacheco et al., 2000).

    It depends on the size of the picture: compare only pictures of one size.

    Args:
        pixels: H x W x 3 RGB, or H x W grey.

    Returns:
        Squared grey levels, 0 for a flat picture.
    """
    return float(np.var(cv2.Laplacian(to_grey(pixels), cv2.CV_32F), dtype=np.float64))


def brightness(pixels: NDArray[np.uint8]) -> float:
    """Measures the mean grey level.

    Args:
        pixels: H x W x 3 RGB, or H x W grey.

    Returns:
        0 for black to 1 for white.
    """
    return float(cv2.mean(to_grey(pixels))[0] / 255.0)
