from __future__ import annotations

from dataclasses import fields

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

from facethemodel.dataset import traces
from facethemodel.dataset.augment import Augmentation, FaceAugment, SeedAugment
from facethemodel.faces.align import face_oval

OFF = dict.fromkeys((field.name for field in fields(FaceAugment)), 0.0)


def _images(count: int = 6, side: int = 112) -> NDArray[np.uint8]:
    patches = np.random.default_rng(1).integers(0, 256, (count, 7, 7, 3), dtype=np.uint8)
    return np.stack([cv2.resize(patch, (side, side), interpolation=cv2.INTER_CUBIC) for patch in patches])


@pytest.mark.parametrize("change", [SeedAugment(), FaceAugment()])
def test_the_same_generator_gives_the_same_batch_and_leaves_the_input_alone(change: Augmentation) -> None:
    images = _images()
    untouched = images.copy()
    first = change(images, np.random.default_rng(3))
    np.testing.assert_array_equal(first, change(images, np.random.default_rng(3)))
    np.testing.assert_array_equal(images, untouched)
    assert first.shape == images.shape
    assert first.dtype == np.uint8
    assert (first != change(images, np.random.default_rng(4))).mean() > 0.5


def test_all_off_changes_nothing() -> None:
    images = _images()
    np.testing.assert_array_equal(FaceAugment(**OFF)(images, np.random.default_rng(0)), images)
    still = SeedAugment(shear=0, zoom=0, flip=0)
    np.testing.assert_array_equal(still(images, np.random.default_rng(0)), images)


def test_flip_mirrors_exactly() -> None:
    images = _images()
    for change in (FaceAugment(**OFF | {"flip": 1.0}), SeedAugment(shear=0, zoom=0, flip=1)):
        np.testing.assert_array_equal(change(images, np.random.default_rng(0)), images[:, :, ::-1])


def test_rotation_turns_about_the_middle() -> None:
    images = _images()
    turned = FaceAugment(**OFF | {"rotation": 10.0})(images, np.random.default_rng(0))
    assert (turned != images).mean() > 0.5
    np.testing.assert_allclose(
        turned[:, 54:58, 54:58].mean(axis=(1, 2)), images[:, 54:58, 54:58].mean(axis=(1, 2)), atol=4
    )


def test_grey_has_equal_channels_and_keeps_the_light() -> None:
    images = _images()
    grey = FaceAugment(**OFF | {"grey": 1.0, "tint": 0.3})(images, np.random.default_rng(0)).astype(int)
    np.testing.assert_array_equal(grey[..., 0], grey[..., 1])
    np.testing.assert_array_equal(grey[..., 0], grey[..., 2])
    np.testing.assert_allclose(grey[..., 0], images @ np.array([0.299, 0.587, 0.114]), atol=1)


def test_grey_pictures_get_their_light_and_tones_as_coloured_ones_do() -> None:
    greys = np.repeat(_images()[..., :1], 3, axis=3)
    light = OFF | {
        "rotation": 6.0,
        "shift": 0.02,
        "brightness": 0.1,
        "contrast": 0.3,
        "gamma": 0.4,
        "fade": 0.15,
    }
    # The same chance: whether a picture is grey is drawn at a share of zero, too.
    long, short = (
        FaceAugment(**light | {"grey": share})(greys, np.random.default_rng(2)).astype(int)
        for share in (0.0, 1.0)
    )
    assert np.abs(long - greys).mean() > 10
    # Rounded in between, and then stretched by the tones.
    assert np.abs(long - short).mean() < 0.5
    assert np.abs(long - short).max() <= 6


def test_brightness_shifts_every_pixel_alike() -> None:
    images = np.full((40, 16, 16, 3), 128, dtype=np.uint8)
    lit = FaceAugment(**OFF | {"brightness": 0.2})(images, np.random.default_rng(0)).astype(int)
    assert (lit == lit[:, :1, :1, :1]).all()
    shifts = lit[:, 0, 0, 0] - 128
    assert -52 <= shifts.min() < -20
    assert 20 < shifts.max() <= 52


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("blur", 0.5),
        ("coarsen", 0.5),
        ("jpeg", 0.5),
        ("frame", 0.005),
        ("cutout", 0.005),
        ("plain", 0.5),
        ("grain", 0.2),
        ("worn", 0.02),
    ],
)
def test_each_rare_change_can_be_had_alone(name: str, least: float) -> None:
    images = np.clip(
        _images(30) + np.random.default_rng(0).integers(-30, 30, (30, 112, 112, 3)), 0, 255
    ).astype(np.uint8)
    changed = FaceAugment(**OFF | {name: 1.0})(images, np.random.default_rng(0))
    different = (changed != images).mean(axis=(1, 2, 3))
    assert different.min() > least
    same_picture = np.abs(changed.astype(int) - images).mean(axis=(1, 2, 3))
    assert same_picture.max() < 60


