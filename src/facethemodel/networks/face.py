"""What every network has in common: pixels in, one score per face out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn


class FaceNetwork(nn.Module, ABC):
    """Pixels in, score out; preprocessing is inside, so nobody can train on one scale and score on another.

    Subclasses write `features` and `head`, and keep what only training needs in a module called `identities`;
    everybody else calls the network, or `embed` for the face's vector. With a teacher, `projection` turns
    embeddings into the teacher's vectors; it, too, is for training only.

    Attributes:
        offset, scale: What turns pixels in 0..255 into what the first layer sees: (pixel - offset) * scale.
        channels_last: How activations lie in memory, see `lay_out`.
    """

    offset: ClassVar[float] = 0.0
    scale: ClassVar[float] = 1 / 255
    channels_last: bool = True

    def __init__(self) -> None:
        super().__init__()
        self.projection: nn.Linear | None = None

    @abstractmethod
    def features(self, x: Tensor) -> Tensor:
        """Turns prepared pixels (N, 3, S, S) into embeddings (N, D)."""

    @abstractmethod
    def head(self, embedding: Tensor) -> Tensor:
        """Turns embeddings (N, D) into the person's logits (N,)."""

    def identity_cosines(self, embedding: Tensor) -> Tensor | None:
        """Compares embeddings (N, D) with every identity of the training part: (N, identities + 1).

        The person is the last column. None for networks that do not learn from identities.
        """
        return None

    def settle(self) -> None:
        """Computes what scoring needs and training does not, out of the weights as they are now."""

    def shipped_weights(self) -> dict[str, Tensor]:
        """Copies all weights but those of the training-only heads.

        They fit the network that is built for no identities: no stranger's direction leaves the training.
        """
        return {
            name: tensor.detach().clone()
            for name, tensor in self.state_dict().items()
            if not name.startswith(("identities.", "projection."))
        }

    def exposure(self, pixels: Tensor) -> tuple[float, float] | tuple[Tensor, Tensor]:
        """Gives offset and scale for crops (N, S, S, 3): one for all, or for each its own (N, 1, 1, 1)."""
        return self.offset, self.scale

    def lay_out(self, *, channels_last: bool) -> None:
        """Chooses how weights and activations lie in memory: no other numbers, but another speed."""
        self.channels_last = channels_last
        self.to(memory_format=torch.channels_last if channels_last else torch.contiguous_format)  # type: ignore[call-overload]

    def embed(self, pixels: Tensor) -> Tensor:
        """Turns crops (N, S, S, 3), uint8 RGB, into embeddings (N, D)."""
        # Seen as (N, 3, S, S), the permuted array already lies in memory the way channels_last wants it.
        x = pixels.permute(0, 3, 1, 2)
        if not self.channels_last:
            x = x.contiguous()
        # Pixels, and what an offset of 127.5 and a scale of 1/128 make of them, are numbers of bf16:
        # where the first layer computes in that anyway, half the memory is touched.
        place = x.device.type
        computed_in = torch.get_autocast_dtype(place) if torch.is_autocast_enabled(place) else torch.float32
        offset, scale = self.exposure(pixels)
        if isinstance(offset, Tensor) and isinstance(scale, Tensor):
            offset, scale = offset.to(computed_in), scale.to(computed_in)
        return self.features(x.to(computed_in).sub_(offset).mul_(scale))

    def forward(self, pixels: Tensor) -> Tensor:
        """Scores crops (N, S, S, 3), uint8 RGB: logits (N,); higher is more like the person."""
        return self.head(self.embed(pixels))
