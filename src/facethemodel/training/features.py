"""What a trained network sees in a photo before it puts a name to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import nn

from facethemodel.networks import NetworkSpec

_AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What a network makes of n photos on its way to their scores.

    Attributes:
        maps: What enters its first dense layer, shape (n, D): what the convolutions made.
        embeddings: What its score is taken from, shape (n, E).
    """

    maps: NDArray[np.float16]
    embeddings: NDArray[np.float32]


def trained_features(
    spec: NetworkSpec, weights: Path, images: NDArray[np.uint8], rows: NDArray[np.int64]
) -> Seen:
    """Gives what a trained network sees in crops.

    A network remembers the labels of the photos it learned from, the more so the nearer a layer is to the
    score: embeddings tell people apart best, maps remember least.

    Args:
        spec: The network's entry in the registry.
        weights: Its model.safetensors.
        images: Crops (M, S, S, 3), uint8.
        rows: Which of them, shape (n,), at least one.
    """
    network = spec.build(0)
    network.load_state_dict(load_file(weights))
    network.eval()
    network.lay_out(channels_last=True)
    maps: list[NDArray[np.float16]] = []

    def keep(module: nn.Module, arguments: tuple[Any, ...]) -> None:
        maps.append(arguments[0].flatten(1).to(torch.float16).numpy())

    dense = next(module for module in network.modules() if isinstance(module, nn.Linear))
    watch = dense.register_forward_pre_hook(keep)
    with torch.no_grad():
        embeddings = [
            network.embed(torch.from_numpy(images[rows[start : start + _AT_ONCE]])).numpy()
            for start in range(0, len(rows), _AT_ONCE)
        ]
    watch.remove()
    return Seen(maps=np.concatenate(maps), embeddings=np.concatenate(embeddings))
