"""Puts glasses, hats, beards, masks and scarves on aligned faces, quickly enough for a training loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from facethemodel.dataset.occlusions import OCCLUSIONS, occlude
from facethemodel.faces.align import ALIGNED_SIDE, TEMPLATE

Pixels = NDArray[np.uint8]

WORN = tuple(kind for kind in OCCLUSIONS if kind != "hand")
"""A hand takes its colour from the face it covers, and an overlay knows no face."""
EACH = 30
"""Overlays of each kind: painting one takes as long as making ten crops, so that they are used again."""
_DARK, _LIGHT = 60, 190
_STRAY = 1.5
"""Standard deviation, in pixels of a crop of 112, of how far a thing sits off the template's landmarks."""
_OPAQUE = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A thing without the face: what remains of the face's values, in 255ths, and what is added to them.

    Attributes:
        kept: Shape (S, S, 3), 255 where the thing is not.
        added: Shape (S, S, 3), 0 where the thing is not.
    """

    kept: Pixels
    added: Pixels


def put_on(images: Pixels, share: float, random: Generator) -> None:
    """Puts something on some of the faces, in place.

    Args:
        images: Aligned crops, shape (B, S, S, 3).
        share: Probability of each.
        random: Where chance comes from.
    """
    things = overlays(images.shape[1])
    for index in np.flatnonzero(random.random(len(images)) < share):
        thing = things[int(random.integers(len(things)))]
        cv2.add(part(images[index], thing.kept), thing.added, dst=images[index])


def part(image: Pixels, shares: Pixels) -> Pixels:
    """Takes a share of each value of an image (S, S, 3), in 255ths as `shares` makes them."""
    return np.asarray(cv2.multiply(image, shares, scale=1 / 255))


def shares(of_pixels: NDArray[np.floating]) -> Pixels:
    """Turns shares (S, S) from 0 to 1 into 255ths for three channels: shape (S, S, 3)."""
    return np.repeat(np.rint(255 * of_pixels).astype(np.uint8)[:, :, None], 3, axis=2)


@cache
def overlays(side: int) -> Sequence[Overlay]:
    """All there are for crops of that side, always the same; aligned faces lie in one place."""
    return [_overlay(kind, number, side) for kind in WORN for number in range(EACH)]


def _overlay(kind: str, number: int, side: int) -> Overlay:
    """Paints on a dark and on a light ground: where they differ by less, the thing covers it."""
    random = np.random.default_rng((number, WORN.index(kind)))
    landmarks = (TEMPLATE + random.normal(0, _STRAY, TEMPLATE.shape)) * (side / ALIGNED_SIDE)
    dark, light = (
        occlude(np.full((side, side, 3), level, np.uint8), landmarks.ravel().tolist(), kind, number).astype(
            np.float32
        )
        for level in (_DARK, _LIGHT)
    )
    kept = np.clip((light - dark).mean(axis=2) / (_LIGHT - _DARK), 0, 1)
    added = np.where(kept[:, :, None] < _OPAQUE, dark - _DARK * kept[:, :, None], 0)
    return Overlay(shares(kept), np.clip(np.rint(added), 0, 255).astype(np.uint8))
