"""The training loop, from the first step to the best weights."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from facethemodel.dataset.batches import Batch, Batches
from facethemodel.dataset.samples import LabelledCrops
from facethemodel.errors import FacethemodelError
from facethemodel.inspection.crops import let_go
from facethemodel.networks import NetworkSpec
from facethemodel.networks.face import FaceNetwork
from facethemodel.progress import SILENT, Progress
from facethemodel.training.batchnorm import recalibrate
from facethemodel.training.checkpoint import Checkpoint, fingerprint, load, save
from facethemodel.training.enough import require_enough
from facethemodel.training.optimiser import learning_rate, make_optimiser, set_learning_rate
from facethemodel.training.recipe import Recipe, epochs_after, epochs_that_fit, share_of_schedule
from facethemodel.training.runlog import RunLog, header
from facethemodel.training.speed import apply, choose_device, measure
from facethemodel.training.step import Execution, arithmetic, take_step
from facethemodel.training.teaching import Teaching, add_projection
from facethemodel.training.tune import (
    TuneFigures,
    is_judged,
    judge,
    kept_epoch,
    patience_is_over,
    score_crops,
)
from facethemodel.training.wording import new_plan, opening, pass_line

_TOO_FAST = 1.3
"""So many times the measured bare step's speed no whole pass can have: the measurement was disturbed."""
_BELIEVED_FROM = 4
"""From this pass on a measurement is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The outcome of a run.

    Attributes:
        network: The weights of the pass that is kept, in evaluation mode on the CPU, without the head of
            training alone.
        epochs_run: Passes that were trained.
        epochs_planned: Passes that were planned.
        best_epoch: The one whose weights these are, counted from 1.
        tune: What that pass did on the tune part.
        seconds: Time all passes took, those before an interruption included.
        images_per_second: Crops shown per second of that time's training steps.
        device: `cpu` or `cuda`.
        execution: How the steps were computed.
    """

    network: FaceNetwork
    epochs_run: int
    epochs_planned: int
    best_epoch: int
    tune: TuneFigures
    seconds: float
    images_per_second: float
    device: str
    execution: Execution


