"""One training of many persons at once, and how well each of them is told from strangers never seen."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from facethemodel.catalogue import crops
from facethemodel.catalogue.records import normalise_identity
from facethemodel.dataset.samples import crop_key, samples
from facethemodel.inspection.crops import CropStore
from facethemodel.networks.residual import Residual
from facethemodel.project import Project
from facethemodel.training.losses import cosine_margin_loss
from facethemodel.training.optimiser import learning_rate, make_optimiser, set_learning_rate
from facethemodel.training.recipe import Recipe
from facethemodel.training.step import arithmetic

PERSONS = 12
TESTED = 1 / 3
LEVELS = (0.05, 0.01, 0.002)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One variant: the recipe, the shape of the network, what is drawn.

    Attributes:
        name: What the table calls it.
        recipe: Passes, rates, losses, augmentation.
        stem: Width, kernel and stride of the first convolution.
        widths, blocks: Of each stage.
        first_stride: Of the first stage; each later one halves the side.
        embedding, pooled: What comes after the stages; see `Network`.
        average_from: Share of the steps after which the weights are averaged; None keeps the last ones.
        mined: From the middle of the training on this share of the strangers' crops comes from the tenth of
            the strangers whose directions lie nearest to a person's, found anew after each pass.
    """

    name: str
    recipe: Recipe
    stem: tuple[int, int, int] = (64, 7, 4)
    widths: Sequence[int] = (64, 128, 256)
    blocks: Sequence[int] = (1, 1, 1)
    first_stride: int = 1
    embedding: int = 128
    pooled: bool = False
    average_from: float | None = None
    mined: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Crops by what they serve for; `label` counts strangers first, then the persons.

    Attributes:
        images: (N, 112, 112, 3).
        label: (N,), the class to learn; for tested strangers their number, which nothing uses.
        learned, person_learned, person_tested, tested: Indices into `images`.
        strangers: Strangers to learn from.
    """

    images: NDArray[np.uint8]
    label: NDArray[np.int64]
    learned: NDArray[np.int64]
    person_learned: NDArray[np.int64]
    person_tested: NDArray[np.int64]
    tested: NDArray[np.int64]
    strangers: int


class Network(nn.Module):
    """The trunk of `residual112` in any shape, with a direction for every stranger and every person."""

    def __init__(self, trial: Trial, people: People) -> None:
        super().__init__()
        width, kernel, stride = trial.stem
        layers: list[nn.Module] = [
            nn.Conv2d(3, width, kernel, stride=stride, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
        for stage, (wider, count) in enumerate(zip(trial.widths, trial.blocks, strict=True)):
            for block in range(count):
                stride = 1 if block else 2 if stage else trial.first_stride
                layers.append(Residual(width, wider, stride=stride))
                width = wider
        layers += [nn.AdaptiveAvgPool2d(1)] if trial.pooled else []
        layers += [nn.Dropout(0.2), nn.Flatten()]
        inputs = width if trial.pooled else width * 49
        layers += [nn.Linear(inputs, trial.embedding, bias=False), nn.BatchNorm1d(trial.embedding)]
        self.trunk = nn.Sequential(*layers)
        self.persons = PERSONS
        self.directions = nn.Parameter(
            torch.randn(people.strangers + PERSONS, trial.embedding) / trial.embedding**0.5
        )
        self.stretch = nn.Parameter(torch.full((PERSONS,), 10.0))
        self.shift = nn.Parameter(torch.full((PERSONS,), -3.0))

    def forward(self, pixels: Tensor) -> Tensor:
        """Turns crops (N, 112, 112, 3) into embeddings (N, D)."""
        embedding: Tensor = self.trunk((pixels.permute(0, 3, 1, 2).float() - 127.5) / 128)
        return embedding


def read_people(folder: Path, left_out: Sequence[str]) -> People:
    """Divides the named strangers of a project's parts train and tune, always in the same way."""
    project = Project.open(folder)
    without = {normalise_identity(name) for name in left_out}
    with project.database() as db:
        rows = crops.rows(db, "aligned112")
        found = [
            (one.identity, one.sha256, rows[key])
            for one in samples(db, person=project.person)
            if one.part in ("train", "tune") and one.identity and one.identity not in without
            if (key := crop_key(one, "aligned112")) is not None
        ]
    counts = Counter(identity for identity, _, _ in found)
    persons = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:PERSONS]]
    others = sorted(counts.keys() - set(persons))
    tested = {name for name in others if _chance(name) < TESTED}
    learned = [name for name in others if name not in tested]
    number = {name: index for index, name in enumerate(learned)}
    number |= {name: len(learned) + index for index, name in enumerate(persons)}
    kinds = [
        ("person_learned" if _chance(sha) < 0.5 else "person_tested")
        if name in persons
        else "tested"
        if name in tested
        else "learned"
        for name, sha, _ in found
    ]
    indices = {
        kind: np.flatnonzero([one == kind for one in kinds])
        for kind in ("learned", "person_learned", "person_tested", "tested")
    }
    return People(
        images=CropStore(project.cache_dir).load("aligned112", [row for _, _, row in found]),
        label=np.array([number.get(name, -1) for name, _, _ in found], dtype=np.int64),
        strangers=len(learned),
        **indices,
    )


