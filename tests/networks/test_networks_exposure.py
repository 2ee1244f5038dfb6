"""What is too even to be judged gets contrast; nothing else is touched."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from facethemodel.networks import get_network
from facethemodel.networks.exposure import LEAST, MOST, exposure


def crop(middle: float, contrast: float) -> Tensor:
    """One crop (1, 112, 112, 3), uint8, of patches in grey."""
    patches = torch.randn(28, 28, generator=torch.Generator().manual_seed(0))
    patches = (patches - patches.mean()) / patches.std(unbiased=False)
    grain = patches.repeat_interleave(4, dim=0).repeat_interleave(4, dim=1)
    levels = (middle + contrast * grain).round().clamp(0, 255).to(torch.uint8)
    return levels[None, :, :, None].expand(1, 112, 112, 3)


def seen(pixels: Tensor) -> Tensor:
    """The crop in levels again, as the first layer sees it."""
    offset, scale = exposure(pixels, offset=127.5, scale=1 / 128)
    return (pixels.float() - offset) * scale * 128 + 127.5


def contrast(levels: Tensor) -> float:
    return float(levels.float().mean(3).std(unbiased=False))


@pytest.mark.parametrize(("middle", "spread"), [(127, 50), (60, 34), (200, 34)])
def test_what_has_contrast_gets_the_usual_numbers_to_the_last_bit(middle: float, spread: float) -> None:
    offset, scale = exposure(crop(middle, spread), offset=127.5, scale=1 / 128)
    assert (offset.tolist(), scale.tolist()) == ([[[[127.5]]]], [[[[1 / 128]]]])


@pytest.mark.parametrize(("middle", "spread"), [(25, 8), (40, 14), (128, 10), (235, 6)])
def test_what_has_little_gets_enough(middle: float, spread: float) -> None:
    pixels = crop(middle, spread)
    given = seen(pixels)
    assert contrast(pixels) < LEAST
    assert contrast(given) == pytest.approx(LEAST, rel=1e-3)
    # Hardly anything is pushed over the ends of the range.
    assert float(((given < 0) | (given > 255)).float().mean()) < 0.01


@pytest.mark.parametrize("turned", [False, True])
def test_a_dark_face_is_seen_as_in_the_light_and_a_pale_one_as_in_the_shade(turned: bool) -> None:
    light = crop(100, 32)
    dark = (light.float() * 0.2).round().to(torch.uint8)
    expected = light.float() * LEAST / 32
    if turned:
        dark, expected = 255 - dark, 255 - expected
    assert float((seen(dark) - expected).abs().mean()) < 2.0


@pytest.mark.parametrize("level", [0, 127, 255])
def test_a_plain_square_stays_plain(level: int) -> None:
    given = seen(crop(level, 0))
    assert contrast(given) == pytest.approx(0.0, abs=1e-4)
    assert 0.0 <= float(given.min()) <= float(given.max()) <= 255.0


def test_noise_is_not_made_a_face_of() -> None:
    faint = crop(128, 1)
    assert contrast(seen(faint)) == pytest.approx(MOST * contrast(faint), rel=1e-3)


def test_each_crop_of_a_batch_is_judged_by_itself() -> None:
    torch.manual_seed(0)
    network = get_network("residual112").build(0).eval()
    dark, light = crop(25, 8), crop(127, 50)
    with torch.no_grad():
        both = network.embed(torch.cat([dark, light]))
        alone = torch.cat([network.embed(dark), network.embed(light)])
    torch.testing.assert_close(both, alone, rtol=1e-4, atol=1e-5)


def test_our_network_sees_a_face_in_the_dark_as_in_the_light() -> None:
    torch.manual_seed(0)
    network = get_network("residual112").build(0).eval()
    light = crop(100, 32)
    dark = (light.float() * 0.2).round().to(torch.uint8)
    with torch.no_grad():
        first, second = network.embed(light), network.embed(dark)
    assert float(torch.cosine_similarity(first, second)) > 0.97
