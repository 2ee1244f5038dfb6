"""`facethemodel curveball`."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from facethemodel.cli.add import refuse_built_in, show_report
from facethemodel.cli.options import UserPath, example, on_project
from facethemodel.cli.output import Output
from facethemodel.errors import UsageError
from facethemodel.project import Project

RIGHT_ANSWER = {
    "far": "nothing like a face",
    "near": "a face, not the person's",
    "control": "mirrored: nothing should change",
    "changed": "the person, altered: no answer is wrong",
    "shown": "the person on paper or a screen: passes",
}


@click.group("curveball", epilog=example("facethemodel curveball add cats ~/Pictures/cats"))
def command() -> None:
    """Try the model on what is not the person: add families of your own, list all families."""


@command.command(
    "add",
    epilog=example(
        "facethemodel curveball add cats ~/Pictures/cats",
        "facethemodel curveball add 'wax figures' ~/wax ~/more-wax --link",
    ),
)
@click.argument("name")
@click.argument("paths", nargs=-1, required=True, type=UserPath())
@click.option("--tag", "words", multiple=True, help="A word of yours for all of them; may be repeated.")
@click.option("--link", is_flag=True, help="Refer to the files where they are instead of copying them.")
@on_project
def add_family(
    name: str, paths: tuple[Path, ...], words: tuple[str, ...], link: bool, project: Project, out: Output
) -> int:
    """Add photos as curveballs of the family NAME.

    Nothing trains or tunes on them. The next `build` judges them (or `inspect`, `split`, then
    `evaluate`), and the report shows how many the gate lets through and how many are taken for the
    person. The same as `facethemodel add PATHS --as curveball --category NAME`.
    """
    from facethemodel.collect.folder import add_folder

    _require_name(name, paths)
    refuse_built_in(name)
    report = add_folder(
        project,
        paths,
        role="curveball",
        category=name,
        link=link,
        words=words,
        progress=out.progress(),
    )
    return show_report(report, out)


def _require_name(name: str, paths: Sequence[Path]) -> None:
    """Makes sure that the name was not left out, so that the first path stands in its place.

    Raises:
        UsageError: It was.
    """
    named = Path(name)
    # A family may be called as the folder that its photos are in. An empty name is none, not this folder.
    folder = name and named.is_dir() and named.resolve() not in [path.resolve() for path in paths]
    if folder or name.startswith(("/", "./", "../", "~")):
        raise UsageError(
            f"{name!r} names a {'folder' if folder else 'path'}, and a family's name comes first",
            remedy=f"facethemodel curveball add NAME {shlex.quote(name)}",
        )


@command.command("list", epilog=example("facethemodel curveball list", "facethemodel curveball list --json"))
@on_project
def list_families(project: Project, out: Output) -> None:
    """List all families: your own, and those that `evaluate` makes."""
    from facethemodel.battery.families import FAMILIES, FULL
    from facethemodel.catalogue.labels import labels
    from facethemodel.catalogue.records import NO_CATEGORY, normalise_identity

    with project.database() as db:
        found = [one for one in labels(db, person=project.person).values() if one.role == "curveball"]
    spelling: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for one in found:
        name = one.category or NO_CATEGORY
        spelling.setdefault(normalise_identity(name), name)
        counts[normalise_identity(name)] += one.usable
    own = [{"name": spelling[key], "photos": counts[key]} for key in sorted(spelling)]
    built_in = [
        {"name": one.name, "kind": one.kind, "made_of": one.made_of, "pictures": FULL.pictures}
        for one in FAMILIES
    ]
    out.data({"own": own, "built_in": built_in, "battery": project.settings.evaluate.battery})
    if own:
        out.table(("your own", "photos"), [(one["name"], one["photos"]) for one in own])
    else:
        out.line("No curveballs of your own yet.")
    out.table(("built in", "what it is"), [(one.name, RIGHT_ANSWER[one.kind]) for one in FAMILIES])
    if project.settings.evaluate.battery:
        out.hint(f"evaluate makes up to {FULL.pictures} pictures of each built-in family")
    else:
        out.hint("evaluate makes none of the built-in ones: [evaluate] battery is false")
    if not own:
        out.hint("next: facethemodel curveball add NAME PHOTOS")
