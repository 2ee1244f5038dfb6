"""How long work says how far it is. The command line draws it; the library only reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Progress(Protocol):
    """What a stage needs of its watcher."""

    def task(self, label: str, total: int | None) -> AbstractContextManager[Callable[[int], None]]:
        """Opens a task of `total` units (None: unknown); the yielded function adds finished units."""
        ...

    def note(self, line: str) -> None:
        """Reports one line that a person reads."""
        ...


class Silent:
    """A watcher that shows nothing: the default of every library function."""

    @contextmanager
    def task(self, label: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Opens a task nobody watches."""
        yield lambda done: None

    def note(self, line: str) -> None:
        """Drops the line."""


SILENT = Silent()
