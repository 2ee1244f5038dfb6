"""Folders for copies that last as long as a command: the next command clears away what a killed one left."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from facethemodel.errors import StorageError

COPIES = "catalogue-copy-"
"""What the names of such folders begin with."""


@contextmanager
def folder_for_copies(cache: Path) -> Iterator[Path]:
    """Makes a folder that only its owner may look into, and takes it away when the block ends.

    What is in it goes with the process that made it, or as soon as another one asks for such a folder: the
    lock on a folder dies with its process.

    Args:
        cache: The project's cache.

    Raises:
        StorageError: The cache cannot be written.
    """
    try:
        cache.mkdir(mode=0o700, exist_ok=True)
        for left in cache.glob(f"{COPIES}*"):
            _clear(left)
        folder, lock = _make(cache)
    except OSError as error:
        raise StorageError(
            f"{cache} cannot be written: {(error.strerror or str(error)).lower()}",
            remedy="make the folder writable, or make room on that disk",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _make(cache: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=COPIES, dir=cache))
        with suppress(FileNotFoundError, BlockingIOError):
            # Another command may have taken it for a left one before it was locked.
            lock = _locked(folder)
            if folder.is_dir():
                return folder, lock
            os.close(lock)


def _clear(left: Path) -> None:
    """Takes a folder away whose process is gone; what cannot be locked may be in use."""
    with suppress(OSError):
        lock = _locked(left)
        shutil.rmtree(left, ignore_errors=True)
        os.close(lock)


def _locked(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
