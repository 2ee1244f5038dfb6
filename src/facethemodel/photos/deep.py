"""Grey pictures of more than eight bits: which level is white, and how all come to eight bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BITS_TAG, _PHOTOMETRIC_TAG, _SAMPLE_FORMAT_TAG = 258, 262, 339
_WHITE_IS_ZERO = 0
_SIGNED = (2,)
_SUNLIT, _MOST_SUNLIT = 2.0, 0.1
"""Floats go from 0 to 1 where no more than this share of the pixels is above that level: pictures of a high
range have highlights beyond white, and none that goes to 255 is so dark."""

Cut = tuple[int, int, int, int]


def is_deep(image: Image.Image) -> bool:
    """Whether a picture has one channel of more than eight bits."""
    return image.mode in ("I", "F") or image.mode.startswith("I;")


class DeepGrey:
    """A picture of deep levels, looked at piece by piece so that it is never in memory twice.

    Black is 0 and white the largest level that the number of bits allows (TIFF 6.0, section 8), or the other
    way round where the file says so. 32 bits do not tell: white is taken to be 1 (floats only, see
    `_SUNLIT`), 255, 65,535 or the largest level there can be, the first that holds all levels.

    Args:
        image: Loaded; `is_deep`.
        cuts: The pieces: left, top, right, bottom.
    """

    def __init__(self, image: Image.Image, cuts: Sequence[Cut]) -> None:
        # All but TIFFs are PNGs of sixteen bits.
        tags: Mapping[int, Any] = getattr(image, "tag_v2", {})
        self._image = image
        self._bits = int(tags.get(_BITS_TAG, (16,))[0])
        self._signed = tags.get(_SAMPLE_FORMAT_TAG) == _SIGNED
        self._negative = tags.get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO
        self._white = self._find_white(cuts)

    def eight_bits(self, cut: Cut) -> NDArray[np.uint8]:
        """One piece; what lies beyond black or white is cut off. Sixteen bits keep their high byte."""
        values = self._values(cut)
        if values.dtype.itemsize == 2 and self._white == 65535.0:
            grey = np.asarray(values.astype(np.uint16) >> 8).astype(np.uint8)
        else:
            grey = np.clip(_levels(values) * (255.0 / self._white), 0.0, 255.0).astype(np.uint8)
        return np.asarray(255 - grey, np.uint8) if self._negative else grey

    def _values(self, cut: Cut) -> NDArray[np.generic]:
        values: NDArray[np.generic] = np.asarray(self._image.crop(cut))
        # Pillow holds integers of 32 bits as signed ones, whatever they are.
        return values.view(np.uint32) if values.dtype == np.int32 and not self._signed else values

    def _find_white(self, cuts: Sequence[Cut]) -> float:
        largest = 2.0 ** (self._bits - self._signed) - 1
        if self._bits <= 16:
            return largest
        top, sunlit = 0.0, 0
        for cut in cuts:
            levels = _levels(self._values(cut))
            top = max(top, float(levels.max(initial=0.0)))
            sunlit += int(np.count_nonzero(levels > _SUNLIT))
        if self._image.mode == "F" and sunlit <= _MOST_SUNLIT * self._image.width * self._image.height:
            return 1.0
        return next((white for white in (255.0, 65535.0, largest) if top <= white), top)


def _levels(values: NDArray[np.generic]) -> NDArray[np.float32]:
    return np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
