"""`facethemodel decisions`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from facethemodel.cli.options import UserPath, example, on_project
from facethemodel.cli.output import Output
from facethemodel.errors import StorageError, UsageError
from facethemodel.project import Project

SHOWN = 20


@click.group(
    "decisions",
    epilog=example("facethemodel decisions export log.csv", "facethemodel decisions import log.csv"),
)
def command() -> None:
    """Write all decisions to a file, or take them from one.

    A file holds every entry of the log: roles, photos put aside and brought back, and what was said
    about duplicates. Entries name photos by the sha256 of their bytes, so that they fit every project
    that has the same files.
    """


@command.command("export", epilog=example("facethemodel decisions export log.jsonl"))
@click.argument("file", type=UserPath())
@on_project
def export(file: Path, project: Project, out: Output) -> None:
    """Write the log to FILE, which ends in .csv or .jsonl and is not there yet."""
    from facethemodel.catalogue import decision_files

    kind = decision_files.kind_of(file)
    with project.database() as db:
        data = decision_files.written(db, kind)
    try:
        with file.open("xb") as target:
            target.write(data)
    except FileExistsError as error:
        raise UsageError(f"{file} is there already", remedy="name a new file") from error
    except OSError as error:
        raise StorageError(f"{file} cannot be written: {error.strerror}") from error
    lines = data.count(b"\n") - (kind == "csv")
    out.data({"file": str(file), "entries": lines})
    out.line(f"{lines:,} entries in {file}")


@command.command("import", epilog=example("facethemodel decisions import log.jsonl"))
@click.argument("file", type=UserPath())
@on_project
def take(file: Path, project: Project, out: Output) -> int:
    """Take the entries of FILE that the log does not have; the same file twice adds nothing.

    Of each photo the latest decision counts, whichever side it came from. Exit code 1: some lines are
    damaged, or about photos that this project does not have; the others are taken.
    """
    from facethemodel.catalogue import decision_files

    kind = decision_files.kind_of(file)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", remedy="check the path") from error
    with project.exclusive("decisions import"), project.database() as db:
        report = decision_files.take(db, data, kind)
    out.data(asdict(report))
    out.table(
        ("", "entries"),
        [
            ("added", report.added),
            ("known", report.known),
            ("about photos that are not here", len(report.unknown)),
            ("damaged", len(report.damaged)),
        ],
    )
    for number, reason in report.damaged[:SHOWN]:
        out.warning(f"{file}, line {number}: {reason}")
    for sha in sorted(set(report.unknown))[:SHOWN]:
        out.warning(f"this project has no photo {sha}")
    if max(len(report.damaged), len(set(report.unknown))) > SHOWN:
        out.hint(f"only the first {SHOWN} of each are shown (--json lists all)")
    if report.restated:
        out.hint(f"{report.restated:,} decisions of this project are later and still count")
    if report.added:
        out.hint("facethemodel split takes it up")
    return 1 if report.damaged or report.unknown else 0
