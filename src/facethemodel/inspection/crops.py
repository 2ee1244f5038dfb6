"""The crop cache: one file of fixed-size records per view, which training maps to read any row at once.

A row counts only once the catalogue names it. Whatever a stopped run left in other rows, and the crops of
inspections that were made anew, are written over by the next run.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import View
from facethemodel.errors import StorageError
from facethemodel.inspection.examine import VIEW_SIDES
from facethemodel.photos.sync import sync


@dataclass(frozen=True, slots=True)
class CropStore:
    """The cache of one project. One process writes, under the project's lock; any number read.

    Args:
        cache_dir: Made by the first `write`.
    """

    cache_dir: Path

    def write(self, view: View, arrays: Sequence[NDArray[np.uint8]], rows: Sequence[int]) -> None:
        """Writes crops to rows; on return they are on the disk.

        Args:
            view: Which file.
            arrays: Crops of (side, side, 3).
            rows: Where to, one for each, as `catalogue.crops.free_rows` gives them.

        Raises:
            ValueError: A crop of another shape or type.
            StorageError: The disk is full or cannot be written.
        """
        side = VIEW_SIDES[view]
        for array in arrays:
            if array.shape != (side, side, 3) or array.dtype != np.uint8:
                raise ValueError(
                    f"a crop of {view} is uint8 {side} x {side} x 3, not {array.dtype} {array.shape}"
                )
        if not arrays:
            return
        with _storage(self.path(view)):
            self.cache_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path(view), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                for row, array in zip(rows, arrays, strict=True):
                    file.seek(row * _record(view))
                    file.write(np.ascontiguousarray(array).data)
                file.flush()
                os.fsync(file.fileno())
            if 0 in rows:
                sync(self.cache_dir)

    def rows(self, view: View) -> int:
        """Gives the number of complete rows in the file; 0 where there is none.

        Raises:
            StorageError: The cache is no folder, or cannot be looked into.
        """
        with _storage(self.path(view)):
            try:
                return self.path(view).stat().st_size // _record(view)
            except FileNotFoundError:
                return 0

    def open(self, view: View) -> NDArray[np.uint8]:
        """Maps a view read-only as (rows, side, side, 3); nothing is read until it is looked at.

        Raises:
            StorageError: The file cannot be read.
        """
        side = VIEW_SIDES[view]
        count = self.rows(view)
        if not count:
            return np.zeros((0, side, side, 3), np.uint8)
        with _storage(self.path(view)):
            return np.memmap(self.path(view), np.uint8, mode="r", shape=(count, side, side, 3))

    def load(self, view: View, rows: Sequence[int] | NDArray[np.int64]) -> NDArray[np.uint8]:
        """Reads rows into memory, in the order given, as (n, side, side, 3).

        Raises:
            StorageError: The file cannot be read, or ends before one of the rows.
        """
        wanted = np.asarray(rows, np.int64)
        self.require(view, wanted)
        return np.asarray(self.open(view)[wanted], np.uint8)

    def require(self, view: View, rows: Sequence[int] | NDArray[np.int64]) -> None:
        """Makes sure that rows are there.

        Raises:
            StorageError: The file ends before one of them.
        """
        wanted, count = np.asarray(rows, np.int64), self.rows(view)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= count):
            raise StorageError(
                f"{self.path(view)} ends at row {count}, before row {int(wanted.max())}",
                remedy="make the missing crops again with: facethemodel inspect",
            )

    def path(self, view: View) -> Path:
        """Where a view's crops lie."""
        return self.cache_dir / f"{view}.u8"


def let_go(crops: NDArray[np.uint8]) -> None:
    """Gives the memory back that crops take which were read through a map; they can be read again.

    What was read through the map counts as this process's memory for as long as the map stands: a project's
    whole photos are gigabytes. Does nothing to crops that are no map, or where the system knows no such call.
    """
    beneath: object = crops.base
    if isinstance(beneath, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        beneath.madvise(mmap.MADV_DONTNEED)


def _record(view: View) -> int:
    return VIEW_SIDES[view] ** 2 * 3


@contextmanager
def _storage(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot use the crops in {path}: {error.strerror or error}",
            remedy="make room on that disk, or give yourself the right to it, and run the command again",
        ) from error
