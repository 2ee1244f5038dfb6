"""The paint of a face: skin, lids, irises, brows, lips, folds, freckles; flat colour, no light on it yet."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from facethemodel.synthetic.canvas import Canvas
from facethemodel.synthetic.head import Layout
from facethemodel.synthetic.surface import Map, floats, grain
from facethemodel.synthetic.traits import Identity
from facethemodel.synthetic.variation import Variation

FACE_EXTENT = 0.95
SIDE = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A canvas that takes face places instead of chart places, and whose face it is.

    Attributes:
        canvas: What is painted on.
        identity: Whose face.
        variation: What it does.
        layout: Where its parts are.
        light: Direction to the light in the head's axes, for the glint in the eyes.
    """

    canvas: Canvas
    identity: Identity
    variation: Variation
    layout: Layout
    light: Map

    @property
    def tone(self) -> Map:
        """The plain colour of the skin."""
        return floats(self.identity.skin)

    def fold(self, amount: float) -> Map:
        """The skin's colour in a fold: darker and redder; `amount` 1 is black."""
        return shade_of(self.identity, amount)

    def chart(self, outline: ArrayLike) -> NDArray[np.float32]:
        """Chart places (n, 2) of face places (n, 2)."""
        places = np.asarray(outline, dtype=np.float64)
        return np.stack(self.layout.chart(places[:, 0], places[:, 1]), axis=1)

    def fill(self, outline: ArrayLike, colour: ArrayLike, *, soft: float = 0.0, opacity: float = 1.0) -> None:
        """Fills an outline of face places."""
        self.canvas.fill(self.chart(outline), colour, soft=soft, opacity=opacity)

    def line(
        self, *paths: ArrayLike, colour: ArrayLike, width: float, soft: float = 0.0, opacity: float = 1.0
    ) -> None:
        """Draws paths of face places as one layer."""
        placed = [self.chart(path) for path in paths]
        self.canvas.lines(placed, colour, width=width, soft=soft, opacity=opacity)

    def glow(self, place: tuple[float, float], change: ArrayLike, *, spread: tuple[float, float]) -> None:
        """Lightens or darkens a soft blot."""
        u, v = (float(value) for value in self.chart([place])[0])
        # On the chart, lengths near the middle of a face are about this much shorter.
        self.canvas.glow((u, v), change, spread=(spread[0] * 0.57, spread[1] * 0.57))


def paint(identity: Identity, variation: Variation, *, layout: Layout, light: Map) -> Map:
    """Paints the face's middle, (SIDE, SIDE, 3) grey levels over [-FACE_EXTENT, FACE_EXTENT] of the chart.

    Args:
        identity: Whose face.
        variation: What it does.
        layout: Where its parts are.
        light: Direction to the light in the head's axes, for the glint in the eyes.
    """
    pixels = np.empty((SIDE, SIDE, 3), dtype=np.float32)
    mottle = grain((SIDE, SIDE), identity.seed, softness=9.0) * np.float32(0.016)
    pores = grain((SIDE, SIDE), identity.seed + 1, softness=0.8) * np.float32(0.012 + 0.016 * variation.age)
    pixels[:] = floats(identity.skin) * (1 + mottle + pores)[..., None]
    canvas = Canvas(pixels, FACE_EXTENT)
    face = Face(canvas=canvas, identity=identity, variation=variation, layout=layout, light=light)
    _tint(face)
    _folds(face)
    _nose(face)
    _mouth(face)
    for side in (-1, 1):
        _eye(face, side)
        _brow(face, side)
    _marks(face)
    return np.clip(pixels, 0, 255)


def curve(start: ArrayLike, middle: ArrayLike, end: ArrayLike, count: int = 12) -> NDArray[np.float64]:
    """A parabola (count, 2) from start to end that is drawn towards the middle point."""
    at = np.linspace(0, 1, count)[:, None]
    first, control, last = (np.asarray(place, dtype=np.float64) for place in (start, middle, end))
    return np.asarray((1 - at) ** 2 * first + 2 * at * (1 - at) * control + at**2 * last)


