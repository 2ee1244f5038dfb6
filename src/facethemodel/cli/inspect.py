"""`facethemodel inspect`."""

from __future__ import annotations

import os
from dataclasses import asdict

import click

from facethemodel.catalogue import inspections, photos
from facethemodel.cli.options import example, on_project
from facethemodel.cli.output import Output
from facethemodel.errors import NoUsableDataError
from facethemodel.project import Project
from facethemodel.report.counting import counted

SHOWN = 20
STEP_BACK = 10
"""Of 19: whoever reviews photos meanwhile, or does anything else with the machine, goes first."""


@click.command("inspect", epilog=example("facethemodel inspect", "facethemodel inspect --jobs 4"))
@click.option("--jobs", type=click.IntRange(0), help="Processes; 0 stands for all cores (the default).")
@click.option("--whole", is_flag=True, help="Also cut whole photos at 256 pixels, for the network of 2018.")
@on_project
def command(jobs: int | None, whole: bool, project: Project, out: Output) -> int:
    """Decode every new photo once: faces, gate, crops, quality, fingerprint.

    Goes on where it stopped, and leaves the machine to other programs when they want it. A photo that
    cannot be read is recorded with its reason; the others go on. Where its file is away, as with a disk
    that is not plugged in, the next call tries it again.
    """
    from facethemodel.inspection.run import inspect

    os.nice(STEP_BACK)
    with project.exclusive("inspect"):
        with project.database() as db:
            if not photos.all_photos(db):
                raise NoUsableDataError(
                    "the project holds no photos", remedy="facethemodel add PHOTOS --as person"
                )
        report = inspect(
            project,
            views=("aligned112", "whole256") if whole else ("aligned112",),
            jobs=jobs,
            progress=out.progress(),
        )
        with project.database() as db:
            names = photos.display_names(db)
            unreadable = sum(not one.readable for one in inspections.inspections(db).values())
    out.data(asdict(report) | {"unreadable_in_all": unreadable})
    out.table(
        ("", "photos"),
        [
            ("inspected now", report.done),
            ("inspected before", report.skipped),
            # Of the photos inspected now: without any these would speak for those of earlier calls.
            *(
                [("without an accepted face", report.no_face), ("unreadable", len(report.unreadable))]
                if report.done
                else []
            ),
            *([("unreadable in all", unreadable)] if unreadable > len(report.unreadable) else []),
        ],
    )
    for sha, reason in report.unreadable[:SHOWN]:
        out.warning(f"{names.get(sha, sha[:8])} ({sha[:8]}): {reason}")
    if len(report.unreadable) > SHOWN:
        out.hint(f"... and {len(report.unreadable) - SHOWN:,} more (--json lists all)")
    if report.away:
        out.hint(
            f"{counted(report.away, 'file is', 'files are')} away or not the same any more: plug in the disk "
            "or add the photos again; what was found of them before stays"
        )
    return 1 if report.unreadable else 0
