"""A 64-bit fingerprint that stays nearly the same when a picture is scaled or encoded again."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.photos.quality import to_grey

_SIDE = 32
_FREQUENCIES = 8
_LEAST_STRENGTH = 8.0
"""Coefficient of a wave of half a grey level across the picture (amplitude times half of `_SIDE`)."""

FLAT = 0
"""The fingerprint of every picture without structure. Any other sets the bit of its mean grey level."""


def perceptual_hash(pixels: NDArray[np.uint8]) -> int:
    """Computes the perceptual hash known as pHash (Zauner, 2010): low frequencies against their median.

    The grey picture is averaged to 32 x 32, and of its discrete cosine transform the 8 x 8 lowest frequencies
    are compared with their median, the mean grey level's own bit included. Distance is the number of
    differing bits: about 30 for unrelated pictures, a few for copies of one.

    A flat picture has no frequencies to compare, only rounding noise; all flat pictures give `FLAT`.

    Args:
        pixels: H x W x 3 RGB, or H x W grey (saves the conversion).

    Returns:
        Unsigned, 64 bits, the lowest frequency in the highest bit, row by row.
    """
    small = cv2.resize(to_grey(pixels), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    # Rounding makes absent frequencies equal to each other, which the last digits of the transform are not.
    low = np.round(cv2.dct(small.astype(np.float32))[:_FREQUENCIES, :_FREQUENCIES].ravel())
    if float(np.abs(low[1:]).max()) < _LEAST_STRENGTH:
        return FLAT
    bits = np.packbits(low > np.median(low))
    return int.from_bytes(bits.tobytes(), "big")
