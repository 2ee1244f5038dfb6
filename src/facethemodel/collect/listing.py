"""A collector's generator, run in a thread of its own and only as far as somebody asks."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

from facethemodel.collect.collector import BadEntry, Candidate


class Listing:
    """Entries one by one, for one task to ask for.

    Args:
        entries: The generator; all of it runs in one and the same thread.
    """

    def __init__(self, entries: Iterator[Candidate | BadEntry]) -> None:
        self._entries = entries
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="listing")

    async def next(self) -> Candidate | BadEntry | None:
        """Gives the next entry, or None at the end.

        Raises:
            FacethemodelError: The source refuses or cannot be understood.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, next, self._entries, None)

    def close(self) -> None:
        """Lets the generator clean up, once it is through with what it does; that is not waited for."""
        if isinstance(self._entries, Generator):
            self._thread.submit(self._entries.close)
        self._thread.shutdown(wait=False)