def train(
    train_crops: LabelledCrops,
    tune_crops: LabelledCrops,
    images: NDArray[np.uint8],
    *,
    spec: NetworkSpec,
    recipe: Recipe,
    run_dir: Path,
    device: str = "auto",
    precision: str = "auto",
    teaching: Teaching | None = None,
    progress: Progress = SILENT,
) -> Trained:
    """Trains a network from the given crops, or goes on where an earlier call was stopped.

    A run that was stopped anywhere and started again with the same arguments ends, on the same machine's
    CPU, with exactly the weights of a run that was never stopped, given the same passes. A finished run is
    only read back. How many passes a time holds is measured before the first one, and planned again by what
    they take, see `recipe.epochs_after`.

    Args:
        train_crops: What is learned from.
        tune_crops: What each pass is judged by; see `kept_epoch`.
        images: All crops of the network's view, (M, S, S, 3), uint8 RGB; may be a memory map.
        spec: The network.
        recipe: How to train it.
        run_dir: Where checkpoint and logs go; made where it is missing.
        device: `auto`, `cpu`, `cuda` or `cuda:1`.
        precision: `auto` (measured), `fp32` or `bf16`.
        teaching: A teacher's vectors of `train_crops`; None learns from the labels alone.
        progress: Hears of every step and gets one line per pass.

    Raises:
        NoUsableDataError: There are too few photos to train.
        UsageError: The device or precision is not there, or the checkpoint in `run_dir` is another run's.
        FacethemodelError: The loss is no longer a number.
        StorageError: The checkpoint cannot be written.
    """
    require_enough(train_crops, tune_crops)
    run_dir.mkdir(parents=True, exist_ok=True)
    place = choose_device(device)
    torch.manual_seed(recipe.seed)
    network = spec.build(len(train_crops.identities))
    if teaching is not None:
        add_projection(network, to=teaching.vectors.shape[1], side=spec.size)
    network = network.to(place)
    optimiser = make_optimiser(network, recipe)
    batches = Batches(
        images,
        train_crops,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        augment=recipe.augment,
        person_share=recipe.person_share,
        per_epoch=recipe.crops_per_epoch(len(train_crops)),
        side_by_side=torch.get_num_threads() if place.type == "cpu" else None,
    )

    made_of = fingerprint(
        network=spec.name,
        recipe=recipe,
        train=train_crops,
        tune=tune_crops,
        device=place,
        precision=precision,
        teacher=None if teaching is None else teaching.made_of,
    )
    crops_per_epoch = len(batches) * recipe.batch_size
    run = load(run_dir, made_of, device=place)
    if run is None:
        pace = measure(network.train(), recipe, side=spec.size, wish=precision, device=place)
        run = Checkpoint(
            fingerprint=made_of,
            execution=pace.execution,
            reason=pace.reason,
            epochs=epochs_that_fit(
                recipe,
                crops=crops_per_epoch,
                tune_crops=len(tune_crops),
                images_per_second=pace.images_per_second,
            ),
            network=network.state_dict(),
            optimiser=optimiser.state_dict(),
            best=network.shipped_weights(),
            history=[],
            done=0.0,
            measured=pace.images_per_second,
        )
        save(run_dir, run)
    else:
        network.load_state_dict(run.network)
        optimiser.load_state_dict(run.optimiser)
    apply(run.execution)
    network.lay_out(channels_last=run.execution.channels_last)
    progress.note(
        opening(run, spec.name, train_crops, tune_crops, place, recipe=recipe, crops=crops_per_epoch)
    )

    planned_by_time = recipe.budget is not None or recipe.most_minutes is not None
    log = RunLog(
        run_dir,
        header(
            spec=spec,
            recipe=recipe,
            device=place,
            train=train_crops,
            tune=tune_crops,
            teacher=None if teaching is None else teaching.made_of,
        ),
        finished=len(run.history),
    )
    with closing(log), ExitStack() as shown:
        log.write(run)
        bar_ends: int | None = None
        while len(run.history) < run.epochs and not patience_is_over(run.history, recipe):
            epoch = len(run.history) + 1
            if bar_ends != run.epochs:
                # A plan made anew has another end, and a bar of its own.
                shown.close()
                bar_ends = run.epochs
                advance = shown.enter_context(
                    progress.task(f"training {spec.name}", run.epochs * crops_per_epoch)
                )
                advance(len(run.history) * crops_per_epoch)
            began = time.perf_counter()
            loss = _train_one_pass(
                network,
                optimiser,
                batches,
                epoch=epoch,
                run=run,
                recipe=recipe,
                device=place,
                teaching=teaching,
                advance=advance,
            )
            step_seconds = time.perf_counter() - began
            if not math.isfinite(loss):
                raise FacethemodelError(
                    f"the loss was no longer a number in pass {epoch} of {run.epochs}",
                    remedy="train again into a new run with another --seed or with --precision fp32; "
                    f"the checkpoint of pass {epoch - 1} is kept in {run_dir}",
                )
            record = {
                "epoch": epoch,
                "loss": loss,
                "learning_rate": optimiser.param_groups[0]["lr"],
                "images_per_second": crops_per_epoch / step_seconds,
            }
            if is_judged(epoch, planned=run.epochs, recipe=recipe):
                autocast = functools.partial(arithmetic, place, run.execution.precision)
                recalibrate(network, images, train_crops.rows, autocast=autocast())
                network.settle()
                scores = score_crops(network, images, tune_crops.rows, autocast=autocast())
                record["tune"] = asdict(judge(scores, tune_crops.is_person))
            let_go(images)
            record["seconds"] = time.perf_counter() - began
            history = [*run.history, record]
            run = replace(
                run,
                done=share_of_schedule(before=run.done, passes=run.epochs - epoch + 1, finished=1.0),
                network=network.state_dict(),
                optimiser=optimiser.state_dict(),
                best=network.shipped_weights() if kept_epoch(history, recipe) == epoch else run.best,
                history=history,
            )
            if planned_by_time:
                run = _planned_anew(
                    run, network, recipe, place, precision, side=spec.size, crops=crops_per_epoch
                )
            save(run_dir, run)
            log.write(run)
            log.chart(record)
            progress.note(pass_line(run, recipe))
            if run.epochs != bar_ends:
                progress.note(new_plan(run, before=bar_ends))

    return _outcome(run, recipe, spec, place)


