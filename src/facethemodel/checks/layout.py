"""Checks of the picture as a whole: its shape, and whether it is put together from several."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.checks.sight import Sight

STEP = 6
"""Difference of grey levels between neighbouring pixels that counts as an edge."""
EDGE = 0.12
"""Share of the photo at each end where seams are not looked for: frames and captions are there."""
ALONE = 0.45
"""How much more of a seam than of the lines beside it is an edge: gratings and blinds have no seam."""
BUSY = 4.0
"""Least spread of grey levels (standard deviation) on both sides of a seam: a bare margin is no picture."""
_FEWEST = 8
"""Pixels: shorter sides have no room for two pictures."""


def aspect(sight: Sight) -> float:
    """Long side divided by short side."""
    return max(sight.width, sight.height) / max(min(sight.width, sight.height), 1)


def seam(sight: Sight) -> float:
    """The share of a straight line across the whole photo along which neighbouring pixels differ.

    Upright and level lines are tried everywhere but near the edges, on grey levels at a long side of 256; 0
    where no line stands out from those beside it with something to see on both sides.
    """
    # Every second line will do, and costs half.
    upright = np.ascontiguousarray(sight.small[::2])
    level = np.ascontiguousarray(sight.small[:, ::2].T)
    return max(_seam(upright), _seam(level))


def _seam(grey: NDArray[np.uint8]) -> float:
    """The best upright one."""
    height, width = grey.shape
    if width < _FEWEST or height < _FEWEST:
        return 0.0
    steps = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    # Shrinking spreads a seam over two columns.
    either = cv2.max(steps[:, 1:], steps[:, :-1])
    edges = cv2.threshold(either, STEP, 1, cv2.THRESH_BINARY)[1]
    shares = cv2.reduce(edges, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel() / height
    first, last = round(EDGE * width), width - round(EDGE * width)
    for column in (np.argsort(-shares[first:last])[:3] + first).tolist():
        beside = [
            shares[at] for at in (column - 4, column - 3, column + 3, column + 4) if 0 <= at < len(shares)
        ]
        if shares[column] - np.median(beside) < ALONE:
            continue
        sides = (grey[:, : column - 1], grey[:, column + 3 :])
        if all(float(cv2.meanStdDev(side)[1][0, 0]) >= BUSY for side in sides):
            return float(shares[column])
    return 0.0
