"""Ends a command that is told to end, or whose terminal is closed, as Ctrl+C ends it: tidily."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []
_notes: list[int] = []
"""Where the interpreter notes down every signal that came, as a file descriptor."""


def interrupt_on_signals() -> None:
    """Has SIGTERM and SIGHUP do what Ctrl+C does from now on; `nohup` keeps its meaning.

    Called in the main thread, by the program and not by tests of its commands.
    """
    for number in _SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)
    # Ctrl+C keeps Python's own handler, in whose place alone asyncio puts its own; so it is noted beside it.
    notes, pen = os.pipe()
    os.set_blocking(notes, False)
    os.set_blocking(pen, False)
    signal.set_wakeup_fd(pen, warn_on_full_buffer=False)
    _notes.append(notes)


def received() -> bool:
    """Whether a signal came that ends the command, whatever became of the KeyboardInterrupt that it raised.

    A module in C that is being loaded says of it that it cannot be imported, for example.
    """
    with suppress(OSError):
        for notes in _notes:
            _received.extend(one for one in os.read(notes, 100) if one in (signal.SIGINT, *_SIGNALS))
    return bool(_received)


def interrupted(what_stays: str | None = None) -> int:
    """Says on stderr that the command was interrupted and what stays of it, and gives its exit code."""
    # A terminal that was closed takes no words any more.
    with suppress(OSError):
        sys.stderr.write(f"\ninterrupted{f'; {what_stays}' if what_stays else ''}\n")
        sys.stderr.flush()
    return exit_code()


def exit_code() -> int:
    """What the shell expects of a command that was interrupted: 130, or 143 or 129 after a signal."""
    return 128 + (_received[0] if _received else signal.SIGINT)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    # `timeout` and a terminal that is closed send it twice, and the second would cut the tidying up short.
    signal.signal(number, signal.SIG_IGN)
    # asyncio and the server of the review page end in their own way.
    on_interrupt = signal.getsignal(signal.SIGINT)
    if callable(on_interrupt):
        on_interrupt(signal.SIGINT, frame)
    else:
        raise KeyboardInterrupt
