"""A teacher beside the labels: what it changes, and what it leaves as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from facethemodel.errors import UsageError
from facethemodel.networks import NetworkSpec
from facethemodel.progress import SILENT, Progress
from facethemodel.training.checkpoint import CHECKPOINT
from facethemodel.training.head import unit
from facethemodel.training.loop import Trained, train
from facethemodel.training.losses import teacher_loss
from facethemodel.training.recipe import Recipe
from facethemodel.training.teaching import Teaching, less_their_mean

if TYPE_CHECKING:
    from tests.training.conftest import Crops


class Plug:
    """Pulls the plug after so many crops."""

    def __init__(self, after: int) -> None:
        self._left = after

    @contextmanager
    def task(self, label: str, total: int | None) -> Iterator[Callable[[int], None]]:
        def advance(done: int) -> None:
            self._left -= done
            if self._left <= 0:
                raise KeyboardInterrupt

        yield advance

    def note(self, line: str) -> None:
        """Nobody listens."""


def teaching_of(crops: Crops, **changes: object) -> Teaching:
    """A teacher that sees every identity of the train part as one direction, nearly."""
    random = np.random.default_rng(0)
    middles = random.normal(size=(len(crops.train.identities) + 1, 12))
    vectors = middles[crops.train.identity] + random.normal(scale=0.1, size=(len(crops.train), 12))
    made = Teaching(
        vectors=less_their_mean(vectors, np.ones(len(crops.train), bool)),
        there=np.ones(len(crops.train), bool),
        source="made up",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def run(
    crops: Crops,
    spec: NetworkSpec,
    recipe: Recipe,
    run_dir: Path,
    teaching: Teaching | None,
    progress: Progress = SILENT,
) -> Trained:
    return train(
        crops.train,
        crops.tune,
        crops.images,
        spec=spec,
        recipe=recipe,
        run_dir=run_dir,
        device="cpu",
        precision="fp32",
        teaching=teaching,
        progress=progress,
    )


def same(one: Trained, other: Trained) -> bool:
    first, second = one.network.state_dict(), other.network.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_the_network_learns_from_the_teacher_and_ships_nothing_of_it(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    alone = run(crops, tiny, recipe, tmp_path / "alone", None)
    taught = run(crops, tiny, recipe, tmp_path / "taught", teaching_of(crops))
    assert not same(alone, taught)
    assert taught.network.state_dict().keys() == tiny.build(0).state_dict().keys()
    state = torch.load(tmp_path / "taught" / CHECKPOINT, weights_only=True)
    assert not any(name.startswith("projection") for name in state["best"])
    weights = state["network"]["projection.weight"]
    assert weights.shape == (12, 16)
    head = json.loads((tmp_path / "taught" / "train.jsonl").read_text().splitlines()[0])
    assert head["teacher"] == f"made up, {len(crops.train)} faces, less their mean, weight 30"
    # With the labels' weight gone only the teacher can have taught it to tell strangers apart.
    only = replace(recipe, identity_weight=0.0, person_weight=0.0)
    network = run(crops, tiny, only, tmp_path / "only", teaching_of(crops)).network
    said = network.embed(torch.from_numpy(crops.images[crops.train.rows]))
    state = torch.load(tmp_path / "only" / CHECKPOINT, weights_only=True)
    projected = said @ state["network"]["projection.weight"].T
    loss = teacher_loss(projected, torch.from_numpy(teaching_of(crops).vectors))
    assert float(loss.detach()) < 0.3


def test_a_stopped_run_with_a_teacher_ends_with_the_weights_of_an_unbroken_one(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    teaching = teaching_of(crops)
    unbroken = run(crops, tiny, recipe, tmp_path / "unbroken", teaching)
    with pytest.raises(KeyboardInterrupt):
        run(crops, tiny, recipe, tmp_path / "broken", teaching, Plug(250))
    torch.manual_seed(54321)
    assert same(unbroken, run(crops, tiny, recipe, tmp_path / "broken", teaching))


def test_a_teacher_of_weight_0_changes_nothing(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    alone = run(crops, tiny, recipe, tmp_path / "alone", None)
    assert same(alone, run(crops, tiny, recipe, tmp_path / "idle", teaching_of(crops, weight=0.0)))


def test_no_run_goes_on_from_the_checkpoint_of_another_teacher(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    recipe = replace(recipe, epochs=1)
    run(crops, tiny, recipe, tmp_path, teaching_of(crops))
    for other in (teaching_of(crops, source="another"), teaching_of(crops, weight=2.0), None):
        with pytest.raises(UsageError, match="a different teacher"):
            run(crops, tiny, recipe, tmp_path, other)


def test_faces_that_the_teacher_could_not_take_are_left_out() -> None:
    said, taught = torch.eye(3), torch.eye(3)
    assert float(teacher_loss(said, taught)) == pytest.approx(0, abs=1e-6)
    half = teaching_like(taught.numpy(), there=[True, False, False])
    wrong = torch.tensor([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]])
    assert float(teacher_loss(wrong, torch.from_numpy(half.of(np.arange(3))))) == pytest.approx(0, abs=1e-6)
    nobody = teaching_like(taught.numpy(), there=[False] * 3)
    assert float(teacher_loss(wrong, torch.from_numpy(nobody.of(np.arange(3))))) == 0


def test_what_all_faces_have_in_common_is_not_taught() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(scale=0.3, size=(200, 12)) + 4 * np.eye(12)[0]
    there = np.arange(200) % 10 > 0
    vectors[~there] = 0
    assert np.min(unit(vectors[there]) @ unit(vectors[there]).T) > 0.8
    taught = less_their_mean(vectors, there)
    assert not taught[~there].any()
    np.testing.assert_allclose(np.linalg.norm(taught[there], axis=1), 1, atol=1e-5)
    cosines = taught[there] @ taught[there].T
    assert abs(np.mean(cosines)) < 0.02
    assert np.min(cosines) < -0.7
    assert not less_their_mean(vectors, np.zeros(200, bool)).any()


def teaching_like(vectors: np.typing.NDArray[np.float32], *, there: list[bool]) -> Teaching:
    return Teaching(vectors=vectors, there=np.array(there), source="made up")
