"""Detections agree with OpenCV's own reading of the same network, whatever the size of the image."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.faces.detect import LOOK_SIDE, MOST_FACES, Detection, Detector, overlaps, suppress
from facethemodel.faces.model_file import installed_model
from facethemodel.photos.decode import decode

Pixels = NDArray[np.uint8]


def _by_opencv(pixels: Pixels, *, min_score: float) -> NDArray[np.float32]:
    height, width = pixels.shape[:2]
    reference = cv2.FaceDetectorYN.create(str(installed_model()), "", (width, height), min_score)
    _, found = reference.detect(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return np.zeros((0, 15), np.float32) if found is None else np.asarray(found, np.float32)


def _row(detection: Detection) -> list[float]:
    return [*detection.box, *detection.landmarks, detection.score]


def _landmarks(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Five points where a face that fills its box has them."""
    shares = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    return np.asarray(boxes[:, None, :2] + shares * boxes[:, None, 2:], np.float32)


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("size", [(250, 250), (224, 256), (199, 301), (96, 64), (640, 480), (33, 47)])
def test_agrees_with_opencv(detector: Detector, portraits: list[Pixels], size: tuple[int, int]) -> None:
    for portrait in portraits[:4]:
        pixels = _resized(portrait, *size)
        expected = _by_opencv(pixels, min_score=0.6)
        found = np.array([_row(detection) for detection in detector.detect(pixels)]).reshape(-1, 15)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found[:, :14], expected[:, :14], atol=0.05)
        np.testing.assert_allclose(found[:, 14], expected[:, 14], atol=1e-3)


def test_agrees_with_opencv_on_several_faces(detector: Detector, portraits: list[Pixels]) -> None:
    wall = np.vstack([np.hstack(portraits[:4]), np.hstack(portraits[4:])])
    pixels = _resized(wall, 600, 300)
    expected = _by_opencv(pixels, min_score=0.6)
    found = np.array([_row(detection) for detection in detector.detect(pixels)])
    assert len(found) == len(expected) == 8
    assert list(found[:, 14]) == sorted(found[:, 14], reverse=True)
    expected = expected[np.argsort(expected[:, 0] + 1000 * (expected[:, 1] > 120))]
    found = found[np.argsort(found[:, 0] + 1000 * (found[:, 1] > 120))]
    np.testing.assert_allclose(found, expected, atol=0.05)


def test_agrees_with_opencv_on_faint_candidates(detector: Detector, faceless: list[Pixels]) -> None:
    """Far below any use, to hold the decoding itself and not only what faces look like."""
    noise = faceless[0]
    expected = _by_opencv(noise, min_score=0.02)
    best = np.array(_row(detector.detect(noise, min_score=0.02)[0]))
    np.testing.assert_allclose(best, expected[np.argmax(expected[:, 14])], atol=0.05)


def test_a_large_photo_is_found_in_its_own_pixels(detector: Detector, portraits: list[Pixels]) -> None:
    large = np.asarray(cv2.resize(portraits[0], (1280, 1000), interpolation=cv2.INTER_CUBIC), np.uint8)
    (face,) = detector.detect(large)
    (seen,) = detector.detect(_resized(large, LOOK_SIDE, LOOK_SIDE * 1000 // 1280))
    np.testing.assert_allclose(np.array(_row(face))[:14], 2 * np.array(_row(seen))[:14], rtol=1e-5)


def test_faces_that_fill_their_photo_are_found(detector: Detector, portraits: list[Pixels]) -> None:
    found = 0
    for portrait in portraits:
        x, y, width, height = (max(round(side), 0) for side in detector.detect(portrait)[0].box)
        cut = np.ascontiguousarray(portrait[y : y + height, x : x + width])
        found += len(detector.detect(cut)) == 1
    assert found >= len(portraits) - 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 1280), (1280, 2), (31, 33)])
def test_odd_shapes_are_looked_at(detector: Detector, shape: tuple[int, int]) -> None:
    assert detector.detect(np.full((*shape, 3), 128, np.uint8)) == []


def test_no_face_in_textures(detector: Detector, faceless: list[Pixels]) -> None:
    assert [detector.detect(pixels) for pixels in faceless] == [[], [], []]


def test_a_crowd_is_cut_to_the_best(detector: Detector, portraits: list[Pixels]) -> None:
    tiles = [_resized(portrait, 64, 64) for portrait in portraits]
    crowd = np.vstack([np.hstack([tiles[(row + column) % 8] for column in range(10)]) for row in range(10)])
    found = detector.detect(np.ascontiguousarray(crowd))
    assert len(found) == MOST_FACES


def test_a_batch_answers_as_single_images_do(detector: Detector, portraits: list[Pixels]) -> None:
    together = detector.network.candidates(portraits[:3], min_score=0.5)
    for image, answer in zip(portraits[:3], together, strict=True):
        (alone,) = detector.network.candidates([image], min_score=0.5)
        np.testing.assert_allclose(answer.boxes, alone.boxes, atol=1e-2)
        np.testing.assert_allclose(answer.landmarks, alone.landmarks, atol=1e-2)
        np.testing.assert_allclose(answer.scores, alone.scores, atol=1e-4)


def test_suppression_keeps_the_best_of_each_heap() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 10, 10], [50, 0, 10, 10], [0, 0, 4, 4]], np.float32)
    scores = np.array([0.7, 0.9, 0.8, 0.95], np.float32)
    assert suppress(boxes, _landmarks(boxes), scores).tolist() == [3, 1, 2]


def test_cheek_to_cheek_both_are_kept() -> None:
    """Boxes that overlap by half, as around one face; only the landmarks tell that there are two."""
    boxes = np.array([[0, 0, 100, 140], [33, 0, 100, 140]], np.float32)
    scores = np.array([0.9, 0.8], np.float32)
    assert overlaps(boxes, boxes[0])[1] > 0.5
    landmarks = _landmarks(boxes)
    assert suppress(boxes, landmarks, scores).tolist() == [0]
    landmarks[1, :, 0] += 15
    assert suppress(boxes, landmarks, scores).tolist() == [0, 1]


def test_landmarks_far_apart_in_a_crowd_of_candidates_hide_nobody() -> None:
    """The best of the second face is kept, not one that happens to overlap the first face less."""
    boxes = np.array([[0, 0, 100, 100], [45, 0, 100, 100], [60, 0, 100, 100]], np.float32)
    assert overlaps(boxes, boxes[0])[1] > 0.3 > overlaps(boxes, boxes[0])[2]
    scores = np.array([0.9, 0.85, 0.7], np.float32)
    assert suppress(boxes, _landmarks(boxes), scores).tolist() == [0, 1]


def test_overlap_is_shared_area_over_joint_area() -> None:
    boxes = np.array([[0, 0, 2, 2], [1, 0, 2, 2], [5, 5, 1, 1], [0, 0, 0, 0]], np.float32)
    np.testing.assert_allclose(overlaps(boxes, boxes[0]), [1, 1 / 3, 0, 0])


def test_who_stands_behind_a_shoulder_is_found_beside_the_one_in_front(
    detector: Detector, shared_data: Path
) -> None:
    photo = shared_data / "lfw/images/Colin_Powell/Colin_Powell_0048.jpg"
    found = detector.detect(decode(photo.read_bytes()).pixels, min_score=0.9)
    in_front, behind = sorted(found, key=lambda face: face.box[0])
    assert in_front.landmarks[4] < 100 < behind.landmarks[4]
