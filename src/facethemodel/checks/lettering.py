"""Finds lettering of a watermark's size: rows of small bright or dark strokes of one height."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.checks.sight import Sight

SIDE = 640
"""Long side, in pixels, at which letters are looked for; smaller photos keep their size."""
STROKE = 7
"""Strokes are narrower than this, in pixels at that size."""
CONTRAST = 40
"""Grey levels by which strokes differ from what is around them."""
LOWEST, HIGHEST = 5, 24
"""Heights of letters, in pixels at that size."""
MOST = 128
"""Spots of a band that are looked at, the largest first: in a busy photo more would only take time."""
STEP, DENSITY, WINDOW = 24, 0.4, (21, 5)
"""Where letters can be, at a long side of 256: in a window of so many pixels, such a share differs from its
neighbour by so many grey levels. Three quarters of a typical photo need no closer look."""
_MARGIN = 8
"""Rows, at a long side of 256, that are looked at above and below such a window."""


def longest_row(sight: Sight) -> float:
    """How many spots of a letter's shape the longest row has: each beside the last, on one line, as high."""
    scale = min(1.0, SIDE / max(sight.grey.shape))
    best = 0
    for top, bottom in _bands(sight.small):
        rows = np.array([top, bottom]) * sight.grey.shape[0] // sight.small.shape[0]
        band = sight.grey[rows[0] : max(rows[1], rows[0] + 1)]
        if scale < 1:
            size = (max(1, round(band.shape[1] * scale)), max(1, round(band.shape[0] * scale)))
            band = np.asarray(cv2.resize(band, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        for method in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
            best = max(best, _row(_spots(band, method)))
    return float(best)


def _bands(small: NDArray[np.uint8]) -> Iterator[tuple[int, int]]:
    """Rows, first and one behind the last, in which many upright edges stand close together."""
    height, width = small.shape
    if width < 2:
        return
    steps = cv2.absdiff(small[:, 1:], small[:, :-1])
    edges = cv2.threshold(steps, STEP, 255, cv2.THRESH_BINARY)[1]
    densest = cv2.reduce(cv2.blur(edges, WINDOW), 1, cv2.REDUCE_MAX).ravel()
    rows = np.flatnonzero(densest >= 255 * DENSITY)
    if not rows.size:
        return
    gaps = np.flatnonzero(np.diff(rows) > 2 * _MARGIN)
    for first, last in zip(rows[np.r_[0, gaps + 1]].tolist(), rows[np.r_[gaps, -1]].tolist(), strict=True):
        yield max(first - _MARGIN, 0), min(last + 1 + _MARGIN, height)


def _spots(grey: NDArray[np.uint8], method: int) -> NDArray[np.float32]:
    """(n, 4) left, top, width, height of connected strokes that could be letters, from left to right."""
    strokes = cv2.morphologyEx(grey, method, _SQUARE)
    mask = cv2.threshold(strokes, CONTRAST, 1, cv2.THRESH_BINARY)[1]
    _, _, facts, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_16U)
    _, _, width, height, area = facts[1:].T
    fits = (height >= LOWEST) & (height <= HIGHEST) & (width <= 1.6 * height) & (width >= 0.12 * height)
    fits &= (area >= 8) & (area >= 0.2 * width * height)
    found = facts[1:][fits]
    if len(found) > MOST:
        found = found[np.argsort(-found[:, 4], kind="stable")[:MOST]]
    return np.asarray(found[np.argsort(found[:, 0], kind="stable"), :4], np.float32)


_SQUARE = np.ones((STROKE, STROKE), np.uint8)


def _row(spots: NDArray[np.float32]) -> int:
    """Length of the longest row of spots, which come from left to right."""
    if len(spots) < 2:
        return len(spots)
    left, top, width, height = spots.T
    bottom = top + height
    taller = np.maximum(height[:, None], height)
    gap = left - (left + width)[:, None]
    follows = (gap > -0.2 * taller) & (gap < 0.9 * taller) & (left > left[:, None])
    follows &= np.abs(bottom - bottom[:, None]) < 0.2 * taller
    follows &= np.minimum(height[:, None], height) > 0.6 * taller
    after, before = np.nonzero(follows.T)
    lengths = np.ones(len(spots), np.int64)
    # From left to right: whatever comes before a spot has its length already.
    for later, earlier in zip(after.tolist(), before.tolist(), strict=True):
        lengths[later] = max(lengths[later], lengths[earlier] + 1)
    return int(lengths.max())
