"""How glibc treats the memory that training frees."""

from __future__ import annotations

import ctypes
import platform

# Parameter numbers of glibc's mallopt(3).
_M_TRIM_THRESHOLD = -1
_M_TOP_PAD = -2
_M_MMAP_THRESHOLD = -3
_M_MMAP_MAX = -4

_KEEP = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, -1), (_M_TOP_PAD, 64 << 20))
# glibc's own values; the threshold is the one that its moving default ends at with blocks of this size.
_USUAL = (
    (_M_MMAP_MAX, 65_536),
    (_M_TRIM_THRESHOLD, 64 << 20),
    (_M_TOP_PAD, 128 << 10),
    (_M_MMAP_THRESHOLD, 32 << 20),
)


def can_keep_memory() -> bool:
    """Says whether `keep_memory` can do anything here: on Linux with glibc."""
    return platform.system() == "Linux" and platform.libc_ver()[0] == "glibc"


def keep_memory() -> bool:
    """Makes glibc keep the memory it has instead of giving it back after every layer.

    A training step frees and asks for the same large blocks again and again; by default each one is mapped,
    zeroed page by page and unmapped. A network with large activations gains much by keeping them (`seed2018`:
    twice the photos a second), one with small ones little (benchmarks/execution.py). The price is that the
    process stays as large as it ever was.

    Returns:
        Whether it was done.
    """
    return can_keep_memory() and _set(_KEEP)


def give_memory_back() -> bool:
    """Undoes `keep_memory` and hands the system what is kept now; returns whether it was done."""
    return can_keep_memory() and _set(_USUAL) and ctypes.CDLL(None).malloc_trim(0) >= 0


def _set(settings: tuple[tuple[int, int], ...]) -> bool:
    mallopt = ctypes.CDLL(None).mallopt
    return all(mallopt(name, value) == 1 for name, value in settings)