def shade_of(identity: Identity, amount: float) -> Map:
    """The skin's colour in a fold: darker and redder; `amount` 1 is black."""
    return floats(identity.skin) * floats([1 - 0.85 * amount, 1 - amount, 1 - amount])


def _tint(face: Face) -> None:
    identity, variation = face.identity, face.variation
    tone = face.tone
    red = tone * floats([0.02, -0.09, -0.075]) * np.float32(1.0 + 0.9 * identity.blush)
    layout = face.layout
    for side in (-1, 1):
        face.glow((side * 0.4, 0.3), red, spread=(0.13, 0.11))
        face.glow(
            (side * (layout.eye_x - 0.02), layout.eye_y + 0.02), tone * np.float32(-0.11), spread=(0.15, 0.1)
        )
        face.glow(
            (side * (layout.eye_x - 0.02), layout.eye_y + 0.13),
            tone * (-0.05 - 0.12 * variation.age),
            spread=(0.09, 0.035),
        )
    face.glow((0, layout.nose_y - 0.03), red * 0.9, spread=(0.1, 0.07))
    face.glow((0, -0.45), tone * floats([0.02, 0.03, 0.03]), spread=(0.3, 0.15))
    face.glow((0, layout.chin_y - 0.02), red * 0.5, spread=(0.12, 0.08))
    if identity.grows_beard:
        shadow = tone * floats([-0.08, -0.06, -0.04])
        face.glow((0, 0.8), shadow, spread=(0.36, 0.12))


def _folds(face: Face) -> None:
    identity, variation = face.identity, face.variation
    layout, age = face.layout, variation.age
    smile = max(variation.smile, 0.0)
    dark, pale = face.fold(0.5), np.minimum(face.tone * 1.12, 255)
    for side in (-1, 1):
        start = (side * (layout.nose_half_width + 0.035), layout.nose_y)
        end = (side * (layout.mouth_half_width + 0.1), layout.mouth_y + 0.04)
        bow = (side * (layout.mouth_half_width + 0.07 + 0.06 * smile), layout.nose_y + 0.06)
        strength = min(0.7, 0.07 + 0.3 * smile + 0.4 * age)
        face.line(curve(start, bow, end), colour=dark, width=0.016, soft=0.008, opacity=strength)
        shifted = curve(start, bow, end) + np.array([side * 0.03, -0.012])
        face.line(shifted, colour=pale, width=0.016, soft=0.009, opacity=strength * 0.5)
        bag = curve(
            (side * (layout.eye_x - 0.13), layout.eye_y + 0.08),
            (side * layout.eye_x, layout.eye_y + 0.19),
            (side * (layout.eye_x + 0.13), layout.eye_y + 0.08),
        )
        face.line(bag, colour=dark, width=0.008, soft=0.006, opacity=0.1 + 0.4 * age + 0.12 * smile)
        crow = max(0.0, age - 0.25) + 0.35 * smile * age
        for tilt in (-0.07, 0.0, 0.07):
            corner = layout.eye_x + layout.eye_half_width
            ray = curve(
                (side * (corner + 0.03), layout.eye_y + 0.4 * tilt),
                (side * (corner + 0.07), layout.eye_y + 0.7 * tilt),
                (side * (corner + 0.13), layout.eye_y + 1.6 * tilt + 0.015),
            )
            face.line(ray, colour=dark, width=0.006, soft=0.003, opacity=min(0.6, crow))
        if age > 0.5:
            jowl = curve(
                (side * (layout.mouth_half_width + 0.03), layout.mouth_y + 0.06),
                (side * (layout.mouth_half_width + 0.05), layout.mouth_y + 0.14),
                (side * (layout.mouth_half_width + 0.02), layout.mouth_y + 0.2),
            )
            face.line(jowl, colour=dark, width=0.01, soft=0.007, opacity=(age - 0.5) * 0.9)
    creases = max(0.0, age - 0.3) * 0.7 + 0.35 * max(0.0, variation.brow_raise) * (0.3 + age)
    for index, height in enumerate((-0.34, -0.42, -0.5)):
        wave = 0.012 * np.sin(np.linspace(0, 7, 14) + identity.seed % 7 + index)
        path = np.stack([np.linspace(-0.3, 0.3, 14), height + wave], axis=1)
        face.line(path, colour=dark, width=0.008, soft=0.005, opacity=min(0.5, creases))
    frown = max(0.0, -variation.brow_raise) * 0.4 + max(0.0, age - 0.5) * 0.5
    for side in (-1, 1):
        path = curve(
            (side * 0.05, layout.brow_y - 0.06),
            (side * 0.035, layout.brow_y),
            (side * 0.05, layout.brow_y + 0.06),
        )
        face.line(path, colour=dark, width=0.008, soft=0.005, opacity=min(0.5, frown))


