"""A collector's generator, run in a thread of its own and only as far as somebody asks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue

from facethemodel.collect.collector import BadEntry, Candidate

_Entry = Candidate | BadEntry


class Listing:
    """Entries one by one, for one task to ask for.

    Args:
        entries: The generator; all of it runs in one and the same thread.
    """

    def __init__(self, entries: Iterator[_Entry]) -> None:
        self._entries = entries
        self._questions: SimpleQueue[Future[_Entry | None] | None] = SimpleQueue()
        # A daemon: threads of a pool are waited for when the process ends, and a source that keeps
        # silent would hold up for minutes whoever has ended the run.
        threading.Thread(target=self._answer, name="listing", daemon=True).start()

    async def next(self) -> _Entry | None:
        """Gives the next entry, or None at the end.

        Raises:
            FacethemodelError: The source refuses or cannot be understood.
        """
        question: Future[_Entry | None] = Future()
        self._questions.put(question)
        return await asyncio.wrap_future(question)

    def close(self) -> None:
        """Lets the generator clean up, once it is through with what it does; that is not waited for.

        When the process ends before, it does not come to that: what must not outlive the process is to be
        registered with `atexit` by the collector.
        """
        self._questions.put(None)

    def _answer(self) -> None:
        while (question := self._questions.get()) is not None:
            if not question.set_running_or_notify_cancel():
                continue
            try:
                entry = next(self._entries, None)
            except BaseException as error:  # noqa: BLE001 (it is raised again where it was asked for)
                question.set_exception(error)
            else:
                question.set_result(entry)
        if isinstance(self._entries, Generator):
            # Nobody is there any more to be told.
            with suppress(Exception):
                self._entries.close()
