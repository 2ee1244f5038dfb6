"""`facethemodel collect urls`."""

from __future__ import annotations

from pathlib import Path

import click

from facethemodel.cli.collect import Order, collecting, run_collector
from facethemodel.cli.options import UserPath, example


@click.command(
    "urls",
    epilog=example(
        "facethemodel collect urls addresses.txt --as person",
        "facethemodel collect urls people.csv --as stranger",
        "facethemodel collect urls cats.parquet --as curveball --category cats --limit 200",
    ),
)
@click.argument("file", type=UserPath())
@collecting()
def command(file: Path, order: Order) -> int:
    """Fetch the photos whose addresses are in FILE.

    A txt file has one address a line. csv, tsv, jsonl and parquet have a column url, and may have role,
    identity, category, query, post, taken, author, licence, sha256 and box (x, y, width, height of the
    face). What a line says of its photo goes before --as, --identity and --category.
    """
    from facethemodel.collect.urls import UrlList

    addresses = UrlList(file, claim=order.claim)
    if addresses.unknown:
        order.out.warning(f"columns nothing is done with: {', '.join(addresses.unknown)}")
    return run_collector(addresses, order)
