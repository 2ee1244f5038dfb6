"""`facethemodel duplicates`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from facethemodel.catalogue import decisions, photos, rulings
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.decisions import Decision
from facethemodel.catalogue.rulings import Ruling
from facethemodel.cli.options import example, on_project, photo_named
from facethemodel.cli.output import Output
from facethemodel.errors import NoUsableDataError, UsageError
from facethemodel.project import Project
from facethemodel.report.counting import counted

if TYPE_CHECKING:
    from facethemodel.duplicates.best import Best
    from facethemodel.duplicates.groups import Group
    from facethemodel.duplicates.project import Duplicates

REASON = "duplicate"
SHOWN = 40


@click.command(
    "duplicates",
    epilog=example(
        "facethemodel duplicates",
        "facethemodel duplicates --aside",
        "facethemodel duplicates --keep 3fa91c20",
        "facethemodel duplicates --not-duplicates 3fa91c20 lennon12.jpg",
        "facethemodel duplicates --back",
    ),
)
@click.option("--aside", is_flag=True, help="Put all but the best of each group aside; nothing is deleted.")
@click.option("--back", is_flag=True, help="Bring back all photos that are aside as duplicates.")
@click.option("--keep", "kept", metavar="PHOTO", multiple=True, help="This one is the best of its group.")
@click.option(
    "--not-duplicates",
    "pairs",
    metavar="PHOTO PHOTO",
    nargs=2,
    multiple=True,
    help="These two are no copies of one another.",
)
@on_project
def command(
    aside: bool,
    back: bool,
    kept: tuple[str, ...],
    pairs: tuple[tuple[str, str], ...],
    project: Project,
    out: Output,
) -> int:
    """Find photos that show one picture: copies, other sizes and crops, mirrored, turned, retouched.

    The best of each group is the one with the largest face, then the sharpest, the one with most
    pixels, the least compressed. PHOTO is the beginning of a sha256 (8 digits will do) or a file name.
    What you say with --keep and --not-duplicates is remembered. Exit code 1: copies with different
    labels, which take part in nothing until you decide.
    """
    if back and aside:
        raise UsageError("--aside and --back contradict each other", remedy="give one of them")
    with project.exclusive("duplicates"), project.database() as db:
        chosen = _hear(db, kept, pairs, out)
        if back:
            return _bring_back(db, out)
        return _show(db, project, out, kept=chosen, aside=aside)


def _hear(db: Database, kept: tuple[str, ...], pairs: tuple[tuple[str, str], ...], out: Output) -> list[str]:
    """Records what the user says; photos that are aside as duplicates and now are none come back.

    Returns:
        The photos that were said to be the best of their groups.
    """
    chosen = [photo_named(db, name) for name in kept]
    said = [Ruling(kind="best", sha256=sha) for sha in chosen]
    said += [rulings.different(photo_named(db, first), photo_named(db, second)) for first, second in pairs]
    if not said:
        return chosen
    rulings.record(db, said)
    named = {sha for one in said for sha in (one.sha256, one.other) if sha is not None}
    returned = _aside_as_duplicates(db) & named
    decisions.record(db, [Decision(sha256=sha, kind="back", reason=REASON) for sha in sorted(returned)])
    if returned:
        out.hint(f"{len(returned)} brought back")
    return chosen


def _aside_as_duplicates(db: Database) -> set[str]:
    return {sha for sha, decision in decisions.latest_asides(db).items() if decision.reason == REASON}


def _bring_back(db: Database, out: Output) -> int:
    found = sorted(_aside_as_duplicates(db))
    decisions.record(db, [Decision(sha256=sha, kind="back", reason=REASON) for sha in found])
    out.data({"back": found})
    out.line(f"{counted(len(found), 'photo')} brought back")
    return 0


def _show(db: Database, project: Project, out: Output, *, kept: list[str], aside: bool) -> int:
    from facethemodel.duplicates.project import duplicates

    found = duplicates(db, person=project.person, progress=out.progress())
    if not found.groups and found.waiting and found.waiting == len(found.labels):
        raise NoUsableDataError("no photo was inspected yet", remedy="facethemodel inspect")
    names = photos.display_names(db)
    put = _put_aside(db, found) if aside else []
    out.data(_data(found, names, put))
    rows = [
        (number, len(group.members), group.words, names[best.sha256], best.sha256[:8], best.why)
        for number, (group, best) in enumerate(zip(found.groups, found.best, strict=True), start=1)
    ]
    if rows:
        out.table(("group", "photos", "likeness", "best", "", "why"), rows[:SHOWN])
    if len(rows) > SHOWN:
        out.hint(f"... and {len(rows) - SHOWN:,} more groups (--json lists all)")
    for group, best in zip(found.groups, found.best, strict=True):
        others = [f"{names[sha]} ({sha[:8]})" for sha in group.members if sha != best.sha256]
        out.detail(f"{names[best.sha256]} ({best.sha256[:8]}): {', '.join(others)}")
    grouped = {sha for group in found.groups for sha in group.members}
    for sha in kept:
        if sha not in grouped:
            out.warning(f"{names[sha]} ({sha[:8]}) is in no group now; it is the best of one it comes into")
    for sha, how in list(found.conflicts.items())[:SHOWN]:
        out.warning(f"label conflict: {names[sha]} ({sha[:8]}) is {how}")
    _hints(found, put, out, aside=aside)
    return 1 if found.conflicts else 0


def _put_aside(db: Database, found: Duplicates) -> list[str]:
    """Puts all but the best aside, but for groups with contradicting labels: which is right comes first."""
    shas = [
        sha
        for group, best in zip(found.groups, found.best, strict=True)
        if found.conflicts.keys().isdisjoint(group.members)
        for sha in group.members
        if sha != best.sha256
    ]
    decisions.record(db, [Decision(sha256=sha, kind="aside", reason=REASON) for sha in shas])
    return shas


def _hints(found: Duplicates, put: list[str], out: Output, *, aside: bool) -> None:
    spare = sum(len(group.members) - 1 for group in found.groups)
    if found.groups:
        copies = counted(spare, "copy", "copies")
        out.line(f"{counted(len(found.groups), 'group')}; {copies} beside the best of each")
    else:
        out.line("no duplicates")
    if found.scenes:
        out.hint(f"pairs cut from one photo: {len(found.scenes):,}; they stay, in one part of a split")
    if found.waiting:
        out.hint(f"not compared yet: {counted(found.waiting, 'photo')}; first: facethemodel inspect")
    if found.conflicts:
        out.hint("settle a label conflict with: facethemodel decide PHOTO --as ROLE, or --aside REASON")
    if aside:
        out.hint(f"{len(put):,} put aside; bring them back with: facethemodel duplicates --back")
    elif found.groups:
        out.hint("put all but the best aside with: facethemodel duplicates --aside")


def _data(found: Duplicates, names: dict[str, str], put: list[str]) -> dict[str, Any]:
    return {
        "groups": [
            _group_data(group, best, found, names)
            for group, best in zip(found.groups, found.best, strict=True)
        ],
        "cut_from_one_photo": [[match.first, match.second] for match in found.scenes],
        "put_aside": put,
        "not_compared": found.waiting,
    }


def _group_data(group: Group, best: Best, found: Duplicates, names: dict[str, str]) -> dict[str, Any]:
    return {
        "best": best.sha256,
        "why": best.why,
        "likeness": group.words,
        "members": [
            {"sha256": sha, "name": names[sha], "conflict": found.conflicts.get(sha)} for sha in group.members
        ],
        "matches": [
            {
                "first": match.first,
                "second": match.second,
                "kind": match.words,
                "likeness": round(match.likeness, 4),
            }
            for match in group.matches
        ],
    }
