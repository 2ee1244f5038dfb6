"""What an embedder is, whoever trained it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import Face, View

Metric = Literal["euclidean", "cosine"]
"""How far two vectors lie apart: |a - b|, or 1 - cos(a, b)."""

FaceKey = tuple[str, int]
"""A photo's sha256 and the index of a face in it, or `WHOLE_PHOTO`."""

EMBEDDING_VERSION = 1
"""Goes up with every change to what our own code cuts for an embedder: all vectors are then made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is known of an embedder.

    Attributes:
        name: Short enough for the head of a column.
        trained_by: Who trained it.
        trained_on: What it was trained on, to be read after "trained on".
        dimension: Length of its vectors.
        metric: How two of them are compared.
        tolerance: Distance up to which its makers take two faces for one person; None where they name none.
        fingerprint: 12 hex digits that change with whatever changes the vectors.
    """

    name: str
    trained_by: str
    trained_on: str
    dimension: int
    metric: Metric
    tolerance: float | None
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a face lies in an image.

    Attributes:
        box: x, y, width, height in pixels; may reach over the edge.
        landmarks: Right eye, left eye, nose, right and left corner of the mouth, as x, y; same pixels.
    """

    box: tuple[float, float, float, float]
    landmarks: tuple[float, ...]

    def scaled(self, across: float, down: float) -> Spot:
        """The same place in the same image at another size."""
        x, y, width, height = self.box
        points = [value * (across, down)[position % 2] for position, value in enumerate(self.landmarks)]
        return Spot(box=(x * across, y * down, width * across, height * down), landmarks=tuple(points))


def spot_in(pixels: NDArray[np.uint8], face: Face, *, width: int, height: int) -> Spot:
    """Where a face lies in a decoded photo, which may be smaller than the photo is.

    Args:
        pixels: The decoded photo, (H, W, 3).
        face: A face of it; its place is in pixels of the full-size photo.
        width: Of the full-size photo.
        height: Of the full-size photo.
    """
    high, wide = pixels.shape[:2]
    return Spot(box=face.box, landmarks=face.landmarks).scaled(wide / width, high / height)


def usable(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of vectors (N, D) say anything, (N,): all numbers, and not all zeros."""
    return np.asarray(np.isfinite(vectors).all(axis=1) & vectors.any(axis=1), dtype=np.bool_)


class Embedder(Protocol):
    """One that is ready to work. Made by a `Source`; works on one core."""

    @property
    def card(self) -> Card:
        """What is known of it."""
        ...

    @property
    def view(self) -> View | None:
        """The view of the crop cache that holds the very crops `cut` gives; None where it has its own."""
        ...

    def cut(
        self, pixels: NDArray[np.uint8], spot: Spot | None, *, painted: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """Cuts out a face as the embedder wants it.

        Args:
            pixels: The whole photo, RGB, (H, W, 3).
            spot: Where the face is, in those pixels; None cuts the photo's centre, where there is no face.
            painted: The same photo with something painted over, (H, W, 3): the crop is cut from it, but at
                the place where the face lies in `pixels`.

        Returns:
            (S, S, 3), RGB, always of the same size.
        """
        ...

    def embed(self, crops: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Turns crops into vectors, (N, dimension), as the embedder gives them: they are not normalised."""
        ...


class Source(Protocol):
    """Where an embedder comes from. Small enough to travel to worker processes, which open it themselves."""

    def open(self) -> Embedder:
        """Loads the embedder.

        Raises:
            FacethemodelError: Something it needs is missing or cannot be used.
        """
        ...
