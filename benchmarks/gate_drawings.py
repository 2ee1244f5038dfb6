"""Photos made into drawings: what a pencil, a pen, water colours, a poster or a printer makes of a face.

Drawn faces have people's proportions and no camera's surface. `train_gate` teaches the check with them that
proportions are not enough.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]


def drawing_of(pixels: Pixels, kind: str, seed: int) -> Pixels:
    """Draws a photo in one of the `DRAWINGS`; same size."""
    return DRAWINGS[kind](pixels, np.random.default_rng([seed, 81]))


def _grey(pixels: Pixels) -> Plane:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)


def _blur(plane: Plane, sigma: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)


def _edges(grey: Plane, rng: np.random.Generator, *, finest: float = 0.7) -> Plane:
    """Ink where a difference of Gaussians is dark (Winnemöller, 2006): 0 ink to 1 none."""
    sigma = float(rng.uniform(finest, 2.2 * finest + 0.3))
    difference = _blur(grey, sigma) - float(rng.uniform(0.94, 0.99)) * _blur(grey, 1.6 * sigma)
    return np.asarray(np.clip(1 + np.tanh(difference * rng.uniform(0.15, 0.6)), 0, 1), np.float32)


def _inked(paper: NDArray[np.float32], ink: NDArray[np.float64], cover: Plane) -> Pixels:
    mixed = paper + cover[..., None] * (np.asarray(ink, np.float32) - paper)
    return np.asarray(np.clip(mixed, 0, 255), np.uint8)


def _paper(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    colour = np.clip(rng.uniform(215, 252) + rng.normal(0, 6, 3), 0, 255)
    grain = rng.normal(0, rng.uniform(0, 5), (*shape, 1))
    return np.asarray(colour + grain, np.float32)


def _ink(rng: np.random.Generator) -> NDArray[np.float64]:
    return np.clip(rng.uniform(5, 70) + rng.normal(0, 12, 3), 0, 255)


def _pencil(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Dodge and burn: the photo divided by its own blur, with strokes along one way."""
    grey = _grey(pixels)
    light = np.clip(grey / np.maximum(_blur(grey, float(rng.uniform(2, 9))), 1), 0, 1)
    shade = float(rng.uniform(0, 0.6)) * (1 - _blur(grey, 2) / 255)
    noise = rng.normal(0.5, 0.5, grey.shape).astype(np.float32)
    turn = cv2.getRotationMatrix2D((3.5, 3.5), float(rng.uniform(0, 180)), 1)
    kernel = cv2.warpAffine(np.eye(8, dtype=np.float32), turn, (8, 8))
    strokes = cv2.filter2D(noise, -1, np.asarray(kernel, np.float32) / max(float(kernel.sum()), 1e-3))
    cover = np.clip((1 - light) * rng.uniform(1.5, 4) + shade * np.clip(0.6 + strokes, 0, 1.4), 0, 1)
    return _inked(_paper(grey.shape, rng), _ink(rng), cover.astype(np.float32))


def _pen(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Contours, and black where it is dark."""
    grey = _grey(pixels)
    cover = 1 - _edges(grey, rng)
    if rng.random() < 0.6:
        level = float(np.quantile(grey, rng.uniform(0.1, 0.45)))
        cover = np.maximum(cover, np.clip((level - _blur(grey, 1.0)) / 4, 0, 1))
    return _inked(_paper(grey.shape, rng), _ink(rng), np.asarray(cover, np.float32))


def _flattened(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    smooth = pixels
    for _ in range(3):
        smooth = np.asarray(cv2.bilateralFilter(smooth, 9, float(rng.uniform(50, 100)), 7), np.uint8)
    return smooth


def _comic(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Two or three flat tones of strong colour inside thick contours."""
    hsv = cv2.cvtColor(_flattened(pixels, rng), cv2.COLOR_RGB2HSV).astype(np.float32)
    limits = np.quantile(hsv[..., 2], np.sort(rng.uniform(0.15, 0.85, int(rng.integers(1, 3)))))
    tones = np.sort(rng.uniform(40, 255, len(limits) + 1)).astype(np.float32)
    hsv[..., 2] = tones[np.digitize(hsv[..., 2], limits)]
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(1.2, 2.2), 0, 255)
    flat = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB).astype(np.float32)
    return _inked(flat, _ink(rng), 1 - _edges(_grey(pixels), rng, finest=1.2))


def _poster(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Two to four inks, by brightness."""
    grey = _blur(_grey(pixels), float(rng.uniform(0.6, 1.8)))
    inks = np.sort(rng.uniform(10, 250, (int(rng.integers(2, 5)), 3)), axis=0)
    if rng.random() < 0.3:
        inks = np.repeat(inks.mean(axis=1, keepdims=True), 3, axis=1)
    limits = np.quantile(grey, np.linspace(0, 1, len(inks) + 1)[1:-1])
    return np.asarray(inks[np.digitize(grey, limits)], np.uint8)


def _halftone(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Printed dots as large as a newspaper's under a glass."""
    grey = _grey(pixels) / 255
    height, width = grey.shape
    pitch = float(rng.uniform(4, 8))
    turn = float(rng.uniform(0, np.pi))
    y, x = np.mgrid[:height, :width] / pitch * 2 * np.pi
    screen = np.sin(x * np.cos(turn) + y * np.sin(turn)) * np.sin(y * np.cos(turn) - x * np.sin(turn))
    cover = np.clip((0.5 + 0.5 * screen - grey) * 6, 0, 1).astype(np.float32)
    return _inked(_paper(grey.shape, rng), _ink(rng), cover)


def _watercolour(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Pale washes with running edges and a little contour."""
    height, width = pixels.shape[:2]
    wave = [_blur(rng.normal(0, 1, (height, width)).astype(np.float32), 6) * 36 for _ in range(2)]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    run = cv2.remap(
        _flattened(pixels, rng), x + wave[0], y + wave[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    levels = np.round(run.astype(np.float32) / 64) * 64
    pale = 255 - (255 - levels) * np.float32(rng.uniform(0.5, 0.9))
    return _inked(
        pale.astype(np.float32),
        _ink(rng),
        (1 - _edges(_grey(pixels), rng, finest=1.2)) * np.float32(rng.uniform(0.5, 1.0)),
    )


def _negative(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Light for dark, as on film."""
    film = 255 - pixels.astype(np.float32)
    return np.asarray(
        np.clip(film * (rng.uniform(0.7, 1.0, 3) if rng.random() < 0.5 else 1.0), 0, 255), np.uint8
    )


def _stone(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """One material: skin, lips and hair as bright as each other, only the shape's shading is left."""
    grey = _blur(_grey(pixels), 1.0)
    shape = grey / np.maximum(_blur(grey, 0.06 * len(grey)), 8)
    shade = np.clip(0.75 + 0.5 * np.tanh((shape - 1) * rng.uniform(0.8, 1.8)), 0.1, 1.4)
    stone = (
        rng.uniform(90, 215) * (1 + rng.normal(0, 0.06, 3)) * rng.choice([(1.0, 1.0, 1.0), (1.1, 0.95, 0.75)])
    )
    grain = rng.normal(0, rng.uniform(0.01, 0.05), grey.shape)
    return np.asarray(np.clip((shade + grain)[..., None] * stone, 0, 255), np.uint8)


DRAWINGS: dict[str, Callable[[Pixels, np.random.Generator], Pixels]] = {
    "pencil": _pencil,
    "pen": _pen,
    "comic": _comic,
    "poster": _poster,
    "halftone": _halftone,
    "watercolour": _watercolour,
    "negative": _negative,
    "stone": _stone,
}
