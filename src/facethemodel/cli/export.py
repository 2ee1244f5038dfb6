"""`facethemodel export`."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facethemodel.catalogue.parts import NOT_INSPECTED
from facethemodel.catalogue.records import PARTS, ROLES, Part, Role
from facethemodel.cli.options import UserPath, example, on_project
from facethemodel.cli.output import Output
from facethemodel.project import Project

if TYPE_CHECKING:
    from facethemodel.dataset.export import Classes, ManifestKind

SHOWN = 20


@click.command(
    "export",
    epilog=example(
        "facethemodel export --to ../photos",
        "facethemodel export --to ../faces --faces --part train --part tune --by-part",
        "facethemodel export --to ../beards --role person --tag beard --link",
        "facethemodel export --to ../people --classes identity --manifest jsonl",
    ),
)
@click.option(
    "--to",
    type=UserPath(),
    required=True,
    help="A folder outside the project: a new or empty one, or an earlier export.",
)
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, help="Only these roles.")
@click.option("--part", "parts", type=click.Choice(PARTS), multiple=True, help="Only these parts.")
@click.option("--identity", "identities", metavar="NAME", multiple=True, help="Only these strangers.")
@click.option("--tag", "tags", metavar="TAG", multiple=True, help="Only photos with one of these tags.")
@click.option("--flag", "flags", metavar="CHECK", multiple=True, help="Only photos that a check flags.")
@click.option("--faces", is_flag=True, help="The upright crop of the main face, 112 pixels, as PNG.")
@click.option(
    "--classes",
    type=click.Choice(("role", "identity")),
    default="role",
    show_default=True,
    help="All strangers in one folder and all curveballs in another, or a folder for each stranger and each "
    "category of curveballs.",
)
@click.option("--by-part", is_flag=True, help="A folder for each part of the split around the classes.")
@click.option(
    "--link", is_flag=True, help="Hard links instead of copies: do not edit such files. Not with --faces."
)
@click.option(
    "--manifest", type=click.Choice(("csv", "jsonl")), default="csv", show_default=True, help="Its format."
)
@on_project
def command(
    to: Path,
    roles: tuple[Role, ...],
    parts: tuple[Part, ...],
    identities: tuple[str, ...],
    tags: tuple[str, ...],
    flags: tuple[str, ...],
    faces: bool,
    classes: Classes,
    by_part: bool,
    link: bool,
    manifest: ManifestKind,
    project: Project,
    out: Output,
) -> int:
    """Write photos as `person/0001_3fa91c20.jpg`: a folder for each class, and a manifest.

    Readers of Keras and torchvision take such a folder of JPEG, PNG or BMP as it is. Photos put
    aside, in a label conflict or without a role are not chosen. Nothing is overwritten; the same
    command again goes on where it stopped and adds what is new, and no file changes its name.

    Inspect first: a photo that was not inspected or cannot be read has no file, nor with --faces one
    without a main face. They are counted with the reason, and the exit code is 1.

    With --faces it holds the project, as inspect and train do: none of them starts while another is at
    work.
    """
    from facethemodel.dataset.export import Shape, export
    from facethemodel.dataset.samples import samples
    from facethemodel.dataset.selection import Selection, select

    # An inspection may write other crops over the rows that are read here.
    held = project.exclusive("export --faces") if faces else nullcontext()
    with held, project.database() as db:
        chosen = select(
            db,
            samples(db, person=project.person),
            Selection(roles=roles, parts=parts, identities=identities, tags=tags, flags=flags),
        )
        report = export(
            project,
            db,
            chosen,
            to,
            shape=Shape(faces=faces, classes=classes, by_part=by_part),
            link=link,
            manifest=manifest,
            progress=out.progress(),
        )
    out.data(asdict(report))
    out.table(("folder", "files"), sorted(report.classes.items())[:SHOWN])
    if len(report.classes) > SHOWN:
        out.hint(f"... and {len(report.classes) - SHOWN:,} more folders")
    out.line(
        f"{report.written:,} files written, {report.present:,} there before; {to / f'manifest.{manifest}'}"
    )
    for reason, number in Counter(reason for _, reason in report.left_out).most_common(SHOWN):
        first = " (facethemodel inspect, then this command again)" if reason == NOT_INSPECTED else ""
        out.warning(f"{number:,} left out: {reason}{first}")
    if report.stale:
        out.warning(f"{report.stale:,} files of earlier exports are no longer selected; they were left there")
    if report.odd:
        out.warning(f"{report.odd:,} files are in formats that not every reader knows; --faces writes PNG")
    return 1 if report.left_out else 0
