"""Rivals on the same locked test part of trained projects, as a Markdown table.

    python benchmarks/compare_real.py PROJECT [PROJECT ...] --with dlib --network seed2018

Each project must be split and hold a trained run of `--model`. The test part of each is opened, which is
counted, and vectors are kept in its cache: work on copies of projects that are measured otherwise. Where the
settings name strangers for the test part, they are one comparison and the other test strangers another.

One line per model and comparison goes to `--out`, for those who want more than the table.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from facethemodel.catalogue import openings
from facethemodel.catalogue.records import normalise_identity
from facethemodel.cli.output import TerminalProgress
from facethemodel.dataset.once import samples_once
from facethemodel.embedders.description import description_beside, read_description
from facethemodel.embedders.embedder import Source
from facethemodel.embedders.enrolment import NEAREST
from facethemodel.embedders.known import NAMED
from facethemodel.embedders.onnx_model import OnnxSource
from facethemodel.evaluation.intervals import Rate
from facethemodel.evaluation.metrics import compute_metrics
from facethemodel.evaluation.rows import Row
from facethemodel.pipeline.compare import rivals_for
from facethemodel.pipeline.evaluation import judge_all, judge_rivals
from facethemodel.pipeline.runs import Run, named_run
from facethemodel.project import Project
from facethemodel.report.rivalry import Against, Standing, side_by_side

THE_REST = "the other test strangers"
HEADS = (
    "person",
    "against",
    "model",
    "missed at FMR 5 %",
    "missed at FMR 1 %",
    "missed at FMR 0.1 %",
    "missed at the line in use",
    "taken at the line in use",
    "ms a face",
)


def model_of(project: Project, name: str) -> Run:
    """A run by its name, or the newest one of a network."""
    if (project.runs_dir / name).is_dir():
        return named_run(project, name)
    found = sorted(project.runs_dir.glob(f"{name}-seed*/trained.json"), key=lambda path: path.stat().st_mtime)
    return named_run(project, found[-1].parent.name if found else name)


def comparisons(project: Project, rows: Iterable[Row]) -> dict[str, list[str]]:
    """The strangers that the settings bind to the test part, and the rest of those in it."""
    test = {row.identity for row in rows if row.part == "test" and row.role == "stranger" and row.identity}
    settings = project.settings.split.test_identities
    bound = {normalise_identity(name) for name in settings}
    named = sorted(name for name in test if normalise_identity(name) in bound)
    rest = sorted(name for name in test if normalise_identity(name) not in bound)
    return {", ".join(settings): named, THE_REST: rest} if named and rest else {}


def judge(
    project: Project, model: str, sources: Sequence[Source], networks: Sequence[str], nearest: int
) -> tuple[Against, ...]:
    """Opens the test part of one project for a run and its rivals."""
    progress = TerminalProgress(quiet=False)
    with project.exclusive("compare"):
        run = model_of(project, model)
        rivals = rivals_for(project, run, sources=sources, networks=networks, nearest=nearest)
        with project.database() as db:
            known = samples_once(db, person=project.person)
            openings.record_opening(db, run=run.name, why="benchmark: compare")
        calibration, rows = judge_all(project, run, known, progress=progress)
        sets = comparisons(project, rows)
        metrics = compute_metrics(rows, calibration.thresholds, comparisons=sets)
        speed, judged = judge_rivals(
            project, run, rivals, known, compared=sets, timed=True, progress=progress
        )
    tables = side_by_side(metrics, judged, speed=speed)
    # Where the strangers fall into two kinds, both pooled would only blur the harder one.
    return tables[1:] or tables


def percent(rate: Rate) -> str:
    """`97.5 % (86.8–99.9)`, or a dash where there was nothing to count."""
    if rate.value is None:
        return "–"
    return f"{100 * rate.value:.1f} % ({100 * rate.low:.1f}–{100 * rate.high:.1f})"


def line(person: str, table: Against, one: Standing) -> str:
    """One line of the Markdown table."""
    cells = [
        person,
        f"{table.name} ({table.photos:,} photos)",
        one.model,
        *(percent(point.fnmr) + ("" if point.resolvable else " (too few)") for point in one.points),
        percent(one.missed),
        percent(one.taken),
        "–" if one.speed is None else f"{one.speed.face_ms:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("projects", type=Path, nargs="+")
    parser.add_argument("--model", default="residual112", help="a network, or a run's folder name")
    parser.add_argument("--with", dest="named", action="append", default=[], choices=sorted(NAMED))
    parser.add_argument(
        "--onnx", type=Path, action="append", default=[], help="its description lies beside it"
    )
    parser.add_argument("--network", action="append", default=[])
    parser.add_argument("--nearest", type=int, default=NEAREST)
    parser.add_argument("--out", type=Path, help="a file that gets one JSON line per model and comparison")
    wanted = parser.parse_args()
    sources = [NAMED[name] for name in wanted.named] + [
        OnnxSource(path=path.absolute(), description=read_description(description_beside(path)))
        for path in wanted.onnx
    ]
    print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}")
    for root in wanted.projects:
        project = Project.open(root)
        for table in judge(project, wanted.model, sources, wanted.network, wanted.nearest):
            for one in table.standings:
                print(line(project.person, table, one), flush=True)
                if wanted.out is not None:
                    facts = {"project": root.name, "person": project.person, "against": table.name}
                    with wanted.out.open("a", encoding="utf-8") as file:
                        file.write(json.dumps({**facts, **asdict(one)}) + "\n")


if __name__ == "__main__":
    main()
