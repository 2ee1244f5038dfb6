"""A network of whole photos as an embedder, so that it can be shown photos with the face painted over."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facethemodel.bundle.manifest import MODEL
from facethemodel.bundle.runtime import Network
from facethemodel.catalogue.records import Face, View
from facethemodel.embedders.embedder import Card, Spot, spot_in
from facethemodel.faces.align import whole
from facethemodel.pipeline.painted import PAINTINGS, paint
from facethemodel.pipeline.pictures import decoded_photo
from facethemodel.pipeline.scorers import ScorerSource
from facethemodel.project import Project

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class WholePhotoSource:
    """Where the network comes from; opened in worker processes.

    Attributes:
        name: What the network is called.
        scorer: That of a run whose network looks at whole photos.
    """

    name: str
    scorer: ScorerSource

    def open(self) -> WholePhotoEmbedder:
        """Loads it.

        Raises:
            BundleError: The model cannot be run.
        """
        where = self.scorer.model / MODEL
        model = where.read_bytes()
        return WholePhotoEmbedder(
            Network(model, size=self.scorer.size, where=where),
            size=self.scorer.size,
            name=self.name,
            fingerprint=hashlib.sha256(model).hexdigest()[:12],
        )


class WholePhotoEmbedder:
    """Gives of each photo a vector of two numbers: its score, and a one, so that it is never all zeros."""

    view: View | None = None

    def __init__(self, network: Network, *, size: int, name: str, fingerprint: str) -> None:
        self._network = network
        self._size = size
        self.card = Card(
            name=name,
            trained_by="this project",
            trained_on="its photos",
            dimension=2,
            metric="euclidean",
            tolerance=None,
            fingerprint=fingerprint,
        )

    def cut(self, pixels: Pixels, spot: Spot | None, *, painted: Pixels | None = None) -> Pixels:
        """Gives the whole photo as the network sees it, wherever the face is."""
        return whole(pixels if painted is None else painted, size=self._size)

    def embed(self, crops: Sequence[Pixels]) -> NDArray[np.float32]:
        """Scores photos of `cut`: (N, 2)."""
        if not crops:
            return np.zeros((0, self.card.dimension), np.float32)
        scores = self._network.score(np.stack(crops))
        return np.stack([scores, np.ones_like(scores)], axis=1)


def painted_photo(project: Project, sha256: str, face: Face, *, size: int) -> tuple[Pixels, ...] | None:
    """Shows what the network saw of a photo: as it is, and under each of `PAINTINGS`.

    Args:
        project: The project.
        sha256: The photo.
        face: The face in it that is painted over, or all but that.
        size: Side of what the network sees, in pixels.

    Returns:
        Pictures (size, size, 3); None where the photo is gone or damaged.
    """
    decoded = decoded_photo(project, sha256)
    if decoded is None:
        return None
    spot = spot_in(decoded.pixels, face, width=decoded.width, height=decoded.height)
    shown = [decoded.pixels, *(paint(decoded.pixels, spot, painting) for painting in PAINTINGS)]
    return tuple(whole(one, size=size) for one in shown)
