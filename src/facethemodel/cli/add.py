"""`facethemodel add`."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from facethemodel.catalogue.records import ROLES, Role
from facethemodel.cli.options import UserPath, example, on_project
from facethemodel.cli.output import Output
from facethemodel.collect.report import AddReport
from facethemodel.errors import UsageError
from facethemodel.project import Project
from facethemodel.report.counting import counted

SHOWN = 20
"""How many problem files are listed for a person; `--json` lists all."""


@click.command(
    "add",
    epilog=example(
        "facethemodel add ~/Pictures/paul --as person",
        "facethemodel add ~/Pictures/paul/1969 --as person --tag beard --tag young",
        "facethemodel add ~/Downloads/paul.zip --as person",
        "facethemodel add ~/lfw --as stranger --identity-from folder",
        "facethemodel add ~/Pictures/john --as stranger --identity 'John Lennon'",
        "facethemodel add ~/Pictures/cats --as curveball --category cats",
    ),
)
@click.argument("paths", nargs=-1, required=True, type=UserPath())
@click.option("--as", "role", type=click.Choice(ROLES), required=True, help="What the photos are for.")
@click.option("--identity", help="Strangers: the name of the one person on all of them.")
@click.option(
    "--identity-from",
    type=click.Choice(["none", "folder"]),
    default="none",
    help="Strangers: take the name of each file's folder.",
)
@click.option("--category", help="Curveballs: what they are, for example cats; no name of a built-in family.")
@click.option(
    "--tag", "words", multiple=True, help="A word of yours for all of them, such as beard; may be repeated."
)
@click.option("--link", is_flag=True, help="Refer to the files where they are instead of copying them.")
@on_project
def command(
    paths: tuple[Path, ...],
    role: Role,
    identity: str | None,
    identity_from: str,
    category: str | None,
    words: tuple[str, ...],
    link: bool,
    project: Project,
    out: Output,
) -> int:
    """Add photos from files, folders, and zip and tar files.

    Every photo is stored once under its sha256 and keeps each place it came from. Files that are no
    images are listed and left alone. The same photo under two roles is a label conflict: it is
    reported and takes part in nothing until `facethemodel decide` settles it.

    The report counts errors by tag: say what varies in the photos (beard, glasses, old, black hair).
    """
    from facethemodel.collect.folder import add_folder

    if role == "curveball":
        if not category:
            raise UsageError("a curveball needs a category", remedy="--category cats, for example")
        refuse_built_in(category)
    report = add_folder(
        project,
        paths,
        role=role,
        identity=identity,
        identity_from="folder" if identity_from == "folder" else "none",
        category=category,
        link=link,
        words=words,
        progress=out.progress(),
    )
    return show_report(report, out)


def refuse_built_in(name: str) -> None:
    """Makes sure that a family of curveballs is not called like one that `evaluate` makes.

    Raises:
        UsageError: It is.
    """
    from facethemodel.battery.families import is_built_in

    if is_built_in(name):
        raise UsageError(
            f"there is a built-in family {name!r} already",
            remedy=f"another name, such as {shlex.quote(f'my {name}')}",
        )


def show_report(report: AddReport, out: Output) -> int:
    """Shows what adding came to; 1 when there is something to look at, else 0."""
    out.data(
        asdict(report)
        | {
            "skipped": [{"path": s.name, "reason": s.reason} for s in report.skipped],
            "without_photos": [os.fsdecode(path) for path in report.without_photos],
        }
    )
    counts = (
        ("archives opened", report.archives),
        ("files met", report.files),
        ("new photos", report.new),
        ("known photos, from a new place", report.new_source),
        ("known already", report.known),
        ("hidden, left alone", report.hidden),
        ("no photo, left alone", len(report.skipped)),
    )
    out.table(("", "files"), [row for row in counts if row[1] or row[0] in ("files met", "new photos")])
    if report.hidden_folders:
        out.warning(f"{report.hidden_folders:,} x hidden folder, left alone with all that is in it")
    reasons = Counter(skipped.reason for skipped in report.skipped)
    for reason, number in reasons.most_common():
        out.warning(f"{number:,} x {reason}")
    for skipped in report.skipped[:SHOWN]:
        out.hint(f"  {skipped.name}: {skipped.reason}")
    if len(report.skipped) > SHOWN:
        out.hint(f"  ... and {len(report.skipped) - SHOWN:,} more (--json lists all)")
    for path in report.without_photos:
        out.warning(f"no photo in {os.fsdecode(path)!r}")
    if report.conflicts:
        out.warning(
            f"{counted(len(report.conflicts), 'photo')} in a label conflict, part of nothing until that is "
            "decided (facethemodel decide):"
        )
        for conflict in report.conflicts[:SHOWN]:
            out.hint(f"  {conflict.sha256[:8]} {conflict.name}: {conflict.conflict}")
        if len(report.conflicts) > SHOWN:
            out.hint(f"  ... and {len(report.conflicts) - SHOWN:,} more (--json lists all)")
    return 1 if report.skipped or report.conflicts or report.without_photos else 0
