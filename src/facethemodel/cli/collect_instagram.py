"""`facethemodel collect instagram`."""

from __future__ import annotations

from pathlib import Path

import click

from facethemodel.cli.collect import Order, collecting, run_collector
from facethemodel.cli.options import UserPath, example
from facethemodel.errors import UsageError


@click.command(
    "instagram",
    epilog=example(
        "instaloader --login YOUR_NAME        # once; it asks for your password and keeps a session",
        "facethemodel collect instagram paulmccartney --as person",
        "facethemodel collect instagram some.body --as stranger --identity 'Some Body' --limit 100",
    ),
)
@click.argument("profiles", nargs=-1, required=True, metavar="PROFILE...")
@click.option(
    "--session",
    type=UserPath(),
    help="Your session, a file session-NAME of instaloader. Default: the only one where it keeps them.",
)
@click.option("--all", "everything", is_flag=True, help="Go on behind posts that are held already.")
@collecting(abort_on=(429,))
def command(profiles: tuple[str, ...], session: Path | None, everything: bool, order: Order) -> int:
    """Fetch the pictures of Instagram profiles, with your own session.

    Your session is read and written down nowhere. Of a post its name and date are kept, not its text.
    The run ends at the first answer that says too many requests. Instagram's terms and the rights of
    those on the photos are yours to mind.
    """
    from facethemodel.collect.instagram import Instagram
    from facethemodel.collect.instagram_session import find_session, posts_with

    if order.claim is None:
        raise UsageError(
            "nothing says what the photos are for", remedy="--as person, --as stranger or --as curveball"
        )
    posts = posts_with(find_session(session), abort_on=order.rules.abort_on)
    listed = order.project.cache_dir / "instagram"
    collector = Instagram(profiles, posts=posts, listed=listed, everything=everything)
    return run_collector(collector, order)