def _nose(face: Face) -> None:
    layout = face.layout
    under, deep = face.fold(0.42), face.fold(0.8)
    wing, low = layout.nose_half_width, layout.nose_y + 0.045
    face.fill(
        [
            (-wing * 0.75, low),
            (0, low + 0.015),
            (wing * 0.75, low),
            (wing * 0.4, low + 0.05),
            (-wing * 0.4, low + 0.05),
        ],
        under,
        soft=0.014,
        opacity=0.4,
    )
    for side in (-1, 1):
        centre = np.array([side * wing * 0.47, low + 0.006])
        around = np.linspace(0, 2 * np.pi, 14)
        hole = centre + np.stack(
            [0.04 * np.cos(around), 0.019 * np.sin(around) + side * 0.008 * np.cos(around)], axis=1
        )
        face.fill(hole, deep, soft=0.006, opacity=0.85)
        flank = curve(
            (side * wing * 0.86, low - 0.095),
            (side * wing * 1.16, low - 0.05),
            (side * wing * 0.92, low + 0.005),
        )
        face.line(flank, colour=under, width=0.012, soft=0.008, opacity=0.55)
    face.glow((0, layout.nose_y + 0.12), face.tone * -0.08, spread=(0.028, 0.03))


def _mouth(face: Face) -> None:
    identity, variation = face.identity, face.variation
    layout = face.layout
    half, gap, middle = layout.mouth_half_width, layout.mouth_gap, layout.mouth_y
    corner_y = middle - layout.corner_lift + 0.5 * gap
    at = np.linspace(-1, 1, 25)
    rise = corner_y - (middle + 0.5 * gap)
    seam_top = middle + (rise + 0.5 * gap) * at**2 + 0.008 * np.cos(at * 2 * np.pi) * (1 - at**2)
    seam_low = middle + gap + (rise - 0.5 * gap) * at**2 + 0.004 * np.cos(at * 2 * np.pi) * (1 - at**2)
    bow = 1 - 0.22 * np.exp(-((at / 0.14) ** 2))
    top = seam_top - layout.lip_upper * np.clip(1 - np.abs(at) ** 1.7, 0, 1) * bow
    bottom = seam_low + layout.lip_lower * np.clip(1 - np.abs(at) ** 2.2, 0, 1)
    x = at * half
    lips = floats(identity.lips)
    outline = np.concatenate([np.stack([x, top], 1), np.stack([x, bottom], 1)[::-1]])
    face.fill(outline, lips, soft=0.007, opacity=0.9 - 0.2 * variation.age)
    upper = np.concatenate([np.stack([x, top], 1), np.stack([x, seam_top], 1)[::-1]])
    face.fill(upper, lips * np.float32(0.78), soft=0.006, opacity=0.6)
    face.glow((0, float(bottom[12]) - 0.03), floats([26, 22, 22]), spread=(0.08, 0.014))
    if gap > 0.012:
        hole = np.concatenate([np.stack([x, seam_top], 1), np.stack([x, seam_low], 1)[::-1]]) * (0.95, 1)
        face.fill(hole, (58, 22, 22), soft=0.004)
        floor = np.minimum(seam_low - 0.006, seam_top + 0.062)
        teeth = np.concatenate([np.stack([x, seam_top + 0.004], 1), np.stack([x, floor], 1)[::-1]]) * (0.8, 1)
        face.fill(teeth, floats([226, 218, 204]) - 30 * variation.age, soft=0.005, opacity=0.94)
        if gap > 0.07:
            tongue = np.stack([0.5 * x, seam_low - 0.004 - 0.03 * np.clip(1 - at**2, 0, 1)], 1)
            face.fill(
                np.concatenate([tongue, np.stack([0.5 * x, seam_low], 1)[::-1]]), (150, 74, 76), soft=0.008
            )
    else:
        face.line(np.stack([x, seam_top], 1), colour=face.fold(0.72), width=0.011, soft=0.003, opacity=0.85)
    for side in (-1, 1):
        face.glow((side * half * 1.03, float(corner_y)), face.tone * -0.18, spread=(0.03, 0.025))
    face.glow((0, float(bottom[12]) + 0.045), face.tone * -0.1, spread=(0.12, 0.025))


