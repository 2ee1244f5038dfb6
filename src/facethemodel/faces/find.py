"""Both looks together: which faces a photo shows, and which of them it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facethemodel.faces.detect import Detection, Detector
from facethemodel.faces.gate import Gate

DOMINATES = 1.5
"""How many times the second face's weight the main face must have."""
OFF_CENTRE = 0.5
"""Share of its weight that a face in the very corner loses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFace:
    """A detection and what the gate says of it. `main`: see `main_face`."""

    detection: Detection
    gate_score: float
    accepted: bool
    main: bool


def find_faces(detector: Detector, gate: Gate, pixels: NDArray[np.uint8]) -> list[FoundFace]:
    """Finds the candidates in a photo and asks the gate about each.

    Args:
        detector: The first look.
        gate: The second.
        pixels: An RGB photo.

    Returns:
        Every candidate by descending first-look score, accepted or not.
    """
    detections = detector.detect(pixels)
    scores = gate.scores(pixels, detections)
    accepted = [gate.accepts(score) for score in scores]
    candidates = [index for index, passes in enumerate(accepted) if passes]
    height, width = pixels.shape[:2]
    chosen = main_face([detections[index].box for index in candidates], width=width, height=height)
    main = candidates[chosen] if chosen is not None else None
    return [
        FoundFace(detection=detection, gate_score=score, accepted=passes, main=index == main)
        for index, (detection, score, passes) in enumerate(zip(detections, scores, accepted, strict=True))
    ]


def main_face(boxes: Sequence[tuple[float, float, float, float]], *, width: int, height: int) -> int | None:
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
