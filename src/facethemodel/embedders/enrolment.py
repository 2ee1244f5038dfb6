"""How near a face lies to the person's enrolled photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facethemodel.embedders.embedder import Metric
from facethemodel.errors import NoUsableDataError

NEAREST = 10
"""Enrolled photos that a face is compared with: a few are steadier than one; all would mix young and old."""
_ROWS = 1024


class Enrolment:
    """The person's vectors, to hold others against.

    Args:
        vectors: One per enrolled photo.
        metric: How vectors are compared.

    Raises:
        NoUsableDataError: No photo was enrolled.
    """

    def __init__(self, vectors: Sequence[NDArray[np.float32]], *, metric: Metric) -> None:
        if not vectors:
            raise NoUsableDataError(
                "no photo of the person can be enrolled: the train part has none with one clear face",
                remedy="facethemodel add PHOTOS --as person, then facethemodel build",
            )
        self._metric = metric
        self._enrolled = self._prepared(np.stack(vectors))

    def __len__(self) -> int:
        return len(self._enrolled)

    def distances(self, faces: NDArray[np.float32], *, nearest: int = NEAREST) -> NDArray[np.float32]:
        """Gives each face's mean distance to the nearest enrolled photos, shape (n,).

        Args:
            faces: (n, dimension).
            nearest: How many; all where there are fewer.
        """
        count = min(nearest, len(self._enrolled))
        found = np.empty(len(faces), np.float32)
        for start in range(0, len(faces), _ROWS):
            block = self._to_all(self._prepared(faces[start : start + _ROWS]))
            found[start : start + _ROWS] = np.partition(block, count - 1, axis=1)[:, :count].mean(axis=1)
        return found

    def _prepared(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        wide: NDArray[np.float64] = vectors.astype(np.float64)
        if self._metric == "cosine":
            wide /= np.linalg.norm(wide, axis=1, keepdims=True)
        return wide

    def _to_all(self, faces: NDArray[np.float64]) -> NDArray[np.float64]:
        products = faces @ self._enrolled.T
        if self._metric == "cosine":
            return np.asarray(1.0 - products)
        squares = (faces**2).sum(axis=1)[:, None] + (self._enrolled**2).sum(axis=1)[None, :]
        # Rounding can bring the distance of equal vectors a trifle below 0.
        return np.asarray(np.sqrt(np.maximum(squares - 2.0 * products, 0.0)), np.float64)
