"""Worker processes: order, crashes that cost one item, errors that are told, ends that are clean."""

from __future__ import annotations

import functools
import importlib
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from facethemodel.errors import StorageError
from facethemodel.inspection.workers import CHUNK, Crashed, WorkersError, in_order

# Workers import what they run by name, which the files of this suite do not have.
JOB = """
import os
import time

from facethemodel.errors import StorageError

FULL = StorageError("no room", remedy="make some")


class Doubling:
    def __init__(self, fatal):
        self._fatal = fatal

    def __call__(self, chunk):
        if self._fatal & set(chunk):
            os.abort()
        if min(chunk) < 0:
            raise ArithmeticError(f"negative: {min(chunk)}")
        if 1000 in chunk:
            raise FULL
        return [2 * item for item in chunk]


def measuring():
    return lambda chunk: [len(chunk)] * len(chunk)


def slow():
    return lambda chunk: time.sleep(1) or chunk


def endless():
    return lambda chunk: time.sleep(600)


def stillborn():
    os._exit(3)


def refusing():
    raise FULL
"""

INTERRUPTED = """
import sys
from facethemodel.inspection.workers import in_order
import worker_job
if __name__ == "__main__":
    def items():
        for item in range(100):
            if item == 3:
                print("started", flush=True)
            yield item
    try:
        list(in_order(items(), make=getattr(worker_job, sys.argv[1]), jobs=2, chunk=1))
    except KeyboardInterrupt:
        print("interrupted")
"""


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "worker_job.py").write_text(JOB)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("worker_job")
    assert multiprocessing.active_children() == []


def _doubling(job: ModuleType, *fatal: int) -> Callable[[], Callable[[Sequence[int]], Sequence[int]]]:
    return functools.partial(job.Doubling, frozenset(fatal))


def test_results_come_in_the_order_of_the_items(job: ModuleType) -> None:
    items = range(5 * CHUNK + 3)
    assert list(in_order(items, make=_doubling(job), jobs=2)) == [2 * item for item in items]


def test_items_travel_in_chunks_of_the_size_asked_for(job: ModuleType) -> None:
    assert list(in_order(range(7), make=job.measuring, jobs=1, chunk=5)) == [5] * 5 + [2] * 2


def test_nothing_to_do_starts_nothing(job: ModuleType) -> None:
    assert list(in_order([], make=job.stillborn, jobs=2)) == []


def test_items_are_taken_as_they_are_needed(job: ModuleType) -> None:
    endless = itertools.count()
    results = in_order(endless, make=_doubling(job), jobs=2, chunk=4)
    assert list(itertools.islice(results, 10)) == list(range(0, 20, 2))
    assert next(endless) < 100
    results.close()


def test_a_crash_costs_only_the_item_that_crashes(job: ModuleType) -> None:
    items = range(12 * CHUNK)
    # The first one, two of one chunk, one whose neighbours are under way with it, the last one.
    fatal = (0, 3 * CHUNK + 1, 3 * CHUNK + 2, 4 * CHUNK, 12 * CHUNK - 1)
    expected = [Crashed(item) if item in fatal else 2 * item for item in items]
    assert list(in_order(items, make=_doubling(job, *fatal), jobs=2)) == expected


def test_an_error_is_not_a_crash(job: ModuleType) -> None:
    with pytest.raises(ArithmeticError, match="negative: -1") as caught:
        list(in_order([1, -1], make=_doubling(job), jobs=1))
    assert "worker_job.py" in caught.value.__notes__[0]


@pytest.mark.parametrize("where", ["make", "work"])
def test_an_error_with_a_remedy_keeps_it(job: ModuleType, where: str) -> None:
    make = job.refusing if where == "make" else _doubling(job)
    with pytest.raises(StorageError, match="no room") as caught:
        list(in_order([1000], make=make, jobs=1))
    assert caught.value.remedy == "make some"


def test_workers_that_cannot_start_blame_no_item(job: ModuleType) -> None:
    with pytest.raises(WorkersError, match="before they have done anything"):
        list(in_order([1, 2], make=job.stillborn, jobs=1))


def test_an_error_ends_the_workers_in_the_middle_of_their_work(job: ModuleType) -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        raise StorageError("the list ends here")

    with pytest.raises(StorageError, match="the list ends here"):
        list(in_order(items(), make=job.endless, jobs=2, chunk=1))


@pytest.mark.parametrize(("make", "after"), [("slow", 0.3), ("endless", 1.5)], ids=["starting", "working"])
def test_an_interrupt_ends_everything_without_a_word_from_the_workers(
    job: ModuleType, tmp_path: Path, make: str, after: float
) -> None:
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    process = subprocess.Popen(
        [sys.executable, str(script), make],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    # Both pipes are shared with the workers: that they end tells that all of them have ended.
    assert process.communicate(timeout=60) == ("interrupted\n", "")
    assert process.returncode == 0
