"""One training of many persons at once, and how well each of them is told from strangers never seen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.precision import quickest
from benchmarks.trial_halves import put_halves
from benchmarks.trial_looks import look_of
from benchmarks.trial_people import PERSONS, People
from facethemodel.dataset.augment import about_centre, warp
from facethemodel.dataset.occlusions import OCCLUSIONS, occlude
from facethemodel.evaluation.blanking import evened
from facethemodel.faces.align import TEMPLATE, face_oval
from facethemodel.networks.residual import Residual
from facethemodel.training.losses import cosine_margin_loss, teacher_loss
from facethemodel.training.optimiser import learning_rate, make_optimiser, set_learning_rate
from facethemodel.training.recipe import Recipe
from facethemodel.training.step import arithmetic

CPU = torch.device("cpu")
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
        light: What the network does to crops first: `one contrast` gives the face's oval one brightness and
            contrast, `grey` also takes the colours.
        teacher: Whether a teacher's vectors are learned from as well, as it gives them or less their mean.
        teacher_weight: Of that in the loss.
        halves: This share of the strangers' crops is half a person's face and half their own, and nobody's;
            as many of the persons' crops are halves of two of their photos.
    """

    name: str
    recipe: Recipe
    stem: tuple[int, int, int] = (48, 7, 4)
    widths: Sequence[int] = (48, 96, 192)
    blocks: Sequence[int] = (1, 1, 1)
    first_stride: int = 1
    embedding: int = 128
    pooled: bool = False
    average_from: float | None = None
    mined: float | None = None
    teacher: Literal["none", "as it is", "centred"] = "none"
    teacher_weight: float = 10.0
    halves: float = 0.0
    light: Literal["as it is", "one contrast", "grey"] = "as it is"


