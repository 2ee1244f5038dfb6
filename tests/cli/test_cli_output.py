"""Where a command's words go."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

WORK = """
import click
from facethemodel.cli.output import TerminalProgress
watcher = TerminalProgress(quiet=False)
with watcher.task("counting", 3) as advance:
    for number in range(3):
        click.echo(f"line {number}")
        watcher.note("a note")
        advance(1)
"""


def read_all(handle: int) -> str:
    """What was written to a terminal until its other end closed."""
    parts = []
    while True:
        try:
            part = os.read(handle, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode()


def test_a_bar_on_the_terminal_takes_nothing_from_a_piped_stdout() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", WORK], stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    shown = read_all(ours)
    assert process.wait() == 0
    assert lines == ["line 0", "line 1", "line 2"]
    assert "3/3" in shown
    assert shown.count("a note") == 3


def test_without_a_terminal_there_is_no_bar() -> None:
    done = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["line 0", "line 1", "line 2"]
    assert done.stderr.splitlines() == ["a note"] * 3
