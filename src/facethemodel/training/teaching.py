"""A teacher's part in training: vectors of faces, made by an embedder that others trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from facethemodel.networks.face import FaceNetwork
from facethemodel.training.head import unit

WEIGHT = 30.0
"""Weight of the teacher in the loss. Its cosine loss lies between 0 and 2 and pulls with a strength of 1, the
identities' softmax with up to the scale of its cosines. Chosen in trials on people about whom no figure is
reported; 3 and 10 were worse."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Teaching:
    """What a teacher says of the crops that are learned from.

    Attributes:
        vectors: As `less_their_mean` gives them, shape (n, D), in the order of the crops.
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
        return f"{self.source}, {int(self.there.sum())} faces, less their mean, weight {self.weight:g}"

    def of(self, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of some crops by their position, (N, D); zeros where there is none."""
        vectors: NDArray[np.float32] = self.vectors[chosen] * self.there[chosen, None]
        return vectors


def less_their_mean(vectors: NDArray[np.floating], there: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Takes from vectors what all of them have in common, and scales them to length 1.

    An embedder's vectors may all point much the same way: those of dlib have a cosine of 0.84 between any two
    people, from 0.75 to 0.92, and learning that alone would satisfy a teacher by cosine. Less their mean it
    is 0.0, from -0.34 to 0.48, and says who somebody is.

    Args:
        vectors: The teacher's, (N, D), of any length.
        there: Which of them the teacher could make, (N,).

    Returns:
        (N, D); zeros where there is none.
    """
    if not there.any():
        return np.zeros(vectors.shape, np.float32)
    apart = (unit(vectors) - unit(vectors[there]).mean(axis=0)) * there[:, None]
    return unit(apart).astype(np.float32)


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
