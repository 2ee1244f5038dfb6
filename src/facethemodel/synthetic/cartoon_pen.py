"""What cartoons are drawn with: shapes in face units, turned, outlined, and shaded in one of three ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from facethemodel.synthetic.canvas import Canvas
from facethemodel.synthetic.surface import Map, floats

Colour = tuple[float, float, float]
Shading = Literal["flat", "two tones", "round"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Draws in face units: the middle of the face is (0, 0), the crown at -1, the chin at 1.

    Attributes:
        canvas: What is drawn on; its coordinates are pixels from the picture's middle.
        unit: Half the height of the face in pixels.
        turn: (2, 2) rotation by the tilt of the head.
        centre: Where the face's middle is, in the canvas' coordinates.
        line: Width of outlines in face units; 0 draws none.
        ink: Their colour.
    """

    canvas: Canvas
    unit: float
    turn: NDArray[np.float32]
    centre: NDArray[np.float32]
    line: float
    ink: Colour

    @classmethod
    def of(cls, rng: np.random.Generator, scene: Map, *, unit: float, line: float, ink: Colour) -> Self:
        """Places a face somewhere near the middle of the scene, slightly tilted."""
        size = scene.shape[0]
        tilt = float(np.radians(np.clip(rng.normal(0, 7), -20, 20)))
        cosine, sine = np.cos(tilt), np.sin(tilt)
        return cls(
            canvas=Canvas(scene, (size - 1) / 2),
            unit=unit,
            turn=floats([[cosine, -sine], [sine, cosine]]),
            centre=floats(rng.normal(0, 0.035, 2) * size),
            line=line,
            ink=ink,
        )

    def fill(
        self, outline: ArrayLike, colour: ArrayLike, *, inked: bool = True, opacity: float = 1.0
    ) -> None:
        """Fills an outline (n, 2) and, where there are outlines, inks its edge."""
        spots = self._spots(outline)
        self.canvas.fill(spots, colour, opacity=opacity)
        if inked and self.line > 0:
            self.canvas.lines([spots], self.ink, width=self.line * self.unit, closed=True)

    def lines(self, paths: list[Map], colour: ArrayLike, *, width: float) -> None:
        """Draws polylines (each (n, 2)); `width` is in face units."""
        self.canvas.lines([self._spots(path) for path in paths], colour, width=max(width * self.unit, 0.7))

    def shaded(
        self, outline: ArrayLike, colour: ArrayLike, *, shading: Shading, light: float, gloss: float
    ) -> None:
        """Fills an outline as a flat, a two-toned or a rounded body.

        Args:
            outline: (n, 2).
            colour: Its own.
            shading: Which of the three.
            light: Where the light comes from, -1 the left to 1 the right.
            gloss: Strength of the highlight of a rounded body, 0 to 1.
        """
        base = floats(colour)
        self.fill(outline, base)
        spots = np.asarray(outline, dtype=np.float32)
        middle = (spots.min(axis=0) + spots.max(axis=0)) / 2
        if shading == "two tones":
            # The body's own outline, moved towards the light, is what stays bright.
            self.fill(spots, base * np.float32(0.78), inked=False)
            self.fill(
                (spots - middle) * floats([0.84, 0.95]) + middle + (0.1 * light, -0.05), base, inked=False
            )
            if self.line > 0:
                self.canvas.lines([self._spots(spots)], self.ink, width=self.line * self.unit, closed=True)
        elif shading == "round":
            for step in np.linspace(0, 1, 14):
                share = np.float32(0.62 + 0.42 * step)
                grown = (spots - middle) * np.float32(1 - 0.78 * step) + middle
                self.canvas.fill(
                    self._spots(grown + floats([0.3 * light * step, -0.28 * step])),
                    np.minimum(base * share, 252),
                    soft=0.05 * self.unit,
                )
            spot = middle + floats([0.34 * light, -0.42])
            disc = ring(12) * floats([0.16, 0.11]) + spot
            self.canvas.fill(self._spots(disc), (255, 255, 255), soft=0.05 * self.unit, opacity=gloss)

    def _spots(self, outline: ArrayLike) -> Map:
        spots = np.asarray(outline, dtype=np.float32) * np.float32(self.unit) @ self.turn.T + self.centre
        return np.asarray(spots, dtype=np.float32)


def ring(corners: int = 40) -> Map:
    """The unit circle as (corners, 2), clockwise as seen, from the right."""
    at = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.stack([np.cos(at), np.sin(at)], axis=1).astype(np.float32)


def arc(half_width: float, bend: float, *, at: tuple[float, float], corners: int = 13) -> Map:
    """A bow (corners, 2) whose middle hangs `bend` below its ends; `at` is the middle of its ends."""
    along = np.linspace(-1, 1, corners, dtype=np.float32)
    return np.stack([at[0] + half_width * along, at[1] + bend * (1 - along**2)], axis=1).astype(np.float32)
