"""Takes back what was stored for a catalogue that could not take it, which nobody would ever find again."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from facethemodel.catalogue.database import Database
from facethemodel.catalogue.photos import all_photos
from facethemodel.errors import FacethemodelError
from facethemodel.photos.store import PhotoStore


@contextmanager
def newcomers(store: PhotoStore, db: Database) -> Iterator[None]:
    """Goes around storing photos and entering them; an error takes back what was not entered.

    Only what this store object published is taken back, and nothing while another process, or another thread,
    is between storing a photo and entering it: it may have met the photo here and rely on it.
    """
    lock = _lock(store)
    try:
        yield
    except Exception:
        with suppress(OSError, FacethemodelError):
            if lock is not None and store.published:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # A photo that is only linked needs no copy.
                needed = {photo.sha256 for photo in all_photos(db) if photo.link is None}
                store.take_back(store.published - needed)
        raise
    finally:
        if lock is not None:
            os.close(lock)


def _lock(store: PhotoStore) -> int | None:
    """Shares the folder with other processes that add; None where that cannot be said, as over a network."""
    try:
        lock = os.open(store.photos_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
    except OSError:
        os.close(lock)
        return None
    return lock
