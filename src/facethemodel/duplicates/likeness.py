"""How well two small pictures agree in detail once one is laid upon the other."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.duplicates.prints import Patch

_COARSE = 32
_COARSE_LEAST = 0.7
"""What agrees less than this at 32 pixels does not come to agree by a closer look."""
_COARSE_STEPS, _FINE_STEPS = 40, 20
_SMOOTH = 0.7
_LEAST_OVERLAP = 0.4

Map = NDArray[np.float32]
"""2 x 3, from a place in one square picture to one in another, both from 0 to 1."""


def likeness(template: Patch, image: Patch, start: Map, *, detail: float) -> float:
    """Measures how alike two pictures are, whatever their tone, light and crop.

    One is laid upon the other by the affine map that correlates best (Evangelidis and Psarakis: Parametric
    image alignment using enhanced correlation coefficient maximization, PAMI 2008), first at 32 pixels, then
    at full size. What is compared is the detail alone, each picture less a blurred copy of itself: two
    portraits before one wall, or two frames of one event, agree in all that is blurred.

    Args:
        template: Square.
        image: Square, of the same size.
        start: Where the parts of `template` are in `image`, roughly.
        detail: Width of that blur (standard deviation) as a share of the side.

    Returns:
        Correlation of the detail in the overlap: 1 for the same picture, about 0 for unrelated ones; 0 also
        where they cannot be laid upon one another.
    """
    small = [cv2.resize(one, (_COARSE, _COARSE), interpolation=cv2.INTER_AREA) for one in (template, image)]
    found = _align(np.asarray(small[0]), np.asarray(small[1]), start, detail=detail, steps=_COARSE_STEPS)
    if found is None or found[0] < _COARSE_LEAST:
        return 0.0
    fine = _align(template, image, found[1], detail=detail, steps=_FINE_STEPS)
    return 0.0 if fine is None else max(0.0, fine[0])


def _align(
    template: Patch, image: Patch, start: Map, *, detail: float, steps: int
) -> tuple[float, Map] | None:
    side = len(template)
    # From places (0 to 1) to pixels, whose coordinates are those of their middles, and back.
    to_places = np.array([[1 / side, 0, 0.5 / side], [0, 1 / side, 0.5 / side], [0, 0, 1]])
    to_pixels = np.linalg.inv(to_places)
    guess = (to_pixels @ np.vstack([start, [0, 0, 1]]) @ to_places)[:2].astype(np.float32)
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, steps, 1e-4)
    try:
        everywhere = np.full((side, side), 255, np.uint8)
        _, warp = cv2.findTransformECC(template, image, guess, cv2.MOTION_AFFINE, stop, everywhere, 3)
    except cv2.error:
        # What it raises where the two have nothing in common, or one of them is flat.
        return None
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    inside = cv2.warpAffine(np.ones((side, side), np.float32), warp, (side, side), flags=flags)
    common = cv2.erode(np.asarray(inside > 0.99, np.uint8), np.ones((3, 3), np.uint8)) > 0
    if common.mean() < _LEAST_OVERLAP:
        return None
    laid = cv2.warpAffine(
        image.astype(np.float32), warp, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    mine = _detail(template.astype(np.float32), detail * side)[common]
    theirs = _detail(np.asarray(laid, np.float32), detail * side)[common]
    mine, theirs = mine - mine.mean(), theirs - theirs.mean()
    energy = float(np.sqrt(np.square(mine).sum() * np.square(theirs).sum()))
    if energy == 0.0:
        return None
    places = (to_places @ np.vstack([warp, [0, 0, 1]]) @ to_pixels)[:2].astype(np.float32)
    return float((mine * theirs).sum()) / energy, places


def _detail(grey: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    smooth = cv2.GaussianBlur(grey, (0, 0), _SMOOTH)
    return np.asarray(smooth - cv2.GaussianBlur(smooth, (0, 0), width), np.float32)
