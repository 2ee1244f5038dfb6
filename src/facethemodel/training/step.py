"""One training step, and the arithmetic it is done in."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from facethemodel.networks.face import FaceNetwork
from facethemodel.training.losses import training_loss
from facethemodel.training.recipe import Recipe

Precision = Literal["fp32", "bf16"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How a step is computed, as far as that is a matter of the machine; as it stands here, the plain way.

    Attributes:
        precision: Arithmetic of the convolutions.
        channels_last: Whether activations lie in memory pixel by pixel instead of channel by channel.
        keeps_memory: Whether the process keeps the memory it frees, see `training.allocator`.
    """

    precision: Precision = "fp32"
    channels_last: bool = False
    keeps_memory: bool = False


def arithmetic(device: torch.device, precision: Precision) -> AbstractContextManager[object]:
    """Opens the context in which a network runs in that precision; weights are kept in fp32 in both."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def take_step(
    network: FaceNetwork,
    optimiser: torch.optim.Optimizer,
    pixels: Tensor,
    is_person: Tensor,
    identity: Tensor,
    *,
    recipe: Recipe,
    precision: Precision,
    taught: Tensor | None = None,
    teacher_weight: float = 0.0,
) -> Tensor:
    """Does one training step on pixels (N, S, S, 3), is_person (N,) and identity (N,); returns the loss.

    With a teacher, `taught` (N, T) are its vectors; see `losses.training_loss`.
    """
    with arithmetic(pixels.device, precision):
        embedding = network.embed(pixels)
    # The heads and losses cost nothing and take logarithms: they are computed in fp32 whatever the rest is.
    loss = training_loss(
        network,
        embedding.float(),
        is_person,
        identity,
        recipe=recipe,
        taught=taught,
        teacher_weight=teacher_weight,
    )
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return loss.detach()
