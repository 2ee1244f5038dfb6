"""Asks twice whether a candidate is a human face: the second look.

The network's first score depends on the size at which it happens to meet a face, and it takes many cats and
dogs for people. Asked again at two fixed sizes, plain and mirrored, it stays sure about faces and wavers on
animals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.faces.detect import Detection, Detector, overlaps
from facethemodel.faces.warp import warp

LOOKS = ((160, 224), (110, 128))
"""Size of the face, side of the crop, in pixels.

The crops are tight and what lies outside the photo is grey: with more room, or with a repeated edge, faces
that fill their photo look unlike faces and every third of them is refused.
"""
CENTRE_OVERLAP = 0.25
"""Intersection over union with the candidate's box from which an answer is about that candidate."""
ACCEPT = 0.88
"""Of faces that fill their photo 96 of 100 pass, of others practically all, of cats and dogs 2 of 100."""
_FAINT = 0.05
_FACES_AT_ONCE = 8


class Gate:
    """The second look.

    Args:
        detector: The detector whose network is asked again.
        threshold: Mean score from which a candidate is accepted as a human face.
    """

    def __init__(self, detector: Detector, *, threshold: float = ACCEPT) -> None:
        self.threshold = threshold
        self._network = detector.network

    def scores(self, pixels: NDArray[np.uint8], detections: Sequence[Detection]) -> list[float]:
        """Mean of the four second looks in [0, 1] for each detection, in the order given.

        A look that finds nothing where the candidate is counts as 0.
        """
        totals = np.zeros(len(detections))
        for start in range(0, len(detections), _FACES_AT_ONCE):
            batch = detections[start : start + _FACES_AT_ONCE]
            for face, side in LOOKS:
                crops = [_centred(pixels, detection, face=face, side=side) for detection in batch]
                both = [view for crop in crops for view in (crop, np.asarray(cv2.flip(crop, 1), np.uint8))]
                answers = self._network.candidates(both, min_score=_FAINT)
                for index, detection in enumerate(batch):
                    box = _expected(detection, face=face, side=side)
                    totals[start + index] += sum(
                        answer.scores[overlaps(answer.boxes, box) > CENTRE_OVERLAP].max(initial=0.0)
                        for answer in answers[2 * index : 2 * index + 2]
                    )
        return [float(total) for total in totals / (2 * len(LOOKS))]

    def accepts(self, score: float) -> bool:
        """Whether a second-look score is that of a human face."""
        return bool(score >= self.threshold)


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
