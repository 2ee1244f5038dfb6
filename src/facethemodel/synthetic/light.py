"""The light on a scene: one main light, what comes from all around, and the colour of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facethemodel.synthetic.surface import Map, floats
from facethemodel.synthetic.variation import Variation


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A main light and an even surrounding one.

    Attributes:
        direction: Unit vector towards the main light, in the camera's axes.
        strength: The main light's share.
        ambient: The surroundings' share.
        colour: Multipliers of the main light's three colours.
    """

    direction: Map
    strength: float
    ambient: float
    colour: Map

    @classmethod
    def at(cls, azimuth: float, elevation: float, *, strength: float, ambient: float, warmth: float) -> Light:
        """A light at these angles in degrees; `warmth` runs from -1 (blue) to 1 (orange)."""
        turn, rise = np.radians([azimuth, elevation])
        way = np.array([np.sin(turn) * np.cos(rise), -np.sin(rise), np.cos(turn) * np.cos(rise)])
        colour = np.array([1 + 0.2 * warmth, 1 + 0.02 * warmth, 1 - 0.24 * warmth])
        return cls(
            direction=np.asarray(way, dtype=np.float32),
            strength=strength,
            ambient=ambient,
            colour=np.asarray(colour, dtype=np.float32),
        )

    @classmethod
    def of(cls, variation: Variation) -> Light:
        """The light of one photo."""
        return cls.at(
            variation.light_azimuth,
            variation.light_elevation,
            strength=variation.light_strength,
            ambient=variation.ambient,
            warmth=variation.warmth,
        )

    @property
    def cast(self) -> Map:
        """Multipliers of the three colours of what is far behind, already in display steps."""
        return floats(np.sqrt(0.5 + 0.5 * self.colour))

    def on(
        self, normal: Map, open_sky: Map | float, *, direction: Map | None = None, flesh: float = 0.0
    ) -> Map:
        """Brightness (h, w, 3) of surfaces, 1 being a white sheet facing the light, already in display steps.

        Args:
            normal: Unit normals (h, w, 3).
            open_sky: What the main light's way is free of, 0 to 1.
            direction: The main light's direction in the axes of `normal`, where they are not the camera's.
            flesh: How far light creeps round the terminator inside skin, most of all the red of it.
        """
        way = self.direction if direction is None else direction
        facing = normal @ way
        sky = np.float32(0.85) - np.float32(0.15) * normal[..., 1]
        shares = []
        for channel, creep in enumerate((0.3, 0.14, 0.1)):
            wrap = np.float32(0.08 + flesh * creep)
            main = np.clip((facing + wrap) / (1 + wrap), 0, None) * open_sky * np.float32(self.strength)
            around = sky * (np.float32(0.5) + np.float32(0.5) * open_sky) * np.float32(self.ambient)
            shares.append(main * self.colour[channel] + around * (0.5 + 0.5 * self.colour[channel]))
        # Display values rise about with the root of the light, which a plain root renders well enough.
        return np.asarray(np.sqrt(np.dstack(shares)), dtype=np.float32)

    def gloss(self, normal: Map, *, view: Map, direction: Map, sharpness: int) -> Map:
        """The mirror-like part of the main light (h, w), by the half-way vector of Blinn (1977)."""
        half = view + direction
        half = half / np.linalg.norm(half)
        facing = np.clip(normal @ half.astype(np.float32), 0, 1)
        for _ in range(sharpness):
            facing = facing * facing
        return np.asarray(facing * np.float32(self.strength), dtype=np.float32)
