"""Detector and gate together: which faces a photo shows, and which of them it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facethemodel.faces.detect import Detection, Detector
from facethemodel.faces.gate import Gate

Box = tuple[float, float, float, float]

DOMINATES = 1.5
"""How many times the second face's weight the main face must have."""
HINTED = 0.25
"""Intersection over union with a hint from which a face is the one meant: in 553 photos with boxes drawn by
others it was never below 0.42 for that face, and never above 0.08 for the others."""
OFF_CENTRE = 0.5
"""Share of its weight that a face in the very corner loses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFace:
    """A detection and what the gate says of it. `main`: see `main_face` and `hinted_face`."""

    detection: Detection
    gate_score: float
    accepted: bool
    main: bool


def find_faces(
    detector: Detector, gate: Gate, pixels: NDArray[np.uint8], *, hints: Sequence[Box] = ()
) -> list[FoundFace]:
    """Finds the candidates in a photo and asks the gate about each.

    Args:
        detector: Finds the candidates.
        gate: Says which of them are human faces.
        pixels: An RGB photo.
        hints: Where its sources say the face is: x, y, width, height in its pixels.

    Returns:
        Every candidate by descending first-look score, accepted or not.
    """
    detections = detector.detect(pixels)
    scores = gate.scores(pixels, detections)
    accepted = [gate.accepts(score) for score in scores]
    candidates = [index for index, passes in enumerate(accepted) if passes]
    height, width = pixels.shape[:2]
    boxes = [detections[index].box for index in candidates]
    chosen = hinted_face(boxes, hints) if hints else main_face(boxes, width=width, height=height)
    main = candidates[chosen] if chosen is not None else None
    return [
        FoundFace(detection=detection, gate_score=score, accepted=passes, main=index == main)
        for index, (detection, score, passes) in enumerate(zip(detections, scores, accepted, strict=True))
    ]


def hinted_face(boxes: Sequence[Box], hints: Sequence[Box]) -> int | None:
    """Picks the face that a photo's sources mean: the one that overlaps their hint most.

    Args:
        boxes: x, y, width, height of the accepted faces.
        hints: The same of what each source says.

    Returns:
        Index into `boxes`. None where a hint overlaps no face by `HINTED`, or hints mean different faces:
        then nobody can tell which of them the photo's label means.
    """
    meant: set[int | None] = set()
    for hint in hints:
        shares = [_overlap(box, hint) for box in boxes]
        best = max(range(len(boxes)), key=lambda index: shares[index], default=None)
        meant.add(best if best is not None and shares[best] >= HINTED else None)
    return meant.pop() if len(meant) == 1 else None


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    union = one[2] * one[3] + other[2] * other[3] - shared
    return shared / union if union > 0 else 0.0


def main_face(boxes: Sequence[Box], *, width: int, height: int) -> int | None:
    """Picks the face that a photo is about.

    A face weighs its size (geometric mean of the sides) times `1 - 0.5 * d`, where d is the distance of its
    centre from the photo's as a fraction of half the diagonal. It is the main one when it is alone or weighs
    at least 1.5 times the next; in a group of equals there is none.

    Args:
        boxes: x, y, width, height of the accepted faces.
        width: The photo's width, same pixels.
        height: The photo's height.

    Returns:
        Index into `boxes`, or None.
    """
    if not boxes:
        return None
    half_diagonal = float(np.hypot(width, height)) / 2
    weights = []
    for x, y, box_width, box_height in boxes:
        off = float(np.hypot(x + box_width / 2 - width / 2, y + box_height / 2 - height / 2)) / half_diagonal
        weights.append(float((box_width * box_height) ** 0.5) * (1 - OFF_CENTRE * min(off, 1.0)))
    order = sorted(range(len(weights)), key=lambda index: -weights[index])
    if len(order) > 1 and weights[order[0]] < DOMINATES * weights[order[1]]:
        return None
    return order[0]
