"""Pictures of no subject: woven, built, grown and printed surfaces; and pages of text."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from facethemodel.synthetic.light import Light
from facethemodel.synthetic.names import word
from facethemodel.synthetic.surface import Map, floats, grain


def draw_texture(seed: int, light: Light, *, size: int) -> Map:
    """A surface that fills the picture, lit from one side."""
    rng = np.random.default_rng([seed, 41])
    return _lit(_TEXTURES[rng.integers(len(_TEXTURES))](rng, size, seed), light)


def draw_page(seed: int, light: Light, *, size: int) -> Map:
    """A page of words that mean nothing, with a heading, photographed a little askew."""
    rng = np.random.default_rng([seed, 42])
    paper, ink = rng.uniform(205, 245), rng.uniform(15, 70)
    if rng.random() < 0.12:
        paper, ink = ink, paper
    page = np.full((size, size, 3), paper, dtype=np.float32) + rng.normal(0, 5, 3).astype(np.float32)
    page = np.ascontiguousarray(page, dtype=np.float32)
    font = int(
        rng.choice(
            [
                cv2.FONT_HERSHEY_SIMPLEX,
                cv2.FONT_HERSHEY_COMPLEX,
                cv2.FONT_HERSHEY_TRIPLEX,
                cv2.FONT_HERSHEY_PLAIN,
            ]
        )
    )
    scale = float(rng.uniform(0.28, 0.7)) * size / 250 * (1.6 if font == cv2.FONT_HERSHEY_PLAIN else 1.0)
    margin = int(size * rng.uniform(0.03, 0.12))
    colour = [float(ink)] * 3
    y = margin
    if rng.random() < 0.6:
        heading = word(rng).capitalize() + " " + word(rng)
        y += int(40 * scale) + 8
        cv2.putText(page, heading, (margin, y), font, scale * 1.7, colour, 2, cv2.LINE_AA)
        y += int(14 * scale)
    while y < size - margin:
        y += max(6, int(30 * scale))
        line = word(rng)
        while True:
            longer = f"{line} {word(rng)}"
            if cv2.getTextSize(longer, font, scale, 1)[0][0] > size - 2 * margin:
                break
            line = longer
        if rng.random() < 0.12:
            line = line[: len(line) // 2] + "."
            cv2.putText(page, line, (margin, y), font, scale, colour, 1, cv2.LINE_AA)
            y += int(18 * scale)
        else:
            cv2.putText(page, line, (margin, y), font, scale, colour, 1, cv2.LINE_AA)
    tilt = cv2.getRotationMatrix2D(
        (size / 2, size / 2), float(rng.normal(0, 4)), float(rng.uniform(0.95, 1.15))
    )
    desk = [float(value) for value in rng.uniform(30, 160, 3)]
    askew = cv2.warpAffine(page, tilt, (size, size), flags=cv2.INTER_LINEAR, borderValue=desk)
    return _lit(floats(askew), light)


def _lit(picture: Map, light: Light) -> Map:
    at = np.linspace(-1, 1, picture.shape[0], dtype=np.float32)
    fall = 1 + 0.25 * light.direction[0] * at[None, :] + 0.25 * light.direction[1] * at[:, None]
    flat = light.on(floats([[[0, 0, 1]]]), 1.0)
    return np.asarray(picture * flat * fall[..., None], dtype=np.float32)


def _tone(rng: np.random.Generator) -> Map:
    return np.clip(rng.uniform(40, 215) + rng.normal(0, 35, 3), 8, 245).astype(np.float32)


def _mix(share: Map, first: Map, last: Map) -> Map:
    return np.asarray(first + np.clip(share, 0, 1)[..., None] * (last - first), dtype=np.float32)


def _plane(size: int) -> tuple[Map, Map]:
    at = np.linspace(0, 1, size, dtype=np.float32)
    columns, rows = np.meshgrid(at, at)
    return np.asarray(columns, dtype=np.float32), np.asarray(rows, dtype=np.float32)


def _static(rng: np.random.Generator, size: int, seed: int) -> Map:
    share = 0.5 + 0.3 * grain((size, size), seed, softness=float(rng.choice([0.8, 2.0, 5.0])))
    return _mix(share, _tone(rng), _tone(rng))


def _stripes(rng: np.random.Generator, size: int, seed: int) -> Map:
    x, y = _plane(size)
    angle = rng.uniform(0, np.pi)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * rng.uniform(20, 140))
    return _mix(np.asarray(0.5 + rng.uniform(0.6, 5) * wave, dtype=np.float32), _tone(rng), _tone(rng))


def _checks(rng: np.random.Generator, size: int, seed: int) -> Map:
    x, y = _plane(size)
    rate = rng.uniform(15, 70)
    first, last = _tone(rng), _tone(rng)
    cloth = _mix(np.asarray(np.sin(x * rate) > 0.1, dtype=np.float32), first, last)
    return np.asarray(
        0.5 * cloth + 0.5 * _mix(np.asarray(np.sin(y * rate) > 0.1, dtype=np.float32), first, last)
    )


def _bricks(rng: np.random.Generator, size: int, seed: int) -> Map:
    wall = np.full((size, size, 3), float(rng.uniform(130, 200)), dtype=np.float32)
    clay = floats([158, 82, 62]) * np.float32(rng.uniform(0.7, 1.2)) if rng.random() < 0.6 else _tone(rng)
    tall = int(size * rng.uniform(0.06, 0.14))
    wide, joint = int(tall * rng.uniform(1.8, 3)), max(1, tall // 9)
    for row, top in enumerate(range(-tall // 2, size, tall)):
        for left in range(-wide + (row % 2) * wide // 2, size, wide):
            shade = (clay * rng.normal(1, 0.1) + rng.normal(0, 5, 3)).tolist()
            cv2.rectangle(wall, (left, top), (left + wide - joint - 1, top + tall - joint - 1), shade, -1)
    return np.asarray(
        wall * (1 + np.float32(0.07) * grain((size, size), seed, softness=0.8)[..., None]), dtype=np.float32
    )


def _wood(rng: np.random.Generator, size: int, seed: int) -> Map:
    x, y = _plane(size)
    if rng.random() < 0.5:
        x, y = y, x
    warp = 0.05 * grain((size, size), seed, softness=14.0) + 0.03 * np.sin(y * 3 + rng.uniform(0, 6))
    rings = np.sin((x + warp) * rng.uniform(40, 130)) + 0.3 * grain((size, size), seed + 1, softness=0.8)
    timber = floats([164, 116, 70]) * np.float32(rng.uniform(0.5, 1.3))
    return _mix(np.asarray(0.5 + 0.35 * rings, dtype=np.float32), timber, timber * np.float32(0.72))


def _slope(rng: np.random.Generator, size: int, seed: int) -> Map:
    x, y = _plane(size)
    angle = rng.uniform(0, 2 * np.pi)
    share = 0.5 + (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
    return _mix(np.asarray(share, dtype=np.float32), _tone(rng), _tone(rng))


def _pebbles(rng: np.random.Generator, size: int, seed: int) -> Map:
    ground = np.full((size, size, 3), float(rng.uniform(40, 110)), dtype=np.float32)
    for _ in range(int(rng.integers(150, 400))):
        centre = rng.integers(-5, size + 5, 2).tolist()
        axes = (rng.uniform(0.012, 0.045, 2) * size + 1).astype(int).tolist()
        shade = np.clip(rng.uniform(70, 200) + rng.normal(0, 10, 3), 0, 255)
        turn = float(rng.uniform(0, 180))
        cv2.ellipse(ground, centre, axes, turn, 0, 360, (shade * 0.6).tolist(), -1, cv2.LINE_AA)
        lit = [max(1, int(axis * 0.75)) for axis in axes]
        cv2.ellipse(
            ground, [centre[0] - 1, centre[1] - 1], lit, turn, 0, 360, shade.tolist(), -1, cv2.LINE_AA
        )
    return np.asarray(cv2.GaussianBlur(ground, (0, 0), 0.8), dtype=np.float32)


_TEXTURES: tuple[Callable[[np.random.Generator, int, int], Map], ...] = (
    _static,
    _stripes,
    _checks,
    _bricks,
    _wood,
    _slope,
    _pebbles,
)
