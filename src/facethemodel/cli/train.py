"""`facethemodel train`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from facethemodel.cli.figures import show_promise
from facethemodel.cli.options import example, on_project
from facethemodel.cli.output import Output
from facethemodel.project import Project


def training_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that choose a network and how it is trained."""
    options = (
        click.option("--network", help="residual112 (the default) or seed2018, the original."),
        click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="What all chance is drawn from."),
        click.option("--epochs", type=click.IntRange(1), help="Passes over the train part."),
        click.option(
            "--budget",
            type=click.FloatRange(min=0, min_open=True),
            metavar="MINUTES",
            help="Minutes to train for; more or fewer passes than the recipe has.",
        ),
        click.option("--device", help="auto, cpu, cuda or cuda:1."),
        click.option("--precision", type=click.Choice(["auto", "fp32", "bf16"]), help="auto measures."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command(
    "train",
    epilog=example("facethemodel train", "facethemodel train --network seed2018 --seed 1 --budget 10"),
)
@training_options
@on_project
def command(project: Project, out: Output, **chosen: Any) -> int:
    """Train a network from scratch on the train part, choose its threshold, write its bundle.

    Stopped at any moment, the same command goes on and ends with the same weights. The test part
    stays closed.
    """
    from facethemodel.dataset.samples import samples
    from facethemodel.pipeline.calibration import calibrate, write_run_bundle
    from facethemodel.pipeline.runs import make_current
    from facethemodel.pipeline.training import TrainOptions, train_stage

    with project.exclusive("train"):
        run = train_stage(project, options=TrainOptions(**chosen), progress=out.progress())
        with project.database() as db:
            known = samples(db, person=project.person)
        calibration = calibrate(project, run, known)
        write_run_bundle(project, run, calibration)
        make_current(project, run)
    facts = run.read("trained") or {}
    out.data({"run": run.name, "bundle": str(run.bundle)} | facts)
    out.line(
        f"{run.name}: pass {facts['best_epoch']} of {facts['epochs']} kept, {facts['seconds'] / 60:.1f} min "
        f"on {facts['device']} ({facts['precision']})"
    )
    show_promise(calibration, out)
    out.line(f"bundle: {run.bundle}")
    out.hint("next: facethemodel evaluate (opens the test part), or facethemodel predict PHOTOS")
    return 0 if calibration.promise is not None else 1
