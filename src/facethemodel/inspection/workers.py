"""Does a job for many items in several processes, and outlives any of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import cv2

from facethemodel.errors import FacethemodelError

CHUNK = 8
"""Items that travel together: few enough to spread evenly, enough to make the travel cheap."""
_AHEAD = 3
"""Chunks per process that are handed out before their results are taken: what bounds the memory."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Crashed(Generic[Item]):
    """What stands in for the result of an item that brought its process down."""

    item: Item


class WorkersError(FacethemodelError):
    """Worker processes that end before they have done anything."""


def in_order(
    items: Sequence[Item], *, make: Callable[[], Callable[[Item], Result]], jobs: int
) -> Iterator[Result | Crashed[Item]]:
    """Gives each item's result, in the order of the items.

    An item that crashes its process costs only itself: the items that were under way are tried again one at a
    time, and the one that crashes alone gets `Crashed`.

    Args:
        items: What to work on.
        make: Run once in each process; gives the function to apply. Must be picklable.
        jobs: Processes.

    Yields:
        One result per item.

    Raises:
        WorkersError: Worker processes cannot even start.
    """
    waiting = deque(items[at : at + CHUNK] for at in range(0, len(items), CHUNK))
    while waiting:
        with _pool(make, jobs=min(jobs, len(waiting))) as pool:
            yield from _until_broken(pool, waiting, ahead=_AHEAD * jobs)
        # What was under way when a process died is back at the front; anything behind it was never begun.
        suspects = [item for _ in range(min(_AHEAD * jobs, len(waiting))) for item in waiting.popleft()]
        yield from _one_by_one(suspects, make)


def _until_broken(pool: ProcessPoolExecutor, waiting: deque[Sequence[Item]], *, ahead: int) -> Iterator[Any]:
    """Works through chunks until none is left or the pool is broken; unfinished ones go back to the front."""
    under_way: deque[tuple[Sequence[Item], Future[list[Any]]]] = deque()
    try:
        while waiting or under_way:
            while waiting and len(under_way) < ahead:
                chunk = waiting.popleft()
                under_way.append((chunk, _submitted(pool, chunk, waiting)))
            results = under_way[0][1].result()
            under_way.popleft()
            yield from results
    except BrokenProcessPool:
        waiting.extendleft(chunk for chunk, _ in reversed(under_way))


def _submitted(
    pool: ProcessPoolExecutor, chunk: Sequence[Item], waiting: deque[Sequence[Item]]
) -> Future[list[Any]]:
    try:
        return pool.submit(_apply, chunk)
    except BrokenProcessPool:
        waiting.appendleft(chunk)
        raise


def _one_by_one(items: Sequence[Item], make: Callable[[], Callable[[Item], Any]]) -> Iterator[Any]:
    """Works through items in a process of their own, a new one after every crash."""
    rest = deque(items)
    while rest:
        with _pool(make, jobs=1) as pool:
            _check_alive(pool)
            try:
                while rest:
                    (result,) = pool.submit(_apply, [rest[0]]).result()
                    rest.popleft()
                    yield result
            except BrokenProcessPool:
                yield Crashed(rest.popleft())


def _check_alive(pool: ProcessPoolExecutor) -> None:
    try:
        pool.submit(_apply, []).result()
    except BrokenProcessPool as error:
        raise WorkersError(
            "worker processes end before they have done anything",
            remedy="see what they wrote to the terminal, or work in one process with: --jobs 1",
        ) from error


@contextmanager
def _pool(make: Callable[[], Callable[[Any], Any]], *, jobs: int) -> Iterator[ProcessPoolExecutor]:
    # Forking a process that already runs threads (ONNX Runtime, OpenCV) can hang the child.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(make,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_work: Callable[[Any], Any] | None = None
"""The function of this worker process; an executor offers no other place for what its initializer made."""


def _start(make: Callable[[], Callable[[Any], Any]]) -> None:
    global _work  # noqa: PLW0603
    # Ctrl-C goes to the whole process group, but only the parent knows what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end with parent", daemon=True).start()
    cv2.setNumThreads(1)
    _work = make()


def _end_with_parent() -> None:
    """Ends this process when its parent is gone: a worker's own queue never tells it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _apply(chunk: Sequence[Any]) -> list[Any]:
    if _work is None:
        raise RuntimeError("the worker process was not started by this module")
    return [_work(item) for item in chunk]
