"""Pictures made of nothing: noise, patterns, pages, animals, objects and people."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.synthetic.curveballs import FAMILIES as ALBUM_FAMILIES
from facethemodel.synthetic.curveballs import draw_curveball
from facethemodel.synthetic.people import Identity, draw_photo

SIDE = 250
"""Side of every drawn picture, in pixels."""

Pixels = NDArray[np.uint8]


def draw(maker: str, seed: int) -> Pixels:
    """Draws one picture.

    Args:
        maker: One of `MAKERS`.
        seed: The same seed gives the same picture; not negative.

    Returns:
        RGB pixels (250, 250, 3).

    Raises:
        ValueError: There is no such maker.
    """
    if maker not in MAKERS:
        raise ValueError(f"nothing draws {maker!r}; known are {', '.join(MAKERS)}")
    return MAKERS[maker](seed)


def _uniform_noise(seed: int) -> Pixels:
    rng = _chance(seed, 1)
    side, channels = _grain(rng)
    return _enlarged(rng.integers(0, 256, (side, side, channels), dtype=np.uint8))


def _gaussian_noise(seed: int) -> Pixels:
    rng = _chance(seed, 2)
    side, channels = _grain(rng)
    levels = rng.normal(rng.uniform(60, 195), rng.uniform(15, 80), (side, side, channels))
    return _enlarged(_levels(levels))


def _flat_colour(seed: int) -> Pixels:
    return np.full((SIDE, SIDE, 3), _colour(_chance(seed, 3)), dtype=np.uint8)


def _gradient(seed: int) -> Pixels:
    rng = _chance(seed, 4)
    x, y = _plane()
    if rng.random() < 0.5:
        angle = rng.uniform(0, 2 * np.pi)
        share = 0.5 + (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
    else:
        across, down = rng.uniform(0.2, 0.8, 2)
        share = np.hypot(x - across, y - down) / rng.uniform(0.4, 0.9)
    return _mixed(np.clip(share, 0, 1), rng)


def _checkerboard(seed: int) -> Pixels:
    rng = _chance(seed, 5)
    across, down = _turned(rng)
    squares = rng.uniform(4, 40)
    return _mixed((np.floor(across * squares) + np.floor(down * squares)) % 2, rng)


def _stripes(seed: int) -> Pixels:
    rng = _chance(seed, 6)
    across, _ = _turned(rng)
    wave = np.sin(across * rng.uniform(15, 160))
    return _mixed(np.clip(0.5 + rng.uniform(0.5, 6) * wave, 0, 1), rng)


def _pattern(seed: int) -> Pixels:
    """Rings, spirals, a grid of dots, or a heap of polygons."""
    rng = _chance(seed, 7)
    x, y = _plane()
    across, down = x - rng.uniform(0.3, 0.7), y - rng.uniform(0.3, 0.7)
    kind = int(rng.integers(4))
    if kind < 2:
        arms = int(rng.integers(1, 7)) if kind else 0
        wave = np.sin(np.hypot(across, down) * rng.uniform(25, 120) + arms * np.arctan2(down, across))
        return _mixed(np.clip(0.5 + 3 * wave, 0, 1), rng)
    if kind == 2:
        dots = rng.uniform(4, 24)
        away = np.hypot((x * dots) % 1 - 0.5, (y * dots) % 1 - 0.5)
        return _mixed(np.clip((rng.uniform(0.15, 0.45) - away) * 12 + 0.5, 0, 1), rng)
    heap = np.full((SIDE, SIDE, 3), _colour(rng), dtype=np.uint8)
    for _ in range(int(rng.integers(8, 40))):
        centre, reach = rng.uniform(0, SIDE, 2), rng.uniform(10, 70)
        turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 8))))
        corners = centre + reach * np.column_stack([np.cos(turns), np.sin(turns)])
        cv2.fillPoly(heap, [corners.astype(np.int32)], _colour(rng).tolist(), cv2.LINE_AA)
    return heap


def _smiley(seed: int) -> Pixels:
    """A round, two dots and a curve: what everybody calls a face, and no photo of one."""
    rng = _chance(seed, 8)
    picture = np.full((SIDE, SIDE, 3), _colour(rng), dtype=np.uint8)
    radius = rng.uniform(0.18, 0.42) * SIDE
    centre = SIDE / 2 + rng.uniform(-0.1, 0.1, 2) * SIDE
    tall = rng.uniform(0.85, 1.3)
    thick = max(1, round(rng.uniform(0.03, 0.1) * radius))
    line = _colour(rng).tolist()
    _ellipse(picture, centre, (radius, radius * tall), _colour(rng).tolist(), -1)
    _ellipse(picture, centre, (radius, radius * tall), line, thick)
    eye = rng.uniform(0.06, 0.16) * radius
    for side in (-1, 1):
        place = centre + radius * np.array([side * 0.38, -0.3 * tall])
        _ellipse(picture, place, (eye, eye * rng.uniform(1, 1.6)), line, -1)
    if rng.random() < 0.6:
        _ellipse(picture, centre + np.array([0, 0.08 * radius]), (eye * 0.6, eye), line, -1)
    mouth = centre + np.array([0, rng.uniform(0.25, 0.4) * radius * tall])
    arc = (15, 165) if rng.random() < 0.8 else (195, 345)
    _ellipse(picture, mouth, (0.45 * radius, 0.3 * radius), line, thick, arc)
    return picture


def _people(seed: int) -> Pixels:
    return draw_photo(Identity.from_seed(seed), seed, size=SIDE)


def _album(name: str) -> Callable[[int], Pixels]:
    return lambda seed: draw_curveball(name, seed, size=SIDE)


MAKERS: Mapping[str, Callable[[int], Pixels]] = {
    "uniform_noise": _uniform_noise,
    "gaussian_noise": _gaussian_noise,
    "flat_colour": _flat_colour,
    "gradient": _gradient,
    "checkerboard": _checkerboard,
    "stripes": _stripes,
    "pattern": _pattern,
    "smiley": _smiley,
    "people": _people,
    **{name: _album(name) for name in ALBUM_FAMILIES},
}


def _chance(seed: int, what: int) -> np.random.Generator:
    return np.random.default_rng([seed, 71, what])


def _grain(rng: np.random.Generator) -> tuple[int, int]:
    """Side of the noise before it is enlarged, and its channels: grey or colour."""
    return SIDE // int(rng.choice([1, 1, 2, 5])), int(rng.choice([1, 3]))


def _enlarged(noise: Pixels) -> Pixels:
    large = cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    return np.ascontiguousarray(np.broadcast_to(large.reshape(SIDE, SIDE, -1), (SIDE, SIDE, 3)), np.uint8)


def _colour(rng: np.random.Generator) -> Pixels:
    return rng.integers(0, 256, 3).astype(np.uint8)


def _plane() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = np.meshgrid(np.linspace(0, 1, SIDE), np.linspace(0, 1, SIDE))
    return x, y


def _turned(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = _plane()
    angle = rng.uniform(0, np.pi)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _mixed(share: NDArray[np.float64], rng: np.random.Generator) -> Pixels:
    first, last = _colour(rng).astype(np.float64), _colour(rng).astype(np.float64)
    return _levels(first + share[..., None] * (last - first))


def _levels(values: NDArray[np.float64]) -> Pixels:
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)


def _ellipse(
    picture: Pixels,
    centre: NDArray[np.float64],
    axes: tuple[float, float],
    colour: list[int],
    thick: int,
    arc: tuple[int, int] = (0, 360),
) -> None:
    place = (round(float(centre[0])), round(float(centre[1])))
    size = (max(1, round(axes[0])), max(1, round(axes[1])))
    cv2.ellipse(picture, place, size, 0, arc[0], arc[1], colour, thick, cv2.LINE_AA)
