"""The gate lets faces through, and nothing else that was seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.faces.check import FaceCheck
from facethemodel.faces.detect import Detection, Detector
from facethemodel.faces.find import find_faces, main_face
from facethemodel.faces.gate import LOOKS, NEEDED, Gate, second_looks
from facethemodel.synthetic.cartoon import STYLES, draw_cartoon

SHOW_PEOPLE = frozenset(
    ["cat.4190.jpg", *(f"dog.{n}.jpg" for n in (4060, 4160, 4180, 4237, 4264, 4309, 4334, 4335))]
)
"""Photos of animals in which somebody's face is seen, too."""

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]


def _somewhere(box: Box) -> Detection:
    """A candidate of that box, with its landmarks where a face would have them."""
    x, y, width, height = box
    points = np.array([(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.78), (0.65, 0.78)])
    landmarks = (points * (width, height) + (x, y)).ravel().tolist()
    return Detection(box=box, landmarks=tuple(landmarks), score=0.7)


def test_drawn_people_pass(detector: Detector, gate: Gate, portraits: list[Pixels]) -> None:
    for portrait in portraits:
        (face,) = find_faces(detector, gate, portrait)
        assert face.accepted
        assert face.main


def test_textures_do_not(gate: Gate, faceless: list[Pixels]) -> None:
    for pixels in faceless:
        assert max(gate.scores(pixels, [_somewhere((60, 60, 90, 100))])) < 0.1


@pytest.mark.parametrize("style", sorted(set(STYLES) - {"statue"}))
def test_drawings_do_not(gate: Gate, detector: Detector, style: str) -> None:
    pictures = [draw_cartoon(40_000 + seed, style=style) for seed in range(20)]
    accepted = [any(face.accepted for face in find_faces(detector, gate, picture)) for picture in pictures]
    assert sum(accepted) <= 1


def _small(portrait: Pixels, box: Box) -> Pixels:
    return np.asarray(cv2.resize(portrait, (90, 90), interpolation=cv2.INTER_AREA), np.uint8)


def _grey(portrait: Pixels, box: Box) -> Pixels:
    grey = cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def _dark(portrait: Pixels, box: Box) -> Pixels:
    return portrait // 4


def _tight(portrait: Pixels, box: Box) -> Pixels:
    x, y, width, height = (max(round(side), 0) for side in box)
    return np.ascontiguousarray(portrait[y : y + height, x : x + width])


@pytest.mark.parametrize("change", [_small, _grey, _dark, _tight])
def test_drawn_people_pass_under_hard_conditions(
    detector: Detector, gate: Gate, portraits: list[Pixels], change: Callable[[Pixels, Box], Pixels]
) -> None:
    passed = 0
    for portrait in portraits:
        other = change(portrait, detector.detect(portrait)[0].box)
        passed += any(face.accepted for face in find_faces(detector, gate, other))
    # In black and white some come close to drawn statues, which are all of one stone.
    assert passed >= 0.75 * len(portraits)


def test_an_upside_down_crop_is_no_face_to_judge(
    detector: Detector, gate: Gate, portraits: list[Pixels]
) -> None:
    portrait = portraits[0]
    x, y, width, height = detector.detect(portrait)[0].box
    side = portrait.shape[0]
    turned = np.ascontiguousarray(portrait[::-1, ::-1])
    where = _somewhere((side - x - width, side - y - height, width, height))
    assert max(gate.scores(turned, [where])) < gate.threshold


def test_the_answer_is_about_the_box_asked_for(
    gate: Gate, detector: Detector, portraits: list[Pixels]
) -> None:
    face = detector.detect(portraits[0])[0]
    elsewhere = _somewhere((face.box[0] + 1.2 * face.box[2], face.box[1], face.box[2], face.box[3]))
    beside, on = gate.scores(portraits[0], [elsewhere, face])
    assert on > 0.8
    assert beside < 0.2


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
    edge = portrait.shape[1]
    mirrored = np.ascontiguousarray(portrait[:, ::-1])
    points = np.array(face.landmarks).reshape(5, 2)[[1, 0, 2, 4, 3]] * (-1, 1) + (edge - 1, 0)
    other = Detection(
        box=(edge - x - width, y, width, height), landmarks=tuple(points.ravel().tolist()), score=face.score
    )
    assert gate.scores(mirrored, [other])[0] == pytest.approx(gate.scores(portrait, [face])[0], abs=0.02)
    before, after = (
        second_looks(detector.network, pixels, [one])[0]
        for pixels, one in ((portrait, face), (mirrored, other))
    )
    assert after == pytest.approx(before, abs=5e-3)


def test_leaving_out_looks_changes_no_decision(
    gate: Gate, detector: Detector, portraits: list[Pixels]
) -> None:
    check = FaceCheck()
    drawings = [draw_cartoon(50_000 + seed, style=style) for style in STYLES for seed in range(6)]
    kinds = set()
    for pixels in [*portraits, *drawings]:
        found = detector.detect(pixels)
        logits = check.logits(pixels, found)
        needed = np.interp(second_looks(detector.network, pixels, found), LOOKS, NEEDED)
        accepted = [gate.accepts(score) for score in gate.scores(pixels, found)]
        assert accepted == (logits >= needed).tolist()
        kinds |= {(bool(logit < min(NEEDED)), bool(logit >= max(NEEDED))) for logit in logits}
    assert len(kinds) == 3


def test_the_threshold_decides(detector: Detector, portraits: list[Pixels]) -> None:
    strict = Gate(detector, threshold=1.0)
    (face,) = find_faces(detector, strict, portraits[0])
    assert not face.accepted
    assert not face.main
    assert face.gate_score > 0.8


def test_a_degenerate_box_is_no_face(gate: Gate, portraits: list[Pixels]) -> None:
    assert gate.scores(portraits[0], [_somewhere((10, 10, 0, 0)), _somewhere((-900, 4, 30, 30))]) == [
        pytest.approx(0, abs=0.1),
        pytest.approx(0, abs=0.1),
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


def _accepted(detector: Detector, gate: Gate, files: list[Path]) -> list[str]:
    accepted = []
    for file in files:
        image = cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
        faces = find_faces(detector, gate, np.asarray(image, np.uint8))
        if any(face.accepted for face in faces):
            accepted.append(file.name)
    return accepted


@pytest.mark.real
@pytest.mark.slow
def test_real_people_pass(detector: Detector, gate: Gate, shared_data: Path) -> None:
    """Floors close below what was measured (docs/gate.md), on every so many-th photo."""
    floors = {"lfw/images/*/*.jpg": 0.995, "beatles/*/*/*.jpg": 0.94, "facescrub/images/*/*": 0.99}
    for photos, floor in floors.items():
        files = sorted(shared_data.glob(photos))
        files = files[:: max(1, len(files) // 400)]
        assert len(_accepted(detector, gate, files)) >= floor * len(files), photos


@pytest.mark.real
@pytest.mark.slow
def test_real_animals_and_things_do_not(detector: Detector, gate: Gate, shared_data: Path) -> None:
    """Photos of animals and things that show nobody; the check learned from other photos than these."""
    balls = shared_data / "curveballs"
    animals = sorted([*(balls / "cats/report").iterdir(), *(balls / "dogs/report").iterdir()])
    accepted = set(_accepted(detector, gate, animals)) - SHOW_PEOPLE
    assert len(accepted) <= 2, accepted
    # 54 of the 500 show somebody at the edge or in the middle, and those are all that pass.
    things = sorted((balls / "objects").glob("*/*"))
    assert len(_accepted(detector, gate, things)) <= 56
