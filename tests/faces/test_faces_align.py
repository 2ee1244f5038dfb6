"""Alignment undoes turn, size and place, and keeps pixels honest."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from facethemodel.faces.align import TEMPLATE, align, centre_square, similarity, whole
from facethemodel.faces.detect import Detector
from facethemodel.faces.warp import averaged, warp

Pixels = NDArray[np.uint8]


def _turn(angle: float, scale: float, shift: tuple[float, float]) -> NDArray[np.float64]:
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cosine, -sine, shift[0]], [sine, cosine, shift[1]]])


@given(
    angle=st.floats(-3.1, 3.1),
    scale=st.floats(0.05, 20),
    shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
def test_a_known_transform_is_recovered(angle: float, scale: float, shift: tuple[float, float]) -> None:
    matrix = _turn(angle, scale, shift)
    moved = TEMPLATE @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(similarity(TEMPLATE, moved), matrix, atol=1e-6 * max(scale, 1) * 100)


def test_a_mirrored_face_is_not_unmirrored() -> None:
    mirrored = TEMPLATE * [-1, 1]
    matrix = similarity(mirrored, TEMPLATE)
    assert np.linalg.det(matrix[:, :2]) >= 0


def test_no_other_transform_fits_better() -> None:
    generator = np.random.default_rng(3)
    source = TEMPLATE + generator.normal(0, 6, (5, 2))

    def error(matrix: NDArray[np.float64]) -> float:
        return float(((source @ matrix[:, :2].T + matrix[:, 2] - TEMPLATE) ** 2).sum())

    best = similarity(source, TEMPLATE)
    for _ in range(200):
        nudge = _turn(generator.normal(0, 0.02), 1 + generator.normal(0, 0.02), (0.0, 0.0))[:, :2]
        other = np.column_stack([nudge @ best[:, :2], best[:, 2] + generator.normal(0, 0.5, 2)])
        assert error(best) <= error(other)


def test_landmarks_on_one_point_are_refused() -> None:
    with pytest.raises(ValueError, match="one point"):
        align(np.zeros((50, 50, 3), np.uint8), [7.0] * 10)


@pytest.mark.parametrize("angle", [0.3, -0.6])
@pytest.mark.parametrize("scale", [0.9, 3.0])
def test_turned_and_scaled_photos_align_alike(
    detector: Detector, portraits: list[Pixels], angle: float, scale: float
) -> None:
    portrait = portraits[2]
    landmarks = np.array(detector.detect(portrait)[0].landmarks).reshape(5, 2)
    matrix = _turn(angle, scale, (60.0 * scale, 90.0 * scale))
    side = round(450 * scale)
    changed = np.asarray(
        cv2.warpAffine(
            portrait, matrix, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )
    moved = landmarks @ matrix[:, :2].T + matrix[:, 2]
    before = align(portrait, landmarks.ravel().tolist())
    after = align(changed, moved.ravel().tolist())
    assert before.shape == after.shape == (112, 112, 3)
    assert np.abs(before.astype(float) - after.astype(float)).mean() < 3.0


def test_the_same_input_gives_the_same_bytes(detector: Detector, portraits: list[Pixels]) -> None:
    landmarks = detector.detect(portraits[3])[0].landmarks
    assert align(portraits[3], landmarks).tobytes() == align(portraits[3].copy(), landmarks).tobytes()


@pytest.mark.parametrize("scale", [0.13, 0.4, 0.5, 0.8, 0.9, 1.0, 1.7])
@pytest.mark.parametrize("shift", [0.0, -7.25])
def test_points_land_where_the_matrix_says(scale: float, shift: float) -> None:
    """On a ramp every grey level is a column, so half a pixel off, at either scale, would show.

    A ramp up and one down tell what is out of place from what is merely rounded.
    """
    up = np.repeat(np.tile(np.arange(256, dtype=np.uint8), (256, 1))[:, :, None], 3, axis=2)
    matrix = np.array([[scale, 0, -30 * scale + shift * scale], [0, scale, -30 * scale]])
    size = int(180 * scale)
    columns = [
        ramp[size // 2, :, 0].astype(float)
        for ramp in (warp(up, matrix, size=size), 255 - warp(255 - up, matrix, size=size).astype(float))
    ]
    misplaced = np.mean(columns, axis=0) - (np.arange(size) - matrix[0, 2]) / scale
    assert abs(misplaced.mean()) < 0.35
    assert np.abs(misplaced).max() < 1.0


def test_fine_patterns_become_grey_and_not_stripes() -> None:
    chequered = (np.indices((900, 900)).sum(axis=0) % 2 * 255).astype(np.uint8)
    pixels = np.repeat(chequered[:, :, None], 3, axis=2)
    warped = warp(pixels, np.array([[0.1, 0.02, 0], [-0.02, 0.1, 12]]), size=80)
    assert np.abs(warped[15:70, 5:60].astype(float) - 127.5).max() < 12


@given(
    seed=st.integers(0, 1000),
    source=st.tuples(st.integers(8, 300), st.integers(8, 300)),
    share=st.floats(0.1, 0.8),
)
@example(seed=0, source=(128, 128), share=0.5)
@example(seed=0, source=(128, 127), share=0.5)
def test_averaging_floats_gives_the_bytes_that_opencv_gives(
    seed: int, source: tuple[int, int], share: float
) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (*source, 3), dtype=np.uint8)
    size = (max(1, round(source[1] * share)), max(1, round(source[0] * share)))
    usual = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(averaged(image, size), usual)


@pytest.mark.parametrize(("outside_grey", "level"), [(False, 200), (True, 127)])
def test_what_lies_outside(outside_grey: bool, level: int) -> None:
    flat = np.full((40, 40, 3), 200, np.uint8)
    far = np.array([[1.0, 0, 500], [0, 1, 0]])
    assert np.unique(warp(flat, far, size=30, outside_grey=outside_grey)).tolist() == [level]


def test_a_one_pixel_photo_can_be_aligned() -> None:
    assert align(np.full((1, 1, 3), 9, np.uint8), (TEMPLATE / 50).ravel().tolist()).mean() == 9


@pytest.mark.parametrize("shape", [(300, 200), (200, 300), (40, 90), (1, 1280)])
def test_whole_and_centre_keep_their_size(shape: tuple[int, int]) -> None:
    pixels = np.zeros((*shape, 3), np.uint8)
    assert whole(pixels).shape == (256, 256, 3)
    assert centre_square(pixels).shape == (112, 112, 3)


def test_the_centre_square_is_the_centre() -> None:
    pixels = np.zeros((224, 424, 3), np.uint8)
    pixels[:, 100:324] = 77
    assert np.unique(centre_square(pixels)).tolist() == [77]
    assert np.unique(whole(pixels)).tolist() != [77]
