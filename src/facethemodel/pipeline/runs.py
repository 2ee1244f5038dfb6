"""Runs: one folder for each trained network, named by what it was trained on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facethemodel.errors import UsageError
from facethemodel.project import Project

LEARNED = "learned"
"""The step under which a run keeps which photos it has seen: `{"shas": [...]}`."""
_CURRENT = "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A folder `runs/<network>-seed<seed>-<digest>` and the steps that are done in it.

    The digest covers the recipe and every photo and label of the train and tune parts: the same inputs
    lead to the same folder, so that a stage finds out by itself whether it has anything to do.
    """

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def model(self) -> Path:
        """Where the trained network lies, exported but without a threshold yet."""
        return self.folder / "model"

    @property
    def bundle(self) -> Path:
        """Where the run's bundle lies once it is calibrated."""
        return self.folder / "bundle"

    @property
    def report(self) -> Path:
        """Where the report lies once it is evaluated."""
        return self.folder / "report.html"

    def read(self, step: str) -> dict[str, Any] | None:
        """What a finished step wrote down, or None."""
        try:
            value: dict[str, Any] = json.loads((self.folder / f"{step}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return value

    def write(self, step: str, value: Mapping[str, Any]) -> None:
        """Marks a step as finished."""
        _write_atomically(self.folder / f"{step}.json", json.dumps(value, indent=1, ensure_ascii=False))

    def forget(self, *steps: str) -> None:
        """Marks steps as not done, because what they rest on has changed."""
        for step in steps:
            (self.folder / f"{step}.json").unlink(missing_ok=True)


def digest(*values: object) -> str:
    """A short name for inputs: 12 hex digits of the sha256 of their canonical JSON."""
    text = json.dumps(values, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def open_run(project: Project, *, network: str, seed: int, inputs: str) -> Run:
    """The run for these inputs; its folder is made when it is new."""
    folder = project.runs_dir / f"{network}-seed{seed}-{inputs}"
    folder.mkdir(parents=True, exist_ok=True)
    return Run(folder=folder)


def make_current(project: Project, run: Run) -> None:
    """Makes the run the one that `predict` uses."""
    _write_atomically(project.runs_dir / _CURRENT, run.name + "\n")


def run_in_use(project: Project) -> Run | None:
    """The run that `predict` uses; None before the first one, and where its folder is gone."""
    try:
        name = (project.runs_dir / _CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    run = Run(folder=project.runs_dir / name)
    return run if name and run.bundle.is_dir() else None


def current_run(project: Project) -> Run:
    """The run that `predict` uses.

    Raises:
        UsageError: The project has no finished model.
    """
    run = run_in_use(project)
    if run is None:
        raise UsageError(f"{project.root} has no model yet", remedy="facethemodel build")
    return run


def named_run(project: Project, name: str) -> Run:
    """A run by its folder's name.

    Raises:
        UsageError: There is none of that name.
    """
    folder = project.runs_dir / name
    if not name or "/" in name or not (folder / "trained.json").is_file():
        found = sorted(one.parent.name for one in project.runs_dir.glob("*/trained.json"))
        raise UsageError(
            f"there is no trained run called {name!r}", remedy=f"runs: {', '.join(found) or 'none yet'}"
        )
    return Run(folder=folder)


def _write_atomically(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
