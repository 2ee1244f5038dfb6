"""A float picture painted with soft shapes; the face's skin is one, spread over the middle of the chart."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from facethemodel.synthetic.surface import Map, floats

_FRACTION_BITS = 4


class Canvas:
    """An RGB picture of float32 grey levels with a coordinate system: [-extent, extent] both ways.

    Attributes:
        pixels: The picture, (side, side, 3).
    """

    def __init__(self, pixels: Map, extent: float) -> None:
        self.pixels = pixels
        self.extent = extent
        self._step = (pixels.shape[0] - 1) / (2 * extent)

    def fill(self, outline: ArrayLike, colour: ArrayLike, *, soft: float = 0.0, opacity: float = 1.0) -> None:
        """Fills a polygon (n, 2). `soft` is the blur of its edge in canvas units."""
        self._paint([outline], colour, soft=soft, opacity=opacity, width=None)

    def lines(
        self,
        paths: list[NDArray[np.float32]],
        colour: ArrayLike,
        *,
        width: float,
        soft: float = 0.0,
        opacity: float = 1.0,
        closed: bool = False,
    ) -> None:
        """Draws polylines (each (n, 2)) as one layer; `width` is in canvas units."""
        self._paint(list(paths), colour, soft=soft, opacity=opacity, width=width, closed=closed)

    def glow(self, place: tuple[float, float], change: ArrayLike, *, spread: tuple[float, float]) -> None:
        """Adds `change` grey levels in a soft blot with the given standard deviations."""
        u, v = place
        reach = (3 * spread[0], 3 * spread[1])
        left, top = self._pixel(u - reach[0]), self._pixel(v - reach[1])
        right, bottom = self._pixel(u + reach[0]) + 2, self._pixel(v + reach[1]) + 2
        region = self.pixels[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        if not region.size:
            return
        columns = np.arange(region.shape[1], dtype=np.float32) + max(left, 0)
        rows = np.arange(region.shape[0], dtype=np.float32) + max(top, 0)
        across = np.exp(-0.5 * ((columns / self._step - self.extent - u) / spread[0]) ** 2)
        down = np.exp(-0.5 * ((rows / self._step - self.extent - v) / spread[1]) ** 2)
        region += np.outer(down, across)[..., None].astype(np.float32) * floats(change)

    def _pixel(self, value: float) -> int:
        return int((value + self.extent) * self._step)

    def _paint(
        self,
        paths: list[ArrayLike],
        colour: ArrayLike,
        *,
        soft: float,
        opacity: float,
        width: float | None,
        closed: bool = True,
    ) -> None:
        if opacity < 0.02:
            return
        spots = [(np.asarray(path, dtype=np.float32) + self.extent) * self._step for path in paths]
        every = np.concatenate(spots)
        blur = soft * self._step
        thick = 0 if width is None else max(1, round(width * self._step))
        margin = int(3 * blur) + thick + 2
        side = self.pixels.shape[0]
        left, top = (max(0, int(value) - margin) for value in every.min(axis=0))
        right, bottom = (min(side, int(value) + margin + 2) for value in every.max(axis=0))
        if right <= left or bottom <= top:
            return
        mask = np.zeros((bottom - top, right - left), dtype=np.uint8)
        fixed = [np.round((spot - (left, top)) * (1 << _FRACTION_BITS)).astype(np.int32) for spot in spots]
        if width is None:
            cv2.fillPoly(mask, fixed, 255, cv2.LINE_AA, _FRACTION_BITS)
        else:
            cv2.polylines(mask, fixed, closed, 255, thick, cv2.LINE_AA, _FRACTION_BITS)
        if blur > 0.3:
            mask = cv2.GaussianBlur(mask, (0, 0), blur)
        strength = opacity if width is None else opacity * min(1.0, width * self._step / thick)
        cover = mask.astype(np.float32)[..., None] * np.float32(strength / 255)
        region = self.pixels[top:bottom, left:right]
        region += cover * (floats(colour) - region)
