"""The command line: the only code that prints or exits."""

from __future__ import annotations

import gc
import io
import sys

_OBJECTS = 50_000


def main() -> None:
    """Runs the command line and exits with its code."""
    from facethemodel.cli import signals

    # First of all: a command takes a while to start, and may be told to end in that time.
    signals.interrupt_on_signals()
    try:
        code = _run()
    except (Exception, KeyboardInterrupt) as problem:
        if not isinstance(problem, KeyboardInterrupt) and not signals.received():
            raise
        code = signals.interrupted()
    raise SystemExit(code)


def _run() -> int:
    # As it comes, the search for unused cycles takes a tenth of the time that a command needs to start.
    gc.set_threshold(_OBJECTS, 20, 50)
    from facethemodel.cli.application import run

    # Names of files are any bytes; one that the terminal cannot show is no reason to fail.
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")
    return run()
