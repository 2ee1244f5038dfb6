"""From small grey pictures to 64 bit hashes that nearly agree where the pictures do.

The 8 x 8 lowest frequencies of the discrete cosine transform give one bit each, as in pHash (Zauner, 2010),
but the bits are the signs of the coefficients and not comparisons with their median. Mirroring then flips the
bits of odd frequencies, and turning exchanges rows and columns: one transform gives all eight orientations.

A hash bears other tones, codecs and sizes; cropping by 3 % already costs it 7 bits. So the same transform is
also taken of windows of the picture: what was cropped away from the one is left out of the other. A window of
a picture is a weighted sum of its pixels, and so are its coefficients: all windows of many pictures are one
matrix product. Weights are rounded so far that the product is exact in double precision, and a photo's hash
is the same to the bit whatever else is in the project.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from facethemodel.duplicates.prints import FACE_SIDE, PHOTO_SIDE, Patch

ORIENTATIONS = 8
UPRIGHT, MIRRORED = 0, 1

_GRID = 32
_FREQUENCIES = 8
_BITS = _FREQUENCIES**2
_CHUNK = 512
_FLAT = 8.0
"""A picture without any coefficient as strong as this (half a grey level) has no structure to compare."""
_STEPS = 2.0**20
_ODD = (-1.0) ** np.arange(_FREQUENCIES)

Coefficients = NDArray[np.float64]
"""Shape (pictures, placements, 8, 8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Which part of a picture is looked at: its centre and sides as shares of the picture's, and a turn."""

    x: float = 0.5
    y: float = 0.5
    width: float = 1.0
    height: float = 1.0
    degrees: float = 0.0

    def matrix(self) -> NDArray[np.float64]:
        """The 2 x 3 matrix from places in the part that is looked at to places in the picture, 0 to 1."""
        angle = math.radians(self.degrees)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        linear = turn * np.array([self.width, self.height])
        return np.column_stack([linear, np.array([self.x, self.y]) - linear @ np.array([0.5, 0.5])])


def _window(*, left: float = 0.0, top: float = 0.0, right: float = 0.0, bottom: float = 0.0) -> Placement:
    width, height = 1 - left - right, 1 - top - bottom
    return Placement(x=left + width / 2, y=top + height / 2, width=width, height=height)


_SIDES = ("left", "top", "right", "bottom")

WINDOWS: tuple[Placement, ...] = (
    *(_window(left=cut, top=cut, right=cut, bottom=cut) for cut in (0.0, 0.04, 0.08, 0.12)),
    *(_window(**{side: cut}) for cut in (0.05, 0.1) for side in _SIDES),
    *(_window(**{side: 0.06, _SIDES[place - 1]: 0.06}) for place, side in enumerate(_SIDES)),
)
"""The whole photo first, then what light crops leave of it: less on all sides, on one side, at one corner."""

_MIDDLE = 0.84
_STEP, _SCALES, _TILT = 0.04, (1.0, 0.94, 1.06), 4.0
_CROSS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
_CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))


def _jitter(x: float, y: float, scale: float = 1.0, degrees: float = 0.0) -> Placement:
    side = _MIDDLE * scale
    return Placement(x=0.5 + _STEP * x, y=0.5 + _STEP * y, width=side, height=side, degrees=degrees)


JITTERS: tuple[Placement, ...] = (
    *(_jitter(x, y, scale) for scale in _SCALES for x, y in _CROSS),
    *(_jitter(x, y) for x, y in _CORNERS),
    *(_jitter(0, 0, degrees=degrees) for degrees in (_TILT, -_TILT)),
)
"""The middle of a face first, then moved as far as landmarks of one face differ between two copies."""

TYPICAL_FACE: NDArray[np.float64] = np.array(
    [
        [0.0, 0.0, -0.372, 0.0, -0.088, 0.0, -0.049, 0.0],
        [0.019, 0.0, -0.106, 0.0, 0.08, 0.0, -0.003, 0.0],
        [-0.083, 0.0, -0.028, 0.0, -0.019, 0.0, 0.074, 0.0],
        [0.083, 0.0, 0.013, 0.0, -0.047, 0.0, 0.021, 0.0],
        [-0.135, 0.0, 0.065, 0.0, 0.052, 0.0, -0.035, 0.0],
        [-0.149, 0.0, 0.087, 0.0, 0.039, 0.0, -0.027, 0.0],
        [0.021, 0.0, -0.018, 0.0, -0.022, 0.0, 0.023, 0.0],
        [0.055, 0.0, -0.02, 0.0, -0.021, 0.0, 0.003, 0.0],
    ]
)
"""Medians of the coefficients of 5,440 faces (people of LFW, FaceScrub's sample and the Beatles), made
symmetric. Measured from zero, all upright faces share many bits: eyes are dark and foreheads are not."""


