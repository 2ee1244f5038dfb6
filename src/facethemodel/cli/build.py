"""`facethemodel build`."""

from __future__ import annotations

from typing import Any

import click

from facethemodel.cli.figures import show_evaluation
from facethemodel.cli.options import example, on_project
from facethemodel.cli.output import Output
from facethemodel.cli.train import training_options
from facethemodel.project import Project


@click.command(
    "build",
    epilog=example(
        "facethemodel build", "facethemodel build --budget 5", "facethemodel build --teacher dlib"
    ),
)
@training_options
@click.option(
    "--alone",
    is_flag=True,
    help="With a backbone or a teacher: train no model from scratch to stand beside it.",
)
@on_project
def command(project: Project, out: Output, *, alone: bool, **chosen: Any) -> int:
    """Inspect, split, train, calibrate, evaluate, report: all of it, with sound defaults.

    Stages that are done are not done again; stopped at any moment, the same command goes on from there.
    The run becomes the current one, which `predict` uses.
    """
    from facethemodel.pipeline.build import build
    from facethemodel.pipeline.runs import current_run
    from facethemodel.pipeline.training import TrainOptions

    found = build(project, options=TrainOptions(**chosen), alone=alone, progress=out.progress())
    if found is None:
        run = current_run(project)
        out.data({"run": run.name, "report": str(run.report), "changed": False})
        out.line(f"Nothing has changed since the last build. Report: {run.report}")
        return 0
    return show_evaluation(found, out)
