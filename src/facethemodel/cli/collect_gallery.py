"""`facethemodel collect gallery`."""

from __future__ import annotations

import click

from facethemodel.cli.collect import Order, collecting, run_collector
from facethemodel.cli.options import example
from facethemodel.errors import UsageError


@click.command(
    "gallery",
    epilog=example(
        "facethemodel collect gallery https://www.flickr.com/photos/somebody/albums/1 --as person",
        "facethemodel collect gallery https://example.org/album --as person --cookies cookies.txt",
    ),
)
@click.argument("addresses", nargs=-1, required=True, metavar="URL...")
@collecting()
def command(addresses: tuple[str, ...], order: Order) -> int:
    """Fetch whole galleries with gallery-dl, where it is installed.

    gallery-dl is a program of its own that knows some hundred sites. Its settings are not read. It
    decides itself how often it asks again, and does not look at robots.txt: --rate, --max-megabytes
    and --cookies are handed on, --per-host, --abort-on and --allow-private are not.
    """
    from facethemodel.collect.gallery import Gallery

    if order.claim is None:
        raise UsageError(
            "nothing says what the photos are for", remedy="--as person, --as stranger or --as curveball"
        )
    folder = order.project.cache_dir / "gallery"
    collector = Gallery(addresses, folder=folder, rules=order.rules, simulate=order.dry_run)
    return run_collector(collector, order)
