"""`facethemodel flags`."""

from __future__ import annotations

from dataclasses import asdict

import click

from facethemodel.cli.options import example, on_project
from facethemodel.cli.output import Output
from facethemodel.project import Project
from facethemodel.report.counting import counted

ROLES = {"person": "the person", "stranger": "stranger", "curveball": "curveball", None: "no role"}


@click.command(
    "flags",
    epilog=example(
        "facethemodel flags",
        "facethemodel flags blurred-face",
        "facethemodel flags obstructed-face --limit 200 --json",
    ),
)
@click.argument("name", metavar="[FLAG]", required=False)
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Photos to list at most."
)
@on_project
def command(name: str | None, limit: int, project: Project, out: Output) -> None:
    """List what may be wrong with the photos, or the photos of one FLAG, the worst first.

    A flag is a hint to look, and nothing is put aside by it. Flags come from the inspection; another-person
    comes from the model, once there is one. docs/checks.md says what each measures and how often it is right.
    """
    if name is None:
        _overview(project, out)
    else:
        _list(name, limit, project, out)


def _overview(project: Project, out: Output) -> None:
    from facethemodel.pipeline.flags import flag_counts, unchecked

    found, waiting = flag_counts(project), unchecked(project)
    out.data({"flags": [asdict(one) for one in found], "unchecked": waiting})
    out.table(
        ("flag", "photos", "aside", "right", "what it says"),
        [(one.name, one.photos, one.aside, _share(one.precision), one.help) for one in found],
    )
    out.hint("right: of photos that this flag marked in a labelled sample, see docs/checks.md")
    _hint_unchecked(waiting, out)
    worst = max(found, key=lambda one: one.photos)
    if worst.photos:
        out.hint(f"look at them: facethemodel flags {worst.name}")


def _list(name: str, limit: int, project: Project, out: Output) -> None:
    from facethemodel.pipeline.flags import flag_list, unchecked

    found, waiting = flag_list(project, name), unchecked(project)
    there = [one for one in found.photos if one.aside is None]
    shown = there[:limit]
    out.data(
        {
            "flag": found.name,
            "unit": found.unit,
            "flagged": len(there),
            "aside": len(found.photos) - len(there),
            "unchecked": waiting,
            "photos": [asdict(one) for one in shown],
        }
    )
    if not there:
        out.line(f"no photo is flagged as {found.name}")
        _hint_unchecked(waiting, out)
        return
    out.table(
        ("photo", "name", "label", "score", "measure"),
        [
            (one.sha256[:8], one.name, ROLES[one.role], f"{one.score:.2f}", _number(one.measure))
            for one in shown
        ],
        title=f"{found.name}: {found.help}",
    )
    if len(there) > limit:
        out.hint(f"... and {len(there) - limit:,} more (--limit {len(there)})")
    out.hint(f"measure: {found.unit}")
    _hint_unchecked(waiting, out)
    out.hint(f"a photo that does not belong: facethemodel decide PHOTO --aside {found.name}")


def _hint_unchecked(waiting: int, out: Output) -> None:
    if waiting:
        out.hint(f"{counted(waiting, 'photo')} not checked yet: facethemodel inspect")


def _share(precision: tuple[int, int] | None) -> str:
    if precision is None:
        return "?"
    right, flagged = precision
    return f"{right} of {flagged}"


def _number(measure: float | None) -> str:
    return "" if measure is None else f"{measure:.3g}"