def _planned_anew(
    run: Checkpoint,
    network: FaceNetwork,
    recipe: Recipe,
    device: torch.device,
    precision: str,
    *,
    side: int,
    crops: int,
) -> Checkpoint:
    """Corrects what was measured before the first pass by what the passes show."""
    last = run.history[-1]["images_per_second"]
    early = device.type == "cpu" and len(run.history) < _BELIEVED_FROM
    if early and run.measured is not None and last > _TOO_FAST * run.measured:
        # The arithmetic was chosen at a bad moment, too.
        pace = measure(network.train(), recipe, side=side, wish=precision, device=device)
        network.lay_out(channels_last=pace.execution.channels_last)
        run = replace(run, execution=pace.execution, reason=pace.reason, measured=pace.images_per_second)
    seconds = [record["seconds"] for record in run.history]
    return replace(run, epochs=epochs_after(recipe, planned=run.epochs, crops=crops, seconds=seconds))


def _train_one_pass(
    network: FaceNetwork,
    optimiser: torch.optim.Optimizer,
    batches: Batches,
    *,
    epoch: int,
    run: Checkpoint,
    recipe: Recipe,
    device: torch.device,
    teaching: Teaching | None,
    advance: Callable[[int], None],
) -> float:
    """Trains one pass and returns its mean loss."""
    # Dropout draws from torch's stream; begun anew for each pass, it does not matter what went before.
    torch.manual_seed(int(np.random.SeedSequence((recipe.seed, epoch)).generate_state(1)[0]))
    network.train()
    total = torch.zeros((), device=device)
    for number, batch in enumerate(batches.epoch(epoch)):
        done = share_of_schedule(
            before=run.done, passes=run.epochs - epoch + 1, finished=number / len(batches)
        )
        set_learning_rate(optimiser, learning_rate(recipe, done))
        total += take_step(
            network,
            optimiser,
            *_to_device(batch, device),
            recipe=recipe,
            precision=run.execution.precision,
            taught=None if teaching is None else torch.from_numpy(teaching.of(batch.chosen)).to(device),
            teacher_weight=0.0 if teaching is None else teaching.weight,
        )
        advance(recipe.batch_size)
    return float(total) / len(batches)


def _to_device(batch: Batch, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    pixels = torch.from_numpy(batch.pixels)
    if device.type == "cuda":
        pixels = pixels.pin_memory()
    return (
        pixels.to(device, non_blocking=True),
        torch.from_numpy(batch.is_person > 0.5).to(device),
        torch.from_numpy(batch.identity).to(device),
    )


def _outcome(run: Checkpoint, recipe: Recipe, spec: NetworkSpec, device: torch.device) -> Trained:
    network = spec.build(0)
    network.load_state_dict(run.best)
    best = kept_epoch(run.history, recipe)
    return Trained(
        network=network.eval(),
        epochs_run=len(run.history),
        epochs_planned=run.epochs,
        best_epoch=best,
        tune=TuneFigures(**run.history[best - 1]["tune"]),
        seconds=sum(record["seconds"] for record in run.history),
        images_per_second=float(np.mean([record["images_per_second"] for record in run.history])),
        device=device.type,
        execution=run.execution,
    )
