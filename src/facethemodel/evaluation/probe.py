"""A small classifier that is shown everything but the face: what else gives the person's photos away?"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.evaluation.blanking import face_region, without_face
from facethemodel.evaluation.curves import rank

CELLS = 7
"""The surroundings are seen as CELLS x CELLS squares of 16 pixels."""
BANDS = 3
"""Octaves of detail whose strength is measured, from 1 to 4 pixels a wave on."""
EDGE = 2
"""Pixels from the crop's border that count as border."""
DARK, BRIGHT = 12, 243
PENALTIES = (0.01, 0.1, 1.0)

_AT_ONCE = 512


TRACES = slice(0, 2 * BANDS + 1)
"""The clues that tell how a photo was made and kept, and nothing of what is on it."""


def clues(crops: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What aligned crops tell beside the face, as numbers.

    First the traces of how the photo was made: the strength of detail in three octaves and its steps between
    them, which lenses, resizing and recompression change (blocks of JPEG are no measure here: alignment has
    resampled them), and the shares of pixels equal to their neighbour across and down, as a border continued
    beyond a tight photo has them. Then what surrounds the face: mean and spread of each channel, how strong
    colour is, brightness of the border and the shares of it that are black and white, and the mean colours of
    coarse squares. The face region is filled from its surroundings before, or left out.

    Args:
        crops: Shape (N, 112, 112, 3), as they are cached.

    Returns:
        Shape (N, D); the columns `TRACES` are the traces.
    """
    starts = range(0, max(len(crops), 1), _AT_ONCE)
    return np.concatenate([_clues(crops[start : start + _AT_ONCE]) for start in starts])


def _clues(crops: NDArray[np.uint8]) -> NDArray[np.float64]:
    outside = ~face_region()
    blanked = without_face(crops)
    coarse = np.empty((len(crops), CELLS, CELLS, 3))
    for crop, squares in zip(blanked, coarse, strict=True):
        squares[:] = cv2.resize(crop, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    around = crops[:, outside].astype(np.float32)
    # Channel by channel: NumPy is slow where it folds an axis of three.
    red, green, blue = np.moveaxis(around, 2, 0)
    strength = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    edge = np.ones(outside.shape, dtype=np.bool_)
    edge[EDGE:-EDGE, EDGE:-EDGE] = False
    # The chin lies at the border, too.
    border = crops[:, edge & outside].mean(axis=2)
    return np.column_stack(
        [
            _detail(blanked, outside),
            _repeats(crops, outside),
            around.mean(axis=1),
            around.std(axis=1),
            strength.mean(axis=1),
            strength.std(axis=1),
            border.mean(axis=1),
            (border < DARK).mean(axis=1),
            (border > BRIGHT).mean(axis=1),
            coarse.reshape(len(crops), CELLS * CELLS * 3),
        ]
    ).astype(np.float64)


def _detail(blanked: NDArray[np.uint8], outside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logarithm of the variance in each octave outside the face, and the steps between octaves: (N, 5)."""
    bands = np.empty((len(blanked), BANDS))
    for index, crop in enumerate(blanked):
        layer = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
        where = outside.astype(np.uint8)
        for band in range(BANDS):
            smooth = cv2.GaussianBlur(layer, (5, 5), 1.0, borderType=cv2.BORDER_REPLICATE)
            bands[index, band] = np.log1p(np.var((layer - smooth)[where > 0]))
            half = (layer.shape[1] // 2, layer.shape[0] // 2)
            layer = np.asarray(cv2.resize(smooth, half, interpolation=cv2.INTER_AREA), np.float32)
            where = np.asarray(cv2.resize(where, half, interpolation=cv2.INTER_NEAREST), np.uint8)
    return np.concatenate([bands, np.diff(bands, axis=1)], axis=1)


def _repeats(crops: NDArray[np.uint8], outside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Share of the pixels outside the face that equal their right and their lower neighbour: (N, 2)."""
    across = _equal(crops[:, :, 1:], crops[:, :, :-1])[:, outside[:, 1:] & outside[:, :-1]]
    down = _equal(crops[:, 1:], crops[:, :-1])[:, outside[1:] & outside[:-1]]
    return np.column_stack([across.mean(axis=1), down.mean(axis=1)])


def _equal(some: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where all three channels are equal."""
    same = some == others
    return np.asarray(same[..., 0] & same[..., 1] & same[..., 2], np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probe:
    """A linear classifier of clues.

    Attributes:
        middle, spread: Of each clue in the training part.
        weights: Of each clue after it was centred and scaled.
        penalty: How strongly large weights were held down.
    """

    middle: NDArray[np.float64]
    spread: NDArray[np.float64]
    weights: NDArray[np.float64]
    penalty: float

    def score(self, found: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores clues (N, D): the higher, the more like the person's photos."""
        return ((found - self.middle) / self.spread) @ self.weights


def fit_probe(
    train: NDArray[np.float64],
    is_person: NDArray[np.bool_],
    *,
    tune: NDArray[np.float64],
    tune_is_person: NDArray[np.bool_],
) -> Probe:
    """Fits the classifier on the train part and chooses its penalty on the tune part.

    Ridge regression on the two labels, in which the person and the strangers weigh the same: Fisher's
    discriminant with a shrunken covariance (J. Friedman, "Regularized discriminant analysis", Journal of the
    American Statistical Association 84, 1989).

    Args:
        train: Clues (N, D).
        is_person: Shape (N,); both kinds must be there.
        tune: Clues (M, D).
        tune_is_person: Shape (M,); where one kind is missing the middle penalty is taken.
    """
    weight = np.where(is_person, 0.5 / is_person.sum(), 0.5 / (~is_person).sum())
    middle = weight @ train
    spread = np.sqrt(weight @ (train - middle) ** 2)
    # A clue that never changes has nothing to say, rather than an infinite weight.
    spread[spread < 1e-9] = np.inf
    scaled = (train - middle) / spread
    gram = (scaled * weight[:, None]).T @ scaled
    target = (scaled * weight[:, None]).T @ np.where(is_person, 1.0, -1.0)

    def probe(penalty: float) -> Probe:
        weights = np.linalg.solve(gram + penalty * np.eye(len(gram)), target)
        return Probe(middle=middle, spread=spread, weights=weights, penalty=penalty)

    def quality(one: Probe) -> float:
        scores = one.score(tune)
        return rank(scores[tune_is_person].tolist(), scores[~tune_is_person].tolist()).auc or 0.0

    candidates = [probe(penalty) for penalty in PENALTIES]
    if tune_is_person.all() or not tune_is_person.any():
        return candidates[len(candidates) // 2]
    return max(candidates, key=quality)
