"""A teacher's part in training: vectors of faces, made by an embedder that others trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from facethemodel.networks.face import FaceNetwork

WEIGHT = 10.0
"""Weight of the teacher in the loss. Its cosine loss lies between 0 and 2 and pulls with a strength of 1, the
identities' softmax with up to the scale of its cosines (24): at 10 neither drowns the other."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Teaching:
    """What a teacher says of the crops that are learned from.

    Attributes:
        vectors: Of length 1, shape (n, D), in the order of the crops.
        there: Which of them the teacher could make, shape (n,); of the others nothing is learned from it.
        source: Changes with whatever changes the vectors.
        weight: Of the teacher in the loss.
    """

    vectors: NDArray[np.float32]
    there: NDArray[np.bool_]
    source: str
    weight: float = WEIGHT

    @property
    def made_of(self) -> str:
        """What decides what is learned from the teacher, in one line."""
        return f"{self.source}, {int(self.there.sum())} faces, weight {self.weight:g}"

    def of(self, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of some crops by their position, (N, D); zeros where there is none."""
        vectors: NDArray[np.float32] = self.vectors[chosen] * self.there[chosen, None]
        return vectors


def add_projection(network: FaceNetwork, *, to: int, side: int) -> None:
    """Gives a network what turns its embeddings into a teacher's vectors; only training needs it.

    Called after the network was built: one seed starts the rest the same way, with a teacher or without.

    Args:
        network: On the CPU; left in training mode.
        to: Length of the teacher's vectors.
        side: Of the crops it takes, in pixels.
    """
    network.eval()
    with torch.no_grad():
        width = network.embed(torch.zeros(1, side, side, 3, dtype=torch.uint8)).shape[1]
    network.projection = nn.Linear(width, to, bias=False)
    network.train()
