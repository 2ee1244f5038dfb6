"""`facethemodel collect NAME` for the collectors of other packages."""

from __future__ import annotations

import click

from facethemodel.cli.collect import Order, collecting, run_collector


def command_of(name: str) -> click.Command:
    """Makes the command of one collector; its package is imported only when the command runs."""

    @click.command(name, help="A collector of another package: see `facethemodel collect --list`.")
    @click.argument("arguments", nargs=-1, metavar="[WORD]...")
    @collecting()
    def command(arguments: tuple[str, ...], order: Order) -> int:
        from facethemodel.collect.registry import make

        return run_collector(make(name, arguments), order)

    return command
