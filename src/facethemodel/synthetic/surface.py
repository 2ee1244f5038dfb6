"""Solid shapes seen by a camera: a radius in every direction around a centre, found by marching along rays.

A shape is a map of radii over a stereographic chart: the direction (x, y, z) lies at (x, y) / (1 + z), so
that the point facing the camera is the middle and all that can be seen lies within about 1.8 of it. The chart
keeps angles and needs no trigonometry. x points right, y down, z at the camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Map = NDArray[np.float32]

EXTENT = 1.8
GRID = 240
_STRIDE = 3
AXIS: Map = np.linspace(-EXTENT, EXTENT, GRID, dtype=np.float32)
_SQUARES = AXIS[:, None] ** 2 + AXIS[None, :] ** 2
DIRECTIONS: Map = np.dstack(
    [
        2 * np.broadcast_to(AXIS[None, :], _SQUARES.shape) / (1 + _SQUARES),
        2 * np.broadcast_to(AXIS[:, None], _SQUARES.shape) / (1 + _SQUARES),
        (1 - _SQUARES) / (1 + _SQUARES),
    ]
).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Where a shape stands in the picture.

    Attributes:
        rotation: From the shape's own axes to the camera's, 3 x 3.
        centre: The shape's centre in the picture, x and y in pixels.
        scale: Pixels per unit of length at the centre's distance.
        distance: From the camera to the centre, in units of length.
    """

    rotation: Map
    centre: tuple[float, float]
    scale: float
    distance: float

    def project(self, points: Map) -> Map:
        """Pixels (n, 2) of points (n, 3) given in the shape's axes."""
        seen = np.asarray(points, dtype=np.float32) @ self.rotation.T
        near = self.distance / (self.distance - seen[:, 2:])
        return np.asarray(seen[:, :2] * near * self.scale + floats(self.centre), dtype=np.float32)


def floats(values: ArrayLike) -> Map:
    """The values as an array of single precision."""
    return np.asarray(values, dtype=np.float32)


def blurred(values: Map, across: float, down: float = 0.0) -> Map:
    """The values with a Gaussian blur of these standard deviations; `down` 0 stands for the same."""
    return floats(cv2.GaussianBlur(values, (0, 0), sigmaX=across, sigmaY=down))