def test_tones_keep_their_order_and_lose_no_more_than_asked() -> None:
    images = np.tile(np.arange(256, dtype=np.uint8)[None, None, :, None], (60, 256, 1, 3))
    toned = FaceAugment(**OFF | {"gamma": 0.4, "fade": 0.15})(images, np.random.default_rng(0)).astype(int)
    assert (np.diff(toned, axis=2) >= 0).all()
    black, white, middle = toned[:, 0, 0, 0], toned[:, 0, 255, 0], toned[:, 0, 128, 0]
    assert 0 <= black.min() < 10
    assert 25 < black.max() <= 39
    assert 216 <= white.min() < 230
    assert 245 < white.max() <= 255
    assert middle.min() < 110
    assert middle.max() > 145


def test_plain_leaves_no_colour_no_detail_and_one_light() -> None:
    images = _images(20)
    darker = (images * 0.5 + 60).astype(np.uint8)
    for image, other in zip(images, darker, strict=True):
        one = traces.plain(image, np.random.default_rng(1)).astype(int)
        two = traces.plain(other, np.random.default_rng(1)).astype(int)
        assert (one == one[..., :1]).all()
        face = one[face_oval() <= 1.0][:, 0]
        assert face.mean() == pytest.approx(traces.PLAIN_MEAN, abs=3)
        assert face.std() == pytest.approx(traces.PLAIN_SPREAD, abs=4)
        assert np.abs(one - two).mean() < 2


def test_grain_is_noise_without_colour_around_the_picture() -> None:
    image = np.full((112, 112, 3), 128, np.uint8)
    spreads = []
    for seed in range(40):
        noise = traces.grain(image, np.random.default_rng(seed)).astype(int) - 128
        assert (noise == noise[..., :1]).all()
        assert abs(noise.mean()) < 0.7
        spreads.append(noise.std())
    assert 0.8 < min(spreads) < 3
    assert 9 < max(spreads) < 12.5


@pytest.mark.parametrize("side", [16, 112, 256])
def test_single_changes_keep_shape_and_input(side: int) -> None:
    image = _images(1, side)[0]
    untouched = image.copy()
    for change in (
        traces.blur,
        traces.coarsen,
        traces.jpeg,
        traces.frame,
        traces.cutout,
        traces.plain,
        traces.grain,
    ):
        for seed in range(20):
            out = change(image, np.random.default_rng(seed))
            assert out.shape == image.shape
            assert out.dtype == np.uint8
    np.testing.assert_array_equal(image, untouched)


def test_a_face_stays_and_its_surroundings_are_somebody_elses() -> None:
    images = np.stack([np.full((112, 112, 3), 10 * number, np.uint8) for number in range(1, 21)])
    out = FaceAugment(**OFF | {"surroundings": 1.0})(images, np.random.default_rng(2))
    face = face_oval() < 0.85
    np.testing.assert_array_equal(out[:, face], images[:, face])
    around = out[:, face_oval() > 1.2]
    assert (np.ptp(around, axis=1) == 0).all()
    colours = around[:, 0, 0]
    assert (colours != images[:, 0, 0, 0]).mean() > 0.7
    assert sorted(colours) == sorted(images[:, 0, 0, 0])


def test_probabilities_hold() -> None:
    images = np.full((2000, 8, 8, 3), 77, dtype=np.uint8)
    images[:, :, 4:] = 10
    flipped = FaceAugment(**OFF | {"flip": 0.3})(images, np.random.default_rng(0))
    assert (flipped[:, 0, 0, 0] == 10).mean() == pytest.approx(0.3, abs=0.05)


def test_seed_augment_is_what_keras_does() -> None:
    images = _images(8, 64)
    seed, shear, zoom = 5, 15.0, 0.2
    ours = SeedAugment(shear=shear, zoom=zoom, flip=0.5)(images, np.random.default_rng(seed))
    random = np.random.default_rng(seed)
    angles = np.deg2rad(random.uniform(-shear, shear, 8))
    columns, rows = random.uniform(1 - zoom, 1 + zoom, (2, 8))
    mirrored = random.random(8) < 0.5
    assert 0 < mirrored.sum() < 8
    for image, out, angle, zx, zy, mirror in zip(images, ours, angles, columns, rows, mirrored, strict=True):
        # Row, column convention; shear and zoom are one affine map, the mirror follows on the result.
        matrix = np.array([[1, -np.sin(angle)], [0, np.cos(angle)]]) @ np.diag([zy, zx])
        offset = np.full(2, 31.5) - matrix @ np.full(2, 31.5)
        expected = np.stack(
            [
                affine_transform(image[..., c].astype(float), matrix, offset, order=1, mode="nearest")
                for c in range(3)
            ],
            axis=-1,
        )
        if mirror:
            expected = expected[:, ::-1]
        assert np.abs(out - expected).mean() < 1.0
