"""Is a candidate a human face? Says so by a learned check and, where that is not sure, by second looks.

The detector takes many animals, drawings and things for people. The check (`faces/check.py`) has learned to
tell those apart and is sure about nearly all candidates at once. About the others the detector is asked
again, at two fixed sizes, plain and mirrored: there it stays sure about faces and wavers on the rest.
docs/gate.md holds what was measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.faces.check import FaceCheck
from facethemodel.faces.detect import Detection, Detector, overlaps
from facethemodel.faces.warp import warp
from facethemodel.faces.yunet import YuNet

SIZES = ((160, 224), (110, 128))
"""Size of the face, side of the crop, in pixels.

The crops are tight and what lies outside the photo is grey: with more room, or with a repeated edge, faces
that fill their photo look unlike faces and every third of them is refused.
"""
CENTRE_OVERLAP = 0.25
"""Intersection over union with the candidate's box from which an answer is about that candidate."""
ACCEPT = 0.5
"""The score is made so that this is where faces begin."""
LOOKS = (0.5, 0.8, 0.87, 0.9, 0.92)
"""Means of the second looks, and ..."""
NEEDED = (3.0, 1.8, 1.8, 0.0, -2.0)
"""... the check's logit that a face must have beside each; between them it runs straight."""
NEEDED_UNSEEN = 1.5
"""What is taken away from the logit where no looks can change the answer."""
VOUCHED, DISMISSED = 0.9, 0.7
"""First-look scores: from the one on, second looks were below 0.8 in no face and in 4 of 897 others; below
the other they never reached 0.9 (of 347). They save looks that would change nothing."""
_FAINT = 0.05
_FACES_AT_ONCE = 8
_CLEAR = 30.0
"""More than this would round to a score of exactly 0 or 1."""


class Gate:
    """The check, and where that is not sure, the second looks.

    Args:
        detector: The detector whose network is asked again.
        threshold: Score from which a candidate is accepted as a human face.

    Raises:
        SettingsError: The check's file is missing or damaged.
    """

    def __init__(self, detector: Detector, *, threshold: float = ACCEPT) -> None:
        self.threshold = threshold
        self._network = detector.network
        self._check = FaceCheck()

    def scores(self, pixels: NDArray[np.uint8], detections: Sequence[Detection]) -> list[float]:
        """How surely each detection is a human face, in (0, 1), in the order given.

        It is `1 / (1 + exp(needed - check))`: `check` is the learned check's logit, and `needed` follows from
        the mean of the second looks by `LOOKS` and `NEEDED`. Where no looks could change what `ACCEPT` says,
        or the first look already tells what they would say, there are none, and `needed` is `NEEDED_UNSEEN`.
        """
        check = self._check.logits(pixels, detections).astype(np.float64)
        needed = np.full(len(check), NEEDED_UNSEEN)
        unsure = np.flatnonzero(
            _unsure(check, np.array([detection.score for detection in detections]))
        ).tolist()
        if unsure:
            looks = second_looks(self._network, pixels, [detections[index] for index in unsure])
            needed[unsure] = np.interp(looks, LOOKS, NEEDED)
        return [float(score) for score in 1 / (1 + np.exp(np.clip(needed - check, -_CLEAR, _CLEAR)))]

    def accepts(self, score: float) -> bool:
        """Whether a score is that of a human face."""
        return bool(score >= self.threshold)


def _unsure(check: NDArray[np.float64], first: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where second looks may decide, from (n,) logits and first-look scores."""
    needed_by_most = np.interp(0.8, LOOKS, NEEDED)
    needed_at_best = np.interp(0.9, LOOKS, NEEDED)
    settled = (first >= VOUCHED) & (check >= needed_by_most) | (first < DISMISSED) & (check < needed_at_best)
    return np.asarray((check >= min(NEEDED)) & (check < max(NEEDED)) & ~settled)


def second_looks(network: YuNet, pixels: NDArray[np.uint8], detections: Sequence[Detection]) -> list[float]:
    """Asks the detector's network four times about each candidate: at two sizes, plain and mirrored.

    Args:
        network: The detector's.
        pixels: The RGB photo the candidates were found in.
        detections: The candidates.

    Returns:
        Mean of the four answers in [0, 1] for each, in the order given. A look that finds nothing where the
        candidate is counts as 0.
    """
    totals = np.zeros(len(detections))
    for start in range(0, len(detections), _FACES_AT_ONCE):
        batch = detections[start : start + _FACES_AT_ONCE]
        for face, side in SIZES:
            crops = [_centred(pixels, detection, face=face, side=side) for detection in batch]
            both = [view for crop in crops for view in (crop, np.asarray(cv2.flip(crop, 1), np.uint8))]
            answers = network.candidates(both, min_score=_FAINT)
            for index, detection in enumerate(batch):
                box = _expected(detection, face=face, side=side)
                totals[start + index] += sum(
                    answer.scores[overlaps(answer.boxes, box) > CENTRE_OVERLAP].max(initial=0.0)
                    for answer in answers[2 * index : 2 * index + 2]
                )
    return [float(total) for total in totals / (2 * len(SIZES))]


def _side(detection: Detection) -> float:
    """Geometric mean of the box's sides; a face at the edge of what the network sees may have almost none."""
    return max(math.sqrt(detection.box[2] * detection.box[3]), 1.0)


def _centred(pixels: NDArray[np.uint8], detection: Detection, *, face: int, side: int) -> NDArray[np.uint8]:
    x, y, width, height = detection.box
    scale = face / _side(detection)
    # The box is in edge coordinates, pixels in centre coordinates: half a pixel apart at either scale.
    shift = np.array([side / 2 - (x + width / 2) * scale, side / 2 - (y + height / 2) * scale])
    shift += 0.5 * scale - 0.5
    return warp(pixels, np.column_stack([np.eye(2) * scale, shift]), size=side, outside_grey=True)


def _expected(detection: Detection, *, face: int, side: int) -> NDArray[np.float32]:
    """The candidate's box in its crop; the centre makes it its own mirror image."""
    scale = face / _side(detection)
    width, height = detection.box[2] * scale, detection.box[3] * scale
    return np.array([(side - width) / 2, (side - height) / 2, width, height], np.float32)