def _eye(face: Face, side: int) -> None:
    identity = face.identity
    layout = face.layout
    x = side * layout.eye_x
    y = layout.eye_y + side * 0.008 * identity.asymmetry
    half, opening = layout.eye_half_width, layout.eye_half_height
    inner = np.array([x - side * half, y + 0.014 + 0.016 * identity.eye_tilt])
    outer = np.array([x + side * half, y + 0.004 - 0.026 * identity.eye_tilt])
    middle = (inner + outer) / 2
    upper = curve(inner, middle + np.array([-side * 0.008, -2.0 * opening]), outer, 18)
    lower = curve(inner, middle + np.array([side * 0.012, 1.05 * opening]), outer, 18)
    outline = np.concatenate([upper, lower[::-1]])
    skin = face.tone
    face.fill(upper - (0, 0.03), face.fold(0.3), soft=0.014, opacity=0.5)
    fold = upper[2:-1] - (0, 0.026 + 0.016 * identity.lid_fold)
    face.line(fold, colour=face.fold(0.6), width=0.009, soft=0.004, opacity=0.5 + 0.25 * identity.lid_fold)
    face.line(lower + np.array([0, 0.014]), colour=face.fold(0.35), width=0.012, soft=0.005, opacity=0.5)
    _eye_ball(face, outline, centre=(x, y), side=side)
    face.line(lower[2:], colour=skin * floats([0.92, 0.72, 0.7]), width=0.009, soft=0.003, opacity=0.75)
    lash = floats(identity.hair) * 0.35 + 6
    face.line(upper, colour=lash, width=0.02, soft=0.003, opacity=0.93)
    face.line(lower[4:], colour=lash, width=0.006, soft=0.003, opacity=0.4)
    flick = np.stack([upper[-3], outer + np.array([side * 0.022, -0.012])])
    face.line(flick, colour=lash, width=0.011, soft=0.003, opacity=0.6)


