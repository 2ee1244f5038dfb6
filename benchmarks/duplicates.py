"""How long the search for near hashes takes, exactly, on a million hashes as clustered as those of photos.

    python -m benchmarks.duplicates [--count 1000000] [--distances 6,8]

Two kinds of hashes. Random ones are the easy case: every bucket holds the same. Clustered ones have bits that
go together, as those of photos do, and a fifth of them are copies of others with a few bits changed.
`crowding` is how many more pairs share a bucket than of random hashes, averaged over the four bands: 5.3 on
4,945 real photos. Exactness is checked first, against the comparison of every pair of a smaller set; the peak
is that of the whole process.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import load, show_place, show_table
from facethemodel.duplicates.near import BAND_BITS, BANDS, near_pairs

CHECKED = 20_000
COPIES = 0.2
_FACTORS = 8
_NOISE = 0.6
_CHUNK = 50_000
_PEAK_UNITS = 1 << (20 if sys.platform == "darwin" else 10)

Hashes = NDArray[np.uint64]


def random_hashes(count: int, *, seed: int) -> Hashes:
    """Hashes of which every bit is a coin."""
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)


def clustered_hashes(count: int, *, seed: int) -> Hashes:
    """Hashes with bits that go together, some of them copies of others with up to four bits changed."""
    random = np.random.default_rng(seed)
    originals = int(count * (1 - COPIES))
    mixing = random.normal(size=(_FACTORS, 64))
    hashes = np.empty(count, np.uint64)
    for begin in range(0, originals, _CHUNK):
        size = min(_CHUNK, originals - begin)
        levels = random.normal(size=(size, _FACTORS)) @ mixing
        levels += _NOISE * np.sqrt(_FACTORS) * random.normal(size=levels.shape)
        hashes[begin : begin + size] = np.packbits(levels > 0, axis=1).view(">u8").ravel()
    # A tenth of the photos have all the copies: two each on average, some many.
    hashes[originals:] = hashes[random.integers(0, max(1, originals // 10), count - originals)]
    for _ in range(4):
        hashes[originals:] ^= np.uint64(1) << random.integers(0, 64, count - originals, dtype=np.uint64)
    return hashes


def crowding(hashes: Hashes) -> float:
    """How many times more pairs share a bucket than of random hashes, averaged over the bands."""
    shares = []
    for band in range(BANDS):
        values = (hashes >> np.uint64(BAND_BITS * band)) & np.uint64((1 << BAND_BITS) - 1)
        counts = np.bincount(values.astype(np.int64), minlength=1 << BAND_BITS).astype(np.float64)
        shares.append(float((counts * (counts - 1)).sum()) / (len(hashes) * (len(hashes) - 1)))
    return float(np.mean(shares)) * (1 << BAND_BITS)


def brute_force(hashes: Hashes, distance: int) -> set[tuple[int, int]]:
    """Every near pair of distinct hashes, by comparing each with each."""
    found: set[tuple[int, int]] = set()
    for row, value in enumerate(hashes):
        near = np.flatnonzero(np.bitwise_count(hashes[row + 1 :] ^ value) <= distance)
        found.update((row, row + 1 + int(column)) for column in near)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the exact search for near hashes.")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--distances", default="6")
    arguments = parser.parse_args()
    distances = [int(word) for word in arguments.distances.split(",")]
    load_before = load()
    rows = []
    for name, make in (("random", random_hashes), ("clustered", clustered_hashes)):
        for distance in distances:
            small = np.unique(make(CHECKED, seed=1))
            found = {(int(first), int(second)) for first, second in near_pairs(small, distance)}
            hashes = make(arguments.count, seed=2)
            start = time.perf_counter()
            pairs = near_pairs(hashes, distance)
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _PEAK_UNITS
            rows.append(
                (
                    name,
                    f"{crowding(hashes):.1f}",
                    str(distance),
                    f"{len(pairs):,}",
                    f"{seconds:.1f}",
                    f"{peak:,.0f}",
                    "the same" if found == brute_force(small, distance) else "DIFFERENT",
                )
            )
    show_table(
        f"{arguments.count:,} hashes, one process",
        ("hashes", "crowding", "bits", "pairs", "seconds", "peak MiB", f"all pairs of {CHECKED:,}"),
        rows,
    )
    show_place("numpy", load_before=load_before)


if __name__ == "__main__":
    main()
