"""`facethemodel new`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from facethemodel.cli.options import UserPath, example, shared
from facethemodel.cli.output import Output
from facethemodel.project import Project


@click.command("new", epilog=example("facethemodel new paul --person 'Paul McCartney'"))
@click.argument("folder", type=UserPath())
@click.option("--person", required=True, help="The name of the person to recognise.")
@shared
def command(folder: Path, person: str, out: Output) -> None:
    """Start a project in FOLDER: one folder for one person.

    The project keeps its photos, catalogue, models and reports there; nothing leaves this machine.
    """
    project = Project.create(folder, person=person)
    out.data({"project": str(project.root), "person": project.person})
    out.line(f"Project for {project.person} in {project.shown_root}")
    out.hint(
        "\nPhotos of faces are personal data: have the consent of the people you collect, or a right to work "
        "without it.\nAll of it stays in this folder.\n\n"
        f"Next: facethemodel add PHOTOS --as person --project {shlex.quote(project.shown_root)}"
    )
