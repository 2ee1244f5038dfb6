from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facethemodel.duplicates import hashes
from facethemodel.duplicates.hashes import JITTERS, ORIENTATIONS, WINDOWS, Placement
from facethemodel.duplicates.prints import FACE_SIDE, PHOTO_SIDE, Patch

_SEEDS = st.integers(0, 2**32 - 1)


def _patch(seed: int, side: int = PHOTO_SIDE) -> Patch:
    """Smooth at random, as pictures are."""
    rough = np.random.default_rng(seed).integers(0, 255, (6, 6)).astype(np.float64)
    row, column = np.mgrid[0:side, 0:side] * 5 / (side - 1)
    top, left = np.minimum(row.astype(int), 4), np.minimum(column.astype(int), 4)
    down, across = row - top, column - left
    upper = rough[top, left] * (1 - across) + rough[top, left + 1] * across
    lower = rough[top + 1, left] * (1 - across) + rough[top + 1, left + 1] * across
    return np.asarray(np.round(upper * (1 - down) + lower * down), np.uint8)


@given(seed=_SEEDS, orientation=st.integers(0, ORIENTATIONS - 1))
@settings(deadline=None, max_examples=50)
def test_an_orientation_of_the_hash_is_the_hash_of_the_turned_picture(seed: int, orientation: int) -> None:
    upright = hashes.photo_coefficients([_patch(seed)])[:, 0]
    turned = hashes.photo_coefficients([hashes.turn(_patch(seed), orientation)])[:, 0]
    apart = np.bitwise_count(hashes.photo_hashes(upright, orientation) ^ hashes.photo_hashes(turned))
    assert apart <= 1


@given(seeds=st.lists(_SEEDS, min_size=1, max_size=20))
@settings(deadline=None, max_examples=20)
def test_a_hash_does_not_depend_on_its_company(seeds: list[int]) -> None:
    together = hashes.photo_hashes(hashes.photo_coefficients([_patch(seed) for seed in seeds]))
    alone = [hashes.photo_hashes(hashes.photo_coefficients([_patch(seed)]))[0] for seed in seeds]
    np.testing.assert_array_equal(together, alone)
    faces = [_patch(seed, FACE_SIDE) for seed in seeds]
    together = hashes.face_hashes(hashes.face_coefficients(faces))
    np.testing.assert_array_equal(
        together, [hashes.face_hashes(hashes.face_coefficients([f]))[0] for f in faces]
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_window_shows_what_a_crop_leaves(seed: int) -> None:
    patch = _patch(seed, 10 * PHOTO_SIDE)
    cut = round(0.08 * len(patch))
    window = next(place for place, one in enumerate(WINDOWS) if one.width == pytest.approx(0.84))
    found = hashes.photo_hashes(
        hashes.photo_coefficients([_shrunk(patch), _shrunk(patch[cut:-cut, cut:-cut])])
    )
    assert np.bitwise_count(found[0, window] ^ found[1, 0]) <= 3
    assert np.bitwise_count(found[0, 0] ^ found[1, 0]) > 3


def _shrunk(picture: Patch) -> Patch:
    small = cv2.resize(picture, (PHOTO_SIDE, PHOTO_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def test_flat_pictures_are_known() -> None:
    flat = [np.full((PHOTO_SIDE, PHOTO_SIDE), level, np.uint8) for level in (0, 128, 255)]
    assert hashes.is_flat(hashes.photo_coefficients(flat)[:, 0]).all()
    assert not hashes.is_flat(hashes.photo_coefficients([_patch(1)])[:, 0]).any()


@pytest.mark.parametrize("placement", [*WINDOWS, *JITTERS])
def test_placements_lie_within_the_picture_and_keep_their_centre(placement: Placement) -> None:
    x, y = placement.matrix() @ [0.5, 0.5, 1.0]
    assert (x, y) == pytest.approx((placement.x, placement.y))
    corners = placement.matrix() @ np.array([[0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]])
    assert corners.min() > -0.05
    assert corners.max() < 1.05
