"""What stands behind a subject: plain, cluttered, indoors or outdoors, always a little out of focus."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from facethemodel.synthetic.surface import Map, blurred, floats, grain
from facethemodel.synthetic.variation import Backdrop

_SIDE = 96


def backdrop(kind: Backdrop, seed: int, *, size: int) -> Map:
    """Paints a backdrop of (size, size, 3) grey levels."""
    rng = np.random.default_rng([seed, 7])
    picture, blur = _PAINTERS[kind](rng, seed)
    picture = blurred(picture, blur)
    large = cv2.resize(picture, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.clip(large, 4, 250)


def _colour(rng: np.random.Generator, low: float = 30, high: float = 225) -> Map:
    grey = rng.uniform(low, high)
    return np.clip(grey + rng.normal(0, 15, 3), 5, 250).astype(np.float32)


def _slope(rng: np.random.Generator, first: Map, last: Map) -> Map:
    angle = rng.uniform(0, 2 * np.pi)
    at = np.linspace(-0.7, 0.7, _SIDE)
    share = np.clip(0.5 + at[:, None] * np.sin(angle) + at[None, :] * np.cos(angle), 0, 1)[..., None]
    return np.asarray(first + share * (last - first), dtype=np.float32)


def _gradient(rng: np.random.Generator, seed: int) -> tuple[Map, float]:
    base = _colour(rng)
    return _slope(rng, base, floats(base * rng.uniform(0.6, 1.3))), 1.0


def _clouds(rng: np.random.Generator, seed: int) -> tuple[Map, float]:
    share = 0.6 * grain((_SIDE, _SIDE), seed, softness=14.0) + 0.3 * grain(
        (_SIDE, _SIDE), seed + 1, softness=4.0
    )
    base = _slope(rng, _colour(rng), _colour(rng))
    return np.asarray(base * (1 + 0.14 * share[..., None]), dtype=np.float32), 1.0


def _shapes(rng: np.random.Generator, seed: int) -> tuple[Map, float]:
    picture = np.ascontiguousarray(_slope(rng, _colour(rng), _colour(rng)))
    for _ in range(int(rng.integers(5, 16))):
        centre = rng.integers(0, _SIDE, 2).tolist()
        colour = _colour(rng).tolist()
        if rng.random() < 0.5:
            cv2.circle(picture, centre, int(rng.integers(4, 22)), colour, -1)
        else:
            corner = (np.array(centre) + rng.integers(8, 45, 2)).tolist()
            cv2.rectangle(picture, centre, corner, colour, -1)
    return picture, float(rng.uniform(1.5, 5))


def _indoor(rng: np.random.Generator, seed: int) -> tuple[Map, float]:
    wall = _colour(rng, 90, 220)
    picture = np.ascontiguousarray(_slope(rng, wall, floats(wall * 0.75)))
    skirting = int(rng.integers(60, 90))
    picture[skirting:] = _colour(rng, 40, 130)
    for _ in range(int(rng.integers(1, 4))):
        x, y = (int(value) for value in (rng.integers(-10, 90), rng.integers(-5, 50)))
        w, h = (int(value) for value in rng.integers(14, 40, 2))
        frame = _colour(rng, 20, 240)
        cv2.rectangle(picture, (x, y), (x + w, y + h), frame.tolist(), -1)
        pane = floats([215, 228, 240]) if rng.random() < 0.4 else _colour(rng)
        cv2.rectangle(picture, (x + 2, y + 2), (x + w - 2, y + h - 2), pane.tolist(), -1)
        cv2.line(picture, (x + w // 2, y), (x + w // 2, y + h), frame.tolist(), 1)
    return picture, float(rng.uniform(0.6, 3))


def _outdoor(rng: np.random.Generator, seed: int) -> tuple[Map, float]:
    sky = floats([150, 185, 225]) * np.float32(rng.uniform(0.7, 1.1)) + rng.normal(0, 10)
    picture = np.ascontiguousarray(_slope(rng, sky.astype(np.float32), floats([220, 225, 228])))
    horizon = int(rng.integers(15, 75))
    leaves = (
        grain((_SIDE, _SIDE), seed, softness=2.0) * 0.3 + grain((_SIDE, _SIDE), seed + 1, softness=7.0) * 0.2
    )
    green = floats([70, 100, 50]) + rng.normal(0, 16, 3).astype(np.float32)
    edge = horizon + 9 * grain((1, _SIDE), seed + 2, softness=9.0)[0]
    below = np.arange(_SIDE)[:, None] > edge[None, :]
    picture[below] = (green * (1 + leaves[..., None]))[below]
    for _ in range(int(rng.integers(0, 4))):
        x, w, top = (int(value) for value in (rng.integers(0, 90), rng.integers(8, 26), rng.integers(5, 50)))
        cv2.rectangle(picture, (x, top), (x + w, horizon + 10), _colour(rng, 70, 190).tolist(), -1)
    return picture, float(rng.uniform(0.7, 3))


def _shelf(rng: np.random.Generator, seed: int) -> tuple[Map, float]:
    picture = np.full((_SIDE, _SIDE, 3), _colour(rng, 30, 110), dtype=np.float32)
    board = int(rng.integers(22, 36))
    for top in range(-int(rng.integers(0, board)), _SIDE, board):
        x = 0
        while x < _SIDE:
            width = int(rng.integers(2, 8))
            height = int(rng.integers(board // 2, board - 3))
            corner = (x + width - 1, top + board - 3)
            cv2.rectangle(picture, (x, top + board - 3 - height), corner, _colour(rng, 25, 215).tolist(), -1)
            x += width
    return picture, float(rng.uniform(0.8, 2.5))


_PAINTERS: dict[Backdrop, Callable[[np.random.Generator, int], tuple[Map, float]]] = {
    "gradient": _gradient,
    "shapes": _shapes,
    "clouds": _clouds,
    "indoor": _indoor,
    "outdoor": _outdoor,
    "shelf": _shelf,
}
