"""Faces painted over in the whole photo, for backbones that cut their own crops."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.embedders.embedder import Spot
from facethemodel.evaluation.blanking import face_region
from facethemodel.faces.align import TEMPLATE, align
from facethemodel.pipeline.painted import PAINTINGS, paint

LANDMARKS = (TEMPLATE * 1.5 + [40.0, 30.0]).ravel()
SPOT = Spot(box=(60.0, 40.0, 120.0, 160.0), landmarks=tuple(LANDMARKS.tolist()))


def photo(seed: int = 0) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    return coarse.repeat(20, axis=0).repeat(22, axis=1)


def with_another(inside: bool) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A photo, and the same one with another face in it, or with other surroundings."""
    first, second = photo(0), photo(1)
    y, x = np.mgrid[: first.shape[0], : first.shape[1]]
    across, down = (x - 40.0) / 1.5, (y - 30.0) / 1.5
    # A little away from the edge, where an aligned crop blurs both into one another.
    distance = np.sqrt(((across - 56.0) / 45.0) ** 2 + ((down - 66.0) / 58.0) ** 2)
    chosen = distance <= 0.9 if inside else distance >= 1.1
    return first, np.where(chosen[..., None], second, first).astype(np.uint8)


@pytest.mark.parametrize(("painting", "inside"), [("without_face", True), ("only_face", False)])
def test_nothing_is_left_of_what_was_painted_over(painting: str, inside: bool) -> None:
    """What is painted over may differ as it likes, the result is the same."""
    first, second = with_another(inside)
    assert (first != second).any(axis=2).sum() > 3000
    assert np.array_equal(paint(first, SPOT, painting), paint(second, SPOT, painting))


def test_what_is_kept_stays_as_it_was() -> None:
    first = photo()
    kept = paint(first, SPOT, "without_face")
    assert np.array_equal(kept[:20], first[:20])
    assert np.array_equal(kept[:, -20:], first[:, -20:])
    middle = (slice(110, 140), slice(110, 140))
    assert np.array_equal(paint(first, SPOT, "only_face")[middle], first[middle])
    assert not np.array_equal(kept[middle], first[middle])


@pytest.mark.parametrize("painting", sorted(PAINTINGS))
def test_an_aligned_crop_of_a_painted_photo_is_the_painted_crop(painting: str) -> None:
    """Up to what cutting twice blurs: the photo is a little larger than the crop."""
    first = photo()
    crop = PAINTINGS[painting](align(first, SPOT.landmarks)[None])[0]
    again = align(paint(first, SPOT, painting), SPOT.landmarks)
    filled = {"without_face": face_region(), "only_face": ~face_region()}.get(painting)
    there = np.ones((112, 112), bool) if filled is None else filled
    assert np.abs(again[there].astype(int) - crop[there]).mean() < 6
