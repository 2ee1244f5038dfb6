"""`facethemodel compare`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facethemodel.bundle.shares import chosen
from facethemodel.cli.figures import rounded, show_promise
from facethemodel.cli.options import UserPath, example, on_project
from facethemodel.cli.output import Output
from facethemodel.errors import UsageError
from facethemodel.project import Project

if TYPE_CHECKING:
    from facethemodel.embedders.embedder import Source
    from facethemodel.evaluation.inputs import Speed
    from facethemodel.evaluation.intervals import Rate
    from facethemodel.pipeline.evaluation import Evaluation
    from facethemodel.report.rivalry import Against, Standing


@click.command(
    "compare",
    epilog=example(
        "facethemodel compare --with dlib",
        "facethemodel compare --onnx arcface.onnx --input arcface.toml",
        "facethemodel compare --run residual112-seed0-1a2b3c4d5e6f --network seed2018",
    ),
)
@click.option(
    "--with", "named", multiple=True, help="An embedder by name: dlib (an extra: pip install '.[dlib]')."
)
@click.option(
    "--onnx",
    "models",
    multiple=True,
    type=UserPath(),
    help="A face embedder in an ONNX file.",
)
@click.option(
    "--input",
    "descriptions",
    multiple=True,
    type=UserPath(),
    help="What each --onnx takes, as TOML or JSON; default: the file of that name beside it.",
)
@click.option(
    "--network", "networks", multiple=True, help="Another network than the run's, trained on the same photos."
)
@click.option(
    "--nearest",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Enrolled photos that a face is compared with.",
)
@click.option(
    "--run", "name", help="The run to judge, a folder's name under runs/; default: the current one."
)
@on_project
def command(
    named: tuple[str, ...],
    models: tuple[Path, ...],
    descriptions: tuple[Path, ...],
    networks: tuple[str, ...],
    nearest: int,
    name: str | None,
    project: Project,
    out: Output,
) -> int:
    """Open the locked test part for models that others trained, beside ours.

    The person's train photos are enrolled; faces, gate, parts and the way the line is drawn are the same
    for all. Vectors stay in the project's cache. Every opening of the test part is counted. The run that is
    judged becomes the current one, which `predict` uses.
    """
    from facethemodel.pipeline.compare import compare
    from facethemodel.pipeline.runs import current_run, named_run

    sources = [_named(one) for one in dict.fromkeys(named)] + _from_files(models, descriptions)
    with project.exclusive("compare"):
        run = current_run(project) if name is None else named_run(project, name)
        found = compare(
            project,
            run,
            sources=sources,
            networks=list(dict.fromkeys(networks)),
            nearest=nearest,
            progress=out.progress(),
        )
    return show_comparison(found, out)


def show_comparison(found: Evaluation, out: Output) -> int:
    """Shows all models against the same strangers; 1 when the promise could not be given, else 0."""
    from facethemodel.report.rivalry import leads, side_by_side

    tables = side_by_side(found.metrics, found.rivals, speed=found.speed)
    out.data(
        {
            "run": found.run.name,
            "report": str(found.report),
            "openings": found.openings,
            "promise": found.calibration.promise,
            "speed": _speed(found.speed),
            "rivals": [
                {"name": one.name, "note": one.note, "own_line": one.own_line, "speed": _speed(one.speed)}
                for one in found.rivals
            ],
            "against": [asdict(table) for table in tables],
            "leads": [leads(table) for table in tables],
        }
    )
    for table in tables:
        _show(table, out)
        out.line(leads(table) + "\n")
    out.hint(
        f"Below each figure its {chosen(found.metrics.confidence)} interval. “Would miss” is a diagnosis, "
        "with the line chosen on the test scores (*: too few strangers for that rate); “in use” is the line "
        "drawn before. ms: milliseconds a face on one core."
    )
    facts = found.run.read("trained") or {}
    from facethemodel.pipeline.scratch import how_trained

    out.line(
        f"this model: {how_trained(found.run)} on {facts['person_photos']:,} photos of the person and "
        f"{facts['stranger_photos']:,} of {facts['strangers']:,} strangers, of this project only."
    )
    for rival in found.rivals:
        out.line(f"{rival.name}: {rival.note}")
    show_promise(found.calibration, out)
    out.line(f"The test part was opened {found.openings} time{'' if found.openings == 1 else 's'}.")
    out.line(f"\nReport: {found.report}")
    return 0 if found.calibration.promise is not None else 1


def _show(table: Against, out: Output) -> None:
    heads = [
        "model",
        *(f"would miss at {100 * point.target_fmr:g} %" for point in table.standings[0].points),
        "misses in use",
        "takes in use",
        "ms",
    ]
    people = "1 person" if table.identities == 1 else f"{table.identities:,} people"
    out.table(
        heads,
        [_cells(one) for one in table.standings],
        title=f"Against {table.name} ({people}, {table.photos:,} photos)",
    )


def _cells(one: Standing) -> list[str]:
    return [
        one.model,
        *(_percent(point.fnmr, mark="" if point.resolvable else " *") for point in one.points),
        _percent(one.missed),
        _percent(one.taken),
        "" if one.speed is None else f"{one.speed.face_ms:.1f}",
    ]


def _percent(rate: Rate, *, mark: str = "") -> str:
    if rate.value is None:
        return "none there"
    value, low, high = rounded(rate)
    return f"{value} %{mark}\n{low}–{high}"


def _speed(speed: Speed | None) -> dict[str, float] | None:
    return None if speed is None else asdict(speed)


def _named(name: str) -> Source:
    from facethemodel.embedders.known import NAMED

    try:
        return NAMED[name]
    except KeyError:
        raise UsageError(
            f"there is no embedder called {name!r}",
            remedy=f"known by name: {', '.join(NAMED)}; others as files: --onnx FILE --input DESCRIPTION",
        ) from None


def _from_files(models: tuple[Path, ...], descriptions: tuple[Path, ...]) -> list[Source]:
    from facethemodel.embedders.description import description_beside, read_description
    from facethemodel.embedders.onnx_model import OnnxSource

    if descriptions and len(descriptions) != len(models):
        raise UsageError(
            f"{len(models)} --onnx but {len(descriptions)} --input",
            remedy="give one description for each model, in the same order, or none: then each lies beside "
            "its model",
        )
    described = descriptions or tuple(description_beside(model) for model in models)
    return [
        OnnxSource(path=model.absolute(), description=read_description(description))
        for model, description in zip(models, described, strict=True)
    ]
