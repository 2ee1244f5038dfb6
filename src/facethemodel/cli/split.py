"""`facethemodel split`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import get_args

import click

from facethemodel.catalogue import inspections, parts, photos
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.parts import NOT_INSPECTED
from facethemodel.cli.options import example, on_project
from facethemodel.cli.output import Output
from facethemodel.errors import NoUsableDataError, UsageError
from facethemodel.project import Project
from facethemodel.report.counting import counted

SHOWN = 20


@click.command(
    "split", epilog=example("facethemodel split", "facethemodel split --check", "facethemodel split --fresh")
)
@click.option("--check", is_flag=True, help="Change nothing; look for leaks between parts.")
@click.option("--fresh", is_flag=True, help="Forget the parts given before and divide anew.")
@on_project
def command(check: bool, fresh: bool, project: Project, out: Output) -> int:
    """Divide the photos into train, tune, calibrate, test and curveball.

    Near-duplicates, all photos of one stranger and photos of one post stay on one side. Parts that
    were given stay: adding photos moves none. With --check: exit code 1 when something leaks.
    """
    if check:
        return _check(project, out)
    from facethemodel.dataset.split import split

    with project.exclusive("split"), project.database() as db:
        if not photos.all_photos(db):
            raise NoUsableDataError(
                "the project holds no photos", remedy="facethemodel add PHOTOS --as person"
            )
        report = split(
            db, person=project.person, settings=project.settings.split, fresh=fresh, progress=out.progress()
        )
        if not report.counts:
            _require_inspected(db)
    out.data(asdict(report))
    out.table(
        ("part", "role", "photos", "named strangers", "groups"),
        [(one.part, one.role, one.photos, one.identities, one.groups) for one in report.counts],
    )
    for reason, number in Counter(reason.split(":")[0] for _, reason in report.left_out).most_common():
        first = " (facethemodel inspect, then facethemodel split)" if reason == NOT_INSPECTED else ""
        out.warning(f"{counted(number, 'photo')} left out: {reason}{first}")
    if report.counts:
        out.hint("proof: facethemodel split --check · next: facethemodel train")
    return 0


def _require_inspected(db: Database) -> None:
    """Called where no photo has a part: is it because nobody has looked at any?"""
    waiting = any(one.reason == NOT_INSPECTED for one in parts.assignments(db).values())
    if waiting and not inspections.inspections(db):
        raise NoUsableDataError(
            "no photo was inspected yet", remedy="facethemodel inspect, or facethemodel build"
        )


def _check(project: Project, out: Output) -> int:
    from facethemodel.dataset.leaks import Kind, check

    with project.database() as db:
        assigned = parts.assignments(db)
        if not assigned:
            raise UsageError("the photos are not divided into parts yet", remedy="facethemodel split")
        if all(one.part is None for one in assigned.values()):
            _require_inspected(db)
            raise NoUsableDataError("no photo is in any part", remedy="facethemodel split, which says why")
        report = check(db, person=project.person, near_distance=project.settings.split.near_distance)
        names = photos.display_names(db)
    out.data(asdict(report))
    leaks = report.leaks
    found = Counter(leak.kind for leak in leaks)
    out.table(("kind of leak", "found"), [(kind, found[kind]) for kind in get_args(Kind)])
    for leak in leaks[:SHOWN]:
        out.warning(
            f"{leak.kind}: {names.get(leak.first)} ({leak.first[:8]}, {leak.first_part}) and "
            f"{names.get(leak.second)} ({leak.second[:8]}, {leak.second_part}): {leak.detail}"
        )
    if len(leaks) > SHOWN:
        out.hint(f"... and {len(leaks) - SHOWN:,} more (--json lists all)")
    if leaks:
        out.hint("facethemodel split takes up labels that changed; facethemodel split --fresh divides anew")
    else:
        out.line("no leak between parts")
    return 1 if leaks else 0
