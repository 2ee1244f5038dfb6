"""From squares to what the check is trained on: drawn by kind, moved a little, with other pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.gate_patches import PATCH_MARGIN, PATCH_SIDE, Patch
from benchmarks.gate_variations import sharpened
from facethemodel.faces.check import CHECK_SIDE, MARGIN

Pixels = NDArray[np.uint8]

GROUPS = {
    "face": 3.0,
    "drawn person": 0.8,
    "animal": 2.0,
    "photo as": 0.6,
    "drawing": 1.0,
    "statue": 0.15,
    "stone": 0.0,
    "rest": 0.5,
}
"""How often each group is drawn, relative to the others."""
MISPLACED = 0.06
"""Share of faces shown shifted by half, far too large or small, or upside down: nobody could judge those."""
HARD_FACE, HARD_OTHER = 1.5, -1.0
"""Logits of a network that never saw the square: a face below, anything else above is hard ..."""
HARDER = 2.5
"""... and shown so many times as often."""
_DRAWN_FACES = frozenset({"cartoon", "line", "emoji", "anime", "doll", "mask", "pixel"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Squares:
    """All squares as columns; see `Patch`."""

    pixels: Pixels
    face: NDArray[np.bool_]
    kind: NDArray[np.str_]
    fold: NDArray[np.int64]
    first: NDArray[np.float64]
    looks: NDArray[np.float64]
    plain: NDArray[np.bool_]

    @classmethod
    def of(cls, patches: Sequence[Patch]) -> Self:
        """Puts squares into columns."""
        return cls(
            pixels=np.stack([patch.pixels for patch in patches]),
            face=np.array([patch.face for patch in patches]),
            kind=np.array([patch.kind for patch in patches]),
            fold=np.array([patch.fold for patch in patches]),
            first=np.array([patch.first for patch in patches]),
            looks=np.array([patch.looks for patch in patches]),
            plain=np.array([patch.plain for patch in patches]),
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads what `save` wrote."""
        with np.load(folder / "facts.npz") as facts:
            return cls(pixels=np.load(folder / "pixels.npy", mmap_mode="r"), **dict(facts))

    def save(self, folder: Path) -> None:
        """Writes two files into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "pixels.npy", self.pixels)
        np.savez(
            folder / "facts.npz",
            face=self.face,
            kind=self.kind,
            fold=self.fold,
            first=self.first,
            looks=self.looks,
            plain=self.plain,
        )

    def weights(self, logits: NDArray[np.float64], shares: Mapping[str, float]) -> NDArray[np.float64]:
        """How likely each square is drawn: groups by their shares, inside them by how hard a square is.

        Args:
            shares: See `GROUPS`.
            logits: (n,) of a network that never saw the square; NaN where there is none. What the detector is
                surer of, and what that network was wrong or unsure about, comes more often.
        """
        group = np.array(
            [group_of(str(kind), bool(face)) for kind, face in zip(self.kind, self.face, strict=True)]
        )
        surer = np.where(self.face, 1.0, 0.3 + 1.5 * np.nan_to_num(self.first, nan=0.3) ** 2)
        hard = np.where(self.face, logits < HARD_FACE, logits > HARD_OTHER)
        surer = surer * np.where(hard, HARDER, 1.0)
        weights = np.zeros(len(group))
        for name, share in shares.items():
            of = group == name
            if of.any():
                weights[of] = share * surer[of] / surer[of].sum()
        return np.asarray(weights / weights.sum())


def group_of(kind: str, face: bool) -> str:
    """The group of a kind of square."""
    if face:
        return "drawn person" if kind == "drawn person" else "face"
    if kind == "animal":
        return "animal"
    if kind == "photo as stone":
        return "stone"
    if kind.startswith("photo as"):
        return "photo as"
    if kind == "statue":
        return "statue"
    return "drawing" if kind in _DRAWN_FACES else "rest"


def plain_crop(pixels: Pixels) -> Pixels:
    """What the gate would cut, from a square."""
    return _cut(pixels, scale=1.0, turn=0.0, shift=(0.0, 0.0), stretch=1.0, mirrored=False)


def sample(pixels: Pixels, face: bool, rng: np.random.Generator) -> tuple[Pixels, bool]:
    """One training crop (64, 64, 3) of a square, and whether it now shows a face."""
    scale, turn = float(np.exp(rng.normal(0, 0.09))), float(rng.normal(0, 8))
    shift = rng.normal(0, 0.03, 2)
    if face and rng.random() < MISPLACED:
        face = False
        choice = rng.random()
        if choice < 0.4:
            way = rng.uniform(0, 2 * np.pi)
            shift = np.array([np.cos(way), np.sin(way)]) * rng.uniform(0.36, 0.6)
        elif choice < 0.6:
            scale = float(rng.choice([rng.uniform(0.3, 0.5), rng.uniform(2.2, 3.0)]))
        else:
            turn += float(rng.uniform(130, 230))
    crop = _cut(
        pixels,
        scale=scale,
        turn=turn,
        shift=(float(shift[0]), float(shift[1])),
        stretch=float(np.exp(rng.normal(0, 0.05))),
        mirrored=bool(rng.random() < 0.5),
    )
    crop = _recoloured(_roughened(crop, rng), rng)
    return (_framed(crop, rng) if rng.random() < 0.3 else crop), face


def _cut(
    pixels: Pixels, *, scale: float, turn: float, shift: tuple[float, float], stretch: float, mirrored: bool
) -> Pixels:
    """Cuts the check's crop out of the middle of a square; `shift` is a share of an aligned crop's side."""
    ratio = CHECK_SIDE / MARGIN * PATCH_MARGIN / PATCH_SIDE * scale
    angle = np.radians(turn)
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * ratio
    linear = linear @ np.diag([stretch * (-1 if mirrored else 1), 1 / stretch])
    # Whole coordinates are the middles of pixels.
    offset = (
        np.array(shift) * CHECK_SIDE / MARGIN
        + (CHECK_SIDE - 1) / 2
        - linear @ np.full(2, (PATCH_SIDE - 1) / 2)
    )
    return np.asarray(
        cv2.warpAffine(
            pixels,
            np.column_stack([linear, offset]),
            (CHECK_SIDE, CHECK_SIDE),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(127, 127, 127),
        ),
        np.uint8,
    )


def _framed(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """As if the photo ended around the face: grey outside a tilted rectangle of about a detection's size."""
    inner = CHECK_SIDE / MARGIN
    across, down = 0.34 * inner * rng.uniform(0.85, 1.7, 2), 0.45 * inner * rng.uniform(0.85, 1.6, 2)
    corners = np.array(
        [(-across[0], -down[0]), (across[1], -down[0]), (across[1], down[1]), (-across[0], down[1])]
    )
    angle = float(rng.normal(0, 0.2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # A detection's middle lies a little below that of the aligned crop.
    spots = corners @ turn.T + (CHECK_SIDE / 2, CHECK_SIDE / 2 + 0.04 * inner)
    inside = np.zeros(crop.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(spots * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return np.where(inside[..., None] > 0, crop, np.uint8(127))


def _roughened(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Sometimes sharper, less sharp, badly compressed, or partly covered."""
    if rng.random() < 0.35:
        crop = sharpened(crop, float(rng.uniform(0.3, 2.5)), sigma=float(rng.uniform(0.6, 1.3)))
    if rng.random() < 0.2:
        small = int(rng.integers(18, 48))
        crop = np.asarray(cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA), np.uint8)
        method = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
        crop = np.asarray(cv2.resize(crop, (CHECK_SIDE, CHECK_SIDE), interpolation=method), np.uint8)
    if rng.random() < 0.12:
        crop = np.asarray(cv2.GaussianBlur(crop, (0, 0), float(rng.uniform(0.4, 1.6))), np.uint8)
    if rng.random() < 0.12:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(10, 50))]
        crop = np.asarray(cv2.imdecode(cv2.imencode(".jpg", crop, quality)[1], cv2.IMREAD_COLOR), np.uint8)
    if rng.random() < 0.15:
        crop = crop.copy()
        width, height = rng.integers(8, 28, 2)
        left, top = int(rng.integers(0, CHECK_SIDE - width)), int(rng.integers(0, CHECK_SIDE - height))
        crop[top : top + height, left : left + width] = rng.integers(0, 256, 3)
    return crop


def _recoloured(crop: Pixels, rng: np.random.Generator) -> Pixels:
    values = crop.astype(np.float32)
    if rng.random() < 0.3:
        values[:] = (values @ np.array([0.3, 0.59, 0.11], np.float32))[..., None]
    values = values * np.float32(np.exp(rng.normal(0, 0.2))) + np.float32(rng.normal(0, 12))
    values = values * np.exp(rng.normal(0, 0.06, 3)).astype(np.float32)
    if rng.random() < 0.4:
        middle = values.mean()
        values = (values - middle) * np.float32(rng.uniform(0.5, 1.9)) + middle
    if rng.random() < 0.3:
        values += rng.standard_normal(values.shape, np.float32) * np.float32(rng.uniform(1, 12))
    return np.clip(values, 0, 255).astype(np.uint8)
