"""Checks of light and focus, on the face where there is one."""

from __future__ import annotations

import cv2
import numpy as np

from facethemodel.checks.sight import Sight, levels_of

BLOWN = 245
"""Grey level from which a pixel holds no detail."""
_WINDOW = 7
"""Pixels that the second blur averages over in each direction."""


def lights(sight: Sight) -> float:
    """How bright the bright parts are: the grey level, 0 to 1, that a tenth of the face lies above.

    Where the photo around it is more than twice as bright (a twentieth of its pixels), half of that counts:
    the light was enough then. Judged by the face alone, this would find dark skin and not dark photos.
    """
    around = float(np.searchsorted(levels_of(sight.small[::2, ::2]), 0.95)) / 255
    return max(sight.level(0.9), 0.5 * around)


def blown_out(sight: Sight) -> float:
    """Share of the face that is white without detail."""
    return float(1.0 - sight.levels[BLOWN - 1])


def contrast(sight: Sight) -> float:
    """From the darkest to the brightest parts: grey levels between the face's outer twentieths, 0 to 1."""
    return sight.level(0.95) - sight.level(0.05)


def detail(sight: Sight) -> float | None:
    """How much of the differences between neighbouring pixels a blur takes away, 0 to 1, in the face.

    A sharp face loses most of them, a blurred one has little to lose (F. Crete, T. Dolmiere, P. Ladret and
    M. Nicolas, "The blur effect: perception and estimation with a new no-reference perceptual blur metric",
    SPIE 6492, 2007; here the share of both directions together). It is measured on the aligned crop of
    112 x 112, so that the size of the photo and smooth walls do not matter.
    """
    if sight.face is None:
        return None
    face = sight.face.astype(np.float32)
    blurred = cv2.blur(face, (_WINDOW, _WINDOW))
    lost = total = 0.0
    for axis in (0, 1):
        before = np.abs(np.diff(face, axis=axis))
        after = np.abs(np.diff(blurred, axis=axis))
        lost += float(np.maximum(before - after, 0).sum())
        total += float(before.sum())
    return lost / total if total else 0.0
