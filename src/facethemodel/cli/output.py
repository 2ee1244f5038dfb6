"""What a command says: data on stdout, everything else on stderr; for people, as JSON, or quiet."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TextIO

import click

Level = Literal["quiet", "normal", "verbose"]
LONG_WORD = 24
"""Characters: a longer word of a table is broken where the terminal is narrow."""
BROKEN_WORD = 8
"""Characters that a word of a table keeps together at the least."""


@dataclass(frozen=True)
class Output:
    """Where a command's words go.

    Attributes:
        as_json: One JSON document (or one a line) on stdout instead of tables.
        level: `quiet` drops hints and progress, `verbose` adds detail.
    """

    as_json: bool = False
    level: Level = "normal"

    def data(self, value: Mapping[str, Any] | Sequence[Any]) -> None:
        """Writes the command's result as one JSON line; does nothing for people."""
        if self.as_json:
            text = json.dumps(value, ensure_ascii=False, default=str)
            # Names of files may hold bytes that are no text, which JSON cannot pass on.
            click.echo(text.encode("utf-8", "backslashreplace").decode())

    def line(self, text: str = "") -> None:
        """Writes one line of the result for people."""
        if not self.as_json:
            click.echo(text)

    def hint(self, text: str) -> None:
        """Says on stderr what happened or what comes next."""
        if self.level != "quiet":
            click.echo(text, err=True)

    def detail(self, text: str) -> None:
        """Says on stderr what only `-v` shows."""
        if self.level == "verbose":
            click.echo(text, err=True)

    def warning(self, text: str) -> None:
        """Says on stderr what went wrong without stopping the command."""
        click.echo(click.style("note: ", fg="yellow", bold=True) + text, err=True)

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None
    ) -> None:
        """Writes a table for people; columns whose cells are all numbers stand to the right."""
        if self.as_json:
            return
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console = Console(highlight=False, no_color=_no_color() or None, soft_wrap=False)
        cells = [[_cell(value) for value in row] for row in rows]
        numeric = [bool(rows) and all(_is_number(row[at]) for row in rows) for at in range(len(columns))]
        widths, roomy = _widths(columns, cells, numeric, console.width)
        table = Table(
            box=box.SIMPLE_HEAD,
            title=title,
            title_justify="left",
            title_style="bold",
            pad_edge=False,
            padding=(0, 1) if roomy else 0,
            show_edge=roomy,
        )
        for name, is_numeric, width in zip(columns, numeric, widths, strict=True):
            table.add_column(name, justify="right" if is_numeric else "left", overflow="fold", width=width)
        for row in cells:
            table.add_row(*map(Text, row))
        # Where even the shortest table is too wide the terminal breaks its lines, and nothing is cut off.
        console.width = max(console.width, sum(widths) + _between(len(columns), roomy=roomy))
        if not roomy:
            console.print()
        console.print(table)
        if not roomy:
            console.print()

    def progress(self, *, beside_lines: bool = False) -> TerminalProgress:
        """A watcher for long work that draws a bar on a terminal and stays silent elsewhere.

        Args:
            beside_lines: The command writes a line for each unit of work: where these go to the terminal they
                show the progress themselves, and a bar would only stand in their way.
        """
        return TerminalProgress(quiet=self.level == "quiet" or (beside_lines and is_terminal(sys.stdout)))


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody watches; a stream that was closed before the start is none."""
    return stream is not None and stream.isatty()


class TerminalProgress:
    """Draws a bar with rate and time left on stderr when that is a terminal; notes are lines on stderr."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    @contextmanager
    def task(self, label: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Opens a task of `total` units."""
        if self._quiet or total == 0:
            yield lambda done: None
            return
        started = time.monotonic()
        count = 0
        if is_terminal(sys.stderr):
            with self._bar(label, total) as advance:
                yield advance
            return

        def add(done: int) -> None:
            nonlocal count
            count += done

        yield add
        seconds = time.monotonic() - started
        if seconds >= 1:
            click.echo(f"{label}: {count:,} in {_duration(seconds)} ({_rate(count / seconds)})", err=True)

    @contextmanager
    def _bar(self, label: str, total: int | None) -> Iterator[Callable[[int], None]]:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            Task,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        class Rate(ProgressColumn):
            def render(self, task: Task) -> Text:
                return Text(_rate(task.speed) if task.speed else "", style="dim")

        console = Console(stderr=True, no_color=_no_color() or None)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            Rate(),
            TimeRemainingColumn(),
        )
        # Left to itself rich would send what goes to stdout to the bar's console, away from a pipe or a file.
        with Progress(*columns, console=console, redirect_stdout=False) as progress:
            task = progress.add_task(label, total=total)
            yield lambda done: progress.advance(task, done)

    def note(self, line: str) -> None:
        """Reports one line that a person reads."""
        if not self._quiet:
            click.echo(line, err=True)


def _no_color() -> bool:
    return bool(os.environ.get("NO_COLOR"))


def _widths(
    heads: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool], room: int
) -> tuple[list[int], bool]:
    """Widths of a table's columns, and whether there is room for padding between them.

    The widest columns give way first, and none becomes narrower than its longest word: sentences fold, while
    numbers, names and hashes stay whole. Long words fold only where the table does not fit otherwise.
    """
    from rich.cells import cell_len

    cells = [[head, *(row[at] for row in rows)] for at, head in enumerate(heads)]
    wanted = [
        max((cell_len(line) for cell in column for line in cell.splitlines()), default=1) for column in cells
    ]
    words = [max((cell_len(word) for cell in column for word in cell.split()), default=1) for column in cells]
    widths = wanted
    for roomy, longest in ((True, None), (False, None), (False, LONG_WORD), (False, BROKEN_WORD)):
        least = [
            word if number or longest is None else min(word, longest)
            for word, number in zip(words, numeric, strict=True)
        ]
        available = room - _between(len(heads), roomy=roomy)
        widths = _shrunk(wanted, least, available)
        if sum(widths) <= available:
            return widths, roomy
    return widths, False


def _shrunk(wanted: Sequence[int], shortest: Sequence[int], available: int) -> list[int]:
    """Takes from the widest column, of equal ones from the last, until all fit or nothing can give way."""
    widths = list(wanted)
    while sum(widths) > available:
        free = [at for at, width in enumerate(widths) if width > shortest[at]]
        if not free:
            break
        widths[max(free, key=lambda at: (widths[at], at))] -= 1
    return widths


def _between(columns: int, *, roomy: bool) -> int:
    """Characters beside the cells: a blank between two columns; with room three, and the edges."""
    return 2 + (columns - 1) * 3 if roomy else columns - 1


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return value.replace(",", "").replace(".", "").isdigit() or not value
    return value is None or isinstance(value, int | float)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.2f}"
    return str(value)


def _rate(units: float) -> str:
    return f"{units:,.0f}/s" if units >= 10 else f"{units:.1f}/s"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
