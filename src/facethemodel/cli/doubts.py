"""`facethemodel doubts`."""

from __future__ import annotations

from dataclasses import asdict

import click

from facethemodel.cli.options import example, on_project
from facethemodel.cli.output import Output
from facethemodel.errors import UsageError
from facethemodel.project import Project


@click.command(
    "doubts", epilog=example("facethemodel doubts", "facethemodel doubts 50", "facethemodel doubts --json")
)
@click.argument("count", metavar="[N]", type=click.IntRange(min=1), default=20)
@click.option("--run", "name", help="A run's folder name under runs/; default: the current one.")
@on_project
def command(count: int, name: str | None, project: Project, out: Output) -> None:
    """List the photos whose label the model doubts, the most suspicious first.

    First the N photos that are labelled as the person and look least like the person's other photos, then
    the N strangers' photos that look most like the person. Look at them: wrong labels are among the first,
    and so are rare views, disguises and drawings. The list was made when the run was evaluated.
    """
    from facethemodel.evaluation.doubts import TABLE, read_doubts
    from facethemodel.pipeline.runs import current_run, named_run
    from facethemodel.pipeline.training import network_of

    run = current_run(project) if name is None else named_run(project, name)
    if run.read("trained") is not None and network_of(run).view == "whole256":
        raise UsageError(
            f"{run.name} looks at whole photos, and only networks of single faces doubt labels",
            remedy="facethemodel build, or name a run of another network with --run",
        )
    found = read_doubts(run.folder / TABLE)
    person = [one for one in found if one.role == "person"][:count]
    strangers = [one for one in found if one.role == "stranger"][:count]
    out.data({"run": run.name, "person": [*map(asdict, person)], "strangers": [*map(asdict, strangers)]})
    for title, some in ((f"Labelled {project.person}", person), ("Labelled as strangers", strangers)):
        if some:
            out.table(
                ("photo", "name", "label", "part", "suspicion"),
                [
                    (one.sha256[:8], one.name, one.identity or one.role, one.part, f"{one.suspicion:+.2f}")
                    for one in some
                ],
                title=title,
            )
    if not found:
        out.line("The list is empty: no photo had a face to look at when the run was evaluated.")
        return
    out.hint(
        "suspicion: standard deviations from a typical photo of the person. A wrong label is settled with: "
        "facethemodel decide PHOTO --as stranger, or --aside REASON"
    )
