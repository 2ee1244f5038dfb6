"""One training in which many people play the person at once, each with a direction of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.learning_people import Division, Faces, Plan
from benchmarks.precision import quickest
from facethemodel.evaluation.expectation import LEVELS
from facethemodel.networks.residual import EMBEDDING, Residual112
from facethemodel.training.batchnorm import recalibrate
from facethemodel.training.losses import cosine_margin_loss
from facethemodel.training.optimiser import learning_rate, make_optimiser, set_learning_rate
from facethemodel.training.recipe import Recipe
from facethemodel.training.speed import choose_device
from facethemodel.training.step import arithmetic


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lessons:
    """What is learned from.

    Attributes:
        strangers: Positions in `Faces` of the strangers' crops.
        persons: The same, by person.
        label: (N,), the class of each crop: strangers first, then the persons; -1 takes no part.
    """

    strangers: NDArray[np.int64]
    persons: tuple[NDArray[np.int64], ...]
    label: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.strangers) + sum(map(len, self.persons))


class Heads(nn.Module):
    """A direction for every person instead of one, and scores (persons, N)."""

    def __init__(self, persons: int) -> None:
        super().__init__()
        self.direction = nn.Parameter(torch.randn(persons, EMBEDDING) / EMBEDDING**0.5)
        self.stretch = nn.Parameter(torch.full((persons, 1), 10.0))
        self.shift = nn.Parameter(torch.full((persons, 1), -3.0))

    def forward(self, embedding: Tensor) -> Tensor:
        """Maps embeddings (N, D) to logits (persons, N)."""
        return self.stretch * (F.normalize(self.direction) @ F.normalize(embedding).T) + self.shift


class Crowd(Residual112):
    """The product's network with many persons; it scores as the product does, (persons, N)."""

    def __init__(self, *, strangers: int, persons: int) -> None:
        super().__init__(strangers)
        self.heads = Heads(persons)
        self.person = self.heads  # type: ignore[assignment]

    def loss(self, embedding: Tensor, label: Tensor, *, recipe: Recipe) -> Tensor:
        """The product's two tasks; being told from everybody else is averaged over the persons."""
        assert self.identities is not None, "there are strangers"
        everybody = torch.cat([self.identities.directions, self.heads.direction])
        cosines = F.normalize(embedding) @ F.normalize(everybody).T
        logits = self.heads(embedding)
        target = F.one_hot(label, len(everybody))[:, -len(logits) :].T.to(logits.dtype)
        return recipe.identity_weight * cosine_margin_loss(
            cosines, label, margin=recipe.identity_margin, scale=recipe.identity_scale
        ) + recipe.person_weight * F.binary_cross_entropy_with_logits(logits, target)


def lessons(faces: Faces, division: Division, plan: Plan) -> Lessons:
    """Picks what a training learns from."""
    number = {name: index for index, name in enumerate(plan.strangers)}
    label = np.array([number.get(name, -1) for name in faces.who], dtype=np.int64)
    persons = []
    for index, (name, count) in enumerate(plan.photos.items()):
        persons.append(np.array(division.pools[name][:count], dtype=np.int64))
        label[persons[-1]] = len(number) + index
    return Lessons(
        strangers=np.flatnonzero((label >= 0) & (label < len(number))),
        persons=tuple(persons),
        label=label,
    )


def run(
    faces: Faces, division: Division, plan: Plan, *, recipe: Recipe, device: str = "auto"
) -> dict[str, object]:
    """Trains once and measures every person.

    Returns:
        One line of the file: what was trained on what, for how long, and for each person the share of its
        judged photos missed at each of `LEVELS`; None where there are too few strangers for that level.
    """
    place = choose_device(device)
    torch.manual_seed(recipe.seed)
    lesson = lessons(faces, division, plan)
    crowd = Crowd(strangers=len(plan.strangers), persons=len(plan.photos)).to(place)
    crowd.lay_out(channels_last=True)
    start = time.perf_counter()
    steps = fit(crowd, faces.images, lesson, recipe=recipe, device=place)
    seconds = time.perf_counter() - start
    learned = np.concatenate([lesson.strangers, *lesson.persons])
    recalibrate(crowd, faces.images, learned, autocast=arithmetic(place, quickest(place)))
    crowd.settle()
    tested = set(division.tested)
    rows = np.array([row for row, name in enumerate(faces.who) if name in tested], dtype=np.int64)
    weights = shares([faces.who[row] for row in rows])
    strangers = _scores(crowd, faces.images, rows, place)
    results = []
    for index, (name, count) in enumerate(plan.photos.items()):
        judged = np.array(division.judged[name], dtype=np.int64)
        own = _scores(crowd, faces.images, judged, place)[index]
        found = [missed(own, strangers[index], weights, level=level) for level in LEVELS]
        results.append({"who": name, "photos": count, "judged": len(judged), "missed": found})
    return {
        "others": plan.others,
        "strangers": len(plan.strangers),
        "stranger_photos": len(lesson.strangers),
        "tested": len(division.tested),
        "tested_photos": len(rows),
        "crops": len(lesson),
        "steps": steps,
        "seconds": round(seconds, 1),
        "results": results,
    }


