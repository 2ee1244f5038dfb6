"""`facethemodel decide`."""

from __future__ import annotations

import click

from facethemodel.catalogue import decisions, labels, photos
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.decisions import Decision
from facethemodel.catalogue.records import ROLES, Role
from facethemodel.cli.add import refuse_built_in
from facethemodel.cli.options import example, on_project, photo_named
from facethemodel.cli.output import Output
from facethemodel.errors import UsageError
from facethemodel.project import Project
from facethemodel.report.counting import counted


@click.command(
    "decide",
    epilog=example(
        "facethemodel decide --list",
        "facethemodel decide 3fa91c20 --as stranger --identity 'John Lennon'",
        "facethemodel decide cutted_McCartney1395.jpg --aside drawing",
        "facethemodel decide 3fa91c20 --back",
    ),
)
@click.argument("chosen", metavar="[PHOTO]...", nargs=-1)
@click.option("--list", "show", is_flag=True, help="List the photos on which sources disagree.")
@click.option("--as", "role", type=click.Choice(ROLES), help="What the photos are for; settles a conflict.")
@click.option("--identity", help="With --as stranger: who it is.")
@click.option("--category", help="With --as curveball: what it is; no built-in family.")
@click.option("--aside", metavar="REASON", help="Put the photos aside; nothing is deleted.")
@click.option("--back", is_flag=True, help="Bring them back.")
@on_project
def command(
    chosen: tuple[str, ...],
    show: bool,
    role: Role | None,
    identity: str | None,
    category: str | None,
    aside: str | None,
    back: bool,
    project: Project,
    out: Output,
) -> int:
    """Settle a label conflict, put a photo aside, or bring it back.

    PHOTO is the beginning of a sha256 (8 digits will do) or a file name. Decisions are a log that
    only grows: the latest one counts.
    """
    with project.database() as db:
        if show:
            return _list(db, project, out)
        made = [
            _decision(db, name, role=role, identity=identity, category=category, aside=aside, back=back)
            for name in chosen
        ]
        if not made:
            raise UsageError("no photo named", remedy="facethemodel decide --list")
        decisions.record(db, made)
    out.data([{"sha256": one.sha256, "kind": one.kind, "role": one.role} for one in made])
    out.hint(f"{len(made)} decided; facethemodel split takes it up")
    return 0


def _list(db: Database, project: Project, out: Output) -> int:
    names = photos.display_names(db)
    found = [one for one in labels.labels(db, person=project.person).values() if one.conflict is not None]
    out.data([{"sha256": one.sha256, "name": names[one.sha256], "conflict": one.conflict} for one in found])
    if found:
        out.table(
            ("photo", "name", "conflict"),
            [(one.sha256[:8], names[one.sha256], one.conflict) for one in found],
        )
    out.hint("no label conflicts" if not found else f"{counted(len(found), 'photo')} in a label conflict")
    return 1 if found else 0


def _decision(
    db: Database,
    name: str,
    *,
    role: Role | None,
    identity: str | None,
    category: str | None,
    aside: str | None,
    back: bool,
) -> Decision:
    if sum((role is not None, aside is not None, back)) != 1:
        raise UsageError("say one of --as, --aside and --back", remedy="facethemodel decide --help")
    sha = photo_named(db, name)
    if role is not None:
        if category is not None:
            refuse_built_in(category)
        return Decision(sha256=sha, kind="role", role=role, identity=identity, category=category)
    if aside is not None:
        return Decision(sha256=sha, kind="aside", reason=aside)
    return Decision(sha256=sha, kind="back")