def rotation(*, yaw: float, pitch: float, roll: float) -> Map:
    """The rotation of a head that is turned, lowered and tilted by so many degrees, in that order."""
    turn, lower, tilt = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(lower), np.sin(lower)], [0, -np.sin(lower), np.cos(lower)]])
    about_z = np.array([[np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Hit:
    """What the rays of one window of the picture met.

    Attributes:
        window: The rows and columns of the picture that the maps cover.
        u: Chart abscissa of the point that each pixel shows.
        v: Chart ordinate.
        coverage: Share of the pixel that the shape fills, 0 to 1: the outline, smooth.
    """

    window: tuple[slice, slice]
    u: Map
    v: Map
    coverage: Map

    @property
    def place(self) -> tuple[Map, Map]:
        """The chart place that each pixel shows."""
        return self.u, self.v


def bump(places: Sequence[float], v: float, *, width: float, height: float, amount: float) -> Map:
    """Gaussian bumps in one row of the chart.

    Args:
        places: Where they are across.
        v: Where the row is.
        width: Their standard deviation across.
        height: Their standard deviation down.
        amount: Their height; negative for hollows.
    """
    across = sum(np.exp(-0.5 * ((AXIS - u) / np.float32(width)) ** 2) for u in places) * np.float32(amount)
    down = np.exp(-0.5 * ((AXIS - v) / np.float32(height)) ** 2)
    return np.asarray(down[:, None] * across[None, :], dtype=np.float32)


def ellipsoid(*, a: Map | float, b: Map | float, c: Map | float) -> Map:
    """Radii of an ellipsoid with these half axes (numbers, or maps over the chart)."""
    form = (DIRECTIONS[..., 0] / a) ** 2 + (DIRECTIONS[..., 1] / b) ** 2 + (DIRECTIONS[..., 2] / c) ** 2
    return np.asarray(1 / np.sqrt(form), dtype=np.float32)


def sample(values: Map, place: tuple[Map, Map], *, extent: float = EXTENT) -> Map:
    """Reads a map that spans [-extent, extent] on the chart at the given chart places, across and down."""
    u, v = place
    step = (values.shape[0] - 1) / (2 * extent)
    across = (u + np.float32(extent)) * np.float32(step)
    down = (v + np.float32(extent)) * np.float32(step)
    return np.asarray(cv2.remap(values, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def normals(radius: Map) -> Map:
    """Outward unit normals over the chart, (GRID, GRID, 3), in the shape's own axes."""
    points = DIRECTIONS * radius[..., None]
    x0, y0, z0 = cv2.split(cv2.Sobel(points, cv2.CV_32F, 1, 0, ksize=1))
    x1, y1, z1 = cv2.split(cv2.Sobel(points, cv2.CV_32F, 0, 1, ksize=1))
    normal = cv2.merge([y0 * z1 - z0 * y1, z0 * x1 - x0 * z1, x0 * y1 - y0 * x1])
    x, y, z = cv2.split(normal)
    length = np.sqrt(x * x + y * y + z * z) + np.float32(1e-9)
    return np.asarray(normal / length[..., None], dtype=np.float32)


def occlusion(radius: Map, light: Map) -> Map:
    """How much of the light each point gets past the rest of the shape: 1 all, 0 none.

    Args:
        radius: The shape.
        light: Direction to the light, a unit vector in the shape's axes.
    """
    coarse = np.ascontiguousarray(radius[::2, ::2])
    points = DIRECTIONS[::2, ::2] * coarse[..., None]
    x, y, z = cv2.split(points)
    blocked = np.zeros_like(coarse)
    for step in (0.05, 0.1, 0.16, 0.24, 0.34):
        px, py, pz = (
            part + np.float32(step * direction) for part, direction in zip((x, y, z), light, strict=True)
        )
        length = np.sqrt(px * px + py * py + pz * pz)
        forward = np.maximum(length + pz, np.float32(0.05))
        inside = sample(coarse, (px / forward, py / forward)) - length
        blocked = np.maximum(blocked, inside * np.float32(0.75 / (0.5 * step + 0.02)))
    soft = cv2.GaussianBlur(1 - np.clip(blocked, 0, 0.85), (0, 0), 1.8)
    concave = np.clip(cv2.GaussianBlur(coarse, (0, 0), 5) - coarse - np.float32(0.004), 0, 1)
    return np.asarray(cv2.resize(soft * np.exp(-9 * concave), (GRID, GRID)), dtype=np.float32)


def trace(radius: Map, camera: Camera, *, size: int) -> Hit:
    """Finds what every pixel near the shape shows."""
    reach = float(radius.max()) * camera.distance / (camera.distance - float(radius.max())) * camera.scale + 2
    left, top = (int(np.clip(place - reach, 0, size - 2)) for place in camera.centre)
    right, bottom = (int(np.clip(place + reach + 1, 2, size)) for place in camera.centre)
    right, bottom = max(right, left + 2), max(bottom, top + 2)
    columns = (np.arange(left, right, dtype=np.float32) - np.float32(camera.centre[0])) / np.float32(
        camera.scale
    )
    rows = (np.arange(top, bottom, dtype=np.float32) - np.float32(camera.centre[1])) / np.float32(
        camera.scale
    )
    middle = _STRIDE // 2
    rays = _rays(columns[middle::_STRIDE], rows[middle::_STRIDE], camera)
    travelled = np.full(rays[0].shape, camera.distance - float(radius.max()), dtype=np.float32)
    travelled, gap = _march(radius, camera, rays, travelled, steps=18, least=0.014)[2:]
    # Everything after this costs by the pixel, so the window shrinks to what was met.
    down, across = (_extent(np.asarray((gap * camera.scale < 2 * _STRIDE).any(axis=axis))) for axis in (1, 0))
    rows, columns = (
        rows[down.start * _STRIDE : down.stop * _STRIDE],
        columns[across.start * _STRIDE : across.stop * _STRIDE],
    )
    top, left = top + down.start * _STRIDE, left + across.start * _STRIDE
    rays = _rays(columns, rows, camera)
    travelled = floats(
        cv2.resize(travelled[down, across], rays[0].shape[::-1], interpolation=cv2.INTER_LINEAR)
    )
    u, v, travelled, gap = _march(radius, camera, rays, travelled, steps=5, least=0.004)
    coverage = np.clip(0.85 - gap * np.float32(camera.scale * 0.55), 0, 1)
    # In front of where the outline can be, a ray that is still outside has only not arrived yet.
    outline = float(radius.max()) ** 2 / camera.distance + 0.12
    coverage = np.where(travelled < camera.distance - outline, 1, coverage)
    window = (slice(top, top + rows.size), slice(left, left + columns.size))
    return Hit(window, u, v, floats(coverage))


def _extent(met: NDArray[np.bool_]) -> slice:
    places = np.flatnonzero(met)
    if not places.size:
        return slice(0, 1)
    return slice(max(int(places[0]) - 2, 0), int(places[-1]) + 3)


def _march(
    radius: Map, camera: Camera, rays: tuple[Map, Map, Map], travelled: Map, *, steps: int, least: float
) -> tuple[Map, Map, Map, Map]:
    u = v = gap = travelled
    for _ in range(steps):
        u, v, gap = _step(radius, camera, rays, travelled)
        # Rays that graze a lump would creep along it for ever: they take a least step until near the end.
        creep = np.where(gap > 0.008, np.minimum(np.float32(least), gap), gap)
        travelled = travelled + np.maximum(gap * np.float32(0.8), creep)
    return u, v, travelled, gap


def _rays(columns: Map, rows: Map, camera: Camera) -> tuple[Map, Map, Map]:
    x, y = np.meshgrid(columns, rows)
    length = np.sqrt(x * x + y * y + np.float32(camera.distance**2))
    turn = camera.rotation
    depth = np.float32(-camera.distance)
    # The transpose of a rotation undoes it: rays go from the camera's axes to the shape's.
    parts = [(x * turn[0, i] + y * turn[1, i] + depth * turn[2, i]) / length for i in range(3)]
    return parts[0], parts[1], parts[2]


def _step(radius: Map, camera: Camera, rays: tuple[Map, Map, Map], travelled: Map) -> tuple[Map, Map, Map]:
    origin = camera.rotation[2] * np.float32(camera.distance)
    x, y, z = (start + travelled * ray for start, ray in zip(origin, rays, strict=True))
    length = np.sqrt(x * x + y * y + z * z)
    forward = np.maximum(length + z, np.float32(0.05))
    u, v = x / forward, y / forward
    return u, v, length - sample(radius, (u, v))


@cache
def _tile(softness: float) -> Map:
    tile = np.random.default_rng(20181).standard_normal((512, 512)).astype(np.float32)
    if softness:
        wrapped = cv2.GaussianBlur(np.tile(tile, (3, 3)), (0, 0), softness)[512:1024, 512:1024]
        tile = wrapped / wrapped.std()
    return np.ascontiguousarray(np.tile(tile, (2, 2)), dtype=np.float32)


def grain(shape: tuple[int, int], seed: int, *, softness: float) -> Map:
    """A cut of standard normal noise, smoothed by `softness` pixels; the same for the same seed."""
    rows, columns = (np.random.default_rng([seed, 4]).integers(0, 512, 2)).tolist()
    tile = _tile(softness)
    if max(shape) > 512:
        tile = np.tile(tile, (-(-shape[0] // 512), -(-shape[1] // 512)))
    return tile[rows : rows + shape[0], columns : columns + shape[1]]


def grain_at(across: Map, along: Map, *, softness: float) -> Map:
    """Smooth standard normal noise at the given places, which repeat every 512."""
    wrapped = (np.mod(across, np.float32(512)), np.mod(along, np.float32(512)))
    return np.asarray(cv2.remap(_tile(softness), *wrapped, cv2.INTER_LINEAR))
