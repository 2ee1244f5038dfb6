"""What a run leaves behind for people and for TensorBoard."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from facethemodel.dataset.samples import LabelledCrops
from facethemodel.networks import NetworkSpec
from facethemodel.training.checkpoint import Checkpoint
from facethemodel.training.recipe import Recipe

LOG = "train.jsonl"


def header(
    *,
    spec: NetworkSpec,
    recipe: Recipe,
    device: torch.device,
    train: LabelledCrops,
    tune: LabelledCrops,
    teacher: str | None = None,
) -> dict[str, Any]:
    """Writes down what the run was made of: the first line of the log."""
    return {
        "event": "start",
        "versions": {
            "facethemodel": version("facethemodel"),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "network": spec.name,
        "parameters": spec.parameters,
        "recipe": asdict(recipe),
        "device": str(device) if device.type == "cpu" else torch.cuda.get_device_name(device),
        "threads": torch.get_num_threads(),
        "train": _counts(train),
        "tune": _counts(tune),
        **({} if teacher is None else {"teacher": teacher}),
    }


def _counts(crops: LabelledCrops) -> dict[str, int]:
    person = int(crops.is_person.sum())
    return {"person": person, "strangers": len(crops) - person, "identities": len(crops.identities)}


class RunLog:
    """`train.jsonl` (a header, then one line per pass) and TensorBoard's event files in the run's folder."""

    def __init__(self, run_dir: Path, head: Mapping[str, Any], *, finished: int) -> None:
        # tensorboardX brings protobuf, which takes a while to import.
        from tensorboardX import SummaryWriter

        self._path = run_dir / LOG
        self._head = dict(head)
        # What an earlier, killed process wrote beyond its last checkpoint is hidden from the charts.
        self._board = SummaryWriter(str(run_dir / "tensorboard"), purge_step=finished + 1)

    def write(self, run: Checkpoint) -> None:
        """Writes the log anew from the run: after a resume it reads as if nothing had happened."""
        draft = self._path.with_suffix(".new")
        head = {
            **self._head,
            "epochs": run.epochs,
            "execution": asdict(run.execution),
            "execution_reason": run.reason,
        }
        lines = [head, *({"event": "pass", **record} for record in run.history)]
        draft.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        draft.replace(self._path)

    def chart(self, record: Mapping[str, Any]) -> None:
        """Adds the figures of one pass to TensorBoard."""
        for name in ("loss", "learning_rate", "images_per_second"):
            self._board.add_scalar(f"train/{name}", record[name], record["epoch"])
        for name, value in record.get("tune", {}).items():
            self._board.add_scalar(f"tune/{name}", value, record["epoch"])
        self._board.flush()

    def close(self) -> None:
        """Closes TensorBoard's file."""
        self._board.close()
