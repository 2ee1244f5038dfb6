"""`facethemodel tag`."""

from __future__ import annotations

import click

from facethemodel.catalogue import photos, tags
from facethemodel.cli.options import example, on_project, photo_named
from facethemodel.cli.output import Output
from facethemodel.project import Project


@click.command(
    "tag",
    epilog=example(
        "facethemodel tag 3fa91c20 beard.jpg --add beard --add glasses",
        "facethemodel tag 3fa91c20 --remove beard",
        "facethemodel tag 3fa91c20",
    ),
)
@click.argument("chosen", metavar="PHOTO...", nargs=-1, required=True)
@click.option("--add", "new", metavar="TAG", multiple=True, help="Give the photos this tag; may be repeated.")
@click.option("--remove", "old", metavar="TAG", multiple=True, help="Take this tag off; may be repeated.")
@on_project
def command(
    chosen: tuple[str, ...], new: tuple[str, ...], old: tuple[str, ...], project: Project, out: Output
) -> None:
    """Give photos words of yours, such as beard or old, or take them off again.

    PHOTO is the beginning of a sha256 (8 digits will do) or a file name. The report of the next
    evaluation counts errors by tag. Whole folders are tagged with: facethemodel add FOLDER --tag TAG
    """
    with project.database() as db:
        shas = [photo_named(db, name) for name in chosen]
        for word in (*new, *old):
            tags.checked_tag(word)
        before = tags.tags(db)
        with db.write():
            tags.add(db, shas, new)
            tags.remove(db, shas, old)
        borne, names = tags.tags(db), photos.display_names(db)
    out.data([{"sha256": sha, "name": names[sha], "tags": borne.get(sha, ())} for sha in shas])
    for word in dict.fromkeys(map(tags.checked_tag, old)):
        if not any(word in before.get(sha, ()) for sha in shas):
            who = f"{names[shas[0]]} does not bear" if len(shas) == 1 else "none of them bears"
            out.warning(f"{who} the tag {word!r}")
    out.table(
        ("photo", "name", "tags"),
        [(sha[:8], names[sha], ", ".join(borne.get(sha, ())) or "none") for sha in shas],
    )