def run(trial: Trial, people: People, *, seed: int, keep: Path | None = None) -> dict[str, object]:
    """Trains one variant and measures it; `keep` is where its embeddings go, to try other scores on."""
    torch.manual_seed(seed)
    network = Network(trial, people).train()
    start = time.perf_counter()
    steps = fit(network, trial, people, seed=seed)
    seconds = time.perf_counter() - start
    _recalibrate(network, people)
    if keep is not None:
        _keep(network, people, keep / f"{trial.name}-{seed}.npz")
    return {
        "trial": trial.name,
        "seed": seed,
        "parameters": sum(weights.numel() for weights in network.trunk.parameters()),
        "seconds": round(seconds, 1),
        "crops_per_second": round(steps * trial.recipe.batch_size / seconds),
        **{f"score: {how}": figures for how, figures in _measure(network, people).items()},
    }


def fit(network: Network, trial: Trial, people: People, *, seed: int) -> int:
    """Trains for the recipe's passes over the strangers learned from; returns the steps."""
    recipe = trial.recipe
    random = np.random.default_rng(seed)
    of_persons = round((recipe.person_share or 0.0) * recipe.batch_size)
    of_strangers = recipe.batch_size - of_persons
    per_pass = -(-len(people.learned) // of_strangers)
    steps = per_pass * recipe.epochs
    order = np.concatenate(
        [
            _rounds(random, people.learned, steps * of_strangers).reshape(steps, of_strangers),
            _rounds(random, people.person_learned, steps * of_persons).reshape(steps, of_persons),
        ],
        axis=1,
    )
    optimiser = make_optimiser(network, recipe)
    average = _Average(network) if trial.average_from is not None else None

    def batch(step: int) -> NDArray[np.uint8]:
        pixels = np.ascontiguousarray(people.images[order[step]])
        return recipe.augment(pixels, np.random.default_rng((seed, 1, step)))

    with ThreadPoolExecutor(1) as thread:
        ahead = thread.submit(batch, 0)
        for step in range(steps):
            if trial.mined is not None and step >= steps / 2 and step % per_pass == 0:
                hard = np.flatnonzero(np.isin(people.label, _nearest_strangers(network, people)))
                hard = hard[np.isin(hard, people.learned)]
                drawn = (min(per_pass, steps - step), round(trial.mined * of_strangers))
                # The batch of this step is being made; the next one is the first to be drawn anew.
                order[step + 1 : step + drawn[0], : drawn[1]] = random.choice(
                    hard, (max(drawn[0] - 1, 0), drawn[1])
                )
            pixels, ahead = ahead.result(), thread.submit(batch, min(step + 1, steps - 1))
            set_learning_rate(optimiser, learning_rate(recipe, step / steps))
            label = torch.from_numpy(people.label[order[step]])
            with arithmetic(torch.device("cpu"), "bf16"):
                embedding = network(torch.from_numpy(pixels))
            loss = _loss(network, embedding.float(), label, recipe=recipe, strangers=people.strangers)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            if average is not None and step >= (trial.average_from or 0) * steps:
                average.take(network)
    if average is not None:
        average.give(network)
    return steps


def _nearest_strangers(network: Network, people: People) -> NDArray[np.int64]:
    """The tenth of the strangers learned from whose directions lie nearest to one of the persons'."""
    directions = F.normalize(network.directions.detach()).numpy()
    nearness = (directions[: people.strangers] @ directions[people.strangers :].T).max(axis=1)
    return np.argsort(-nearness)[: max(1, people.strangers // 10)]


def _loss(network: Network, embedding: Tensor, label: Tensor, *, recipe: Recipe, strangers: int) -> Tensor:
    cosines = F.normalize(embedding) @ F.normalize(network.directions).T
    loss = recipe.identity_weight * cosine_margin_loss(
        cosines, label, margin=recipe.identity_margin, scale=recipe.identity_scale
    )
    logits = network.stretch * cosines[:, strangers:] + network.shift
    target = F.one_hot(label, cosines.shape[1])[:, strangers:].to(logits.dtype)
    return loss + recipe.person_weight * F.binary_cross_entropy_with_logits(logits, target)


@dataclass(slots=True)
class _Average:
    """The mean of the weights over the last steps (Izmailov et al., 2018)."""

    network: Network
    total: dict[str, Tensor] = field(default_factory=dict)
    count: int = 0

    def take(self, network: Network) -> None:
        self.count += 1
        for name, weights in network.named_parameters():
            held = self.total.setdefault(name, torch.zeros_like(weights))
            held.add_(weights.detach() - held, alpha=1 / self.count)

    def give(self, network: Network) -> None:
        with torch.no_grad():
            for name, weights in network.named_parameters():
                weights.copy_(self.total[name])


def _recalibrate(network: Network, people: People) -> None:
    """Measures the batch norms' statistics anew on crops as they are, as `training.batchnorm` does."""
    network.eval()
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    every = np.concatenate([people.learned, people.person_learned])
    _embed(network, people.images, np.random.default_rng(0).permutation(every)[:1024])
    network.eval()


def _measure(network: Network, people: People) -> dict[str, list[float]]:
    directions = F.normalize(network.directions.detach()).numpy()
    persons, cohort = directions[people.strangers :], directions[: people.strangers]
    found: dict[str, list[float]] = {}
    for mirrored in (False, True):
        person = _embed(network, people.images, people.person_tested, mirrored=mirrored)
        tested = _embed(network, people.images, people.tested, mirrored=mirrored)
        words = ", plain and mirrored" if mirrored else ""
        who = people.label[people.person_tested] - people.strangers
        found["cosine" + words] = _figures(person @ persons.T, tested @ persons.T, who)
        less = [np.sort(e @ cohort.T, axis=1)[:, -10:].mean(axis=1, keepdims=True) for e in (person, tested)]
        found["cosine less that to the ten nearest strangers" + words] = _figures(
            person @ persons.T - less[0], tested @ persons.T - less[1], who
        )
    return found


def _keep(network: Network, people: People, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    crops = {
        "person_tested": people.person_tested,
        "tested": people.tested,
        "person_learned": people.person_learned,
        "learned": people.learned,
    }
    arrays: dict[str, Any] = {
        "directions": F.normalize(network.directions.detach()).numpy(),
        "strangers": np.int64(people.strangers),
    }
    for kind, indices in crops.items():
        arrays[kind] = _embed(network, people.images, indices)
        arrays[f"{kind}_mirrored"] = _embed(network, people.images, indices, mirrored=True)
        arrays[f"{kind}_label"] = people.label[indices]
    np.savez(path, **arrays)


def _figures(
    person: NDArray[np.float32], strangers: NDArray[np.float32], who: NDArray[np.int64]
) -> list[float]:
    """Means over the persons: FNMR at each level, and how often one of the hardest 1 % of strangers wins.

    Args:
        person: (n, persons), scores of the persons' photos for every person.
        strangers: (m, persons).
        who: (n,), whose photo it is.
    """
    each = []
    for number in range(person.shape[1]):
        own = person[who == number, number]
        descending = np.sort(strangers[:, number])[::-1]
        hardest = descending[: max(20, len(descending) // 100)]
        missed = [float((own <= descending[int(level * len(descending))]).mean()) for level in LEVELS]
        each.append([*missed, float((own[:, None] <= hardest).mean())])
    return [round(float(value), 4) for value in np.mean(each, axis=0)]


def _embed(
    network: Network, images: NDArray[np.uint8], indices: NDArray[np.int64], *, mirrored: bool = False
) -> NDArray[np.float32]:
    """Unit embeddings (n, D); with `mirrored`, the mean of the crop's and its mirror image's."""
    parts = []
    with torch.no_grad(), arithmetic(torch.device("cpu"), "bf16"):
        for start in range(0, len(indices), 64):
            pixels = torch.from_numpy(images[indices[start : start + 64]])
            embedding = F.normalize(network(pixels).float())
            if mirrored:
                embedding = F.normalize(embedding + F.normalize(network(pixels.flip(2)).float()))
            parts.append(embedding)
    return torch.cat(parts).numpy()


def _rounds(random: np.random.Generator, pool: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    rounds = [random.permutation(pool) for _ in range(-(-count // len(pool)))]
    return np.concatenate(rounds)[:count] if rounds else np.zeros(0, np.int64)


def _chance(name: str) -> float:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48
