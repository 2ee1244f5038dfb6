"""Ends a command that is told to end, or whose terminal is closed, as Ctrl+C ends it: tidily."""

from __future__ import annotations

import signal
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []


def interrupt_on_signals() -> None:
    """Has SIGTERM and SIGHUP do what Ctrl+C does from now on; `nohup` keeps its meaning.

    Called in the main thread, by the program and not by tests of its commands.
    """
    for number in _SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


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
