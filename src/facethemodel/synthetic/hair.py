"""Hair and beards: where they grow on the chart, how far they stand out, and the strands' pattern."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike

from facethemodel.synthetic.head import Layout
from facethemodel.synthetic.surface import AXIS, EXTENT, GRID, Map, blurred, floats, grain, grain_at
from facethemodel.synthetic.traits import Identity
from facethemodel.synthetic.variation import FacialHair, HairStyle, Variation


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One hair style.

    Attributes:
        line: How far the hairline lies above (negative) or below its usual height at the middle.
        corners: The same at the temples' corners.
        parting: Chart abscissa of the parting.
        sweep: How much lower the line is on the far side of the parting.
        top: How far the hair stands out on top.
        side: How far it stands out at the sides.
        cover: 0 ears free, 1 ears and cheeks' edge covered.
        length: How far it hangs below the chin, in head units from the head's centre; 0 when short.
        curl: 0 straight, 1 frizzy.
        density: Opacity.
    """

    line: float = 0.0
    corners: float = 0.0
    parting: float = 0.0
    sweep: float = 0.0
    top: float = 0.09
    side: float = 0.04
    cover: float = 0.0
    length: float = 0.0
    curl: float = 0.0
    density: float = 1.0


CUTS: dict[HairStyle, Cut] = {
    "bald": Cut(line=-0.75, corners=-0.55, top=0.0, side=0.01, density=0.55),
    "receding": Cut(line=-0.12, corners=-0.17, top=0.04, side=0.02, density=0.85),
    "crew": Cut(line=-0.01, top=0.05, side=0.015, density=0.9),
    "side": Cut(parting=-0.3, sweep=0.06, line=-0.03, top=0.12, side=0.04),
    "fringe": Cut(line=0.11, corners=0.08, top=0.1, side=0.08, cover=0.35),
    "back": Cut(line=-0.03, corners=-0.03, top=0.12, side=0.05, cover=0.1),
    "curly": Cut(line=0.01, corners=0.03, top=0.17, side=0.12, cover=0.25, curl=0.7),
    "afro": Cut(line=-0.02, top=0.32, side=0.28, cover=0.3, curl=1.0),
    "bob": Cut(parting=0.25, sweep=0.06, line=-0.02, corners=0.03, top=0.1, side=0.13, cover=1.0, length=0.8),
    "long": Cut(parting=0.0, line=-0.05, corners=0.04, top=0.09, side=0.1, cover=0.9, length=1.7),
    "long_fringe": Cut(line=0.12, corners=0.12, top=0.1, side=0.1, cover=1.0, length=1.55),
    "tied": Cut(line=-0.02, corners=-0.01, top=0.07, side=0.03),
}


def hair_colour(identity: Identity, variation: Variation) -> Map:
    """The colour of the hair on the head in this photo."""
    natural = floats(identity.hair) * np.float32(1 + 0.22 * variation.hair_tone)
    grey = floats([168, 166, 164]) + 35 * (variation.age - 0.6)
    return np.asarray(natural + variation.grey_hair * (grey - natural), dtype=np.float32)


def scalp(identity: Identity, cut: Cut) -> Map:
    """Where hair grows on the head, 0 to 1 over the chart."""
    line = -0.33 - 0.035 * identity.forehead_height + 0.05 * identity.hairline + cut.line
    corner = line + 0.09 + cut.corners
    ear, cover = 0.86, cut.cover
    opening = []
    for side in (1, -1):
        # The far side of a parting hangs lower.
        sweep = cut.sweep if (side > 0) == (cut.parting < 0) else -0.4 * cut.sweep
        half = [
            (0.0, line + 0.5 * sweep),
            (0.2, line + 0.015 + sweep),
            (0.37, corner - 0.02 + sweep),
            (0.47 - 0.03 * cover, corner + 0.09),
            (0.53 - 0.03 * cover, -0.1),
            (0.63 - 0.07 * cover, 0.02),
            (0.72 - 0.12 * cover, 0.13),
            (0.78 - 0.14 * cover, 0.15 + 0.12 * cover),
        ]
        if cover > 0.6:
            half += [(0.68, 0.42), (0.72, 0.75), (0.75, EXTENT + 0.2)]
        else:
            half += [
                (ear, 0.02 + 0.1 * cover),
                (0.98, -0.09 + 0.2 * cover),
                (1.2, -0.04),
                (1.4, 0.16),
                (EXTENT + 0.2, 0.3),
            ]
        half.append((EXTENT + 0.2, EXTENT + 0.2))
        opening.append([(side * u, v) for u, v in half])
    outline = opening[0] + opening[1][::-1]
    return np.asarray(1 - _filled(outline, soft=1.6), dtype=np.float32)


