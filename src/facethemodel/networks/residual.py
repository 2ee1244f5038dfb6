"""Our network: a small residual one on aligned faces that learns to tell everybody apart."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from facethemodel.networks.cohort import COHORT, likeness_to_cohort, make_cohort
from facethemodel.networks.dropout import QuickDropout
from facethemodel.networks.exposure import exposure
from facethemodel.networks.face import FaceNetwork

EMBEDDING = 128


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut (He et al., 2015); a stride of 2 halves the side."""

    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        return F.relu(self.body(x) + self.shortcut(x))


class CosineHead(nn.Module):
    """The person's direction among the embeddings: the logit is a stretched and shifted cosine to it.

    An embedding's length tells how clear a photo is rather than whose it is, so it is left out of the score.
    """

    def __init__(self) -> None:
        super().__init__()
        self.direction = nn.Parameter(torch.randn(EMBEDDING) / EMBEDDING**0.5)
        self.stretch = nn.Parameter(torch.tensor(10.0))
        self.shift = nn.Parameter(torch.tensor(-3.0))

    def forward(self, embedding: Tensor) -> Tensor:
        """Maps embeddings (N, D) to logits (N,)."""
        cosine = F.normalize(embedding) @ F.normalize(self.direction, dim=0)
        return self.stretch * cosine + self.shift


class Identities(nn.Module):
    """The strangers' directions among the embeddings; only training needs them."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.randn(count, EMBEDDING) / EMBEDDING**0.5)

    def forward(self, embedding: Tensor, person: Tensor) -> Tensor:
        """Gives embeddings' (N, D) cosines to all strangers and, last, to the person's direction (D,)."""
        everybody = torch.cat([self.directions, person[None]])
        return F.normalize(embedding) @ F.normalize(everybody).T


class Residual112(FaceNetwork):
    """Aligned faces of 112 x 112 to an embedding of 128, and the embedding's cosine to the person to a score.

    The person's direction serves both tasks: it is the score's, and one more class beside the strangers.
    In use a face is scored by what it and its mirror image have in common, less its likeness to the nearest
    of a cohort that stands for the strangers; training does neither.

    Args:
        identities: Strangers' identities to tell apart while training; 0 leaves that head away.
    """

    offset: ClassVar[float] = 127.5
    scale: ClassVar[float] = 1 / 128
    cohort: Tensor

    def __init__(self, identities: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            # Down to 28 x 28 at once, nothing more at that size, and narrow: more work takes time that more
            # passes use better.
            nn.Conv2d(3, 32, 7, stride=4, padding=3, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            Residual(32, 64, stride=2),
            Residual(64, 128, stride=2),
            # No mean over the map: after alignment it matters where on the face something was.
            QuickDropout(0.2),
            nn.Flatten(),
            nn.Linear(128 * 7 * 7, EMBEDDING, bias=False),
            nn.BatchNorm1d(EMBEDDING),
        )
        self.person = CosineHead()
        self.register_buffer("cohort", torch.zeros(COHORT, EMBEDDING))
        # Last, so that one seed starts the rest the same way however many strangers there are.
        self.identities = Identities(identities) if identities else None

    def forward(self, pixels: Tensor) -> Tensor:
        """Scores crops (N, 112, 112, 3), uint8 RGB, looking at each plain and mirrored: logits (N,)."""
        plain, mirrored = self.embed(pixels), self.embed(pixels.flip(2))
        face = F.normalize(F.normalize(plain) + F.normalize(mirrored))
        return self.head(face) - self.person.stretch * likeness_to_cohort(face, self.cohort)

    def settle(self) -> None:
        """Makes the cohort out of the strangers' directions."""
        if self.identities is not None:
            self.cohort = make_cohort(self.identities.directions.detach())

    def exposure(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Gives crops of little contrast more, see `networks.exposure`."""
        return exposure(pixels, offset=self.offset, scale=self.scale)

    def features(self, x: Tensor) -> Tensor:
        """Turns prepared pixels (N, 3, 112, 112) into embeddings (N, 128)."""
        embedding: Tensor = self.trunk(x)
        return embedding

    def head(self, embedding: Tensor) -> Tensor:
        """Turns embeddings (N, 128) into the person's logits (N,)."""
        score: Tensor = self.person(embedding)
        return score

    def identity_cosines(self, embedding: Tensor) -> Tensor | None:
        """Compares embeddings (N, 128) with every stranger and, last, the person: (N, identities + 1)."""
        if self.identities is None:
            return None
        cosines: Tensor = self.identities(embedding, self.person.direction)
        return cosines
