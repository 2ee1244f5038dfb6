"""Eyes, nose, mouth, hair and what else a drawn face is put together from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from facethemodel.synthetic.body import rounded
from facethemodel.synthetic.cartoon_pen import Colour, Pen, Shading, arc, ring
from facethemodel.synthetic.surface import Map, floats
from facethemodel.synthetic.traits import EYE_COLOURS, HAIR_COLOURS, SKIN_RAMP

_YELLOW = ((255, 204, 60), (250, 190, 40), (255, 220, 100))
_ANY_SHADINGS: tuple[Shading, ...] = ("flat", "flat", "two tones", "round")
_EYES = {
    "cartoon": ("dot", "oval", "oval", "almond", "almond", "shut"),
    "line": ("dot", "oval", "almond", "almond", "shut"),
    "emoji": ("dot", "dot", "oval", "shut"),
    "anime": ("tall",),
    "doll": ("oval", "almond", "dot"),
    "mask": ("hole", "hole", "almond"),
}
_NOSES = {
    "cartoon": ("angle", "hook", "wedge", "nostrils", "none"),
    "line": ("angle", "hook", "nostrils"),
    "emoji": ("none",),
    "anime": ("dash", "none"),
    "doll": ("ball", "nostrils", "wedge"),
    "mask": ("wedge", "ball", "nostrils"),
}
_MOUTHS = ("bow", "open", "lips", "line")
_HAIRS = ("none", "cap", "fringe", "spikes", "long", "curls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """One drawn face: which parts it has, where, and in what colours. Lengths are in face units."""

    rng: np.random.Generator
    outlined: bool
    shading: Shading
    skin: Colour
    hair: Colour
    iris: Colour
    light: float
    half_width: float
    jaw: float
    aside: float
    eye: str
    eye_x: float
    eye_y: float
    eye_size: float
    nose: str
    mouth: str
    mouth_y: float
    mood: float
    cut: str
    ears: bool
    body: bool
    white: bool

    @classmethod
    def draw(cls, rng: np.random.Generator, style: str) -> Self:
        """Draws a face in a style."""
        bald = style in ("emoji", "mask")
        solid = style in ("doll", "mask")
        shading = "flat" if style == "line" else _ANY_SHADINGS[rng.integers(len(_ANY_SHADINGS))]
        return cls(
            rng=rng,
            outlined=style == "line" or (style in ("cartoon", "anime") and bool(rng.random() < 0.75)),
            shading="round" if solid else shading,
            skin=_skin(rng, style),
            hair=_hair(rng, style),
            iris=_tuple(floats(EYE_COLOURS[rng.integers(len(EYE_COLOURS))])),
            light=float(rng.uniform(-1, 1)),
            half_width=float(rng.uniform(0.9, 1.02) if style == "emoji" else rng.uniform(0.68, 0.92)),
            jaw=0.0 if style == "emoji" else float(rng.uniform(0.05, 0.45)),
            aside=float(rng.normal(0, 0.07)),
            eye=str(rng.choice(_EYES[style])),
            eye_x=float(rng.uniform(0.26, 0.4)),
            eye_y=float(rng.uniform(-0.2, 0.08)) + (0.08 if style == "anime" else 0.0),
            eye_size=float(rng.uniform(0.11, 0.2)) * (1.25 if style == "anime" else 1.0),
            nose=str(rng.choice(_NOSES[style])),
            mouth=str(rng.choice(_MOUTHS)),
            mouth_y=float(rng.uniform(0.48, 0.66)),
            mood=float(rng.normal(0.5, 0.6)),
            cut="none" if bald else str(rng.choice(_HAIRS)),
            ears=not bald and bool(rng.random() < 0.75),
            body=not bald and bool(rng.random() < 0.8),
            white=style == "line",
        )

    def paint(self, pen: Pen) -> None:
        """Draws it, from what is behind to what is before."""
        head = self._head()
        if self.cut == "long":
            pen.fill(rounded(self._behind()), self.hair)
        if self.body:
            self._shoulders(pen)
        if self.ears:
            for side in (-1, 1):
                ear = ring(20) * (0.14, 0.2) + (side * self.half_width * 0.98, 0.05)
                pen.fill(ear, floats(self.skin) * np.float32(0.96))
        pen.shaded(
            head,
            self.skin,
            shading=self.shading,
            light=self.light,
            gloss=float(self.rng.uniform(0, 0.7)) if self.shading == "round" else 0.0,
        )
        if self.rng.random() < 0.3 and not self.white:
            for side in (-1, 1):
                cheek = ring(20) * (0.17, 0.12) + (self.aside + side * 0.48, 0.33)
                pen.fill(cheek, floats(self.skin) * floats([1.0, 0.72, 0.7]), inked=False, opacity=0.6)
        self._nose(pen)
        self._mouth(pen)
        for side in (-1, 1):
            self._eye(pen, side)
            self._brow(pen, side)
        self._hair(pen)
        if self.rng.random() < 0.15:
            self._glasses(pen)

    def _head(self) -> Map:
        head = ring(48)
        below = np.clip(head[:, 1], 0, None)
        return floats(
            np.stack([head[:, 0] * self.half_width * (1 - self.jaw * below**2), head[:, 1]], axis=1)
        )

    def _behind(self) -> list[tuple[float, float]]:
        wide, low = self.half_width + 0.2, float(self.rng.uniform(0.9, 1.9))
        right = [(0.0, -1.25), (0.7 * wide, -1.1), (wide, -0.5), (wide + 0.05, 0.5), (wide, low)]
        return right + [(-x, y) for x, y in right[:0:-1]]

    def _shoulders(self, pen: Pen) -> None:
        neck = [(-0.28, 0.6), (0.28, 0.6), (0.3, 1.5), (-0.3, 1.5)]
        pen.fill(neck, floats(self.skin) * np.float32(0.86))
        cloth = (252, 252, 250) if self.white else self.rng.uniform(20, 245, 3)
        collar = float(self.rng.uniform(1.12, 1.3))
        right = [(0.0, collar + 0.2), (0.34, collar), (1.0, collar + 0.2), (1.35, collar + 0.7), (1.5, 3.4)]
        pen.fill(rounded(right + [(-x, y) for x, y in right[:0:-1]]), cloth)

    def _eye(self, pen: Pen, side: int) -> None:
        place = floats([self.aside + side * self.eye_x, self.eye_y])
        size, dark = self.eye_size, pen.ink
        if self.eye == "shut":
            pen.lines([arc(size, 0.5 * size, at=_at(place))], dark, width=0.045)
            return
        if self.eye == "dot":
            pen.fill(ring(24) * (0.5 * size, 0.75 * size) + place, dark, inked=False)
            return
        if self.eye == "hole":
            pen.fill(ring(24) * (1.1 * size, 0.62 * size) + place, (14, 12, 12), inked=False)
            return
        shape = {"oval": (0.9, 1.1), "almond": (1.1, 0.55), "tall": (0.85, 1.15)}[self.eye]
        white = ring(30) * floats(shape) * size
        if self.eye == "almond":
            white = white * np.stack([np.ones(30), 1 - 0.35 * np.abs(ring(30)[:, 0])], axis=1)
        pen.fill(white + place, (252, 252, 250))
        gaze = floats([0.25 * size * np.clip(self.light, -1, 1), 0.05 * size])
        round_eye = min(shape) * size * (0.92 if self.eye == "tall" else 0.8)
        tall = 1.25 if self.eye == "tall" else 1.0
        iris = (250, 250, 250) if self.white else self.iris
        pen.fill(ring(24) * (round_eye, round_eye * tall) * 0.85 + place + gaze, iris)
        pen.fill(ring(20) * (round_eye, round_eye * tall) * 0.5 + place + gaze, (12, 10, 12), inked=False)
        glint = place + gaze + floats([-0.25, -0.3]) * round_eye
        pen.fill(ring(14) * 0.2 * round_eye + glint, (255, 255, 255), inked=False)
        lid = arc(1.05 * shape[0] * size, -0.9 * shape[1] * size, at=_at(place))
        pen.lines([lid], dark, width=0.06 if self.eye == "tall" else 0.03)

    def _brow(self, pen: Pen, side: int) -> None:
        if self.eye == "hole" or self.rng.random() < 0.1:
            return
        lift = self.eye_y - 1.5 * self.eye_size - 0.06
        brow = arc(1.15 * self.eye_size, -0.07, at=(self.aside + side * self.eye_x, lift))
        brow[:, 1] += (
            side * np.float32(0.25 * min(self.mood, 0)) * (brow[:, 0] - self.aside - side * self.eye_x)
        )
        colour = pen.ink if self.white else floats(self.hair) * np.float32(0.75)
        pen.lines([brow], colour, width=float(self.rng.uniform(0.025, 0.1)))

    def _nose(self, pen: Pen) -> None:
        x, top, foot = self.aside * 1.6, self.eye_y + 0.12, self.mouth_y - 0.2
        shade = pen.ink if self.outlined else floats(self.skin) * np.float32(0.7)
        if self.nose == "angle":
            pen.lines([floats([(x, top), (x + 0.13, foot), (x - 0.02, foot + 0.03)])], shade, width=0.035)
        elif self.nose == "hook":
            pen.lines([arc(0.11, 0.09, at=(x, foot))], shade, width=0.035)
        elif self.nose == "nostrils":
            for side in (-1, 1):
                pen.fill(ring(12) * (0.035, 0.025) + (x + 0.07 * side, foot), shade, inked=False)
        elif self.nose == "wedge":
            wedge = [(x - 0.02, top), (x + 0.15, foot + 0.04), (x - 0.15, foot + 0.04)]
            pen.fill(rounded(wedge), floats(self.skin) * np.float32(0.85))
        elif self.nose == "ball":
            pen.fill(ring(20) * (0.13, 0.12) + (x, foot), floats(self.skin) * floats([1.0, 0.85, 0.85]))
        elif self.nose == "dash":
            pen.lines([floats([(x, foot - 0.03), (x + 0.02, foot + 0.02)])], shade, width=0.03)

    def _mouth(self, pen: Pen) -> None:
        at = (self.aside * 1.3, self.mouth_y)
        wide, bend = float(self.rng.uniform(0.16, 0.42)), 0.22 * float(np.clip(self.mood, -1, 1.4))
        red = (250, 250, 248) if self.white else (196, 70, 76)
        if self.mouth == "open":
            upper, lower = arc(wide, 0.1 * bend, at=at), arc(wide, max(bend, 0.1) * 1.3, at=at)
            pen.fill(np.concatenate([upper, lower[::-1]]), (120, 28, 34) if not self.white else (30, 28, 30))
            if self.rng.random() < 0.6:
                teeth = np.concatenate(
                    [upper * (0.9, 1) + (0.1 * at[0], 0), (upper + floats([0, 0.05]))[::-1]]
                )
                pen.fill(teeth, (250, 250, 246), inked=False)
        elif self.mouth == "lips":
            upper = arc(wide, bend - 0.07, at=at)
            middle, lower = arc(wide, bend, at=at), arc(wide, bend + 0.1, at=at)
            pen.fill(np.concatenate([upper, lower[::-1]]), red)
            pen.lines([middle], pen.ink, width=0.02)
        else:
            bow = arc(wide, bend if self.mouth == "bow" else 0.1 * bend, at=at)
            pen.lines([bow], pen.ink, width=float(self.rng.uniform(0.03, 0.06)))

    def _hair(self, pen: Pen) -> None:
        if self.cut == "none":
            return
        wide, hairline = self.half_width, float(self.rng.uniform(-0.72, -0.42))
        top = ring(48)[24:] * floats([wide * 1.07, 1.1])
        if self.cut == "spikes":
            top = top * (1 + 0.14 * (np.arange(24) % 2))[:, None].astype(np.float32)
        elif self.cut == "curls":
            top = top * (1.12 + 0.06 * np.sin(np.arange(24) * 1.7))[:, None].astype(np.float32)
        across = np.linspace(wide * 0.98, -wide * 0.98, 14)
        edge = hairline + 0.35 * (across / wide) ** 2
        if self.cut in ("fringe", "long"):
            edge = edge + 0.16 * (np.arange(14) % 2)
        low = np.stack([across, edge], axis=1).astype(np.float32)
        pen.fill(np.concatenate([top, low]), self.hair)

    def _glasses(self, pen: Pen) -> None:
        frame = self.rng.uniform(10, 90, 3)
        rims = [
            ring(30) * floats([0.24, 0.2]) + (self.aside + side * self.eye_x, self.eye_y) for side in (-1, 1)
        ]
        bridge = arc(max(self.eye_x - 0.24, 0.03), -0.05, at=(self.aside, self.eye_y))
        pen.lines([np.concatenate([rim, rim[:1]]) for rim in rims] + [bridge], frame, width=0.045)


def _skin(rng: np.random.Generator, style: str) -> Colour:
    if style == "line":
        return (250.0, 250.0, 248.0)
    if style == "emoji":
        return _tuple(floats(_YELLOW[rng.integers(3)]) if rng.random() < 0.8 else rng.uniform(60, 250, 3))
    if style == "mask" and rng.random() < 0.6:
        return _tuple(rng.uniform(30, 250, 3))
    tone = SKIN_RAMP[rng.integers(len(SKIN_RAMP))] * rng.uniform(0.95, 1.12)
    return _tuple(tone if rng.random() < 0.9 else rng.uniform(60, 250, 3))


def _hair(rng: np.random.Generator, style: str) -> Colour:
    if style == "line":
        return (250.0, 250.0, 248.0) if rng.random() < 0.5 else (30.0, 28.0, 30.0)
    if style == "anime" or rng.random() < 0.25:
        return _tuple(rng.uniform(10, 250, 3))
    return _tuple(floats(HAIR_COLOURS[rng.integers(len(HAIR_COLOURS))]))


def _tuple(colour: np.ndarray) -> Colour:
    red, green, blue = (float(value) for value in np.clip(colour, 0, 255))
    return red, green, blue


def _at(place: Map) -> tuple[float, float]:
    return float(place[0]), float(place[1])
