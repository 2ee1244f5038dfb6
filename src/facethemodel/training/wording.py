"""What a run says of itself, in lines that a person reads."""

from __future__ import annotations

from statistics import median

import torch

from facethemodel.dataset.samples import LabelledCrops
from facethemodel.training.checkpoint import Checkpoint
from facethemodel.training.recipe import Recipe, minutes_of_use
from facethemodel.training.tune import kept_epoch


def opening(
    run: Checkpoint,
    network: str,
    train: LabelledCrops,
    tune: LabelledCrops,
    device: torch.device,
    *,
    recipe: Recipe,
    crops: int,
) -> str:
    """Says what is about to be trained on what, or from where it goes on; a pass shows `crops` crops."""
    if run.history:
        return f"going on after pass {len(run.history)} of {run.epochs}"
    person = int(train.is_person.sum())
    passes = f"{run.epochs} passes"
    if recipe.budget is None and run.epochs < (wanted := recipe.passes(crops)):
        passes += f" instead of {wanted}: {recipe.most_minutes:g} min hold no more here, --budget gives more"
    elif run.measured is not None:
        minutes = minutes_of_use(recipe, crops=crops, tune_crops=len(tune), images_per_second=run.measured)
        if minutes is not None:
            passes += f", as many as are of use: about {max(1.0, minutes):.0f} min"
    return (
        f"training {network} on {person:,} photos of the person and {len(train) - person:,} of strangers"
        f" · {passes} · {device.type}, {run.execution.precision} ({run.reason})"
    )


def pass_line(run: Checkpoint, recipe: Recipe) -> str:
    """Says in one line what the last pass brought."""
    record = run.history[-1]
    kept = recipe.schedule != "one_cycle" and kept_epoch(run.history, recipe) == record["epoch"]
    left = (run.epochs - len(run.history)) * median(one["seconds"] for one in run.history)
    found = 100 * (1 - record["tune"]["fnmr"]) if "tune" in record else None
    parts = [
        f"pass {record['epoch']} of {run.epochs}",
        f"loss {record['loss']:.2f}",
        ""
        if found is None
        else f"tune: finds {found:.0f} % of the person when 5 % of strangers slip through",
        "best so far" if kept else "",
        f"{record['images_per_second']:.0f} photos/s",
        f"{left / 60:.0f} min left" if left >= 90 else f"{left:.0f} s left" if left > 0 else "",
    ]
    return " · ".join(part for part in parts if part)


def new_plan(run: Checkpoint, *, before: int) -> str:
    """Says why a run has another number of passes than it was begun with."""
    pace = "slower" if run.epochs < before else "faster"
    return f"passes are {pace} than planned for: {run.epochs} instead of {before} fit into the time"
