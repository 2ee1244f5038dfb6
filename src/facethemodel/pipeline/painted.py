"""Backbones that see faces with something painted over, for the test of shortcuts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import View
from facethemodel.embedders.embedder import Card, Embedder, Source, Spot
from facethemodel.evaluation.blanking import evened, only_face, without_face
from facethemodel.faces.align import TEMPLATE, align, out_of_face, similarity

Pixels = NDArray[np.uint8]

PAINTING_VERSION = 1
"""Goes up with every change to what is painted: vectors are then made again."""
PAINTINGS: Mapping[str, Callable[[Pixels], Pixels]] = {
    "without_face": without_face,
    "only_face": only_face,
    "evened": evened,
}
"""What is done to aligned crops, by the names of the conditions of the test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintedSource:
    """A source whose embedder sees every face painted over.

    Attributes:
        source: The embedder that sees it.
        painting: One of `PAINTINGS`.
    """

    source: Source
    painting: str

    def open(self) -> Embedder:
        """Loads the embedder.

        Raises:
            FacethemodelError: Something it needs is missing or cannot be used.
        """
        return PaintedEmbedder(self.source.open(), self.painting)


class PaintedEmbedder:
    """An embedder that sees every face painted over; its vectors are kept apart from those of plain faces."""

    def __init__(self, embedder: Embedder, painting: str) -> None:
        self._embedder = embedder
        self._painting = painting
        card = embedder.card
        self.card: Card = replace(
            card,
            name=f"{card.name}, {painting.replace('_', ' ')}",
            fingerprint=f"{card.fingerprint}-{painting}-{PAINTING_VERSION}",
        )

    @property
    def view(self) -> View | None:
        """As of the embedder."""
        return self._embedder.view

    def cut(self, pixels: Pixels, spot: Spot | None, *, painted: Pixels | None = None) -> Pixels:
        """Cuts a face out of the photo after it was painted over."""
        shown = pixels if painted is None else painted
        if spot is not None:
            shown = paint(shown, spot, self._painting)
        return self._embedder.cut(pixels, spot, painted=shown)

    def embed(self, crops: Sequence[Pixels]) -> NDArray[np.float32]:
        """Embeds crops of `cut`; crops of a view are painted over first."""
        if self.view is None or not crops:
            return self._embedder.embed(crops)
        return self._embedder.embed(list(PAINTINGS[self._painting](np.stack(crops))))


def paint(pixels: Pixels, spot: Spot, painting: str) -> Pixels:
    """Paints over a face, or all but a face, in a whole photo as the test does in an aligned crop.

    The aligned crop is painted over and laid back onto the photo, where something was painted; beyond its
    edge, it goes on with what stands at the edge. What is kept is kept as it was.

    Args:
        pixels: The photo, (H, W, 3).
        spot: Where the face is, in those pixels.
        painting: One of `PAINTINGS`.

    Returns:
        Another photo, (H, W, 3).
    """
    changed = PAINTINGS[painting](align(pixels, spot.landmarks)[None])[0]
    matrix = similarity(np.asarray(spot.landmarks, np.float64).reshape(5, 2), TEMPLATE)
    height, width = pixels.shape[:2]
    laid = cv2.warpAffine(
        changed,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if painting == "evened":
        return np.asarray(laid, np.uint8)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
    down = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
    face = out_of_face(across, down) <= 1.0
    # An aligned crop cuts the chin off; below its edge the face goes on.
    over = face if painting == "without_face" else ~face
    return np.where(over[..., None], laid, pixels).astype(np.uint8)
