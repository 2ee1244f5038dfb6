from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.evaluation.blanking import evened, face_region, fill, only_face, without_face
from facethemodel.faces.align import TEMPLATE
from facethemodel.synthetic.people import Identity, draw_photo


@pytest.fixture
def crops() -> NDArray[np.uint8]:
    return np.random.default_rng(2).integers(0, 256, (3, 112, 112, 3), dtype=np.uint8)


def test_the_region_holds_all_landmarks_and_leaves_a_surrounding() -> None:
    region = face_region()
    for x, y in TEMPLATE:
        assert region[round(y), round(x)]
    assert not region[:, :8].any()
    assert not region[:6].any()
    assert 0.5 < region.mean() < 0.7


def test_without_the_face_nothing_of_it_is_left(crops: NDArray[np.uint8]) -> None:
    other = crops.copy()
    other[:, face_region()] = 255 - other[:, face_region()]
    assert np.array_equal(without_face(crops), without_face(other))
    assert np.array_equal(without_face(crops)[:, ~face_region()], crops[:, ~face_region()])


def test_with_nothing_but_the_face_the_surroundings_do_not_count(crops: NDArray[np.uint8]) -> None:
    other = crops.copy()
    other[:, ~face_region()] = 7
    assert np.array_equal(only_face(crops), only_face(other))
    assert np.array_equal(only_face(crops)[:, face_region()], crops[:, face_region()])


def test_the_fill_is_smooth_and_leaves_no_edge() -> None:
    ramp = np.tile(np.linspace(0, 222, 112).astype(np.uint8)[:, None], (1, 112))
    crop = np.repeat(np.repeat(ramp[None, :, :, None], 3, axis=3), 2, axis=0)
    blank = without_face(crop).astype(int)
    # A plane solves Laplace's equation; only the open border at the chin bends it.
    assert np.abs(blank - crop)[:, :60].max() <= 12
    assert np.abs(np.diff(blank, axis=1)).max() <= 8
    assert np.abs(np.diff(blank, axis=2)).max() <= 8


def test_a_flat_crop_stays_flat() -> None:
    flat = np.full((1, 112, 112, 3), 93, np.uint8)
    assert np.array_equal(without_face(flat), flat)
    assert np.array_equal(only_face(flat), flat)


def test_evened_out_neither_colour_light_nor_sharpness_tells_the_source() -> None:
    drawn = [draw_photo(Identity.from_seed(seed), seed) for seed in (1, 2)]
    small = [cv2.resize(photo, (112, 112), interpolation=cv2.INTER_AREA) for photo in drawn]
    crops = np.stack(small).astype(np.uint8)
    print_of_it = np.stack([cv2.GaussianBlur(crop, (0, 0), 0.8) for crop in crops])
    print_of_it = np.clip(print_of_it * 0.7 + (40, 20, 0), 0, 255).astype(np.uint8)
    print_of_it[:, :6] = 0
    before = np.abs(crops.astype(int) - print_of_it).mean()
    after = np.abs(evened(crops).astype(int) - evened(print_of_it)).mean()
    assert after < 0.3 * before
    assert np.ptp(evened(crops), axis=3).max() == 0
    # The face is still there.
    apart = np.abs(evened(crops)[0].astype(int) - evened(crops)[1]).mean()
    assert apart > 3 * after


def test_crops_and_region_must_fit(crops: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        fill(crops[:, :100], face_region())
    assert without_face(crops[:0]).shape == (0, 112, 112, 3)
