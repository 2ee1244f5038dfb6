"""One stage of a build, in a process of its own; `build_time` starts it and watches its memory.

    python -m benchmarks.build_stages PROJECT STAGE [--network NAME] [--epochs N]

The last line of its output is JSON: seconds of each part, and what else `build_time` tells of the stage.
"""

from __future__ import annotations

import argparse
import functools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from facethemodel.project import Project

STAGES = ("inspect", "split", "train", "evaluate")


class Clock:
    """A watcher that keeps how much there was to do, and when each line came.

    Attributes:
        totals: Units of each task.
        notes: When each note came, in seconds of `time.perf_counter`.
    """

    def __init__(self) -> None:
        self.totals: dict[str, int] = {}
        self.notes: list[float] = []

    @contextmanager
    def task(self, label: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Keeps how much there is to do."""
        self.totals[label] = total or 0
        yield lambda done: None

    def note(self, line: str) -> None:
        """Keeps when it came."""
        self.notes.append(time.perf_counter())


def run(project: Project, stage: str, *, network: str, epochs: int) -> dict[str, Any]:
    """Runs a stage and says how long its parts took."""
    parts: dict[str, float] = {}
    facts: dict[str, Any] = {}
    with project.exclusive("benchmark"):
        if stage == "inspect":
            from facethemodel.inspection.run import inspect

            facts["photos"] = inspect(project).done
        elif stage == "split":
            _split(project)
        elif stage == "train":
            facts |= _train(project, parts, network=network, epochs=epochs)
        else:
            _evaluate(project, parts, network=network, epochs=epochs)
    return {"parts": parts, "facts": facts}


def _split(project: Project) -> None:
    from facethemodel.dataset.leaks import check
    from facethemodel.dataset.split import split

    settings = project.settings.split
    with project.database() as db:
        split(db, person=project.person, settings=settings, fresh=True)
        check(db, person=project.person, near_distance=settings.near_distance)


def _train(project: Project, parts: dict[str, float], *, network: str, epochs: int) -> dict[str, Any]:
    from facethemodel.bundle import export
    from facethemodel.pipeline.training import TrainOptions, train_stage
    from facethemodel.training.recipe import recipe_for

    clock = Clock()
    with timed(parts, {"export, proven against torch": (export, "export")}):
        run = train_stage(project, options=TrainOptions(network=network, epochs=epochs), progress=clock)
    trained = run.read("trained") or {}
    passes = trained["epochs"]
    parts[_passes(passes)] = trained["seconds"]
    (shown,) = (total for label, total in clock.totals.items() if label.startswith("training"))
    return {
        "crops": trained["person_photos"] + trained["stranger_photos"],
        "passes": passes,
        "seconds": trained["seconds"],
        "planned": recipe_for(network).passes(shown // epochs),
    }


def _passes(count: int) -> str:
    return "1 pass" if count == 1 else f"{count} passes"


def _evaluate(project: Project, parts: dict[str, float], *, network: str, epochs: int) -> None:
    from facethemodel.pipeline import evaluation, insights
    from facethemodel.pipeline.training import TrainOptions, train_stage

    trained = train_stage(project, options=TrainOptions(network=network, epochs=epochs))
    began = time.perf_counter()
    named = {
        "threshold and scores": (evaluation, "judge_all"),
        "figures": (evaluation, "compute_metrics"),
        "battery": (evaluation, "run_battery"),
        "shortcut test": (insights, "run_shortcut_test"),
        "slices": (insights, "slice_figures"),
        "doubts": (insights, "find_doubts"),
        "speed": (evaluation, "judge_rivals"),
        "report": (evaluation, "write_report"),
        "bundle": (evaluation, "write_run_bundle"),
    }
    with timed(parts, named):
        evaluation.evaluate(project, trained, why="benchmark", timed=True)
    parts["the rest"] = time.perf_counter() - began - sum(parts.values())


@contextmanager
def timed(parts: dict[str, float], named: dict[str, tuple[ModuleType, str]]) -> Iterator[None]:
    """Adds up what functions take, each under its name. None of them may call another one of them."""
    before = {label: getattr(module, name) for label, (module, name) in named.items()}
    for label, (module, name) in named.items():
        setattr(module, name, _watched(before[label], parts, label))
    try:
        yield
    finally:
        for label, (module, name) in named.items():
            setattr(module, name, before[label])


def _watched(function: Callable[..., Any], parts: dict[str, float], label: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def watched(*args: object, **kwargs: object) -> object:
        began = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            parts[label] = parts.get(label, 0.0) + time.perf_counter() - began

    return watched


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--network", default="residual112")
    parser.add_argument("--epochs", type=int, default=1)
    options = parser.parse_args()
    found = run(Project.open(options.project), options.stage, network=options.network, epochs=options.epochs)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
