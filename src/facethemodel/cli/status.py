"""`facethemodel status`."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from facethemodel.catalogue import skips
from facethemodel.catalogue.names import readable
from facethemodel.catalogue.rechecks import consistency
from facethemodel.catalogue.records import PARTS, ROLES
from facethemodel.catalogue.summary import RoleCounts, Summary, summary
from facethemodel.cli.options import example, on_project
from facethemodel.cli.output import Output
from facethemodel.errors import UsageError
from facethemodel.project import Project
from facethemodel.report.counting import counted

if TYPE_CHECKING:
    from facethemodel.dataset.samples import Sample

WIDTH = 80
"""Columns that a sentence takes at the most."""
LABELS = {"person": "the person", "stranger": "strangers", "curveball": "curveballs", None: "no role"}
LINES: tuple[tuple[str, Callable[[RoleCounts], object]], ...] = (
    ("photos", lambda row: row.photos),
    ("names", lambda row: row.names),
    ("places they came from", lambda row: row.sources),
    ("megabytes", lambda row: f"{row.size / 1e6:,.1f}"),
    ("inspected", lambda row: row.inspected),
    ("unreadable", lambda row: row.unreadable),
    ("no face", lambda row: row.no_face),
    ("label conflicts", lambda row: row.conflicts),
    ("put aside", lambda row: row.aside),
)


@click.command(
    "status",
    epilog=example(
        "facethemodel status",
        "facethemodel status --needs",
        "facethemodel status --skipped",
        "facethemodel status --json",
    ),
)
@click.option("--needs", is_flag=True, help="Show what the set lacks for a good model, and what helps.")
@click.option("--skipped", is_flag=True, help="List the files that could not be added, each with the reason.")
@on_project
def command(needs: bool, skipped: bool, project: Project, out: Output) -> None:
    """Show what is in the project, and what comes next; or what it lacks; or what could not be added."""
    if needs and skipped:
        raise UsageError("--needs and --skipped list different things", remedy="give one of them")
    if needs or skipped:
        (_show_needs if needs else _show_skipped)(project, out)
        return
    from facethemodel.dataset.samples import samples

    with project.database() as db:
        known = samples(db, person=project.person)
        found = summary(db, person=project.person)
        again = consistency(db)
        not_added = skips.count(db)
    battery = _battery(project)
    expected, sentences = _expected(project, found, known)
    flags = _flags(project)
    out.data(
        {"project": str(project.root), "person": project.person, "battery": battery, "expected": expected}
        | {"flags": flags, "review": asdict(again), "skipped": not_added}
        | asdict(found)
    )
    out.line(f"{project.person} · {project.shown_root}")
    columns = [(LABELS[row.role], row) for row in found.roles] + [("all", found.total)]
    heads = ("", *(name for name, _ in columns))
    out.table(heads, [(what, *(get(row) for _, row in columns)) for what, get in LINES])
    if any(any(row.parts.values()) for row in found.roles):
        split = [(str(part), *(row.parts[part] for _, row in columns)) for part in PARTS]
        left_out = ("left out", *(row.left_out for _, row in columns))
        waiting = ("not divided yet", *(row.undivided for _, row in columns))
        rows = [*split, left_out, *([waiting] if found.total.undivided else [])]
        out.table(heads, rows, title="Parts of the split")
    if found.tags:
        out.table(
            ("tag", *(LABELS[role] for role in ROLES), "all"),
            [(one.tag, *(one.roles[role] for role in ROLES), one.photos) for one in found.tags],
            title="Tags",
        )
    for number, sentence in enumerate(sentences):
        indents = ("expected: " if not number else " " * 10, " " * 10)
        out.line(textwrap.fill(sentence, _width(), initial_indent=indents[0], subsequent_indent=indents[1]))
    if flags:
        told = ", ".join(f"{count:,} {name}" for name, count in flags.items())
        out.line(textwrap.fill(f"flags: {told}", _width(), subsequent_indent=" " * 7, break_on_hyphens=False))
    if not_added:
        out.line(f"not added: {counted(not_added, 'file')} (facethemodel status --skipped)")
    if again.twice:
        out.line(f"review: {again.same:,} of {again.twice:,} photos decided alike when shown a second time")
    if battery is not None:
        out.line(f"battery: {battery}")
    out.line(f"test part opened: {found.openings} time{'' if found.openings == 1 else 's'}")
    out.hint(f"next: {_next(project, found, known)}")


def _width() -> int:
    return min(WIDTH, shutil.get_terminal_size().columns)


def _show_needs(project: Project, out: Output) -> None:
    from facethemodel.pipeline.needs import project_needs

    found = project_needs(project)
    out.data(
        {
            "project": str(project.root),
            "person": project.person,
            "needs": [asdict(need) | {"lacking": need.lacking} for need in found],
        }
    )
    out.line(f"{project.person} · {project.shown_root}")
    rows = [(need.what, need.have, need.advised, "to do" if need.lacking else "enough") for need in found]
    out.table(("", "there", "advised", ""), rows)
    for need in found:
        first = "+ " if need.lacking else "  "
        out.line(textwrap.fill(need.sentence, _width(), initial_indent=first, subsequent_indent="  "))
        if need.command is not None:
            out.line(f"    {need.command}")


def _show_skipped(project: Project, out: Output) -> None:
    with project.database() as db:
        found = skips.skips(db)
    out.data({"project": str(project.root), "skipped": [asdict(one) for one in found]})
    for one in found:
        out.line(f"{readable(one.path.encode())}: {one.reason}")
    out.hint("these files could not be added; to try again: facethemodel add" if found else "nothing skipped")


def _flags(project: Project) -> dict[str, int]:
    """Flags that photos bear, with how many do; without those put aside."""
    from facethemodel.pipeline.flags import flag_counts

    return {one.name: one.photos for one in flag_counts(project) if one.photos}


def _battery(project: Project) -> str | None:
    """What the battery of the current run found, where there is one."""
    from facethemodel.pipeline.runs import run_in_use

    run = run_in_use(project)
    summary: str | None = None if run is None else (run.read("evaluated") or {}).get("battery")
    return summary


def _reported(project: Project) -> bool:
    from facethemodel.pipeline.runs import run_in_use

    run = run_in_use(project)
    return run is not None and run.report.exists()


def _expected(
    project: Project, found: Summary, known: Sequence[Sample]
) -> tuple[dict[str, Any] | None, list[str]]:
    """What photos like these led to with other people, where there are photos of the person."""
    if not any(row.role == "person" and row.photos for row in found.roles):
        return None, []
    from facethemodel.evaluation.expectation_words import sentences
    from facethemodel.pipeline.expectation import outlook

    told = outlook(project, known)
    if told is None:
        return None, []
    curves, advice = told
    words = sentences(curves, advice, person=project.person, reported=_reported(project))
    return {"measured_on": curves.source, "measured": curves.measured} | asdict(advice), words


def _next(project: Project, found: Summary, known: Sequence[Sample]) -> str:
    roles = {row.role: row.photos for row in found.roles}
    if not roles.get("person"):
        return f"facethemodel add PHOTOS --as person    (photos of {project.person})"
    if not roles.get("stranger"):
        return "facethemodel add PHOTOS --as stranger --identity-from folder    (photos of other people)"
    if found.total.conflicts:
        return "facethemodel decide --list    (some photos are claimed for two things)"
    from facethemodel.pipeline.runs import run_in_use

    run = run_in_use(project)
    if found.total.inspected < found.total.photos or found.total.undivided or run is None:
        return "facethemodel build"
    # Late: what it reads a run with takes longer to load than all the rest.
    from facethemodel.pipeline.freshness import due

    return f"facethemodel {due(project, run, known) or 'predict PHOTOS'}"