def _eye_ball(face: Face, outline: NDArray[np.float64], *, centre: tuple[float, float], side: int) -> None:
    """Paints white, iris, pupil and glint, cut to the lids' outline."""
    identity, variation, light, canvas = face.identity, face.variation, face.light, face.canvas
    box = face.chart(outline)
    step = (SIDE - 1) / (2 * FACE_EXTENT)
    low = np.maximum(((box.min(axis=0) + FACE_EXTENT) * step).astype(int) - 3, 0)
    high = ((box.max(axis=0) + FACE_EXTENT) * step).astype(int) + 5
    region = canvas.pixels[low[1] : high[1], low[0] : high[0]]
    behind = region.copy()
    white = floats([214, 207, 200]) - floats([0, 6, 12]) * variation.age
    face.fill(outline, white, soft=0.002)
    x = centre[0] + 0.035 * variation.gaze_x
    y = centre[1] - 0.012 + 0.02 * variation.gaze_y
    ring = np.linspace(0, 2 * np.pi, 25)
    disc = np.stack([np.cos(ring), np.sin(ring)], axis=1)
    radius = 0.069
    iris = floats(identity.iris)
    face.fill(disc * radius + (x, y), iris * 0.45, soft=0.003)
    face.fill(disc * radius * 0.84 + (x, y), iris, soft=0.006)
    face.glow((x, y + 0.025), iris * 0.35, spread=(0.03, 0.02))
    face.fill(disc * radius * 0.42 + (x, y), (10, 8, 8), soft=0.003)
    shadow = outline[:18]
    face.fill(
        np.concatenate([shadow, (shadow + np.array([0, 0.03]))[::-1]]), (60, 44, 40), soft=0.01, opacity=0.5
    )
    glint = (x + 0.03 * float(light[0]), y - 0.012 + 0.03 * float(light[1]))
    face.fill(disc * 0.013 + glint, (255, 255, 255), soft=0.002, opacity=0.95)
    tear = np.array([centre[0] - side * (abs(outline[0, 0] - centre[0]) - 0.012), outline[0, 1]])
    face.fill(disc * 0.013 + tear, face.tone * floats([0.95, 0.66, 0.64]), soft=0.004)
    mask = np.zeros(region.shape[:2], dtype=np.uint8)
    spots = (box + FACE_EXTENT) * step - low
    cv2.fillPoly(mask, [np.round(spots * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    share = mask.astype(np.float32)[..., None] / 255
    region[:] = behind + share * (region - behind)


def _brow(face: Face, side: int) -> None:
    identity, variation = face.identity, face.variation
    layout = face.layout
    rng = np.random.default_rng([identity.seed, 5, side + 1])
    hair = floats(identity.hair) * 0.8 + 0.35 * variation.grey_hair * (170 - floats(identity.hair))
    colour = np.minimum(hair, face.tone * 0.72)
    middle = layout.brow_y + side * 0.012 * identity.asymmetry
    start = (side * (layout.eye_x - layout.eye_half_width - 0.02), middle + 0.03 + 0.02 * identity.brow_tilt)
    end = (side * (layout.eye_x + layout.eye_half_width + 0.055), middle + 0.02 - 0.024 * identity.brow_tilt)
    peak = (side * (layout.eye_x + 0.04), middle - 0.055 - 0.035 * identity.brow_arch)
    spine = curve(start, peak, end, 26)
    thick = 0.034 + 0.018 * identity.brow_thickness
    width = thick * np.interp(np.linspace(0, 1, 26), [0, 0.15, 0.6, 1], [0.7, 1.0, 0.85, 0.2])
    band = np.concatenate(
        [spine - np.stack([0 * width, width], 1), (spine + np.stack([0 * width, width], 1))[::-1]]
    )
    face.fill(band, colour, soft=0.011, opacity=0.6)
    strokes: list[NDArray[np.float64]] = []
    for index in range(25):
        for _ in range(2):
            root = spine[index] + (0, rng.uniform(-0.8, 0.8) * width[index])
            lean = np.interp(index, [0, 8, 25], [0.1, 0.75, 1.0])
            tip = root + np.array([side * 0.055 * lean, -0.03 * (1 - lean) + 0.012 * lean])
            strokes += [root, tip]
    placed = face.chart(np.array(strokes)).reshape(-1, 2, 2)
    face.canvas.lines(list(placed), colour * 0.75, width=0.006, opacity=0.5)


def _marks(face: Face) -> None:
    identity = face.identity
    brown = face.fold(0.62)
    ring = np.linspace(0, 2 * np.pi, 10)
    disc = np.stack([np.cos(ring), np.sin(ring)], axis=1)
    for x, y, radius in identity.moles:
        face.fill(disc * radius + (x, y), brown, soft=0.005, opacity=0.85)
    if identity.freckles > 0.15:
        rng = np.random.default_rng([identity.seed, 6])
        count = int(90 * min(identity.freckles, 1.2))
        spots = np.stack([rng.normal(0, 0.26, count), rng.normal(0.24, 0.12, count)], axis=1)
        dots = face.chart(np.clip(np.stack([spots, spots + 0.004], axis=1), -0.62, 0.62).reshape(-1, 2))
        face.canvas.lines(list(dots.reshape(-1, 2, 2)), face.fold(0.38), width=0.011, soft=0.003, opacity=0.7)
