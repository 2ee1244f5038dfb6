"""The second look lets faces through, and nothing else that was seen."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.faces.detect import Detection, Detector
from facethemodel.faces.find import find_faces, main_face
from facethemodel.faces.gate import Gate

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]


def _somewhere(box: Box) -> Detection:
    return Detection(box=box, landmarks=(0.0,) * 10, score=0.7)


def test_drawn_people_pass(detector: Detector, gate: Gate, portraits: list[Pixels]) -> None:
    for portrait in portraits:
        (face,) = find_faces(detector, gate, portrait)
        assert face.accepted
        assert face.main


def test_textures_do_not(gate: Gate, faceless: list[Pixels]) -> None:
    for pixels in faceless:
        assert max(gate.scores(pixels, [_somewhere((60, 60, 90, 100))])) < 0.3


def test_the_answer_is_about_the_box_asked_for(
    gate: Gate, detector: Detector, portraits: list[Pixels]
) -> None:
    face = detector.detect(portraits[0])[0]
    elsewhere = _somewhere((face.box[0] + 1.2 * face.box[2], face.box[1], face.box[2], face.box[3]))
    beside, on = gate.scores(portraits[0], [elsewhere, face])
    assert on > 0.88
    assert beside < 0.5


def test_many_at_once_score_as_one_by_one(gate: Gate, detector: Detector, portraits: list[Pixels]) -> None:
    wall = np.ascontiguousarray(np.vstack([np.hstack(portraits[:4]), np.hstack(portraits[4:])] * 2))
    detections = detector.detect(wall)
    assert len(detections) > 8
    alone = [gate.scores(wall, [detection])[0] for detection in detections]
    np.testing.assert_allclose(gate.scores(wall, detections), alone, atol=1e-4)
    assert gate.scores(wall, []) == []


def test_a_mirrored_photo_scores_the_same(gate: Gate, detector: Detector, portraits: list[Pixels]) -> None:
    portrait = portraits[1]
    face = detector.detect(portrait)[0]
    x, y, width, height = face.box
    mirrored = np.ascontiguousarray(portrait[:, ::-1])
    other = _somewhere((portrait.shape[1] - x - width, y, width, height))
    assert gate.scores(mirrored, [other])[0] == pytest.approx(gate.scores(portrait, [face])[0], abs=5e-3)


def test_the_threshold_decides(detector: Detector, portraits: list[Pixels]) -> None:
    strict = Gate(detector, threshold=1.0)
    (face,) = find_faces(detector, strict, portraits[0])
    assert not face.accepted
    assert not face.main
    assert face.gate_score > 0.8


def test_a_degenerate_box_is_no_face(gate: Gate, portraits: list[Pixels]) -> None:
    assert gate.scores(portraits[0], [_somewhere((10, 10, 0, 0)), _somewhere((-900, 4, 30, 30))]) == [
        pytest.approx(0, abs=0.3),
        pytest.approx(0, abs=0.3),
    ]


@pytest.mark.parametrize(
    ("boxes", "main"),
    [
        ([], None),
        ([(0, 0, 5, 5)], 0),
        ([(30, 30, 40, 40), (0, 0, 20, 20)], 0),
        ([(0, 0, 20, 20), (30, 30, 40, 40)], 1),
        ([(0, 40, 20, 20), (80, 40, 20, 20)], None),
        ([(40, 40, 20, 20), (80, 80, 20, 20)], 0),
        ([(40, 40, 20, 20), (52, 40, 20, 20)], None),
    ],
    ids=["none", "alone", "larger", "larger second", "equals", "central", "equals near the centre"],
)
def test_the_main_face_dominates(boxes: list[Box], main: int | None) -> None:
    assert main_face(boxes, width=100, height=100) == main


def _share_accepted(detector: Detector, gate: Gate, files: list[Path]) -> float:
    accepted = 0
    for file in files:
        image = cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
        faces = find_faces(detector, gate, np.asarray(image, np.uint8))
        accepted += any(face.accepted for face in faces)
    return accepted / len(files)


@pytest.mark.real
@pytest.mark.slow
def test_on_real_photos(detector: Detector, gate: Gate, shared_data: Path) -> None:
    """Floors and ceilings well beside what was measured, so that only a real change crosses them."""
    people = sorted((shared_data / "lfw/images").glob("*/*.jpg"))[::40]
    tight = sorted((shared_data / "beatles").glob("*/*/*.jpg"))[::4]
    animals = [*(shared_data / "curveballs/cats/develop").iterdir()]
    animals += (shared_data / "curveballs/dogs/develop").iterdir()
    assert _share_accepted(detector, gate, people) >= 0.99
    assert _share_accepted(detector, gate, tight) >= 0.93
    assert _share_accepted(detector, gate, sorted(animals)) <= 0.05
