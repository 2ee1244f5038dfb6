"""`facethemodel collect web`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facethemodel.cli.collect import Order, collecting, run_collector
from facethemodel.cli.options import UserPath, example
from facethemodel.errors import CredentialsError, UsageError

if TYPE_CHECKING:
    from facethemodel.collect.web import Engine
    from facethemodel.download.rules import Rules

_ENGINES = ("commons", "openverse", "brave")
_NO_KEY = "get one from Brave; --engine commons and --engine openverse take none"


@click.command(
    "web",
    epilog=example(
        'facethemodel collect web "Paul McCartney" "Paul McCartney 1969" --as person',
        'facethemodel collect web "George Harrison" --as stranger --identity "George Harrison"',
        'facethemodel collect web "tabby cat" --engine openverse --as curveball --category cats --limit 200',
    ),
)
@click.argument("queries", nargs=-1, required=True, metavar="QUERY...")
@click.option(
    "--engine",
    type=click.Choice(_ENGINES),
    default=_ENGINES[0],
    show_default=True,
    help="Wikimedia Commons and Openverse take no key, Brave does.",
)
@click.option(
    "--key-file",
    type=UserPath(),
    help="A file with the engine's key. Default: the environment (BRAVE_API_KEY).",
)
@click.option("--engine-address", help="Another address of the engine, such as a mirror.")
@collecting()
def command(
    queries: tuple[str, ...], engine: str, key_file: Path | None, engine_address: str | None, order: Order
) -> int:
    """Fetch what an image search finds for some words.

    Each photo keeps its licence and author where the engine knows them, and every query that found it.
    What a search finds is not always whom it was searched for: look through it before a build.
    """
    from facethemodel.collect.web import Web

    if order.claim is None:
        raise UsageError(
            "nothing says what the photos are for", remedy="--as person, --as stranger or --as curveball"
        )
    if key_file is not None and engine != "brave":
        raise UsageError(f"--engine {engine} takes no key", remedy="leave out --key-file")
    chosen = _engine(engine, key_file=key_file, address=engine_address, rules=order.rules)
    return run_collector(Web(queries, engine=chosen), order)


def _engine(name: str, *, key_file: Path | None, address: str | None, rules: Rules) -> Engine:
    if name == "brave":
        from facethemodel.collect import web_brave as brave

        return brave.Brave(
            _key(key_file, brave.KEY_VARIABLE), rules=rules, base=brave.BASE if address is None else address
        )
    if name == "openverse":
        from facethemodel.collect import web_openverse as openverse

        return openverse.Openverse(rules=rules, base=openverse.BASE if address is None else address)
    from facethemodel.collect import web_commons as commons

    return commons.Commons(rules=rules, base=commons.BASE if address is None else address)


def _key(file: Path | None, variable: str) -> str:
    if file is not None:
        try:
            key = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CredentialsError(f"the key in {file} cannot be read", remedy="check --key-file") from error
        where = str(file)
    else:
        key, where = os.environ.get(variable, "").strip(), variable
    if not key:
        raise CredentialsError(f"there is no key in {where}", remedy=_NO_KEY)
    if not key.isascii() or not key.isprintable() or " " in key:
        raise CredentialsError(f"what is in {where} is no key", remedy="it is one word on one line")
    return key
