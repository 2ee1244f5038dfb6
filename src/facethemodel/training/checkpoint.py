"""What a killed run goes on from."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from facethemodel.dataset.samples import LabelledCrops
from facethemodel.errors import StorageError, UsageError
from facethemodel.training.recipe import Recipe
from facethemodel.training.step import Execution

CHECKPOINT = "checkpoint.pt"
_FORMAT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A run at the end of a pass.

    There is no random state in it: each pass draws all its chance from the seed and its own number.

    Attributes:
        fingerprint: What the run was started with, see `fingerprint`.
        execution: How steps are computed.
        reason: Why.
        epochs: Passes planned.
        done: The share of the learning rate's schedule that is done, see `recipe.share_of_schedule`.
        network: Weights of everything that trains.
        optimiser: Its state.
        best: Weights, as the network ships, of the pass that would be kept if the run ended now.
        history: One record per finished pass.
        measured: Crops a second of the bare step when it was measured; None where an earlier version did.
    """

    fingerprint: Mapping[str, str]
    execution: Execution
    reason: str
    epochs: int
    network: Mapping[str, Tensor]
    optimiser: dict[str, Any]
    best: Mapping[str, Tensor]
    history: list[dict[str, Any]]
    done: float
    measured: float | None = None


def fingerprint(
    *,
    network: str,
    recipe: Recipe,
    train: LabelledCrops,
    tune: LabelledCrops,
    device: torch.device,
    precision: str,
    teacher: str | None = None,
) -> dict[str, str]:
    """Names all that decides what the weights become: no run may go on from another one's checkpoint."""
    made_of = {
        "network": network,
        "recipe": json.dumps(asdict(recipe), sort_keys=True),
        "training photos": _digest(train),
        "tuning photos": _digest(tune),
        "device": device.type,
        "precision": precision,
    }
    return made_of if teacher is None else {**made_of, "teacher": teacher}


def _digest(crops: LabelledCrops) -> str:
    digest = hashlib.sha256(json.dumps([crops.shas, crops.identities, crops.faces]).encode())
    digest.update(crops.is_person.astype("u1").tobytes())
    digest.update(crops.identity.astype("<i4").tobytes())
    return digest.hexdigest()


def save(run_dir: Path, checkpoint: Checkpoint) -> None:
    """Replaces the checkpoint in one move: whenever the machine stops, the old one or the new one is whole.

    Raises:
        StorageError: The disk is full or cannot be written.
    """
    content = {field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)}
    content["execution"] = asdict(checkpoint.execution)
    # Through memory: torch turns a full disk into a RuntimeError that says nothing of it.
    buffer = io.BytesIO()
    torch.save({"format": _FORMAT, **content}, buffer)
    path = run_dir / CHECKPOINT
    draft = path.with_suffix(".new")
    try:
        with draft.open("wb") as file:
            file.write(buffer.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(run_dir, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StorageError(
            f"the checkpoint {path} could not be written: {error.strerror}",
            remedy="make room or allow writing to the folder, then start the same command again",
        ) from error


def load(run_dir: Path, expected: Mapping[str, str], *, device: torch.device) -> Checkpoint | None:
    """Reads the run's checkpoint; None where there is none yet.

    Args:
        run_dir: The run's folder.
        expected: The fingerprint of the run that wants to go on from it.
        device: Where the tensors go.

    Raises:
        UsageError: It belongs to another recipe, other photos, another device; or it cannot be read.
    """
    path = run_dir / CHECKPOINT
    if not path.exists():
        return None
    start_anew = f"train into a new folder, or remove {path} to start this one anew"
    try:
        content = torch.load(path, map_location=device, weights_only=True)
    except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
        raise UsageError(f"the checkpoint {path} cannot be read", remedy=start_anew) from error
    if not isinstance(content, dict) or content.pop("format", None) != _FORMAT:
        raise UsageError(f"the checkpoint {path} was written by another version", remedy=start_anew)
    # Earlier versions went through the schedule in steps of one size.
    content.setdefault("done", len(content["history"]) / content["epochs"])
    checkpoint = Checkpoint(**{**content, "execution": Execution(**content["execution"])})
    named = dict.fromkeys([*expected, *checkpoint.fingerprint])
    changed = [what for what in named if checkpoint.fingerprint.get(what) != expected.get(what)]
    if changed:
        raise UsageError(
            f"the checkpoint {path} belongs to a run with a different {', '.join(changed)}", remedy=start_anew
        )
    return checkpoint
