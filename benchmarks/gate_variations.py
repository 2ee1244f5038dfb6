"""Photos as they come: small, dark, blurred, grey, badly compressed, cut tight, turned."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.faces.detect import Detection

Pixels = NDArray[np.uint8]
Variation = Callable[[Pixels, np.random.Generator, float], Pixels]


def varied(pixels: Pixels, rng: np.random.Generator, *, face_side: float, strongly: bool = True) -> Pixels:
    """Applies one to three of `VARIATIONS`.

    Args:
        pixels: RGB.
        rng: Draws which and how much.
        face_side: Side of the face in pixels.
        strongly: Whether more than one may come together.
    """
    names = list(VARIATIONS)
    count = int(rng.choice([1, 2, 3], p=[0.5, 0.35, 0.15])) if strongly else 1
    for name in rng.choice(names, size=count, replace=False):
        before = pixels.shape[0]
        pixels = VARIATIONS[name](pixels, rng, face_side)
        if name == "small":
            face_side *= pixels.shape[0] / before
    return pixels


def tight(pixels: Pixels, face: Detection, rng: np.random.Generator) -> Pixels:
    """Cuts the photo so that the face fills it, each side by itself."""
    x, y, width, height = face.box
    low = rng.uniform(-0.08, 0.2, 2) * (width, height)
    high = rng.uniform(-0.08, 0.2, 2) * (width, height)
    left, top = (int(max(0, at - more)) for at, more in zip((x, y), low, strict=True))
    right = int(min(pixels.shape[1], x + width + high[0]))
    bottom = int(min(pixels.shape[0], y + height + high[1]))
    if right - left < 8 or bottom - top < 8:
        return pixels
    return np.ascontiguousarray(pixels[top:bottom, left:right])


def shrunk(pixels: Pixels, scale: float) -> Pixels:
    """The whole photo so many times as large (at most 1), averaged."""
    size = (max(8, round(pixels.shape[1] * scale)), max(8, round(pixels.shape[0] * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _small(pixels: Pixels, rng: np.random.Generator, face_side: float) -> Pixels:
    wanted = float(np.exp(rng.uniform(np.log(16), np.log(60))))
    if wanted >= face_side:
        return pixels
    small = shrunk(pixels, wanted / face_side)
    if rng.random() < 0.3:
        # Enlarged again by whoever sent it on.
        method = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
        return np.asarray(cv2.resize(small, None, fx=2.5, fy=2.5, interpolation=method), np.uint8)
    return small


def _turned(pixels: Pixels, rng: np.random.Generator, face_side: float) -> Pixels:
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(-45, 45)), 1)
    border = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    return np.asarray(cv2.warpAffine(pixels, matrix, (width, height), borderMode=border), np.uint8)


def dimmed(pixels: Pixels, share: float, rng: np.random.Generator) -> Pixels:
    """So much of the light, and the noise that comes with it."""
    noise = rng.normal(0, 1.5 + 5 * (1 - share), pixels.shape)
    return np.asarray(np.clip(pixels * share + noise, 0, 255), np.uint8)


def _dark(pixels: Pixels, rng: np.random.Generator, face_side: float) -> Pixels:
    return dimmed(pixels, float(rng.uniform(0.1, 0.45)), rng)


def _bright(pixels: Pixels, rng: np.random.Generator, face_side: float) -> Pixels:
    return np.asarray(np.clip(pixels * rng.uniform(1.2, 2.2) + rng.uniform(0, 30), 0, 255), np.uint8)


def _blurred(pixels: Pixels, rng: np.random.Generator, face_side: float) -> Pixels:
    if rng.random() < 0.5:
        return np.asarray(
            cv2.GaussianBlur(pixels, (0, 0), face_side * float(rng.uniform(0.01, 0.05))), np.uint8
        )
    length = max(3, int(face_side * rng.uniform(0.04, 0.14)))
    turn = cv2.getRotationMatrix2D(((length - 1) / 2,) * 2, float(rng.uniform(0, 180)), 1)
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1
    kernel = cv2.warpAffine(line, turn, (length, length))
    return np.asarray(
        cv2.filter2D(pixels, -1, np.asarray(kernel, np.float32) / max(float(kernel.sum()), 0.1)), np.uint8
    )


def grey(pixels: Pixels) -> Pixels:
    """Black and white."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def sharpened(pixels: Pixels, amount: float, *, sigma: float) -> Pixels:
    """An unsharp mask: so many times the difference to a blur of that width is added."""
    soft = cv2.GaussianBlur(pixels, (0, 0), sigma).astype(np.float32)
    return np.asarray(np.clip(pixels + amount * (pixels - soft), 0, 255), np.uint8)


def _monochrome(pixels: Pixels, rng: np.random.Generator, face_side: float) -> Pixels:
    plain = grey(pixels)
    if rng.random() < 0.3:
        return np.asarray(np.clip(plain * np.array([1.06, 0.98, 0.8]) + (8, 4, 0), 0, 255), np.uint8)
    return plain


def _compressed(pixels: Pixels, rng: np.random.Generator, face_side: float) -> Pixels:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(8, 35))]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", pixels, quality)[1], cv2.IMREAD_COLOR), np.uint8)


def _noisy(pixels: Pixels, rng: np.random.Generator, face_side: float) -> Pixels:
    noise = rng.normal(0, rng.uniform(5, 25), pixels.shape)
    return np.asarray(np.clip(pixels + noise, 0, 255), np.uint8)


def _tinted(pixels: Pixels, rng: np.random.Generator, face_side: float) -> Pixels:
    return np.asarray(np.clip(pixels * rng.uniform(0.6, 1.25, 3), 0, 255), np.uint8)


VARIATIONS: dict[str, Variation] = {
    "small": _small,
    "turned": _turned,
    "dark": _dark,
    "bright": _bright,
    "blurred": _blurred,
    "monochrome": _monochrome,
    "compressed": _compressed,
    "noisy": _noisy,
    "tinted": _tinted,
}
