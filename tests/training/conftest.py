"""A tiny network and crops that it learns within seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from facethemodel.dataset.augment import FaceAugment
from facethemodel.dataset.samples import LabelledCrops
from facethemodel.networks import NetworkSpec
from facethemodel.networks.face import FaceNetwork
from facethemodel.training.recipe import Recipe

SIDE = 32


class Tiny(FaceNetwork):
    """All that makes training delicate in a few thousand numbers: batch norm, dropout, an identity head."""

    def __init__(self, identities: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(3, 8, 4, stride=4), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(0.2)
        )
        self.reduce = nn.Linear(8 * 8 * 8, 16)
        self.person = nn.Linear(16, 1)
        self.identities = nn.Linear(16, identities + 1, bias=False) if identities else None

    def features(self, x: Tensor) -> Tensor:
        embedding: Tensor = self.reduce(self.trunk(x))
        return embedding

    def head(self, embedding: Tensor) -> Tensor:
        score: Tensor = self.person(embedding)
        return score.flatten()

    def identity_cosines(self, embedding: Tensor) -> Tensor | None:
        if self.identities is None:
            return None
        return F.normalize(embedding) @ F.normalize(self.identities.weight).T


@dataclass(frozen=True, slots=True, kw_only=True)
class Crops:
    """Crops with the parts they are divided into."""

    images: NDArray[np.uint8]
    train: LabelledCrops
    tune: LabelledCrops


def make_crops(*, side: int, people: int = 5, photos: int = 24) -> Crops:
    """Draws `photos` noisy versions of one pattern for each of `people`; the first one is the person."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (people, 4, 4, 3))
    patterns = coarse.repeat(side // 4, axis=1).repeat(side // 4, axis=2)
    images = np.repeat(patterns, photos, axis=0) + random.normal(0, 60, (people * photos, side, side, 3))
    shown = np.repeat(np.arange(people), photos)

    def part(rows: NDArray[np.int64]) -> LabelledCrops:
        return LabelledCrops(
            rows=rows,
            is_person=shown[rows] == 0,
            identity=(shown[rows] - 1).astype(np.int32),
            shas=tuple(f"{row:064x}" for row in rows),
            identities=tuple(f"stranger {number}" for number in range(1, people)),
        )

    rows = np.arange(len(images))
    return Crops(
        images=images.clip(0, 255).astype(np.uint8),
        train=part(rows[rows % 4 != 0]),
        tune=part(rows[rows % 4 == 0]),
    )


@pytest.fixture(scope="session")
def crops() -> Crops:
    return make_crops(side=SIDE)


@pytest.fixture(scope="session")
def tiny() -> NetworkSpec:
    return NetworkSpec(
        name="tiny",
        view="aligned112",
        size=SIDE,
        parameters=sum(parameter.numel() for parameter in Tiny(0).parameters()),
        build=Tiny,
        learns_identities=True,
        summary="for tests",
    )


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    return Recipe(
        epochs=5,
        batch_size=16,
        optimiser="sgd",
        learning_rate=0.05,
        schedule="one_cycle",
        weight_decay=1e-4,
        augment=FaceAugment(rotation=0.0, flip=0.0),
        person_share=0.25,
        identity_weight=0.5,
        identity_margin=0.1,
        identity_scale=8.0,
    )


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    # Over crops this small threads spend their time waiting for each other.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
