"""Worker processes that judge files in order, and lose only the file that brings one of them down."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2

from facethemodel.errors import FacethemodelError, UsageError
from facethemodel.scoring.files import Candidate
from facethemodel.scoring.judge import Model
from facethemodel.scoring.verdict import Verdict

CHUNK = 16
"""Files per task: enough for one good batch of crops, few enough that the last tasks end together."""
_AHEAD = 3
"""Tasks per worker that are under way or wait: bounds memory, and no worker runs dry."""

Chunk = tuple[Candidate, ...]
Verdicts = list[Verdict | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a worker needs to load its model."""

    bundle: Path
    detector: Path | None


class JudgePool:
    """Processes that each hold the model. A context manager.

    Args:
        recipe: What each worker loads.
        jobs: How many workers.
    """

    def __init__(self, recipe: Recipe, *, jobs: int) -> None:
        self._recipe = recipe
        self._jobs = jobs
        self._executor = self._start(jobs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def judge(self, candidates: Iterable[Candidate]) -> Iterator[tuple[Candidate, Verdict | None]]:
        """Judges files as they come; results in the same order, at most a few hundred files ahead."""
        chunks = iter(candidates)
        waiting: deque[tuple[Chunk, Future[Verdicts]]] = deque()
        while True:
            while len(waiting) < self._jobs * _AHEAD and (chunk := tuple(islice(chunks, CHUNK))):
                waiting.append((chunk, self._submit(chunk)))
            if not waiting:
                return
            chunk, future = waiting.popleft()
            try:
                verdicts = future.result()
            except BrokenProcessPool:
                verdicts = self._recover(chunk)
                # What else was under way is lost as well, and starts anew.
                waiting = deque((other, self._submit(other)) for other, _ in waiting)
            yield from zip(chunk, verdicts, strict=True)

    def _submit(self, chunk: Chunk) -> Future[Verdicts]:
        try:
            return self._executor.submit(_judge_chunk, chunk)
        except BrokenProcessPool as error:
            broken: Future[Verdicts] = Future()
            broken.set_exception(error)
            return broken

    def _recover(self, chunk: Chunk) -> Verdicts:
        """Judges a chunk that may hold the file that broke the pool, and starts a new pool."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._check_that_workers_start()
        verdicts = self._alone(chunk)
        self._executor = self._start(self._jobs)
        return verdicts

    def _check_that_workers_start(self) -> None:
        # Without this a machine where no worker lives would blame every photo, one slow start after another.
        try:
            with self._start(1) as lone:
                lone.submit(_judge_chunk, ()).result()
        except BrokenProcessPool as error:
            raise UsageError(
                "worker processes end before they have done anything",
                remedy='work in one process (jobs=1), or guard the script with `if __name__ == "__main__":`',
            ) from error

    def _alone(self, chunk: Chunk) -> Verdicts:
        """Judges a chunk in a process of its own; one that crashes is halved until the culprit is alone."""
        try:
            with self._start(1) as lone:
                return lone.submit(_judge_chunk, chunk).result()
        except BrokenProcessPool:
            if len(chunk) == 1:
                reason = "the decoder crashed on it, or it took more memory than there is"
                return [Verdict(path=chunk[0].path, error=reason)]
        half = len(chunk) // 2
        return self._alone(chunk[:half]) + self._alone(chunk[half:])

    def _start(self, jobs: int) -> ProcessPoolExecutor:
        # Not forked: a fork copies locks of threads (OpenCV's, ONNX Runtime's) that nobody will ever release.
        return ProcessPoolExecutor(
            jobs,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_set_up_worker,
            initargs=(self._recipe,),
        )


_worker: Model | FacethemodelError | None = None


def _set_up_worker(recipe: Recipe) -> None:
    global _worker  # noqa: PLW0603 (a worker has no other place to keep what it loads once)
    # Ctrl-C reaches every process of the terminal; the parent ends the workers, without their tracebacks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)
    try:
        _worker = Model.load(recipe.bundle, detector=recipe.detector)
    except FacethemodelError as error:
        # Raised here it would look like a crash; kept, it reaches the caller as what it is.
        _worker = error


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _judge_chunk(chunk: Chunk) -> Verdicts:
    if isinstance(_worker, FacethemodelError):
        raise _worker
    if _worker is None:
        raise RuntimeError("the worker was not set up")
    return _worker.judge_files(chunk)
