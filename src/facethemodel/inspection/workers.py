"""Does a job for many items in several processes, and outlives any of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from facethemodel.errors import FacethemodelError

CHUNK = 8
"""Items that travel together: few enough to spread evenly, enough to make the travel cheap."""
_AHEAD = 3
"""Chunks per process that are handed out before their results are taken: what bounds the memory."""
_STARTS = 3
"""How often in a row a process may die while it starts before that counts as hopeless."""

Item = TypeVar("Item")
Result = TypeVar("Result")
Make = Callable[[], Callable[[Sequence[Item]], Sequence[Result]]]


@dataclass(frozen=True, slots=True)
class Crashed(Generic[Item]):
    """What stands in for the result of an item that brought its process down."""

    item: Item


class WorkersError(FacethemodelError):
    """Worker processes that end before they have done anything."""


def in_order(
    items: Iterable[Item],
    *,
    make: Make[Item, Result],
    jobs: int,
    chunk: int = CHUNK,
) -> Generator[Result | Crashed[Item], None, None]:
    """Gives each item's result, in the order of the items, which are taken only as they are needed.

    An item that crashes its process costs only itself: its chunk is tried again item by item, while nothing
    else runs that could have taken the memory, and the item that crashes alone gets `Crashed`.

    Args:
        items: What to work on.
        make: Run once in each process; gives the function that works on a chunk. Must be picklable.
        jobs: Processes.
        chunk: Items per call of that function.

    Yields:
        One result per item.

    Raises:
        WorkersError: Worker processes cannot even start.
        Exception: Whatever `make` or its function raises.
    """
    source = iter(items)
    under_way: deque[tuple[tuple[Item, ...], Future[Sequence[Result]]]] = deque()
    with _Crew(make, jobs=jobs) as crew:
        while True:
            while len(under_way) < _AHEAD * jobs and (taken := tuple(islice(source, chunk))):
                under_way.append((taken, crew.submit(taken)))
            if not under_way:
                return
            oldest, future = under_way.popleft()
            try:
                results = future.result()
            except _DiedError:
                wait(other for _, other in under_way)
                yield from _one_by_one(crew, oldest)
            else:
                yield from results


def _one_by_one(crew: _Crew[Item, Result], items: Sequence[Item]) -> Iterator[Result | Crashed[Item]]:
    for item in items:
        try:
            (result,) = crew.work((item,))
        except _DiedError:
            yield Crashed(item)
        else:
            yield result


class _Crew(Generic[Item, Result]):
    """Up to `jobs` processes, started when they are needed, with a thread to wait for each."""

    def __init__(self, make: Make[Item, Result], *, jobs: int) -> None:
        self._make = make
        self._threads = ThreadPoolExecutor(jobs)
        self._idle: list[_Worker[Item, Result]] = []
        self._all: list[_Worker[Item, Result]] = []
        self._closed = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            # Nobody waits for what they are at, and a thread whose worker is gone ends as well.
            for worker in self._all:
                worker.process.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._all:
            worker.process.join()

    def submit(self, chunk: Sequence[Item]) -> Future[Sequence[Result]]:
        return self._threads.submit(self.work, chunk)

    def work(self, chunk: Sequence[Item]) -> Sequence[Result]:
        """Has a chunk worked on by a process that is free, or by a new one.

        Raises:
            _DiedError: The process did not survive it.
        """
        worker = self._free_worker()
        try:
            results = worker.work(chunk)
        except _DiedError:
            self._bury(worker)
            raise
        with self._lock:
            self._idle.append(worker)
        return results

    def _free_worker(self) -> _Worker[Item, Result]:
        for _ in range(_STARTS):
            with self._lock:
                if self._idle:
                    return self._idle.pop()
                if self._closed:
                    # One that starts now would outlive the crew.
                    raise _DiedError
                worker = _Worker(self._make)
                self._all.append(worker)
            try:
                worker.wait_until_ready()
            except _DiedError:
                self._bury(worker)
            else:
                return worker
        raise WorkersError(
            "worker processes end before they have done anything",
            remedy="see what they wrote to the terminal; work in one process (jobs 1); a script of your "
            'own needs `if __name__ == "__main__":` around its calls',
        )

    def _bury(self, worker: _Worker[Item, Result]) -> None:
        worker.process.join()
        with self._lock:
            self._all.remove(worker)


class _DiedError(Exception):
    """A worker process is gone."""


@dataclass(frozen=True, slots=True)
class _Raised:
    """What a worker sends instead of an answer."""

    error: Exception


class _Worker(Generic[Item, Result]):
    """One process, which gets a chunk at a time."""

    def __init__(self, make: Make[Item, Result]) -> None:
        # Forking a process that already runs threads (ONNX Runtime, OpenCV) can hang the child.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(make, theirs), daemon=True)
        with _without_interrupts():
            self.process.start()
        # While this process held that end as well, a dead worker would not close the pipe.
        theirs.close()

    def wait_until_ready(self) -> None:
        """Waits for the start.

        Raises:
            _DiedError: The process ended while it started.
        """
        self._answer()

    def work(self, chunk: Sequence[Item]) -> Sequence[Result]:
        try:
            self._pipe.send(chunk)
        except OSError as error:
            raise _DiedError from error
        results: Sequence[Result] = self._answer()
        return results

    def _answer(self) -> Any:
        try:
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise _DiedError from error
        if isinstance(answer, _Raised):
            raise answer.error
        return answer


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Keeps from one that is started here what is sent to all processes and ends the parent tidily.

    Such are Ctrl-C, a terminal that is closed, and `timeout`: a worker that died of them first would be taken
    for one that a photo brought down. Workers end with their parent, or are killed by it.
    """
    # Python's own helper process, started with the first worker, would lift the block again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(make: Make[Any, Any], pipe: Connection) -> None:
    """Is all that a worker process does."""
    threading.Thread(target=_end_with_parent, name="end with parent", daemon=True).start()
    # Late: the process that starts the workers may do without.
    import cv2

    cv2.setNumThreads(1)
    # The pipe breaks when the parent is gone: there is nobody left to tell.
    with suppress(ConnectionError):
        try:
            work = make()
            pipe.send(None)
            while True:
                pipe.send(work(pipe.recv()))
        except Exception as error:  # noqa: BLE001 (it is raised again in the parent)
            error.add_note(traceback.format_exc())
            pipe.send(_Raised(error))


def _end_with_parent() -> None:
    """Ends this process with its parent, even in the middle of a photo."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
