"""Fingerprint, sharpness and brightness of generated pictures."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.photos.decode import decode
from facethemodel.photos.fingerprint import FLAT, perceptual_hash
from facethemodel.photos.quality import brightness, sharpness, to_grey

Pixels = NDArray[np.uint8]
Scene = Callable[..., Pixels]


def distance(left: Pixels, right: Pixels) -> int:
    return (perceptual_hash(left) ^ perceptual_hash(right)).bit_count()


@pytest.mark.parametrize(
    "change",
    [
        lambda pixels: cv2.resize(pixels, (90, 70), interpolation=cv2.INTER_AREA),
        lambda pixels: cv2.resize(pixels, (800, 600), interpolation=cv2.INTER_CUBIC),
        lambda pixels: cv2.GaussianBlur(pixels, (0, 0), 2),
        lambda pixels: cv2.convertScaleAbs(pixels, alpha=0.9, beta=12),
        lambda pixels: np.repeat(to_grey(pixels)[:, :, None], 3, axis=2),
    ],
    ids=["smaller", "larger", "softer", "paler", "grey"],
)
def test_fingerprints_of_copies_are_near(change: Callable[[Pixels], Pixels], scene: Scene) -> None:
    distances = [distance(pixels, change(pixels)) for pixels in (scene(400, 300, seed) for seed in range(30))]
    assert float(np.mean(distances)) <= 2
    assert max(distances) <= 6


def test_fingerprints_survive_light_encoding(scene: Scene, encode: Callable[..., bytes]) -> None:
    for seed in range(30):
        pixels = scene(400, 300, seed)
        assert distance(pixels, decode(encode(pixels, "JPEG", quality=60)).pixels) <= 4


def test_fingerprints_of_different_pictures_are_far(scene: Scene) -> None:
    pictures = [scene(200, 200, seed) for seed in range(40)]
    distances = [distance(a, b) for i, a in enumerate(pictures) for b in pictures[:i]]
    assert min(distances) > 10
    assert 26 < float(np.mean(distances)) < 34


def test_a_fingerprint_fits_an_unsigned_64_bit_number(scene: Scene) -> None:
    hashes = [perceptual_hash(scene(64, 64, seed)) for seed in range(20)]
    assert all(0 < value < 2**64 for value in hashes)
    assert max(hashes) >= 2**63, "the mean grey level's bit is the highest"


def test_grey_input_gives_the_same_fingerprint(scene: Scene) -> None:
    pixels = scene(320, 240, 3)
    assert perceptual_hash(to_grey(pixels)) == perceptual_hash(pixels)


@pytest.mark.parametrize("level", [0, 1, 127, 255])
@pytest.mark.parametrize("side", [1, 7, 300])
def test_flat_pictures_share_one_fingerprint(level: int, side: int) -> None:
    assert perceptual_hash(np.full((side, side, 3), level, np.uint8)) == FLAT


def test_a_picture_with_any_structure_is_not_flat() -> None:
    ramp = np.tile(np.linspace(100, 110, 200).astype(np.uint8), (200, 1))
    assert perceptual_hash(ramp) != FLAT


def test_absent_frequencies_are_not_told_apart() -> None:
    bars = np.zeros((64, 64), np.uint8)
    bars[:, 20:40] = 200
    assert perceptual_hash(bars) & 0x00FFFFFFFFFFFFFF == 0, "nothing varies from top to bottom"


def test_blurring_lowers_sharpness(scene: Scene) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    soft = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), dtype=np.uint8)
    softer = np.asarray(cv2.GaussianBlur(noise, (0, 0), 4), dtype=np.uint8)
    assert sharpness(noise) > sharpness(soft) > sharpness(softer) > 0
    assert sharpness(to_grey(noise)) == sharpness(noise)


def test_sharpness_is_the_variance_of_the_four_neighbour_laplacian() -> None:
    spot = np.zeros((9, 9), np.uint8)
    spot[4, 4] = 10
    # -40 once, 10 four times, else 0: mean 0, mean square (1600 + 400) / 81.
    assert sharpness(spot) == pytest.approx(2000 / 81)


@pytest.mark.parametrize(("level", "expected"), [(0, 0.0), (51, 0.2), (255, 1.0)])
def test_brightness_is_the_mean_level(level: int, expected: float) -> None:
    pixels = np.full((5, 9, 3), level, np.uint8)
    assert brightness(pixels) == pytest.approx(expected)
    assert brightness(to_grey(pixels)) == pytest.approx(expected)


def test_one_pixel_can_be_measured() -> None:
    pixel = np.full((1, 1, 3), 255, np.uint8)
    assert sharpness(pixel) == 0.0
    assert brightness(pixel) == 1.0