def beard_area(kind: FacialHair, layout: Layout) -> Map:
    """Where facial hair of this kind grows, 0 to 1 over the chart."""
    if kind == "none":
        return np.zeros((GRID, GRID), dtype=np.float32)
    half, low = layout.mouth_half_width, layout.mouth_y
    lip = low - layout.lip_upper - 0.005
    beneath = low + layout.mouth_gap + layout.lip_lower + 0.01
    area = np.zeros((GRID, GRID), dtype=np.float32)
    lift = 0.5 * layout.corner_lift
    moustache = [
        (0.02, lip - 0.075),
        (0.12, lip - 0.07),
        (half + 0.05, low - lift + 0.01),
        (half + 0.02, low + 0.04),
    ]
    moustache += [(half - 0.03, low - lift - 0.015), (half * 0.5, lip - 0.005), (0.02, lip + 0.012)]
    area = np.maximum(area, _mirrored(moustache, layout))
    if kind == "goatee":
        chin = [(0.0, beneath + 0.02), (0.06, beneath + 0.01), (0.12, beneath + 0.07), (0.2, beneath + 0.02)]
        chin += [(half + 0.05, low + 0.02), (half + 0.03, low + 0.2), (0.2, 0.985), (0.0, 0.995)]
        area = np.maximum(area, _mirrored(chin, layout))
    if kind in ("beard", "stubble"):
        jaw = [
            (0.0, beneath + 0.03),
            (0.07, beneath + 0.03),
            (0.13, beneath + 0.05),
            (half + 0.0, low + 0.07),
        ]
        jaw += [
            (half + 0.04, low - lift - 0.02),
            (half + 0.14, low - 0.1),
            (0.52, low - 0.2),
            (0.635, 0.12),
            (0.72, 0.1),
        ]
        jaw += [(0.7, 0.45), (0.66, 0.62), (0.5, 0.82), (0.3, 0.95), (0.0, 0.999)]
        area = np.maximum(area, _mirrored(jaw, layout))
        below = _filled([(-0.62, 0.62), (0.62, 0.62), (0.5, 1.15), (-0.5, 1.15)], soft=2.5)
        area = np.maximum(area, below)
    if kind == "stubble":
        area = blurred(area, 3.5)
    return np.asarray(area, dtype=np.float32)


def stand_out(hair: Map, beard: Map, *, cut: Cut, kind: FacialHair, seed: int) -> Map:
    """How far hair and beard lift the head's surface, over the chart."""
    body = cv2.GaussianBlur(hair, (0, 0), 2.5)
    up = np.clip(0.35 - AXIS[:, None], 0, 1)
    lumps = 1 + (0.08 + 0.08 * cut.curl) * grain((GRID, GRID), seed, softness=9.0 - 4.0 * cut.curl)
    lift = body * (cut.side + (cut.top - cut.side) * np.clip(up, 0, 1)) * lumps
    thickness = {"none": 0.0, "stubble": 0.0, "moustache": 0.03, "goatee": 0.035, "beard": 0.055}[kind]
    return np.asarray(lift + thickness * cv2.GaussianBlur(beard, (0, 0), 2.2), dtype=np.float32)


def strands(place: tuple[Map, Map], *, cut: Cut, seed: int) -> Map:
    """The strands' pattern at chart places, about -1 to 1: streaks that run from the parting outwards."""
    u, v = place
    across, down = u - np.float32(cut.parting), v + np.float32(1.15)
    if cut.curl > 0.5:
        rate = np.float32(60 + 50 * cut.curl)
        return grain_at(u * rate + seed % 97, v * rate + seed % 89, softness=2.0) * np.float32(0.7)
    angle = np.arctan2(across, down)
    reach = np.sqrt(across * across + down * down)
    wobble = np.float32(2.5) * np.sin(reach * np.float32(7)) if cut.curl else np.float32(0)
    fine = grain_at(angle * np.float32(95) + wobble + seed % 97, reach * np.float32(9), softness=1.0)
    broad = grain_at(angle * np.float32(40) + seed % 89, reach * np.float32(4), softness=2.0)
    return np.asarray(0.55 * fine + 0.45 * broad, dtype=np.float32)


def bristles(place: tuple[Map, Map], *, seed: int) -> Map:
    """The pattern of a beard at chart places."""
    u, v = place
    fine = grain_at(u * np.float32(150) + seed % 61, v * np.float32(55), softness=1.0)
    return np.asarray(
        0.7 * fine + 0.3 * grain_at(u * np.float32(30), v * np.float32(30), softness=1.0), dtype=np.float32
    )


def _mirrored(outline: list[tuple[float, float]], layout: Layout) -> Map:
    places = np.array(outline)
    u, v = layout.chart(places[:, 0], places[:, 1])
    right = np.stack([u, v], axis=1)
    area = np.maximum(_filled(right, soft=0.9), _filled(right * floats([-1, 1]), soft=0.9))
    return np.asarray(area, dtype=np.float32)


def _filled(outline: ArrayLike, *, soft: float) -> Map:
    mask = np.zeros((GRID, GRID), dtype=np.uint8)
    spots = (np.asarray(outline, dtype=np.float32) + EXTENT) * ((GRID - 1) / (2 * EXTENT))
    cv2.fillPoly(mask, [np.round(spots * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft), dtype=np.float32)
