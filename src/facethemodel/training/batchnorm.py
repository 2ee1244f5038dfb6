"""Statistics that hold when the network is used, not those that lagged behind while it learned."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from facethemodel.networks.face import FaceNetwork

_SAMPLE = 1024
_BATCH = 64


def recalibrate(
    network: FaceNetwork,
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    *,
    autocast: AbstractContextManager[object],
) -> None:
    """Measures every batch norm's mean and variance anew on unaugmented training crops.

    The running averages follow the weights at a distance, and see augmented batches in which the person is
    over-represented: a network can be right in training mode and at chance in use. Leaves the network in
    evaluation mode. Does nothing to a network without batch norm.

    Args:
        network: The network, on any device.
        images: All crops, (M, S, S, 3).
        rows: Those of the training part, (n,); an even sample of them is used.
        autocast: The arithmetic the network is used with.
    """
    network.eval()
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d)]
    if not norms:
        return
    device = next(network.parameters()).device
    sample = np.random.default_rng(0).permutation(rows)[:_SAMPLE]
    batches = [sample[start : start + _BATCH] for start in range(0, len(sample), _BATCH)]
    if len(batches) > 1 and len(batches[-1]) < _BATCH:
        # Every batch counts the same in the average: a short one would count too much.
        batches.pop()
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    with torch.no_grad(), autocast:
        for batch in batches:
            network.embed(torch.from_numpy(images[np.sort(batch)]).to(device))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()
