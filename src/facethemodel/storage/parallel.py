"""Doing many small things at once, most of which is waiting for a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from facethemodel.cores import available_cores
from facethemodel.storage.bucket import Bucket

THREADS = 16
"""For what waits for the server most of the time."""


def hashing_threads() -> int:
    """For what reads and hashes files here: more than a few only take the interpreter from one another."""
    return max(4, available_cores())


T = TypeVar("T")
R = TypeVar("R")


def in_parallel(
    bucket: Bucket, action: Callable[[T], R], items: Sequence[T], *, threads: int = THREADS
) -> Iterator[R]:
    """Gives the results in the order of the items.

    Where one raises, or whoever asks stops asking, those that wait are dropped and those that wait for a
    server give up.
    """
    if not items:
        return
    try:
        with ThreadPoolExecutor(min(threads, len(items)), thread_name_prefix="s3") as pool:
            futures = [pool.submit(action, item) for item in items]
            try:
                for future in futures:
                    yield future.result()
            except BaseException:
                bucket.stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        bucket.stop.clear()
