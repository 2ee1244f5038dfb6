"""What is drawn flat beside the head: neck, shoulders, clothes, hanging hair; and glasses."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from facethemodel.synthetic.canvas import Canvas
from facethemodel.synthetic.hair import CUTS
from facethemodel.synthetic.light import Light
from facethemodel.synthetic.sitting import Sitting
from facethemodel.synthetic.surface import Map, blurred, floats, grain, grain_at

_LEAST_SIDE = 4
"""Less of a body than so many pixels across or down is left out."""


def puff(
    scene: Map,
    outline: ArrayLike,
    *,
    colour: ArrayLike,
    light: Light,
    thickness: float,
    soft: float = 0.8,
) -> None:
    """Draws an outline (n, 2; pixels) as a rounded body into the scene.

    Args:
        scene: The picture, changed in place.
        outline: The body's polygon.
        colour: One colour, or a picture of the scene's size.
        light: What it is lit by.
        thickness: Standard deviation in pixels of the rounding: the larger, the rounder.
        soft: Blur of the outline in pixels.
    """
    size = scene.shape[0]
    spots = np.asarray(outline, dtype=np.float32)
    pad = int(3 * soft) + 3
    left, top = (int(np.clip(value - pad, 0, size - 1)) for value in spots.min(axis=0))
    right, bottom = (int(np.clip(value + pad, 1, size)) for value in spots.max(axis=0))
    if min(right - left, bottom - top) < _LEAST_SIDE:
        return
    mask = np.zeros((bottom - top, right - left), dtype=np.uint8)
    cv2.fillPoly(mask, [np.round((spots - (left, top)) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    cover = floats(mask) / np.float32(255)
    # The slope of the blurred mask is how a cushion of that outline would bend away.
    small = cv2.resize(cover, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    edge = cv2.BORDER_REPLICATE
    swell = cv2.GaussianBlur(small, (0, 0), max(0.6, thickness / 4), borderType=edge)
    height = cv2.resize(swell, (cover.shape[1], cover.shape[0]), interpolation=cv2.INTER_LINEAR)
    across = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, borderType=edge) * np.float32(-0.25 * thickness)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, borderType=edge) * np.float32(-0.25 * thickness)
    steep = np.float32(2.2)
    normal = np.dstack([across * steep, down * steep, np.full_like(across, 0.55)])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    shade = light.on(normal, 1.0)
    window = (slice(top, bottom), slice(left, right))
    paint = floats(colour)
    if paint.ndim == 3:
        paint = paint[window]
    if soft > 0.3:
        cover = blurred(cover, soft)
    scene[window] += cover[..., None] * (paint * shade - scene[window])


def shoulders(scene: Map, sitting: Sitting) -> None:
    """Draws neck and clothed shoulders below the head."""
    identity, variation, camera, light = sitting.identity, sitting.variation, sitting.camera, sitting.light
    rng = np.random.default_rng([variation.seed, 8])
    size, unit = scene.shape[0], camera.scale
    base = camera.project(floats([[0, 0.62, -0.3]]))[0]
    neck = (0.41 + 0.05 * identity.jaw_width) * unit * (1.06 if identity.grows_beard else 0.9)
    x = float(base[0]) - 0.05 * unit * np.sin(np.radians(variation.roll))
    collar = camera.centre[1] + 1.42 * unit
    foot = max(size + 0.6 * unit, collar + 1.5 * unit)
    skin = floats(identity.skin) * floats([0.93, 0.9, 0.9])
    column = [(base[0] - neck, base[1]), (base[0] + neck, base[1]), (x + neck * 1.02, collar - 0.15 * unit)]
    column += [
        (x + neck * 1.6, collar + 0.3 * unit),
        (x, collar + 0.7 * unit),
        (x - neck * 1.6, collar + 0.3 * unit),
    ]
    column += [(x - neck * 1.02, collar - 0.15 * unit)]
    chin = camera.project(floats([[0, 0.95, 0.1]]))[0]
    shadow = _blot(size, (float(chin[0]), float(chin[1]) + 0.16 * unit), (0.5 * unit, 0.22 * unit))
    shaded = skin * (1 - np.float32(0.5) * shadow[..., None])
    puff(scene, column, colour=shaded, light=light, thickness=0.16 * unit)
    span = (1.45 + 0.12 * identity.jaw_width + (0.15 if identity.grows_beard else 0.0)) * unit
    cloth = np.clip(rng.uniform(20, 225) + rng.normal(0, 28, 3), 8, 245).astype(np.float32)
    fabric = _fabric(rng, cloth, size, variation.seed)
    depth = float(rng.uniform(0.0, 0.4)) * unit
    pointed = bool(rng.random() < 0.4)
    collar_line = np.linspace(-1, 1, 15)
    dip = (1 - np.abs(collar_line)) if pointed else np.sqrt(1 - collar_line**2)
    neckline = [
        (x + neck * 1.12 * at, collar - 0.1 * unit + (depth + 0.12 * unit) * low)
        for at, low in zip(collar_line, dip, strict=True)
    ]
    right = [(1.5 * neck, collar), (0.72 * span, collar + 0.17 * unit), (0.93 * span, collar + 0.32 * unit)]
    right += [(1.05 * span, collar + 0.62 * unit), (1.12 * span, foot)]
    outline = neckline + [(x + w, y) for w, y in right] + [(x - w, y) for w, y in right[::-1]]
    puff(scene, rounded(outline), colour=fabric, light=light, thickness=0.2 * unit)
    if pointed and rng.random() < 0.7:
        pale = np.clip(cloth * 1.2 + 15, 0, 250)
        low = collar + depth + 0.02 * unit
        for side in (-1, 1):
            flap = [
                (x + side * neck * 1.02, collar - 0.2 * unit),
                (x + side * neck * 1.4, collar + 0.04 * unit),
            ]
            flap += [(x + side * neck * 0.75, low + 0.14 * unit), (x, low)]
            puff(scene, flap, colour=pale, light=light, thickness=0.05 * unit)


def rounded(outline: ArrayLike) -> Map:
    """The closed outline (n, 2) with its corners cut twice (Chaikin 1974)."""
    spots = np.asarray(outline, dtype=np.float32)
    for _ in range(2):
        after = np.roll(spots, -1, axis=0)
        spots = np.stack([0.75 * spots + 0.25 * after, 0.25 * spots + 0.75 * after], axis=1).reshape(-1, 2)
    return np.asarray(spots, dtype=np.float32)


def _fabric(rng: np.random.Generator, cloth: Map, size: int, seed: int) -> Map:
    fabric = cloth * (1 + np.float32(0.045) * grain((size, size), seed + 9, softness=3.0)[..., None])
    if rng.random() < 0.3:
        stripes = np.sin(np.arange(size) / rng.uniform(1.5, 6)) > 0.3
        other = np.clip(cloth * np.float32(rng.uniform(0.5, 1.5)), 5, 245)
        fabric[(slice(None), stripes) if rng.random() < 0.5 else stripes] = other
    return np.asarray(fabric, dtype=np.float32)


def _blot(size: int, centre: tuple[float, float], spread: tuple[float, float]) -> Map:
    at = np.arange(size, dtype=np.float32)
    across = np.exp(-0.5 * ((at - centre[0]) / spread[0]) ** 2)
    down = np.exp(-0.5 * ((at - centre[1]) / spread[1]) ** 2)
    return np.asarray(np.outer(down, across), dtype=np.float32)


def hanging_hair(scene: Map, sitting: Sitting, *, colour: Map) -> None:
    """Draws the hair that falls behind and beside the head."""
    cut, seed = CUTS[sitting.variation.hair_style], sitting.variation.seed
    layout, camera, light = sitting.layout, sitting.camera, sitting.light
    if cut.length <= 0:
        return
    rng = np.random.default_rng([seed, 10])
    width = layout.half_width + cut.side
    flare = rng.uniform(0.02, 0.16)
    half = [(0.0, -0.95), (0.55 * width, -0.85), (width, -0.45), (width + 0.04, 0.1), (width + flare, 0.6)]
    half += [(width + flare * 0.9, 0.8 * cut.length), (0.8 * width, cut.length), (0.0, cut.length * 0.97)]
    wave = 0.02 * np.sin(np.arange(len(half)) * rng.uniform(1, 3))
    right = [(x + w, y, -0.3) for (x, y), w in zip(half, wave, strict=True)]
    left = [(-x - w, y, -0.3) for (x, y), w in zip(half, wave, strict=True)]
    outline = rounded(camera.project(floats(right + left[::-1])))
    size = scene.shape[0]
    columns, rows = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
    away = (columns - np.float32(camera.centre[0])) / np.float32(camera.scale)
    bend = away * np.float32(70) + 2 * np.sin(rows * np.float32(5 / camera.scale))
    pattern = grain_at(bend + seed % 97, rows * np.float32(4 / camera.scale), softness=1.0)
    picture = colour * (0.72 + 0.22 * pattern[..., None])
    puff(scene, outline, colour=picture, light=light, thickness=0.14 * camera.scale, soft=1.2)


def glasses(scene: Map, sitting: Sitting) -> None:
    """Draws a frame before the eyes, faintly glossy panes and the arms to the ears."""
    variation, layout, camera, light = sitting.variation, sitting.layout, sitting.camera, sitting.light
    rng = np.random.default_rng([variation.seed, 11])
    size = scene.shape[0]
    canvas = Canvas(scene, (size - 1) / 2)
    shift = floats([(size - 1) / 2, (size - 1) / 2])
    thin = variation.frame == "wire"
    colour = floats(rng.choice([18.0, 30.0, 60.0, 105.0]) + rng.normal(0, 12, 3).clip(-14, 30))
    if thin:
        colour = colour + floats([70, 62, 45])
    width = (0.018 if thin else float(rng.uniform(0.03, 0.05))) * camera.scale
    power = 5.0 if variation.frame == "square" else 2.3
    half = float(rng.uniform(0.2, 0.235))
    tall = half * (0.72 if variation.frame == "square" else 0.85)
    ring = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    base = np.stack([np.cos(ring), np.sin(ring)], axis=1)
    base /= (np.abs(base) ** power).sum(axis=1, keepdims=True) ** (1 / power)
    front = layout.half_depth + 0.04
    rims: list[NDArray[np.float32]] = []
    for side in (-1, 1):
        x = side * max(layout.eye_x, half + 0.05) + base[:, 0] * half
        y = layout.eye_y + 0.02 + base[:, 1] * tall
        points = np.stack([x, y, front - 0.28 * x**2], axis=1)
        rims.append(camera.project(floats(points)) - shift)
    for rim in rims:
        canvas.fill(rim, (235, 240, 245), opacity=0.07)
        low = np.quantile(rim, 0.3, axis=0)
        canvas.fill(
            (rim - low) * 0.35 + low, (255, 255, 255), soft=0.08 * camera.scale, opacity=0.2 * light.strength
        )
    canvas.lines(rims, colour * 0.3, width=width * 1.5, soft=0.02 * camera.scale, opacity=0.3, closed=True)
    bridge_x = max(layout.eye_x, half + 0.05) - half
    bridge = [
        (x, layout.eye_y - 0.03 - 0.02 * np.cos(x * 9), front + 0.01)
        for x in np.linspace(-bridge_x, bridge_x, 7)
    ]
    arms = [camera.project(floats(bridge)) - shift]
    for side in (-1, 1):
        edge = max(layout.eye_x, half + 0.05) + half
        start = (side * edge, layout.eye_y - 0.02, front - 0.28 * edge**2)
        if side * variation.yaw < 6:
            end = (side * (layout.half_width + 0.03), layout.eye_y + 0.0, 0.12)
            arms.append(camera.project(floats([start, end])) - shift)
    canvas.lines(arms, colour, width=width * 0.8)
    canvas.lines(rims, colour, width=width, closed=True)
    canvas.lines(rims, colour + 60, width=width * 0.3, opacity=0.4, closed=True)
