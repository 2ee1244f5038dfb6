"""The command line: the only code that prints or exits."""

from __future__ import annotations


def main() -> None:
    """Runs the command line and exits with its code."""
    from facethemodel.cli.application import run

    raise SystemExit(run())
