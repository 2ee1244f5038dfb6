"""Generated pictures for the tests of bytes and pixels."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image


def draw_scene(width: int, height: int, seed: int) -> NDArray[np.uint8]:
    """Soft coloured patches: structure that survives encoding, different for every seed."""
    patches = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(patches, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


@pytest.fixture(scope="session")
def scene() -> Callable[..., NDArray[np.uint8]]:
    return draw_scene


@pytest.fixture(scope="session")
def encode() -> Callable[..., bytes]:
    """Encodes pixels or a Pillow image: `encode(pixels, "PNG", **options)`."""

    def encoded(pixels: NDArray[np.uint8] | Image.Image, format_name: str, **options: object) -> bytes:
        image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
        buffer = io.BytesIO()
        image.save(buffer, format_name, **options)
        return buffer.getvalue()

    return encoded
