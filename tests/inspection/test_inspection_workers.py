"""Worker processes: order, crashes that cost one item, errors that are told."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from facethemodel.inspection.workers import CHUNK, Crashed, WorkersError, in_order

# Workers import what they run by name, which the files of this suite do not have.
JOB = """
import os


class Doubling:
    def __init__(self, fatal):
        self._fatal = fatal

    def __call__(self, item):
        if item in self._fatal:
            os.abort()
        if item < 0:
            raise ArithmeticError(f"negative: {item}")
        return 2 * item


def stillborn():
    os._exit(3)
"""


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "worker_job.py").write_text(JOB)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("worker_job")


def _doubling(job: ModuleType, *fatal: int) -> Callable[[], Callable[[int], int]]:
    return functools.partial(job.Doubling, frozenset(fatal))


def test_results_come_in_the_order_of_the_items(job: ModuleType) -> None:
    items = range(5 * CHUNK + 3)
    assert list(in_order(items, make=_doubling(job), jobs=2)) == [2 * item for item in items]


def test_nothing_to_do_starts_nothing(job: ModuleType) -> None:
    assert list(in_order([], make=job.stillborn, jobs=2)) == []


def test_a_crash_costs_only_the_item_that_crashes(job: ModuleType) -> None:
    items = range(3 * CHUNK)
    fatal = (0, CHUNK + 1)
    expected = [Crashed(item) if item in fatal else 2 * item for item in items]
    assert list(in_order(items, make=_doubling(job, *fatal), jobs=2)) == expected


def test_an_error_is_not_a_crash(job: ModuleType) -> None:
    with pytest.raises(ArithmeticError, match="negative: -1"):
        list(in_order([1, -1], make=_doubling(job), jobs=1))


def test_workers_that_cannot_start_blame_no_item(job: ModuleType) -> None:
    with pytest.raises(WorkersError, match="before they have done anything"):
        list(in_order([1, 2], make=job.stillborn, jobs=1))
