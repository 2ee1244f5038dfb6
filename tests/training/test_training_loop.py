"""A run from its start to its outcome, and everything that may stop it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import torch
from tensorboardX.proto.event_pb2 import Event

from facethemodel.errors import FacethemodelError, NoUsableDataError, UsageError
from facethemodel.networks import NetworkSpec
from facethemodel.training import loop
from facethemodel.training.loop import Trained, train
from facethemodel.training.recipe import Recipe
from facethemodel.training.speed import Pace, measure
from facethemodel.training.tune import judge

if TYPE_CHECKING:
    from tests.training.conftest import Crops


class Watcher:
    """Listens, and pulls the plug after a number of steps or lines."""

    def __init__(
        self,
        *,
        stop_after_lines: int | None = None,
        stop_after_crops: int | None = None,
        seconds_per_step: float = 0.0,
    ) -> None:
        self.lines: list[str] = []
        self.crops = 0
        self.totals: list[int | None] = []
        self._seconds_per_step = seconds_per_step
        self._stop_after_lines = stop_after_lines
        self._stop_after_crops = stop_after_crops

    @contextmanager
    def task(self, label: str, total: int | None) -> Iterator[Callable[[int], None]]:
        self.totals.append(total)

        def advance(done: int) -> None:
            self.crops += done
            time.sleep(self._seconds_per_step)
            if self._stop_after_crops is not None and self.crops >= self._stop_after_crops:
                raise KeyboardInterrupt

        yield advance

    def note(self, line: str) -> None:
        self.lines.append(line)
        if len(self.lines) == self._stop_after_lines:
            raise KeyboardInterrupt


def weights(trained: Trained) -> dict[str, torch.Tensor]:
    return trained.network.state_dict()


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def run(
    crops: Crops,
    spec: NetworkSpec,
    recipe: Recipe,
    run_dir: Path,
    *,
    precision: str = "fp32",
    progress: Watcher | None = None,
) -> Trained:
    return train(
        crops.train,
        crops.tune,
        crops.images,
        spec=spec,
        recipe=recipe,
        run_dir=run_dir,
        device="cpu",
        precision=precision,
        progress=progress or Watcher(),
    )


def charted(folder: Path) -> dict[str, dict[int, float]]:
    """Reads TensorBoard's figures by name and pass.

    Its files are records: 8 bytes of length, 4 of a checksum, the event, 4 of another checksum.
    """
    found: dict[str, dict[int, float]] = {}
    for file in folder.iterdir():
        data = file.read_bytes()
        while data:
            end = 12 + int.from_bytes(data[:8], "little")
            event = Event.FromString(data[12:end])
            for value in event.summary.value:
                found.setdefault(value.tag, {})[event.step] = value.simple_value
            data = data[end + 4 :]
    return found


def test_learns_to_tell_the_person_from_strangers(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    watcher = Watcher()
    trained = run(crops, tiny, recipe, tmp_path, progress=watcher)
    assert trained.tune.auc > 0.97
    assert trained.epochs_run == trained.epochs_planned == 5
    # One cycle is at its best when it has come down.
    assert trained.best_epoch == 5
    assert trained.images_per_second > 0
    # What is handed out is in evaluation mode and scores the tune part as the run said it does.
    assert not trained.network.training
    scores = trained.network(torch.from_numpy(crops.images[crops.tune.rows])).detach().numpy()
    assert scores[crops.tune.is_person].mean() > scores[~crops.tune.is_person].mean() + 1
    assert watcher.totals == [watcher.crops]
    assert not any("best so far" in line for line in watcher.lines)
    assert "pass 5 of 5" in watcher.lines[-1]
    assert "when 5 % of strangers slip through" in watcher.lines[-1]


def test_a_machine_too_slow_for_all_passes_says_so_and_what_to_do(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    watcher = Watcher()
    trained = run(crops, tiny, replace(recipe, most_minutes=1e-9), tmp_path, progress=watcher)
    assert trained.epochs_run == trained.epochs_planned == 3
    assert "3 passes instead of 5: 1e-09 min hold no more here, --budget gives more" in watcher.lines[0]


@pytest.mark.parametrize(("measured_slow", "known_better"), [(1, True), (9, False)])
def test_a_plan_made_while_other_work_ran_is_made_anew(
    crops: Crops,
    tiny: NetworkSpec,
    recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    measured_slow: int,
    known_better: bool,
) -> None:
    paces: list[Pace] = []

    def disturbed(*args: Any, **named: Any) -> Pace:
        slow = len(paces) < measured_slow
        paces.append(replace(measure(*args, **named), images_per_second=0.01 if slow else 1e9))
        return paces[-1]

    monkeypatch.setattr(loop, "measure", disturbed)
    watcher = Watcher()
    trained = run(crops, tiny, replace(recipe, most_minutes=15), tmp_path, progress=watcher)
    assert trained.epochs_run == trained.epochs_planned == 5
    # Passes already trained stay trained, and each bar ends where its plan does.
    assert [line.split(" · ")[0] for line in watcher.lines[1:]] == [
        "pass 1 of 5",
        "passes are faster than planned for: 5 instead of 3 fit into the time",
        "pass 2 of 5",
        "pass 3 of 5",
        "pass 4 of 5",
        "pass 5 of 5",
    ]
    assert watcher.totals[0] is not None
    per_pass = watcher.totals[0] // 3
    assert watcher.totals == [3 * per_pass, 5 * per_pass]
    assert watcher.crops == per_pass + 5 * per_pass
    assert json.loads((tmp_path / "train.jsonl").read_text().splitlines()[0])["epochs"] == 5
    # Measured again after passes that are faster than can be, but not after each of them.
    assert len(paces) == (2 if known_better else 4)


def test_a_machine_that_becomes_slower_trains_fewer_passes(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fast(*args: Any, **named: Any) -> Pace:
        return replace(measure(*args, **named), images_per_second=1e9)

    monkeypatch.setattr(loop, "measure", fast)
    watcher = Watcher(seconds_per_step=0.1)
    trained = run(crops, tiny, replace(recipe, epochs=40, most_minutes=3 / 60), tmp_path, progress=watcher)
    # A pass has 90 crops, so at least 0.5 s of waiting: no more than 6 fit.
    assert 3 <= trained.epochs_run == trained.epochs_planned <= 6
    plans = [line for line in watcher.lines if "passes are slower than planned for" in line]
    assert "instead of 40 fit into the time" in plans[0]
    assert f"planned for: {trained.epochs_run} instead of" in plans[-1]
    # However plans change, the rate comes down to nothing with the last pass.
    rates = [
        json.loads(line)["learning_rate"] for line in (tmp_path / "train.jsonl").read_text().splitlines()[1:]
    ]
    assert rates[-1] < 0.2 * max(rates)


def test_asked_for_passes_are_not_planned_anew(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = 0

    def disturbed(*args: Any, **named: Any) -> Pace:
        nonlocal measured
        measured += 1
        return replace(measure(*args, **named), images_per_second=0.01)

    monkeypatch.setattr(loop, "measure", disturbed)
    watcher = Watcher()
    fixed = replace(recipe, most_minutes=None)
    trained = run(crops, tiny, fixed, tmp_path, precision="auto", progress=watcher)
    assert trained.epochs_run == 5
    assert len(watcher.totals) == measured == 1


def test_the_log_tells_what_the_run_was_made_of_and_what_each_pass_brought(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    run(crops, tiny, recipe, tmp_path)
    head, *passes = [json.loads(line) for line in (tmp_path / "train.jsonl").read_text().splitlines()]
    assert head["event"] == "start"
    assert head["versions"]["torch"] == torch.__version__
    assert head["recipe"]["learning_rate"] == recipe.learning_rate
    assert head["train"] == {"person": 18, "strangers": 72, "identities": 4}
    assert [record["epoch"] for record in passes] == [1, 2, 3, 4, 5]
    assert passes[-1]["loss"] < passes[0]["loss"]
    charts = charted(tmp_path / "tensorboard")
    tune = {f"tune/{name}" for name in passes[-1]["tune"]}
    assert set(charts) == {"train/loss", "train/learning_rate", "train/images_per_second"} | tune
    assert charts["train/loss"] == pytest.approx({record["epoch"]: record["loss"] for record in passes})
    judged = {record["epoch"]: record["tune"]["auc"] for record in passes if "tune" in record}
    assert charts["tune/auc"] == pytest.approx(judged)


@pytest.mark.parametrize(
    ("precision", "optimiser", "plug"),
    [
        pytest.param("fp32", "sgd", {"stop_after_lines": 3}, id="between passes"),
        pytest.param("fp32", "sgd", {"stop_after_crops": 250}, id="within a pass"),
        pytest.param("fp32", "sgd", {"stop_after_crops": 1}, id="within the first pass"),
        pytest.param("fp32", "adam", {"stop_after_crops": 250}, id="adam"),
        pytest.param("fp32", "muon", {"stop_after_crops": 250}, id="muon"),
        pytest.param("bf16", "sgd", {"stop_after_crops": 250}, id="bf16"),
    ],
)
def test_a_stopped_run_goes_on_as_if_nothing_had_happened(
    crops: Crops,
    tiny: NetworkSpec,
    recipe: Recipe,
    tmp_path: Path,
    plug: dict[str, int],
    precision: str,
    optimiser: Literal["sgd", "adam", "muon"],
) -> None:
    recipe = replace(recipe, optimiser=optimiser, learning_rate=0.003 if optimiser == "adam" else 0.05)
    unbroken = run(crops, tiny, recipe, tmp_path / "unbroken", precision=precision)
    with pytest.raises(KeyboardInterrupt):
        run(crops, tiny, recipe, tmp_path / "broken", precision=precision, progress=Watcher(**plug))
    torch.manual_seed(12345)  # The second process's stream of chance is wherever it happens to be.
    resumed = run(crops, tiny, recipe, tmp_path / "broken", precision=precision)
    assert same(weights(unbroken), weights(resumed))
    assert resumed.best_epoch == unbroken.best_epoch
    log = (tmp_path / "broken" / "train.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in log[1:]] == [1, 2, 3, 4, 5]


def test_a_finished_run_is_read_back_and_not_trained_again(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    first = run(crops, tiny, recipe, tmp_path)
    watcher = Watcher()
    second = run(crops, tiny, recipe, tmp_path, progress=watcher)
    assert same(weights(first), weights(second))
    assert second.seconds == first.seconds
    assert not any(line.startswith("pass") for line in watcher.lines)


def test_another_seed_gives_another_network(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    one = run(crops, tiny, replace(recipe, epochs=1), tmp_path / "one")
    other = run(crops, tiny, replace(recipe, epochs=1, seed=1), tmp_path / "other")
    assert not same(weights(one), weights(other))


def test_a_checkpoint_of_another_recipe_or_other_photos_is_refused(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    recipe = replace(recipe, epochs=1)
    run(crops, tiny, recipe, tmp_path)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(UsageError, match="different recipe") as caught:
        run(crops, tiny, replace(recipe, learning_rate=0.01), tmp_path)
    assert str(tmp_path / "checkpoint.pt") in str(caught.value.remedy)
    fewer = replace(crops, tune=replace(crops.tune, shas=tuple(reversed(crops.tune.shas))))
    with pytest.raises(UsageError, match="different tuning photos"):
        run(fewer, tiny, recipe, tmp_path)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_a_damaged_checkpoint_is_named(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    recipe = replace(recipe, epochs=1)
    run(crops, tiny, recipe, tmp_path)
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UsageError, match="cannot be read"):
        run(crops, tiny, recipe, tmp_path)


def test_stops_when_the_tune_part_gains_nothing_for_long_and_keeps_the_best(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    # Labels without any meaning: what is learned by heart soon harms on the tune part.
    random = np.random.default_rng(1)
    shuffled = replace(crops.train, is_person=random.permutation(crops.train.is_person))
    recipe = replace(recipe, epochs=60, schedule="constant", patience=4, identity_weight=0.0)
    watcher = Watcher()
    trained = run(replace(crops, train=shuffled), tiny, recipe, tmp_path, progress=watcher)
    assert trained.epochs_run < trained.epochs_planned == 60
    assert trained.epochs_run == trained.best_epoch + 4
    records = [json.loads(line) for line in (tmp_path / "train.jsonl").read_text().splitlines()[1:]]
    assert sum("best so far" in line for line in watcher.lines) >= 1
    losses = [record["tune"]["hard_pair_loss"] for record in records]
    assert losses.index(min(losses)) + 1 == trained.best_epoch
    # What is handed out is the network of that pass, not of the last one.
    scores = trained.network(torch.from_numpy(crops.images[crops.tune.rows])).detach().numpy()
    figures = judge(scores, crops.tune.is_person)
    assert figures.hard_pair_loss == pytest.approx(trained.tune.hard_pair_loss, rel=1e-3)


def test_a_budget_is_turned_into_passes_that_an_interruption_does_not_change(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    brief = Watcher()
    short = run(crops, tiny, replace(recipe, budget=1e-6), tmp_path / "short", progress=brief)
    assert "of use" not in brief.lines[0]
    assert short.epochs_planned == short.epochs_run == 3
    ample, begun = replace(recipe, budget=1e6), Watcher(stop_after_lines=2)
    with pytest.raises(KeyboardInterrupt):
        run(crops, tiny, ample, tmp_path / "ample", progress=begun)
    assert "20 passes, as many as are of use: about 1 min" in begun.lines[0]
    watcher = Watcher(stop_after_lines=1)
    with pytest.raises(KeyboardInterrupt):
        run(crops, tiny, ample, tmp_path / "ample", progress=watcher)
    assert watcher.lines == ["going on after pass 1 of 20"]


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_checkpoint(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(FacethemodelError, match="no longer a number in pass 1 of 5") as caught:
        run(crops, tiny, replace(recipe, learning_rate=1e30), tmp_path)
    assert "fp32" in str(caught.value.remedy)
    assert (tmp_path / "checkpoint.pt").exists()


def test_too_few_photos_are_counted_and_the_need_is_named(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    def some(person: int, strangers: int) -> Crops:
        chosen = np.concatenate(
            [
                np.flatnonzero(crops.train.is_person)[:person],
                np.flatnonzero(~crops.train.is_person)[:strangers],
            ]
        )
        part = replace(
            crops.train,
            rows=crops.train.rows[chosen],
            is_person=crops.train.is_person[chosen],
            identity=crops.train.identity[chosen],
            shas=tuple(crops.train.shas[index] for index in chosen),
        )
        return replace(crops, train=part)

    with pytest.raises(NoUsableDataError, match="9 usable photos of the person and 30 of strangers"):
        run(some(9, 30), tiny, recipe, tmp_path)
    with pytest.raises(NoUsableDataError, match="at least 10 and 20"):
        run(some(10, 19), tiny, recipe, tmp_path)
    only_strangers = replace(crops.tune, is_person=np.zeros(len(crops.tune), bool))
    with pytest.raises(NoUsableDataError, match="no photo of the person in the tune part"):
        run(replace(crops, tune=only_strangers), tiny, recipe, tmp_path)
    only_person = replace(crops.tune, is_person=np.ones(len(crops.tune), bool))
    with pytest.raises(NoUsableDataError, match="no photo of a stranger in the tune part") as caught:
        run(replace(crops, tune=only_person), tiny, recipe, tmp_path)
    assert "add photos of more people" in str(caught.value.remedy)
    assert run(some(10, 20), tiny, replace(recipe, epochs=1), tmp_path / "enough").epochs_run == 1


def test_strangers_whom_nobody_named_are_enough(
    crops: Crops, tiny: NetworkSpec, recipe: Recipe, tmp_path: Path
) -> None:
    nameless = replace(crops.train, identity=np.full_like(crops.train.identity, -1), identities=())
    assert run(replace(crops, train=nameless), tiny, recipe, tmp_path).tune.auc > 0.9
