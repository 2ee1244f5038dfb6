"""Checks of what the gate found: no face, several, a small one, one turned away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facethemodel.checks.sight import Sight

HEAD: NDArray[np.float64] = np.array(
    [[-17.6, -23.0, 0.0], [17.6, -23.0, 0.0], [0.0, 1.0, 15.0], [-14.6, 17.8, 3.0], [14.6, 17.8, 3.0]]
)
"""Eyes, nose and corners of the mouth in space, in pixels of an aligned crop: across, down, to the camera.
Across and down are about the crops' template, the depths a typical head's; the nose stands so high that
people who look into the camera come out as neither looking up nor down."""


def lack_of_face(sight: Sight) -> float:
    """Below 0 with a face: minus its gate score. Without one, 1 less the surest refused candidate's."""
    best = max((face.gate_score for face in sight.accepted), default=None)
    if best is not None:
        return -best
    return 1.0 - max((face.gate_score for face in sight.faces), default=0.0)


def second_face(sight: Sight) -> float:
    """Size of the second largest face as a share of the largest; 0 where there is one face or none."""
    sizes = [face.size for face in sight.accepted]
    return sizes[1] / sizes[0] if len(sizes) > 1 and sizes[0] > 0 else 0.0


def face_size(sight: Sight) -> float | None:
    """Size of the face in pixels of the full photo (geometric mean of the box's sides)."""
    return None if sight.main is None else sight.main.size


def turned_away(sight: Sight) -> float | None:
    """Angle between the face's forward direction and the camera, in degrees, 0 to 90.

    The five landmarks are taken for a picture of `HEAD` without perspective: the two rows of the affine map
    that fits best (least squares) are the head's across and down as the camera sees them, and what stands at
    right angles to both is forward (the first step of POS: DeMenthon and Davis, "Model-based object pose in
    25 lines of code", IJCV 15, 1995). A head that is tilted in the picture's plane is not turned away.
    """
    if sight.main is None:
        return None
    points = np.asarray(sight.main.landmarks, np.float64).reshape(5, 2)
    rows = _FIT @ (points - points.mean(axis=0))
    forward = np.cross(rows[:, 0], rows[:, 1])
    length = float(np.linalg.norm(forward))
    if length == 0:
        return 90.0
    return float(np.degrees(np.arccos(min(abs(float(forward[2])) / length, 1.0))))


_FIT: NDArray[np.float64] = np.linalg.pinv(HEAD - HEAD.mean(axis=0))
