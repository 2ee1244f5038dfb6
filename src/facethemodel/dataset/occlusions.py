"""What people wear and hold before their faces, painted where the landmarks say.

Glasses, hats, beards come and go, and a few dozen photos of a person show few of them. They are painted, not
photographed: what is measured with them is a hint, no proof.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]
Brush = Callable[["Face", np.random.Generator], None]


class Face:
    """A photo to paint on, in face units: (0, 0) between the eyes, 1 the distance of the eyes, y down.

    Args:
        pixels: RGB; painted on in place.
        landmarks: Ten numbers of a detection in it.
    """

    def __init__(self, pixels: Pixels, landmarks: Sequence[float]) -> None:
        points = np.asarray(landmarks, float).reshape(5, 2)
        right, left = points[0], points[1]
        mouth = points[3:].mean(axis=0)
        self.pixels = pixels
        self._origin = (right + left) / 2
        # In a turned head the eyes come close together; the way to the mouth keeps its length.
        self.unit = max(
            float(np.hypot(*(left - right))), float(np.hypot(*(mouth - self._origin))) / 1.15, 2.0
        )
        across = (left - right) / max(float(np.hypot(*(left - right))), 1e-6)
        self._axes = np.array([across, [-across[1], across[0]]]) * self.unit
        self.nose, self.mouth = (
            np.linalg.lstsq(self._axes.T, point - self._origin, rcond=None)[0] for point in (points[2], mouth)
        )
        self.eyes = [np.linalg.lstsq(self._axes.T, p - self._origin, rcond=None)[0] for p in (right, left)]

    def colour_at(self, x: float, y: float) -> NDArray[np.float64]:
        """The mean colour of a small disc."""
        column, row = np.round(self._at(np.array([[x, y]]))[0]).astype(int)
        reach = max(1, int(0.12 * self.unit))
        height, width = self.pixels.shape[:2]
        row, column = int(np.clip(row, 0, height - 1)), int(np.clip(column, 0, width - 1))
        disc = self.pixels[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]
        return np.asarray(disc.reshape(-1, 3).mean(axis=0))

    def fill(
        self,
        outline: Points,
        colour: NDArray[np.float64],
        rng: np.random.Generator,
        *,
        opacity: float = 1.0,
        rough: float = 6.0,
    ) -> None:
        """Fills an outline (n, 2) with a colour, a slope of light and some grain, and a soft edge."""
        self._paint([outline], colour, rng, opacity=opacity, rough=rough, width=None)

    def stroke(
        self, path: Points, colour: NDArray[np.float64], rng: np.random.Generator, *, width: float
    ) -> None:
        """Draws a line; `width` is in face units."""
        self._paint([path], colour, rng, opacity=1.0, rough=4.0, width=width)

    def _at(self, points: Points) -> Points:
        return np.asarray(self._origin + points @ self._axes)

    def _paint(
        self,
        paths: list[Points],
        colour: NDArray[np.float64],
        rng: np.random.Generator,
        *,
        opacity: float,
        rough: float,
        width: float | None,
    ) -> None:
        height, width_px = self.pixels.shape[:2]
        spots = [
            np.clip(self._at(np.asarray(path, float)), -4 * max(height, width_px), 4 * max(height, width_px))
            for path in paths
        ]
        every = np.concatenate(spots)
        pad = 3 + int(0.1 * self.unit)
        left, top = (int(max(0, v - pad)) for v in every.min(axis=0))
        right, bottom = (
            int(min(limit, v + pad)) for v, limit in zip(every.max(axis=0), (width_px, height), strict=True)
        )
        if right - left < 2 or bottom - top < 2:
            return
        mask = np.zeros((bottom - top, right - left), np.uint8)
        fixed = [np.round((spot - (left, top)) * 16).astype(np.int32) for spot in spots]
        if width is None:
            cv2.fillPoly(mask, fixed, 255, cv2.LINE_AA, 4)
        else:
            cv2.polylines(mask, fixed, False, 255, max(1, round(width * self.unit)), cv2.LINE_AA, 4)
        cover = cv2.GaussianBlur(mask, (0, 0), 0.6 + 0.012 * self.unit).astype(np.float32)[..., None] / 255
        grain = cv2.resize(
            rng.normal(0, rough, (8, 8, 1)).astype(np.float32),
            mask.shape[::-1],
            interpolation=cv2.INTER_CUBIC,
        )[..., None] + rng.normal(0, rough / 2, (*mask.shape, 1)).astype(np.float32)
        region = self.pixels[top:bottom, left:right]
        painted = np.asarray(colour, np.float32) * np.float32(1) + grain
        mixed = region + cover * np.float32(opacity) * (painted - region)
        region[:] = np.clip(mixed, 0, 255).astype(np.uint8)


def occlude(pixels: Pixels, landmarks: Sequence[float], kind: str, seed: int) -> Pixels:
    """Paints one of `OCCLUSIONS` before the face; a copy."""
    painted = np.array(pixels)
    OCCLUSIONS[kind](Face(painted, landmarks), np.random.default_rng([seed, 71]))
    return painted


def _ring(wide: float, tall: float, at: Points, *, power: float = 2.0) -> Points:
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    base = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    base /= (np.abs(base) ** power).sum(axis=1, keepdims=True) ** (1 / power)
    return base * (wide, tall) + at


def _hair_colour(rng: np.random.Generator) -> NDArray[np.float64]:
    brightness = rng.uniform(8, 110) if rng.random() < 0.75 else rng.uniform(130, 220)
    return np.clip(brightness * np.array([1.12, 1.0, 0.88]) + rng.normal(0, 4, 3), 0, 250)


def _sunglasses(face: Face, rng: np.random.Generator) -> None:
    tint = rng.uniform(5, 60) + rng.normal(0, 10, 3)
    wide, tall = rng.uniform(0.36, 0.48), rng.uniform(0.26, 0.4)
    power = rng.choice([2.0, 2.6, 4.0])
    opacity = rng.uniform(0.82, 1.0)
    frame = np.clip(tint + rng.choice([-10, 0, 90]), 0, 255)
    for eye in face.eyes:
        lens = _ring(wide, tall, np.add(eye, (0, 0.06)), power=power)
        face.fill(lens, tint, rng, opacity=opacity)
        shine = _ring(0.4 * wide, 0.25 * tall, np.add(eye, (rng.normal(0, 0.08), -0.1)))
        face.fill(shine, np.full(3, 230.0), rng, opacity=rng.uniform(0, 0.35))
        face.stroke(np.concatenate([lens, lens[:1]]), frame, rng, width=rng.uniform(0.03, 0.08))
    face.stroke(np.array(face.eyes), frame, rng, width=rng.uniform(0.04, 0.1))
    for eye, side in zip(face.eyes, (-1, 1), strict=True):
        face.stroke(
            np.array([np.add(eye, (side * wide, 0)), np.add(eye, (side * 0.75, 0.05))]),
            frame,
            rng,
            width=0.06,
        )


def _glasses(face: Face, rng: np.random.Generator) -> None:
    frame = rng.uniform(0, 120) + rng.normal(0, 15, 3)
    width, power = rng.uniform(0.03, 0.1), rng.choice([2.0, 3.0, 5.0])
    for eye, side in zip(face.eyes, (-1, 1), strict=True):
        lens = _ring(rng.uniform(0.34, 0.44), rng.uniform(0.26, 0.36), np.add(eye, (0, 0.05)), power=power)
        face.fill(lens, np.full(3, 235.0), rng, opacity=rng.uniform(0, 0.25))
        face.stroke(np.concatenate([lens, lens[:1]]), frame, rng, width=width)
        face.stroke(
            np.array([np.add(eye, (side * 0.4, 0)), np.add(eye, (side * 0.85, 0.05))]),
            frame,
            rng,
            width=width,
        )
    face.stroke(np.array([face.eyes[0] + (0.35, 0), face.eyes[1] - (0.35, 0)]), frame, rng, width=width)


def _hand(face: Face, rng: np.random.Generator) -> None:
    """Four fingers and a palm, in the colour of the cheek, from one side or from below."""
    skin = face.colour_at(rng.choice([-0.4, 0.4]), 0.7) * rng.uniform(0.8, 1.2)
    aim = np.array([rng.uniform(-0.6, 0.6), rng.uniform(0.2, 1.5)])
    way = rng.uniform(-0.3, np.pi + 0.3)
    along = np.array([np.cos(way), np.sin(way)])
    aside = np.array([-along[1], along[0]])
    thick = rng.uniform(0.2, 0.28)
    palm = aim + along * rng.uniform(0.5, 0.8)
    face.stroke(np.array([palm + along * 0.45, palm + along * 2.4]), skin * 0.95, rng, width=4.2 * thick)
    for finger in range(4):
        root = palm + aside * (finger - 1.5) * thick * 1.05
        tip = aim + aside * (finger - 1.5) * thick * 1.15 - along * rng.uniform(0.0, 0.35)
        face.stroke(np.array([root, tip]) + 0.02, skin * 0.72, rng, width=1.15 * thick)
        face.stroke(np.array([root, tip]), skin * rng.uniform(0.92, 1.06), rng, width=thick)


def _hat(face: Face, rng: np.random.Generator) -> None:
    cloth = rng.uniform(10, 230) + rng.normal(0, 35, 3)
    low = rng.uniform(-0.62, -0.36)
    brim = rng.uniform(0, 0.7) if rng.random() < 0.6 else 0.0
    crown = np.array([(-1.15, low), (-1.2, low - 0.6), (-0.85, low - 1.4), (0, low - 1.7)])
    crown = np.concatenate([crown, (crown * (-1, 1))[::-1]])
    face.fill(crown, cloth, rng, rough=rng.uniform(4, 16))
    band = np.array([(-1.2, low - 0.25), (1.2, low - 0.25), (1.15, low), (-1.15, low)])
    face.fill(band, np.clip(cloth * rng.uniform(0.5, 1.4), 0, 250), rng)
    if brim:
        edge = np.concatenate([_ring(1.2 + brim, 0.2, np.array([0, low]))])
        face.fill(edge, cloth * 0.8, rng)


def _scarf(face: Face, rng: np.random.Generator) -> None:
    cloth = rng.uniform(10, 235) + rng.normal(0, 40, 3)
    top = rng.uniform(0.75, 1.35)
    outline = np.array(
        [(-1.3, top - 0.2), (0, top + rng.normal(0, 0.08)), (1.3, top - 0.2), (1.6, 3), (-1.6, 3)]
    )
    face.fill(outline, cloth, rng, rough=rng.uniform(5, 22))
    for fold in np.arange(top + 0.2, 2.4, rng.uniform(0.2, 0.5)):
        face.stroke(
            np.array([(-1.3, fold - 0.2), (0, fold), (1.3, fold - 0.2)]),
            np.clip(cloth * rng.uniform(0.6, 1.3), 0, 250),
            rng,
            width=rng.uniform(0.04, 0.15),
        )


def _mask(face: Face, rng: np.random.Generator) -> None:
    colours = ((170, 205, 225), (235, 238, 240), (28, 28, 32), (120, 170, 190), (200, 60, 70))
    cloth = np.array(colours[rng.integers(len(colours))], float) + rng.normal(0, 8, 3)
    nose = face.nose
    outline = np.array(
        [
            (nose[0] - 0.25, nose[1] - 0.1),
            (nose[0], nose[1] - 0.3),
            (nose[0] + 0.25, nose[1] - 0.1),
            *((0.85, nose[1]), (0.75, 1.5), (0.3, 1.95), (-0.3, 1.95), (-0.75, 1.5), (-0.85, nose[1])),
        ]
    )
    face.fill(outline, cloth, rng)
    for side in (-1, 1):
        face.stroke(np.array([(side * 0.85, nose[1]), (side * 1.15, 0.1)]), cloth, rng, width=0.05)
    for fold in (0.9, 1.15, 1.4):
        face.stroke(np.array([(-0.75, fold), (0.75, fold)]), cloth * 0.85, rng, width=0.03)


def _beard(face: Face, rng: np.random.Generator) -> None:
    hair = _hair_colour(rng)
    mouth = face.mouth
    length = rng.uniform(1.7, 2.6)
    outer = np.array([(-0.95, 0.55), (-0.9, 1.3), (-0.5, length), (0, length + 0.15)])
    outer = np.concatenate([outer, (outer * (-1, 1))[::-1]])
    upper = np.array([(0.6, mouth[1] - 0.35), (0, mouth[1] - 0.25), (-0.6, mouth[1] - 0.35)])
    skin = face.colour_at(float(mouth[0]), float(mouth[1]))
    face.fill(np.concatenate([outer, upper]), hair, rng, opacity=rng.uniform(0.75, 0.98), rough=22)
    if rng.random() < 0.7:
        face.fill(_ring(0.3, 0.08, mouth), skin, rng, opacity=0.9)


def _fringe(face: Face, rng: np.random.Generator) -> None:
    """Hair over the forehead, one eye or both sides of the face."""
    hair = _hair_colour(rng)
    side = rng.choice([-1, 1])
    low = rng.uniform(-0.25, 0.35)
    outline = np.array(
        [(-1.2, -1.9), (1.2, -1.9), (1.2, -0.3), (side * 0.5, -0.45), (-side * 0.9, low), (-1.2, -0.3)]
    )
    if side < 0:
        outline[2:] = outline[[2, 4, 3, 5]]
    face.fill(outline, hair, rng, rough=18)
    if rng.random() < 0.5:
        for edge in (-1, 1):
            lock = np.array(
                [
                    (edge * 0.75, -0.8),
                    (edge * 1.3, -0.8),
                    (edge * 1.35, 2.4),
                    (edge * rng.uniform(0.55, 0.9), 2.4),
                ]
            )
            face.fill(lock, hair * rng.uniform(0.85, 1.15), rng, rough=18)


OCCLUSIONS: dict[str, Brush] = {
    "sunglasses": _sunglasses,
    "glasses": _glasses,
    "hand": _hand,
    "hat": _hat,
    "scarf": _scarf,
    "mask": _mask,
    "beard": _beard,
    "fringe": _fringe,
}
