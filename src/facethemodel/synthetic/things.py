"""Everyday objects: turned shapes (vases, cups, bottles, balls), boxes, clocks, and what they stand on."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.synthetic.body import puff
from facethemodel.synthetic.canvas import Canvas
from facethemodel.synthetic.light import Light
from facethemodel.synthetic.surface import Map, floats, grain, rotation

Profile = NDArray[np.float64]

# Radii from the top of each shape to its foot, spread evenly over its height.
_TURNED: dict[str, tuple[float, ...]] = {
    "vase": (0.3, 0.22, 0.2, 0.36, 0.5, 0.52, 0.44, 0.3, 0.26),
    "bottle": (0.12, 0.11, 0.12, 0.14, 0.3, 0.36, 0.36, 0.36, 0.35),
    "cup": (0.5, 0.5, 0.49, 0.48, 0.46, 0.44, 0.42, 0.38, 0.3),
    "pot": (0.56, 0.6, 0.55, 0.53, 0.5, 0.47, 0.44, 0.42, 0.4),
    "lamp": (0.2, 0.32, 0.44, 0.56, 0.06, 0.06, 0.06, 0.1, 0.3),
    "candle": (0.16, 0.16, 0.16, 0.16, 0.16, 0.16, 0.16, 0.4, 0.36),
}


def draw_thing(scene: Map, seed: int, *, light: Light) -> None:
    """Draws one or a few objects into the scene."""
    rng = np.random.default_rng([seed, 31])
    size = scene.shape[0]
    if rng.random() < 0.6:
        _table(scene, rng, seed)
    painters: tuple[Callable[[Map, np.random.Generator, tuple[float, float], float, Light], None], ...]
    painters = (_turned, _turned, _ball, _box, _clock)
    for _ in range(int(rng.choice(3, p=[0.6, 0.25, 0.15])) + 1):
        unit = float(rng.uniform(0.2, 0.42)) * size
        centre = (size * float(rng.normal(0.5, 0.13)), size * float(rng.normal(0.54, 0.07)))
        painters[rng.integers(len(painters))](scene, rng, centre, unit, light)


def _colour(rng: np.random.Generator) -> Map:
    return np.clip(rng.uniform(40, 220) + rng.normal(0, 45, 3), 10, 245).astype(np.float32)


def _table(scene: Map, rng: np.random.Generator, seed: int) -> None:
    size = scene.shape[0]
    top = int(size * rng.uniform(0.6, 0.85))
    rows = np.linspace(0.8, 1.1, size - top, dtype=np.float32)[:, None, None]
    streaks = cv2.GaussianBlur(grain((size - top, size), seed, softness=1.0), (0, 0), sigmaX=12, sigmaY=0.6)
    scene[top:] = _colour(rng) * 0.7 * rows * (1 + np.float32(0.35) * streaks[..., None])


def _turned(
    scene: Map, rng: np.random.Generator, centre: tuple[float, float], unit: float, light: Light
) -> None:
    kind = str(rng.choice(list(_TURNED)))
    knots = np.array(_TURNED[kind]) * rng.normal(1, 0.08, 9).clip(0.7, 1.3)
    squat = 0.65 if kind in ("cup", "pot") else 1.0
    rows = np.arange(int(centre[1] - squat * unit), int(centre[1] + squat * unit) + 1)
    profile = np.interp(np.linspace(0, 8, rows.size), np.arange(9), knots) * unit
    smooth = (
        cv2.GaussianBlur(profile.reshape(-1, 1), (1, 0), max(1.0, 0.05 * unit))[:, 0]
        if kind != "lamp"
        else profile
    )
    _lathe(scene, rows, np.asarray(smooth), centre[0], _colour(rng), rng, light)
    if kind in ("cup", "pot", "vase"):
        mouth = np.linspace(0, 2 * np.pi, 40)
        across, down = centre[0] + np.cos(mouth) * smooth[0], rows[0] + np.sin(mouth) * smooth[0] * 0.22
        rim = np.stack([across, down], axis=1)
        puff(scene, rim, colour=_colour(rng) * 0.4, light=light, thickness=2, soft=0.5)
    if kind == "cup":
        side = float(rng.choice([-1, 1]))
        bend = np.linspace(-1.4, 1.4, 20)
        handle = np.stack([np.cos(bend) * 0.3 * side, np.sin(bend) * 0.36], axis=1) * unit
        half = (scene.shape[0] - 1) / 2
        root = floats([centre[0] + side * 0.45 * unit - half, centre[1] - 0.05 * unit - half])
        path = floats(handle) + root
        Canvas(scene, half).lines([path], _colour(rng) * 0.6, width=0.09 * unit)


def _lathe(
    scene: Map,
    rows: NDArray[np.intp],
    profile: Profile,
    middle: float,
    colour: Map,
    rng: np.random.Generator,
    light: Light,
) -> None:
    size = scene.shape[0]
    seen = (rows >= 0) & (rows < size)
    slope = np.gradient(profile)[seen].astype(np.float32)[:, None]
    rows, widths = rows[seen], profile[seen].astype(np.float32)[:, None]
    if not rows.size:
        return
    away = np.arange(size, dtype=np.float32)[None, :] - np.float32(middle)
    across = np.clip(away / np.maximum(widths, 0.5), -1, 1)
    front = np.sqrt(np.maximum(1 - across**2, 0.0))
    normal = np.dstack([across, np.broadcast_to(-slope, across.shape), front])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    paint = np.broadcast_to(colour, (*across.shape, 3)).astype(np.float32)
    if rng.random() < 0.5:
        bands = np.sin(
            np.linspace(0, float(rng.uniform(6, 40)), rows.size) + rng.uniform(0, 6)
        ) > rng.uniform(-0.5, 0.9)
        paint[bands] = _colour(rng)
    shade = light.on(normal, 1.0)
    view = floats([0, 0, 1])
    gloss = light.gloss(normal, view=view, direction=light.direction, sharpness=5) * np.float32(
        rng.uniform(0, 110)
    )
    cover = np.clip(widths - np.abs(away) + 0.5, 0, 1)[..., None]
    region = scene[rows[0] : rows[-1] + 1]
    region += cover * (paint * shade + gloss[..., None] - region)


def _ball(
    scene: Map, rng: np.random.Generator, centre: tuple[float, float], unit: float, light: Light
) -> None:
    size, radius = scene.shape[0], 0.8 * unit
    columns, rows = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
    x, y = (
        (columns - np.float32(centre[0])) / np.float32(radius),
        (rows - np.float32(centre[1])) / np.float32(radius),
    )
    away = np.sqrt(x * x + y * y)
    normal = np.dstack([x, y, np.sqrt(np.maximum(1 - away**2, 0.0))])
    turned = normal @ rotation(yaw=float(rng.uniform(0, 360)), pitch=float(rng.uniform(0, 360)), roll=0.0)
    wedge = np.sin(np.arctan2(turned[..., 0], turned[..., 1]) * int(rng.integers(2, 6)))
    spots = np.sin(turned[..., 0] * 7) * np.sin(turned[..., 1] * 7) * np.sin(turned[..., 2] * 7 + 1)
    pattern = (wedge, spots * 3, np.full_like(x, -1))[rng.integers(3)]
    paint = np.where((pattern > 0.3)[..., None], _colour(rng), _colour(rng))
    gloss = light.gloss(normal, view=floats([0, 0, 1]), direction=light.direction, sharpness=5) * np.float32(
        rng.uniform(10, 110)
    )
    cover = np.clip((1 - away) * radius + 0.5, 0, 1)[..., None].astype(np.float32)
    scene += cover * (paint * light.on(normal, 1.0) + gloss[..., None] - scene)


def _box(
    scene: Map, rng: np.random.Generator, centre: tuple[float, float], unit: float, light: Light
) -> None:
    turn = rotation(yaw=float(rng.uniform(15, 75)), pitch=float(rng.uniform(10, 35)), roll=0.0)
    extent = rng.uniform(0.35, 0.75, 3)
    canvas = Canvas(scene, (scene.shape[0] - 1) / 2)
    shift = floats(centre) - floats((scene.shape[0] - 1) / 2)
    colour, ribbon = _colour(rng), _colour(rng)
    for axis in range(3):
        for sign in (-1.0, 1.0):
            normal = turn[:, axis] * np.float32(sign)
            if normal[2] <= 0.02:
                continue
            side = np.zeros((4, 3))
            side[:, axis] = sign
            first, last = (index for index in range(3) if index != axis)
            side[:, first], side[:, last] = (-1, 1, 1, -1), (-1, -1, 1, 1)
            shade = light.on(normal[None, None], 1.0)[0, 0]
            corners = ((side * extent) @ turn.T)[:, :2].astype(np.float32) * np.float32(unit)
            canvas.fill(corners + shift, colour * shade)
            band = side.copy()
            band[:, first] *= rng.uniform(0.1, 0.6)
            strip = ((band * extent) @ turn.T)[:, :2].astype(np.float32) * np.float32(unit)
            canvas.fill(strip + shift, ribbon * shade, opacity=0.85)


def _clock(
    scene: Map, rng: np.random.Generator, centre: tuple[float, float], unit: float, light: Light
) -> None:
    ring = np.linspace(0, 2 * np.pi, 60)
    disc = np.stack([np.cos(ring), np.sin(ring)], axis=1).astype(np.float32) * np.float32(0.85 * unit)
    where = floats(centre)
    puff(scene, disc + where, colour=_colour(rng), light=light, thickness=0.08 * unit)
    half = (scene.shape[0] - 1) / 2
    canvas = Canvas(scene, half)
    place = where - np.float32(half)
    face, ink = ((236, 232, 222), (28, 26, 26)) if rng.random() < 0.7 else ((34, 34, 40), (222, 220, 210))
    canvas.fill(disc * 0.87 + place, floats(face) * np.float32(0.55 + 0.45 * light.strength))
    for hour in range(12):
        way = floats([np.sin(hour * np.pi / 6), -np.cos(hour * np.pi / 6)]) * np.float32(unit)
        canvas.lines([np.stack([way * 0.6, way * 0.69]) + place], ink, width=0.03 * unit)
    for length, width in ((0.36, 0.055), (0.58, 0.035)):
        angle = float(rng.uniform(0, 2 * np.pi))
        way = floats([np.sin(angle), -np.cos(angle)]) * np.float32(length * unit)
        canvas.lines([np.stack([-0.15 * way, way]) + place], ink, width=width * unit)
