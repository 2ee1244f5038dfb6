"""Accuracy against speed: from scratch, with a teacher, and a head on a backbone, as a Markdown table.

    python -m benchmarks.backbones_real PROJECT [PROJECT ...] --with dlib --seeds 0 1 2

Each project must be inspected and split. What is not trained in it yet is trained, then the test part is
opened, once a seed, for all three at the same time; vectors are kept in the project's cache: work on copies
of projects that are measured otherwise. Where the settings name strangers for the test part, they are one
comparison and the other test strangers another. A backbone has no seed: it is trained once.

One line per model, seed and comparison goes to `--out`, for those who want more than the table.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.compare_real import comparisons, percent
from facethemodel.catalogue import openings
from facethemodel.cli.output import TerminalProgress
from facethemodel.dataset.once import samples_once
from facethemodel.evaluation.metrics import compute_metrics
from facethemodel.pipeline.evaluation import Beside, judge_all, judge_rivals
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.training import TrainOptions, train_stage
from facethemodel.project import Project
from facethemodel.report.rivalry import OURS, Against, Standing, side_by_side

SCRATCH = "from scratch"
LEVELS = (0.01, 0.001)
HEADS = (
    "person",
    "seed",
    "against",
    "model",
    "missed at FMR 1 %",
    "missed at FMR 0.1 %",
    "missed, line in use",
    "taken, line in use",
    "promised",
    "seconds a face",
)


def trained(project: Project, embedder: str, seed: int, wanted: argparse.Namespace) -> dict[str, Run]:
    """The runs of one seed by the name of their line; those that are there are not trained again."""
    progress = TerminalProgress(quiet=False)
    network = {"seed": seed, "epochs": wanted.epochs, "budget": wanted.budget}
    options = {
        SCRATCH: TrainOptions(backbone="none", **network),
        f"teacher {embedder}": TrainOptions(teacher=embedder, **network),
        f"backbone {embedder}": TrainOptions(backbone=embedder),
    }
    chosen = {name: one for name, one in options.items() if name.split()[0] not in wanted.without}
    return {name: train_stage(project, options=one, progress=progress) for name, one in chosen.items()}


def judge(project: Project, runs: dict[str, Run]) -> tuple[Against, ...]:
    """Opens the test part of one project for some runs, the first of them as `OURS`."""
    progress = TerminalProgress(quiet=False)
    (_, first), *others = runs.items()
    with project.database() as db:
        known = samples_once(db, person=project.person)
        openings.record_opening(db, run=first.name, why="benchmark: backbones")
    calibration, rows = judge_all(project, first, known, progress=progress)
    sets = comparisons(project, rows)
    metrics = compute_metrics(rows, calibration.thresholds, comparisons=sets)
    beside = [Beside(run=run, name=name, note="") for name, run in others]
    speed, judged = judge_rivals(project, first, beside, known, compared=sets, timed=True, progress=progress)
    tables = side_by_side(metrics, judged, speed=speed)
    return tables[1:] or tables


def lines(
    person: str, seed: int, first: str, tables: Sequence[Against]
) -> Iterator[tuple[str, Standing, str]]:
    """Each line of the Markdown table with what it is about."""
    for table in tables:
        for one in table.standings:
            name = first if one.model == OURS else one.model
            points = {point.target_fmr: point for point in one.points}
            cells = [
                person,
                "–" if name.startswith("backbone") else str(seed),
                f"{table.name} ({table.photos:,} photos)",
                name,
                *(
                    percent(points[level].fnmr) + ("" if points[level].resolvable else " (too few)")
                    for level in LEVELS
                ),
                percent(one.missed),
                percent(one.taken),
                "–" if one.promise is None else f"{100 * one.promise:g} %",
                "–" if one.speed is None else f"{one.speed.face_ms / 1000:.4f}",
            ]
            yield f"| {' | '.join(cells)} |", one, table.name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("projects", type=Path, nargs="+")
    parser.add_argument("--with", dest="embedder", default="dlib", help="dlib, or an ONNX file")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--budget", type=float, help="minutes to train each network for")
    parser.add_argument(
        "--without", nargs="*", default=[], choices=["from", "teacher", "backbone"], help="leave out a line"
    )
    parser.add_argument("--out", type=Path, help="a file that gets one JSON line per model and comparison")
    wanted = parser.parse_args()
    print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}")
    for root in wanted.projects:
        project = Project.open(root)
        for seed in wanted.seeds:
            with project.exclusive("benchmark"):
                runs = trained(project, wanted.embedder, seed, wanted)
                tables = judge(project, runs)
            for text, one, against in lines(project.person, seed, next(iter(runs)), tables):
                print(text, flush=True)
                if wanted.out is not None:
                    facts = {"project": root.name, "person": project.person, "seed": seed, "against": against}
                    with wanted.out.open("a", encoding="utf-8") as file:
                        file.write(json.dumps({**facts, **asdict(one)}) + "\n")


if __name__ == "__main__":
    main()
