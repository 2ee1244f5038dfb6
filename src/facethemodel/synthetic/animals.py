"""Animal-like heads, drawn with the same solid shapes, light and camera as the people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facethemodel.synthetic.body import puff, rounded
from facethemodel.synthetic.canvas import Canvas
from facethemodel.synthetic.light import Light
from facethemodel.synthetic.surface import (
    GRID,
    Camera,
    Map,
    bump,
    ellipsoid,
    floats,
    grain,
    grain_at,
    normals,
    occlusion,
    rotation,
    sample,
    trace,
)

_EXTENT = 1.1
_SIDE = 300
_COATS = ((196, 152, 98), (120, 84, 56), (52, 44, 40), (214, 206, 196), (150, 142, 136), (172, 104, 54))
_IRISES = ((190, 160, 50), (120, 150, 60), (80, 52, 28), (110, 150, 170), (60, 38, 24))


@dataclass(frozen=True, slots=True, kw_only=True)
class Species:
    """What sets one kind of head apart: in chart places and in head units.

    Attributes:
        snout: How far the muzzle stands out.
        snout_width: Its standard deviation on the chart.
        snout_y: Its place on the chart.
        eye_x: Place of the eyes on the chart.
        eye_y: The same, down.
        eye: Radius of the eyes.
        slit: Whether the pupils are slits.
        ear: Outline of the right ear in space, as seen from the front.
        ear_depth: How far behind the centre the ears stand.
        floppy: Whether the ears hang before the head.
        whiskers: Whether it has whiskers.
    """

    snout: float
    snout_width: float
    snout_y: float
    eye_x: float
    eye_y: float
    eye: float
    slit: bool
    ear: tuple[tuple[float, float], ...]
    ear_depth: float
    floppy: bool
    whiskers: bool


SPECIES = {
    "cat": Species(
        snout=0.16,
        snout_width=0.13,
        snout_y=0.24,
        eye_x=0.25,
        eye_y=-0.03,
        eye=0.1,
        slit=True,
        ear=((0.12, -0.66), (0.62, -1.2), (0.8, -0.4)),
        ear_depth=-0.05,
        floppy=False,
        whiskers=True,
    ),
    "dog": Species(
        snout=0.5,
        snout_width=0.15,
        snout_y=0.2,
        eye_x=0.24,
        eye_y=-0.12,
        eye=0.062,
        slit=False,
        ear=((0.5, -0.7), (0.86, -0.6), (1.05, 0.1), (0.95, 0.62), (0.72, 0.45), (0.66, -0.2)),
        ear_depth=0.1,
        floppy=True,
        whiskers=False,
    ),
    "bear": Species(
        snout=0.36,
        snout_width=0.17,
        snout_y=0.22,
        eye_x=0.21,
        eye_y=-0.08,
        eye=0.045,
        slit=False,
        ear=((0.38, -0.72), (0.42, -1.0), (0.62, -1.12), (0.84, -0.98), (0.86, -0.72), (0.68, -0.5)),
        ear_depth=-0.05,
        floppy=False,
        whiskers=False,
    ),
}


def draw_animal(scene: Map, seed: int, *, light: Light) -> None:
    """Draws a head (and a furry chest) of some species into the scene."""
    rng = np.random.default_rng([seed, 21])
    kind = SPECIES[str(rng.choice(list(SPECIES)))]
    size = scene.shape[0]
    unit = float(rng.uniform(0.24, 0.36)) * size
    turn = (float(rng.normal(0, 14)), float(rng.normal(0, 7)), float(rng.normal(0, 6)))
    camera = Camera(
        rotation=rotation(yaw=turn[0], pitch=turn[1], roll=turn[2]),
        centre=(size * float(rng.normal(0.5, 0.04)), size * float(rng.normal(0.5, 0.03))),
        scale=unit,
        distance=float(rng.uniform(5, 9)),
    )
    coat = np.clip(floats(_COATS[rng.integers(len(_COATS))]) * rng.uniform(0.75, 1.2), 8, 245).astype(
        np.float32
    )
    patch = floats(_COATS[rng.integers(len(_COATS))]) if rng.random() < 0.6 else coat * 0.75
    chest_x = camera.centre[0]
    chest = [
        (chest_x - 0.7 * unit, camera.centre[1] + 0.4 * unit),
        (chest_x + 0.7 * unit, camera.centre[1] + 0.4 * unit),
    ]
    chest += [(chest_x + 1.15 * unit, size + unit), (chest_x - 1.15 * unit, size + unit)]
    fur = coat * (1 + np.float32(0.13) * grain((size, size), seed, softness=1.2)[..., None])
    puff(scene, rounded(chest), colour=fur, light=light, thickness=0.22 * unit, soft=1.5)
    if not kind.floppy:
        _ears(scene, kind, coat, camera, light)
    _head(scene, kind, rng, (coat, np.asarray(patch, dtype=np.float32)), camera, light)
    if kind.floppy:
        _ears(scene, kind, coat * np.float32(0.8), camera, light)
    if kind.whiskers:
        _whiskers(scene, kind, rng, camera)


def _ears(scene: Map, kind: Species, coat: Map, camera: Camera, light: Light) -> None:
    fur = coat * (1 + np.float32(0.12) * grain(scene.shape[:2], 5, softness=1.2)[..., None])
    for side in (-1, 1):
        outline = floats([(side * x, y, kind.ear_depth) for x, y in kind.ear])
        puff(
            scene,
            rounded(camera.project(outline)),
            colour=fur,
            light=light,
            thickness=0.1 * camera.scale,
            soft=1.0,
        )
        if not kind.floppy:
            inner = outline.mean(axis=0) + (outline - outline.mean(axis=0)) * np.float32(0.58)
            pink = floats([196, 140, 128]) * np.float32(0.5) + coat * np.float32(0.3)
            puff(
                scene,
                rounded(camera.project(inner)),
                colour=pink,
                light=light,
                thickness=0.06 * camera.scale,
                soft=1.5,
            )


def _head(
    scene: Map, kind: Species, rng: np.random.Generator, coats: tuple[Map, Map], camera: Camera, light: Light
) -> None:
    wide, tall, deep = rng.normal((0.86, 0.8, 0.8), 0.05)
    x, y = kind.snout_width, kind.snout_y
    radius = ellipsoid(a=float(wide), b=float(tall), c=float(deep))
    radius += bump([0.0], y, width=x, height=0.9 * x, amount=kind.snout * float(rng.normal(1, 0.12)))
    radius += bump([-0.6 * x, 0.6 * x], y + 0.04, width=0.6 * x, height=0.6 * x, amount=0.06)
    radius += bump([-kind.eye_x, kind.eye_x], kind.eye_y, width=0.1, height=0.09, amount=-0.05)
    radius += bump([0.0], -0.35, width=0.25, height=0.2, amount=0.05)
    radius += np.float32(0.012) * grain((GRID, GRID), int(rng.integers(1 << 30)), softness=1.5)
    way = np.asarray(light.direction @ camera.rotation, dtype=np.float32)
    hit = trace(radius, camera, size=scene.shape[0])
    normal = sample(normals(radius), hit.place)
    free = sample(occlusion(radius, way), hit.place)
    paint = sample(_coat(kind, rng, coats, way), hit.place, extent=_EXTENT)
    centre_v = hit.v - np.float32(y)
    angle = np.arctan2(hit.u, centre_v)
    reach = np.sqrt(hit.u * hit.u + centre_v * centre_v)
    fur = grain_at(angle * np.float32(75), reach * np.float32(22), softness=1.0)
    share = np.clip((np.abs(paint.mean(axis=2) - 20) - 5) / 20, 0, 1)
    picture = paint * light.on(normal, free, direction=way) * (1 + np.float32(0.2) * share * fur)[..., None]
    picture += (
        light.gloss(normal, view=camera.rotation[2], direction=way, sharpness=4) * free * np.float32(14)
    )[..., None]
    scene[hit.window] += hit.coverage[..., None] * (picture - scene[hit.window])


def _coat(kind: Species, rng: np.random.Generator, coats: tuple[Map, Map], way: Map) -> Map:
    coat, patch = coats
    pixels = np.empty((_SIDE, _SIDE, 3), dtype=np.float32)
    blotches = np.clip(0.5 + 1.2 * grain((_SIDE, _SIDE), int(rng.integers(1 << 30)), softness=14.0), 0, 1)
    if kind.slit and rng.random() < 0.5:
        at = np.linspace(-_EXTENT, _EXTENT, _SIDE, dtype=np.float32)
        waves = np.sin(26 * at[None, :] + 6 * np.abs(at[:, None]) + 2 * blotches)
        blotches = np.clip(0.5 + 1.5 * waves, 0, 1) * (at[:, None] < 0.05)
    pixels[:] = coat + (patch - coat) * (np.float32(rng.uniform(0, 0.9)) * blotches)[..., None]
    canvas = Canvas(pixels, _EXTENT)
    ring = np.linspace(0, 2 * np.pi, 24)
    disc = np.stack([np.cos(ring), np.sin(ring)], axis=1).astype(np.float32)
    y, x = kind.snout_y, kind.snout_width
    pale = np.minimum(coat * 1.25 + 25, 240)
    canvas.fill(disc * (1.5 * x, 1.1 * x) + (0, y + 0.04), pale, soft=0.03, opacity=0.65)
    nose = floats([(-0.42, -0.5), (0.42, -0.5), (0.3, -0.12), (0.0, 0.08), (-0.3, -0.12)]) * (x * 0.9)
    canvas.fill(rounded(nose + floats([0, y])), (26, 20, 20), soft=0.006)
    canvas.fill(disc * 0.012 + (0.2 * x * float(way[0]), y - 0.36 * x), (150, 145, 145), soft=0.008)
    mouth = floats([(-0.75, 0.55), (-0.4, 0.72), (0, 0.45), (0.4, 0.72), (0.75, 0.55)]) * x + (0, y)
    canvas.lines([floats([(0, y), (0, y + 0.45 * x)]), mouth], (34, 24, 22), width=0.013, soft=0.004)
    iris = floats(_IRISES[rng.integers(len(_IRISES))])
    for side in (-1, 1):
        eye = floats([side * kind.eye_x, kind.eye_y])
        canvas.fill(disc * (1.35 * kind.eye, 1.2 * kind.eye) + eye, (30, 22, 20), soft=0.012, opacity=0.85)
        canvas.fill(disc * kind.eye + eye, iris, soft=0.006)
        pupil = (0.25, 0.85) if kind.slit else (0.6, 0.6)
        canvas.fill(disc * kind.eye * pupil + eye, (8, 7, 7), soft=0.006)
        glint = eye + kind.eye * 0.35 * way[:2]
        canvas.fill(disc * 0.16 * kind.eye + glint, (245, 245, 245), soft=0.004)
    return np.clip(pixels, 0, 255)


def _whiskers(scene: Map, kind: Species, rng: np.random.Generator, camera: Camera) -> None:
    half = (scene.shape[0] - 1) / 2
    canvas = Canvas(scene, half)
    paths = []
    for side in (-1, 1):
        for lift in (-0.08, 0.0, 0.08):
            root = (side * 0.2, 0.42 + lift, 0.85)
            middle = (side * 0.6, 0.4 + 1.6 * lift + float(rng.normal(0, 0.02)), 0.8)
            tip = (side * 1.0, 0.5 + 3 * lift, 0.6)
            paths.append(camera.project(floats([root, middle, tip])) - np.float32(half))
    canvas.lines(paths, (232, 230, 226), width=0.9, opacity=0.6)
