"""`facethemodel collect facescrub`."""

from __future__ import annotations

from pathlib import Path

import click

from facethemodel.cli.collect import Order, collecting, run_collector
from facethemodel.cli.options import UserPath, example
from facethemodel.errors import UsageError


@click.command(
    "facescrub",
    epilog=example(
        "facethemodel collect facescrub facescrub_actors.txt facescrub_actresses.txt",
        "facethemodel collect facescrub facescrub_actors.txt --only 'Gerard Butler' --only 'Alec Baldwin'",
    ),
)
@click.argument("lists", nargs=-1, required=True, type=UserPath())
@click.option("--only", multiple=True, metavar="NAME", help="Take this person only; may be repeated.")
@collecting()
def command(lists: tuple[Path, ...], only: tuple[str, ...], order: Order) -> int:
    """Fetch the photos of FaceScrub's lists.

    The lists stay as they came: name, image_id, face_id, url, bbox and sha256 with tabs between them.
    Only the very file that was listed is kept, and the face in its box is the one that counts. Whoever
    bears the name of the project's person is the person, everybody else a stranger of that name.
    """
    from facethemodel.collect.facescrub import FaceScrub

    if order.claim is not None and (order.claim.role != "stranger" or order.claim.identity is not None):
        raise UsageError(
            "FaceScrub's lists say themselves who is on their photos",
            remedy="leave out --as, --identity and --category; --only NAME takes some people",
        )
    return run_collector(FaceScrub(lists, person=order.project.person, only=only), order)