class Network(nn.Module):
    """The trunk of `residual112` in any shape, with a direction for every stranger and every person."""

    oval: Tensor

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
        self.light = trial.light
        self.register_buffer("oval", torch.from_numpy(face_oval(112) <= 1.0), persistent=False)
        self.directions = nn.Parameter(
            torch.randn(people.strangers + PERSONS, trial.embedding) / trial.embedding**0.5
        )
        self.projection = (
            nn.Linear(trial.embedding, people.said.shape[1], bias=False)
            if trial.teacher != "none" and people.said is not None
            else None
        )
        self.stretch = nn.Parameter(torch.full((PERSONS,), 10.0))
        self.shift = nn.Parameter(torch.full((PERSONS,), -3.0))

    def forward(self, pixels: Tensor) -> Tensor:
        """Turns crops (N, 112, 112, 3) into embeddings (N, D)."""
        x = pixels.permute(0, 3, 1, 2).float()
        x = (x - 127.5) / 128 if self.light == "as it is" else self._in_one_light(x)
        embedding: Tensor = self.trunk(x)
        return embedding

    def _in_one_light(self, x: Tensor) -> Tensor:
        luma = (x * x.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(dim=1, keepdim=True)
        face = luma[:, 0, self.oval]
        spread, mean = torch.std_mean(face, dim=1)
        seen = luma.expand_as(x) if self.light == "grey" else x
        return (seen - mean[:, None, None, None]) / spread.clamp(min=4.0)[:, None, None, None] / 2.5


def run(
    trial: Trial, people: People, *, seed: int, keep: Path | None = None, looks: bool = False
) -> dict[str, object]:
    """Trains one variant and measures it.

    Args:
        trial: What to train.
        people: Who learns and who is tested.
        seed: What all chance is drawn from.
        keep: Where the embeddings go, to try other scores on.
        looks: The people come from `trial_looks.in_looks` and are measured in their looks.
    """
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
        **{
            f"score: {how}": figures
            for how, figures in (_measure_looks if looks else _measure)(network, people).items()
        },
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
    said = _said(trial, people)

    def batch(step: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        pixels = np.ascontiguousarray(people.images[order[step]])
        label = people.label[order[step]]
        if trial.halves:
            label = put_halves(pixels, label, people, trial.halves, np.random.default_rng((seed, 2, step)))
        return recipe.augment(pixels, np.random.default_rng((seed, 1, step))), label

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
            (pixels, shown), ahead = ahead.result(), thread.submit(batch, min(step + 1, steps - 1))
            set_learning_rate(optimiser, learning_rate(recipe, step / steps))
            label = torch.from_numpy(shown)
            with arithmetic(CPU, quickest(CPU)):
                embedding = network(torch.from_numpy(pixels))
            loss = _loss(network, embedding.float(), label, recipe=recipe, strangers=people.strangers)
            if said is not None and network.projection is not None:
                taught = torch.from_numpy(said[order[step]])
                loss = loss + trial.teacher_weight * teacher_loss(
                    network.projection(embedding.float()), taught
                )
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            if average is not None and step >= (trial.average_from or 0) * steps:
                average.take(network)
    if average is not None:
        average.give(network)
    return steps


def _said(trial: Trial, people: People) -> NDArray[np.float32] | None:
    """The teacher's vectors as the trial wants them."""
    if trial.teacher == "none" or people.said is None:
        return None
    there = (people.said != 0).any(axis=1)
    learned = np.concatenate([people.learned, people.person_learned])
    mean = people.said[learned[there[learned]]].mean(axis=0) if trial.teacher == "centred" else 0.0
    return np.asarray((people.said - mean) * there[:, None], dtype=np.float32)


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
    shown = F.one_hot(label.clamp(min=0), cosines.shape[1]) * (label >= 0)[:, None]
    target = shown[:, strangers:].to(logits.dtype)
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


def _measure_looks(network: Network, people: People) -> dict[str, list[float]]:
    """As `_measure`, the strangers of the test in each person's look, and everybody evened out."""
    directions = F.normalize(network.directions.detach()).numpy()
    persons, cohort = directions[people.strangers :], directions[: people.strangers]
    who = people.label[people.person_tested] - people.strangers

    def scores(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        seen = _embed(network, images, np.arange(len(images)), mirrored=True)
        nearest = np.sort(seen @ cohort.T, axis=1)[:, -10:].mean(axis=1, keepdims=True)
        return np.asarray(seen @ persons.T - nearest, dtype=np.float32)

    own, tested = people.images[people.person_tested], people.images[people.tested]
    in_look = [scores(look_of(one)(tested, 100 + one))[:, one] for one in range(PERSONS)]
    return {
        "in the person's look": _figures(scores(own), np.stack(in_look, axis=1), who),
        "in the strangers' look": _figures(scores(own), scores(tested), who),
        "with things worn": _figures(scores(_wearing(own)), scores(tested), who),
        "evened out": _figures(scores(evened(own)), scores(evened(tested)), who),
    }


def _wearing(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Puts something on each face, drawn with other seeds than what training puts on."""
    kinds = list(OCCLUSIONS)
    landmarks = TEMPLATE.ravel().tolist()
    return np.stack(
        [
            occlude(image, landmarks, kinds[number % len(kinds)], 5_000 + number)
            for number, image in enumerate(images)
        ]
    )


def _measure(network: Network, people: People) -> dict[str, list[float]]:
    directions = F.normalize(network.directions.detach()).numpy()
    persons, cohort = directions[people.strangers :], directions[: people.strangers]
    found: dict[str, list[float]] = {}
    looks: dict[str, dict[str, Any]] = {
        "": {},
        ", plain and mirrored": {"mirrored": True},
        ", plain and mirrored, at three sizes": {"mirrored": True, "zooms": (0.93, 1.0, 1.07)},
    }
    for words, how in looks.items():
        person = _embed(network, people.images, people.person_tested, **how)
        tested = _embed(network, people.images, people.tested, **how)
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
    network: Network,
    images: NDArray[np.uint8],
    indices: NDArray[np.int64],
    *,
    mirrored: bool = False,
    zooms: Sequence[float] = (1.0,),
) -> NDArray[np.float32]:
    """Unit embeddings (n, D): the mean over sizes and, with `mirrored`, mirror images."""
    parts = []
    with torch.no_grad(), arithmetic(CPU, quickest(CPU)):
        for start in range(0, len(indices), 64):
            crops = images[indices[start : start + 64]]
            views = [crops if zoom == 1 else _zoomed(crops, zoom) for zoom in zooms]
            views += [np.ascontiguousarray(view[:, :, ::-1]) for view in views] if mirrored else []
            seen = [F.normalize(network(torch.from_numpy(view)).float()) for view in views]
            parts.append(F.normalize(torch.stack(seen).sum(dim=0)))
    return torch.cat(parts).numpy()


def _zoomed(crops: NDArray[np.uint8], zoom: float) -> NDArray[np.uint8]:
    linear = np.tile(np.eye(2) / zoom, (len(crops), 1, 1))
    return warp(crops, about_centre(linear, np.zeros((len(crops), 2)), side=crops.shape[1]))


def _rounds(random: np.random.Generator, pool: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    rounds = [random.permutation(pool) for _ in range(-(-count // len(pool)))]
    return np.concatenate(rounds)[:count] if rounds else np.zeros(0, np.int64)