def photo_coefficients(patches: Sequence[Patch]) -> Coefficients:
    """Transforms every window of photos' patches; see `WINDOWS`."""
    return _transform(patches, PHOTO_SIDE, WINDOWS)


def face_coefficients(patches: Sequence[Patch]) -> Coefficients:
    """Transforms every jitter of faces' patches, less what faces have in common; see `JITTERS`."""
    found = _transform(patches, FACE_SIDE, JITTERS)
    found[..., 0, 0] = 0.0
    strength = np.sqrt(np.square(found).sum(axis=(-2, -1), keepdims=True))
    return np.asarray(found / np.maximum(strength, _FLAT))


def is_flat(coefficients: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tells which pictures, of shape (..., 8, 8), show nothing that could be compared."""
    waves = np.abs(coefficients).reshape(*coefficients.shape[:-2], _BITS)[..., 1:]
    return np.asarray(waves.max(axis=-1) < _FLAT)


def photo_hashes(coefficients: NDArray[np.float64], orientation: int = UPRIGHT) -> NDArray[np.uint64]:
    """Hashes pictures of shape (..., 8, 8) as they are in one of the eight orientations."""
    return _pack(_turned(coefficients, orientation) > 0)


def face_hashes(coefficients: NDArray[np.float64], orientation: int = UPRIGHT) -> NDArray[np.uint64]:
    """Hashes faces of shape (..., 8, 8), upright or mirrored: in what they differ from a typical face."""
    return _pack(_turned(coefficients, orientation) > TYPICAL_FACE)


def turn(patch: Patch, orientation: int) -> Patch:
    """Brings a square patch into an orientation: bit 2 exchanges the axes, then 1 and 0 flip them."""
    if orientation & 4:
        patch = patch.T
    if orientation & 2:
        patch = patch[::-1]
    if orientation & 1:
        patch = patch[:, ::-1]
    return np.ascontiguousarray(patch)


def _turned(coefficients: NDArray[np.float64], orientation: int) -> NDArray[np.float64]:
    if orientation & 4:
        coefficients = coefficients.swapaxes(-1, -2)
    if orientation & 2:
        coefficients = coefficients * _ODD[:, None]
    if orientation & 1:
        coefficients = coefficients * _ODD
    return coefficients


def _pack(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    flat = bits.reshape(*bits.shape[:-2], _BITS)
    # The mean grey level says nothing; its bit is the same in all.
    flat[..., 0] = True
    return np.packbits(flat, axis=-1).view(">u8")[..., 0].astype(np.uint64)


def _transform(patches: Sequence[Patch], side: int, placements: tuple[Placement, ...]) -> Coefficients:
    weights = _weights(side, placements)
    found = np.empty((len(patches), len(placements) * _BITS))
    for begin in range(0, len(patches), _CHUNK):
        chunk = np.stack(patches[begin : begin + _CHUNK]).reshape(-1, side * side)
        found[begin : begin + _CHUNK] = chunk.astype(np.float64) @ weights
    return found.reshape(len(patches), len(placements), _FREQUENCIES, _FREQUENCIES)


@cache
def _weights(side: int, placements: tuple[Placement, ...]) -> NDArray[np.float64]:
    """What each pixel of a patch adds to each coefficient: shape (side * side, placements * 64)."""
    wave = np.cos(np.pi * np.outer(np.arange(_FREQUENCIES), 2 * np.arange(_GRID) + 1) / (2 * _GRID))
    wave *= np.sqrt(2 / _GRID)
    wave[0] /= np.sqrt(2)
    basis = np.kron(wave, wave)
    found = np.concatenate([basis @ _samples(side, placement) for placement in placements])
    return np.ascontiguousarray((np.round(found * _STEPS) / _STEPS).T)


def _samples(side: int, placement: Placement) -> NDArray[np.float64]:
    """Bilinear weights of a patch's pixels at the grid of a placement: shape (32 * 32, side * side)."""
    row, column = np.divmod(np.arange(_GRID * _GRID), _GRID)
    grid = np.stack([(column + 0.5) / _GRID, (row + 0.5) / _GRID, np.ones(_GRID * _GRID)])
    x, y = np.clip(placement.matrix() @ grid * side - 0.5, 0, side - 1)
    left, top = np.minimum(np.floor([x, y]), side - 2).astype(np.int64)
    weights = np.zeros((_GRID * _GRID, side * side))
    for down in (0, 1):
        for across in (0, 1):
            share = np.abs(1 - down - (y - top)) * np.abs(1 - across - (x - left))
            weights[np.arange(_GRID * _GRID), (top + down) * side + left + across] = share
    return weights
