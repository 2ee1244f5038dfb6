"""Waiting for the disk."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Makes the bytes of a file, or the names in a folder, survive a power cut.

    Raises:
        OSError: The disk cannot keep them.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