def fit(
    crowd: Crowd, images: NDArray[np.uint8], lesson: Lessons, *, recipe: Recipe, device: torch.device
) -> int:
    """Trains for as many steps as the product would with that many crops; returns their number."""
    random = np.random.default_rng(recipe.seed)
    per_pass = -(-recipe.crops_per_epoch(len(lesson)) // recipe.batch_size)
    steps = per_pass * recipe.passes(per_pass * recipe.batch_size)
    order = draw(random, lesson, steps=steps, size=recipe.batch_size, share=recipe.person_share or 0.2)
    optimiser = make_optimiser(crowd, recipe)
    crowd.train()

    def batch(step: int) -> NDArray[np.uint8]:
        pixels = np.ascontiguousarray(images[order[step]])
        return recipe.augment(pixels, np.random.default_rng((recipe.seed, 1, step)))

    with ThreadPoolExecutor(1) as thread:
        ahead = thread.submit(batch, 0)
        for step in range(steps):
            pixels, ahead = ahead.result(), thread.submit(batch, min(step + 1, steps - 1))
            set_learning_rate(optimiser, learning_rate(recipe, step / steps))
            label = torch.from_numpy(lesson.label[order[step]]).to(device)
            with arithmetic(device, quickest(device)):
                embedding = crowd.embed(torch.from_numpy(pixels).to(device))
            loss = crowd.loss(embedding.float(), label, recipe=recipe)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return steps


def draw(
    random: np.random.Generator, lesson: Lessons, *, steps: int, size: int, share: float
) -> NDArray[np.int64]:
    """Says which crops each step shows, (steps, size).

    The persons together get the share that the person has in the product, and each of them as much of it as
    the others, however many photos it has: there, too, few photos are shown more often.
    """
    of_persons = round(share * size)
    turns = _rounds(random, np.arange(len(lesson.persons)), steps * of_persons)
    slots = np.empty(len(turns), dtype=np.int64)
    for number, own in enumerate(lesson.persons):
        mine = turns == number
        slots[mine] = _rounds(random, own, int(mine.sum()))
    strangers = _rounds(random, lesson.strangers, steps * (size - of_persons))
    return np.concatenate([strangers.reshape(steps, -1), slots.reshape(steps, -1)], axis=1)


def _rounds(random: np.random.Generator, pool: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    rounds = [random.permutation(pool) for _ in range(-(-count // len(pool)))]
    return np.concatenate(rounds)[:count] if rounds else np.zeros(0, np.int64)


def shares(who: Sequence[str]) -> NDArray[np.float64]:
    """Weighs photos (n,) so that everybody shown counts the same, together 1."""
    names, number, counts = np.unique(np.array(who), return_inverse=True, return_counts=True)
    return np.asarray(1.0 / (counts[number] * len(names)), dtype=np.float64)


def missed(
    person: NDArray[np.floating],
    strangers: NDArray[np.floating],
    weights: NDArray[np.float64],
    *,
    level: float,
) -> float | None:
    """The share of the person's photos missed by the lowest line that lets at most `level` of strangers pass.

    Args:
        person: Scores (n,); a photo passes that scores above the line.
        strangers: Scores (m,).
        weights: What each of those counts, (m,), together 1.
        level: A share.

    Returns:
        None where one photo of a stranger seen once is more than `level` already: the line would be beyond
        all that was measured.
    """
    if weights.max() > level + 1e-9:
        return None
    descending = np.argsort(-strangers, kind="stable")
    passed = np.cumsum(weights[descending])
    line = strangers[descending][int(np.argmax(passed > level + 1e-9))]
    return round(float((person <= line).mean()), 5)


def _scores(
    crowd: Crowd, images: NDArray[np.uint8], rows: NDArray[np.int64], device: torch.device
) -> NDArray[np.float32]:
    """Scores crops for every person, (persons, n)."""
    parts = []
    with torch.no_grad(), arithmetic(device, quickest(device)):
        for start in range(0, len(rows), 128):
            pixels = torch.from_numpy(images[rows[start : start + 128]]).to(device)
            parts.append(crowd(pixels).float().cpu())
    return torch.cat(parts, dim=1).numpy()
