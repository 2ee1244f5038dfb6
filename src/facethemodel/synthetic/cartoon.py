"""Drawn faces that nobody would take for a photo: cartoons, line drawings, emoji, dolls, masks, statues.

They have eyes, nose and mouth where people have them and are no people. The drawn people of
`facethemodel.synthetic.people`, shaded solids seen by a camera, stand in for photos; these do not.

>>> picture = draw_cartoon(7)
>>> picture.shape, picture.dtype.name
((250, 250, 3), 'uint8')
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.errors import UsageError
from facethemodel.synthetic.backdrop import backdrop
from facethemodel.synthetic.camera import expose
from facethemodel.synthetic.cartoon_features import Features
from facethemodel.synthetic.cartoon_pen import Pen
from facethemodel.synthetic.people import Identity, Variation, draw_photo
from facethemodel.synthetic.surface import Map, floats

Style = Literal["cartoon", "line", "emoji", "anime", "doll", "mask", "pixel", "statue"]
STYLES: tuple[Style, ...] = get_args(Style)

_STONES = (
    (206, 202, 194),
    (172, 166, 154),
    (138, 136, 132),
    (122, 92, 60),
    (92, 122, 104),
    (74, 62, 52),
    (190, 166, 132),
)
_INKS = ((16, 16, 20), (40, 28, 22), (26, 32, 70), (70, 70, 74))


def draw_cartoon(seed: int, *, style: str | None = None, size: int = 250) -> NDArray[np.uint8]:
    """Draws one picture of a face that is no human face.

    Args:
        seed: The same seed and style give the same picture.
        style: One of `STYLES`; None draws one.
        size: Side in pixels.

    Returns:
        RGB pixels (size, size, 3).

    Raises:
        UsageError: There is no such style.
    """
    if style is not None and style not in STYLES:
        raise UsageError(f"no style is called {style!r}", remedy=f"use one of {', '.join(STYLES)}")
    rng = np.random.default_rng([seed, 51])
    chosen = str(rng.choice(STYLES)) if style is None else style
    if chosen == "statue":
        return _statue(rng, seed, size)
    if chosen == "pixel":
        return _pixelated(rng, seed, size)
    return _drawing(rng, seed, chosen, size)


def _drawing(rng: np.random.Generator, seed: int, style: str, size: int) -> NDArray[np.uint8]:
    features = Features.draw(rng, style)
    scene = _ground(rng, seed, style, size)
    unit = float(rng.uniform(0.24, 0.4)) * size
    pen = Pen.of(
        rng,
        scene,
        unit=unit,
        line=float(rng.uniform(0.02, 0.06)) if features.outlined else 0.0,
        ink=_ink(rng, style),
    )
    features.paint(pen)
    if style == "line" and rng.random() < 0.5:
        _hatch(rng, pen)
    return _photographed(rng, seed, scene)


def _ink(rng: np.random.Generator, style: str) -> tuple[float, float, float]:
    red, green, blue = _INKS[0] if style == "anime" else _INKS[rng.integers(len(_INKS))]
    return float(red), float(green), float(blue)


def _ground(rng: np.random.Generator, seed: int, style: str, size: int) -> Map:
    """What the face is drawn on: paper, one colour, or, as on a sticker or a thing, a place."""
    kind = rng.random()
    if style in ("doll", "mask") and kind < 0.75:
        return backdrop(Variation.from_seed(seed).backdrop, seed, size=size)
    if style == "line" or kind < 0.3:
        return np.full((size, size, 3), floats(rng.uniform(205, 252, 3)), dtype=np.float32)
    if kind < 0.75:
        return np.full((size, size, 3), floats(rng.uniform(20, 250, 3)), dtype=np.float32)
    return backdrop(Variation.from_seed(seed).backdrop, seed, size=size)


def _photographed(rng: np.random.Generator, seed: int, scene: Map) -> NDArray[np.uint8]:
    """Half of the drawings as they are, half as a camera sees them."""
    if rng.random() < 0.5:
        return np.asarray(np.clip(scene + 0.5, 0, 255).astype(np.uint8))
    height, width = scene.shape[:2]
    turn = rng.uniform(0, 2 * np.pi)
    slope = np.add.outer(np.linspace(-1, 1, height) * np.sin(turn), np.linspace(-1, 1, width) * np.cos(turn))
    lit = scene * (1 + np.float32(rng.uniform(0, 0.25)) * slope.astype(np.float32))[..., None]
    return expose(
        floats(lit),
        seed=seed,
        exposure=float(rng.uniform(0.75, 1.1)),
        blur=float(rng.gamma(2.0, 0.35)),
        noise=float(rng.gamma(1.5, 1.5)),
        monochrome=bool(rng.random() < 0.15),
    )


def _hatch(rng: np.random.Generator, pen: Pen) -> None:
    """Parallel strokes on one side of the face: how a pen shades."""
    side = float(rng.choice([-1, 1]))
    lean = float(rng.uniform(0.3, 0.9))
    step = float(rng.uniform(0.05, 0.11))
    strokes = []
    for down in np.arange(-0.6, 0.9, step):
        edge = side * 0.72 * np.sqrt(max(1 - down**2, 0.05))
        length = float(rng.uniform(0.15, 0.4))
        strokes.append(floats([(edge, down), (edge - side * length, down + lean * length)]))
    pen.lines(strokes, pen.ink, width=float(rng.uniform(0.008, 0.02)))


def _pixelated(rng: np.random.Generator, seed: int, size: int) -> NDArray[np.uint8]:
    """Pixel art: a drawing of few large dots and, mostly, few colours."""
    picture = _drawing(rng, seed, str(rng.choice(["cartoon", "anime", "emoji"])), 250)
    dots = int(rng.integers(20, 56))
    small = np.asarray(cv2.resize(picture, (dots, dots), interpolation=cv2.INTER_AREA), np.uint8)
    if rng.random() < 0.7:
        step = int(rng.choice([32, 48, 64]))
        small = (small // step * step + step // 2).astype(np.uint8)
    return np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_NEAREST), np.uint8)


def _statue(rng: np.random.Generator, seed: int, size: int) -> NDArray[np.uint8]:
    """A drawn person all of one stone or metal."""
    stone = floats(_STONES[rng.integers(len(_STONES))]) * np.float32(rng.uniform(0.85, 1.12))

    def tone(share: float) -> tuple[float, float, float]:
        red, green, blue = (float(value) for value in np.clip(stone * share, 6, 250))
        return red, green, blue

    person = replace(
        Identity.from_seed(seed),
        skin=tone(1.0),
        lips=tone(0.96),
        iris=tone(0.96),
        hair=tone(0.92),
        moles=(),
        freckles=0.0,
        blush=-1.0,
    )
    moment = replace(Variation.from_seed(seed, identity=person), glasses=False, grey_hair=0.0, hair_tone=0.0)
    return draw_photo(person, moment, size=size)
