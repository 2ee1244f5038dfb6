"""`facethemodel train`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from facethemodel.cli.figures import show_promise
from facethemodel.cli.options import example, on_project
from facethemodel.cli.output import Output
from facethemodel.project import Project

LARGE = 50_000_000
"""Bytes from which a bundle's size is told: one with a backbone can be large."""


def training_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that choose a network and how it is trained."""
    options = (
        click.option("--network", help="residual112 (the default) or seed2018, the original."),
        click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="What all chance is drawn from."),
        click.option(
            "--epochs",
            type=click.IntRange(1),
            help="Passes over the train part, however long they take. Not together with --budget; either of "
            "them takes the place of both in the settings.",
        ),
        click.option(
            "--budget",
            type=click.FloatRange(min=0, min_open=True),
            metavar="MINUTES",
            help="Minutes to train for; fewer where they hold more passes than are of use (600 of "
            "residual112, 200 of seed2018). With neither of the two, residual112 trains for some 15 minutes "
            "at most; seed2018 has up to 50 passes and no limit of time.",
        ),
        click.option("--device", help="auto, cpu, cuda or cuda:1."),
        click.option("--precision", type=click.Choice(["auto", "fp32", "bf16"]), help="auto measures."),
        click.option(
            "--backbone",
            metavar="NAME|FILE.onnx",
            help="Not from scratch: a head on an embedder that others trained, dlib or an ONNX file with its "
            "description beside it. none: without, whatever the settings say.",
        ),
        click.option(
            "--teacher",
            metavar="NAME|FILE.onnx",
            help="Let the network learn from such an embedder, too, and run at its own speed. none: without.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command(
    "train",
    epilog=example(
        "facethemodel train",
        "facethemodel train --network seed2018 --seed 1 --budget 10",
        "facethemodel train --backbone dlib",
        "facethemodel train --teacher arcface.onnx",
    ),
)
@training_options
@on_project
def command(project: Project, out: Output, **chosen: Any) -> int:
    """Train a network from scratch on the train part, choose its threshold, write its bundle.

    Stopped at any moment, the same command goes on. Given the same plan of passes it ends, on one machine's
    CPU, with the weights of a training that was never stopped. --epochs fixes that plan; where minutes limit
    it, what the passes take may change it on the way. The test part stays closed.

    The run becomes the current one, which `predict` uses. Where it is trained already, it is not trained
    again and becomes the current one, too.

    With --backbone or --teacher it is no longer from scratch: what others trained has a part in it, and
    the report and the model card say what that was trained on and by whom.
    """
    from facethemodel.dataset.once import counted_once
    from facethemodel.dataset.samples import samples
    from facethemodel.duplicates.project import every_match
    from facethemodel.pipeline.calibration import calibrate, write_run_bundle
    from facethemodel.pipeline.freshness import evaluation_inputs
    from facethemodel.pipeline.runs import make_current
    from facethemodel.pipeline.scratch import whose_help
    from facethemodel.pipeline.siblings import from_scratch
    from facethemodel.pipeline.training import TrainOptions, train_stage
    from facethemodel.pipeline.unseen import require_unseen

    with project.exclusive("train"):
        run = train_stage(project, options=TrainOptions(**chosen), progress=out.progress())
        with project.database() as db:
            found = every_match(db, progress=out.progress())
            known = counted_once(db, samples(db, person=project.person), found)
        require_unseen(project, run, known, found)
        calibration = calibrate(project, run, known, progress=out.progress())
        done = run.read("evaluated")
        if done is None or done.get("inputs") != evaluation_inputs(project) or not run.bundle.is_dir():
            # What the test part said is no longer of this model, or never was.
            run.forget("evaluated")
            write_run_bundle(project, run, calibration)
        make_current(project, run)
    facts = run.read("trained") or {}
    out.data({"run": run.name, "bundle": str(run.bundle), "promise": calibration.promise} | facts)
    kept = f"pass {facts['best_epoch']} of {facts['epochs']} kept" if facts["epochs"] else "head trained"
    out.line(
        f"{run.name}: {kept}, {facts['seconds'] / 60:.1f} min on {facts['device']} ({facts['precision']})"
    )
    if not from_scratch(run):
        out.line(whose_help(run))
    show_promise(calibration, out)
    size = sum(file.stat().st_size for file in run.bundle.iterdir())
    out.line(f"bundle: {run.bundle}" + (f" ({size / 1e6:,.0f} MB)" if size > LARGE else ""))
    out.hint("next: facethemodel evaluate (opens the test part), or facethemodel predict PHOTOS")
    return 0 if calibration.promise is not None else 1
