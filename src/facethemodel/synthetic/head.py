"""The shape of a head: an ellipsoid with the bumps and hollows of one person, moved by what the face does.

Places on a face are given as seen from straight ahead: x to the right, y down, the crown of the skull at -1,
the chin at 1, the eyes near 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facethemodel.synthetic.surface import DIRECTIONS, Map, bump, ellipsoid
from facethemodel.synthetic.traits import Identity
from facethemodel.synthetic.variation import Variation


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the parts of one face are in one photo, in face places."""

    half_width: float
    half_depth: float
    eye_x: float
    eye_y: float
    eye_half_width: float
    eye_half_height: float
    brow_y: float
    nose_y: float
    nose_half_width: float
    mouth_y: float
    mouth_half_width: float
    mouth_gap: float
    lip_upper: float
    lip_lower: float
    corner_lift: float
    chin_y: float

    @classmethod
    def of(cls, identity: Identity, variation: Variation) -> Layout:
        """Places the parts of this person's face as this photo shows them."""
        smile, gap = variation.smile, variation.mouth_open
        wide = max(smile, 0.0)
        eyes = 0.02 + 0.03 * identity.eye_height
        nose = 0.37 + 0.07 * identity.nose_length + 0.02 * identity.eye_height
        opening = (0.076 + 0.018 * identity.eye_opening) * variation.eyes_open * (1 - 0.12 * wide)
        return cls(
            half_width=0.745 + 0.065 * identity.head_width,
            half_depth=0.92 + 0.04 * identity.head_depth,
            eye_x=0.315 + 0.04 * identity.eye_spacing + 0.012 * identity.head_width,
            eye_y=eyes,
            eye_half_width=0.142 + 0.022 * identity.eye_size,
            eye_half_height=opening * (1 + 0.1 * identity.eye_size) * (1 - 0.07 * variation.age),
            brow_y=eyes - 0.185 - 0.035 * identity.brow_gap - 0.025 * variation.brow_raise,
            nose_y=nose,
            nose_half_width=0.145 + 0.042 * identity.nose_width + 0.012 * wide,
            mouth_y=0.615 + 0.035 * identity.mouth_height + 0.3 * (nose - 0.37),
            mouth_half_width=(0.25 + 0.05 * identity.mouth_width) * (1 + 0.2 * smile - 0.08 * gap),
            mouth_gap=0.11 * gap,
            lip_upper=0.047 + 0.02 * identity.lip_upper - 0.012 * wide,
            lip_lower=0.062 + 0.024 * identity.lip_lower - 0.01 * wide,
            corner_lift=0.055 * smile + 0.018 * identity.mouth_curve,
            chin_y=0.93 + 0.04 * gap,
        )

    def chart(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> tuple[Map, Map]:
        """Chart places of face places (arrays of one shape)."""
        z = self.half_depth * np.sqrt(np.maximum(1 - (x / self.half_width) ** 2 - y**2, 0.02))
        forward = np.sqrt(x**2 + y**2 + z**2) + z
        return np.asarray(x / forward, dtype=np.float32), np.asarray(y / forward, dtype=np.float32)

    def point(self, x: float, y: float) -> tuple[float, float, float]:
        """The place in space, on the plain ellipsoid."""
        z = self.half_depth * float(np.sqrt(max(1 - (x / self.half_width) ** 2 - y**2, 0.0)))
        return x, y, z


def skull(identity: Identity, variation: Variation, *, layout: Layout) -> Map:
    """Radii of the bare head over the chart."""
    down = np.clip(DIRECTIONS[..., 1], 0, 1)
    # The face narrows towards the chin; how much is the person's jaw.
    taper = 1 - (0.13 - 0.08 * identity.jaw_width) * down**2
    length = np.where(
        DIRECTIONS[..., 1] > 0, 1 + 0.07 * identity.chin_length + 0.03 * variation.mouth_open, 1.0
    )
    radius = ellipsoid(a=layout.half_width * taper, b=length, c=layout.half_depth * (1 - 0.05 * down))
    for one in _bumps(identity, variation, layout):
        radius += _raise(layout, one)
    ear = (0.17 + 0.04 * identity.ear_angle) * (1 + 0.2 * identity.ear_size)
    radius += bump([-1.04, 1.04], 0.07, width=0.07, height=0.115 * (1 + 0.15 * identity.ear_size), amount=ear)
    radius += bump([-0.99, 0.99], 0.06, width=0.03, height=0.06, amount=-0.035)
    return np.asarray(radius, dtype=np.float32)


Bump = tuple[float, float, float, float, float]
"""Place across and down, standard deviations across and down, height; mirrored where it is off the middle."""


def _raise(layout: Layout, one: Bump) -> Map:
    x, y, width, height, amount = one
    z = layout.point(x, y)[2]
    squeeze = 1 / (float(np.sqrt(x * x + y * y + z * z)) + z)
    places = [side * x * squeeze for side in ((1, -1) if x else (1,))]
    return bump(places, y * squeeze, width=width * squeeze, height=height * squeeze, amount=amount)


def _bumps(identity: Identity, variation: Variation, layout: Layout) -> list[Bump]:
    eye_x, eye_y, nose_y, mouth_y = layout.eye_x, layout.eye_y, layout.nose_y, layout.mouth_y
    smile = max(variation.smile, 0.0)
    full = identity.cheek_fullness + 0.3 * variation.age - 0.2
    bridge = 0.05 + 0.025 * identity.nose_bridge
    tip = 0.15 + 0.035 * identity.nose_projection
    wing = layout.nose_half_width
    span = nose_y - eye_y
    return [
        (0.0, -0.5 + 0.03 * identity.forehead_height, 0.4, 0.2, 0.02 + 0.02 * identity.forehead_height),
        (0.6, -0.25, 0.16, 0.2, -0.03),
        (0.27, layout.brow_y + 0.02, 0.17, 0.055, 0.04 + 0.018 * identity.brow_ridge),
        (eye_x - 0.03, eye_y - 0.02, 0.14, 0.1, -0.095 - 0.018 * identity.eye_depth),
        (eye_x, eye_y + 0.005, 0.085, 0.06, 0.055),
        (eye_x, eye_y + 0.12, 0.1, 0.03, 0.016 * variation.age),
        (0.0, eye_y + 0.02, 0.055, 0.1, bridge),
        (0.0, eye_y + 0.35 * span, 0.062, 0.1, 0.075 + 0.8 * (bridge - 0.05) + 0.02 * identity.nose_hook),
        (0.0, eye_y + 0.7 * span, 0.075, 0.09, 0.55 * tip),
        (0.0, nose_y - 0.02, 0.075 + 0.012 * identity.nose_width, 0.06, tip),
        (wing * 0.78, nose_y + 0.01, 0.045, 0.045, 0.075),
        (0.0, nose_y + 0.1, 0.07, 0.025, -0.02),
        (0.5, 0.2, 0.15, 0.1, 0.04 + 0.025 * identity.cheekbones),
        (0.38, 0.32, 0.13, 0.12, 0.02 + 0.02 * full + 0.028 * smile),
        (0.46, 0.52, 0.14, 0.14, -0.02 + 0.045 * full),
        (layout.mouth_half_width + 0.1, mouth_y - 0.02, 0.05, 0.12, 0.02 * smile + 0.012 * variation.age),
        (0.0, mouth_y, 0.2, 0.14, 0.06),
        (0.0, mouth_y - 0.035, layout.mouth_half_width * 0.55, 0.025, 0.55 * layout.lip_upper),
        (
            0.0,
            mouth_y + 0.045 + layout.mouth_gap,
            layout.mouth_half_width * 0.5,
            0.032,
            0.55 * layout.lip_lower,
        ),
        (0.0, mouth_y + 0.15 + layout.mouth_gap, 0.14, 0.04, -0.035),
        (0.0, layout.chin_y, 0.13 + 0.05 * identity.chin_width, 0.1, 0.06 + 0.025 * identity.chin_length),
        (0.14, layout.chin_y, 0.09, 0.1, 0.03 * identity.chin_width),
        (0.5, 0.66, 0.16, 0.16, 0.02 + 0.065 * identity.jaw_width),
        (0.3, 0.85, 0.16, 0.1, 0.015 + 0.03 * full),
    ]
