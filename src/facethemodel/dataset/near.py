"""All pairs of near-identical perceptual hashes, exactly and without comparing every photo with every other.

Multi-index hashing (Norouzi, Punjani, Fleet: Fast search in Hamming space with multi-index hashing, CVPR
2012): a 64 bit hash is cut into four bands of 16 bits. Two hashes that differ in at most `d = 4a + r` bits
differ in at most `a` bits of one of the first `r + 1` bands, or in at most `a - 1` bits of one of the others.
So only hashes that fall into neighbouring buckets of one band have to be compared, and no pair is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

BANDS = 4
BAND_BITS = 16
MAX_BAND_RADIUS = 3
"""Beyond this many bits within a band there are more buckets to look into than hashes to compare."""
_BLOCK = 1 << 21


def near_pairs(hashes: NDArray[np.uint64], max_distance: int) -> NDArray[np.int64]:
    """Finds the pairs of hashes that differ in at most `max_distance` bits.

    Every distinct value is represented by its first occurrence. Returned are all pairs of representatives
    within the distance, and, for a value that occurs several times, the chain that links each occurrence to
    the next one. Without repeated values that is every near pair, exactly. With them it is a spanning set:
    its connected components are those of all near pairs, and a thousand flat images cost 999 pairs and not
    half a million.

    Args:
        hashes: Shape (N,).
        max_distance: Bits, 0 to 64.

    Returns:
        Shape (M, 2), positions in `hashes`, each pair once with the smaller position first, in ascending
        order.

    Raises:
        ValueError: `max_distance` is outside 0 to 64, or `hashes` is not one-dimensional.
    """
    if not 0 <= max_distance <= BANDS * BAND_BITS:
        raise ValueError(f"max_distance must be within 0 to 64, not {max_distance}")
    hashes = np.asarray(hashes, dtype=np.uint64)
    if hashes.ndim != 1:
        raise ValueError(f"hashes must be one-dimensional, not of shape {hashes.shape}")
    distinct, first = np.unique(hashes, return_index=True)
    between = first[distinct_pairs(distinct, max_distance)].reshape(-1, 2)
    order = np.argsort(hashes, kind="stable")
    repeats = np.flatnonzero(hashes[order[1:]] == hashes[order[:-1]])
    chains = np.stack([order[repeats], order[repeats + 1]], axis=1)
    pairs = np.sort(np.concatenate([between, chains]).astype(np.int64), axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def distinct_pairs(hashes: NDArray[np.uint64], max_distance: int) -> NDArray[np.int64]:
    """Finds all pairs within the distance among hashes that are known to differ from one another.

    Args:
        hashes: Shape (N,), no value twice.
        max_distance: Bits, 0 to 64.

    Returns:
        Shape (M, 2), positions in `hashes`, each pair once, in no particular order.
    """
    radii = _band_radii(max_distance)
    if max(radii) > MAX_BAND_RADIUS:
        found = [_close(hashes, left, right, max_distance, ()) for left, right in _every_pair(len(hashes))]
    else:
        found = [
            _close(hashes, left, right, max_distance, radii[:band])
            for band, radius in enumerate(radii)
            for left, right in _band_candidates(hashes, band, radius)
        ]
    return np.concatenate([np.empty((0, 2), dtype=np.int64), *found])


def _band_radii(max_distance: int) -> tuple[int, ...]:
    """Up to how many differing bits each band looks for near pairs (-1: not at all)."""
    within, rest = divmod(max_distance, BANDS)
    return tuple(within if band <= rest else within - 1 for band in range(BANDS))


def _band(values: NDArray[np.uint64], band: int) -> NDArray[np.uint64]:
    return (values >> np.uint64(BAND_BITS * band)) & np.uint64((1 << BAND_BITS) - 1)


def _close(
    hashes: NDArray[np.uint64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    max_distance: int,
    earlier: tuple[int, ...],
) -> NDArray[np.int64]:
    """Keeps the candidates within the distance that none of the `earlier` bands has found already."""
    differing = hashes[left] ^ hashes[right]
    keep = np.flatnonzero(np.bitwise_count(differing) <= max_distance)
    for band, radius in enumerate(earlier):
        keep = keep[np.bitwise_count(_band(differing[keep], band)) > radius]
    return np.stack([left[keep], right[keep]], axis=1).astype(np.int64)


def _band_candidates(
    hashes: NDArray[np.uint64], band: int, radius: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yields, in blocks, each pair of hashes that differ in at most `radius` bits of one band once."""
    if radius < 0:
        return
    values = _band(hashes, band).astype(np.int64)
    order = np.argsort(values, kind="stable")
    counts = np.bincount(values, minlength=1 << BAND_BITS)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    used = np.flatnonzero(counts)
    for bits in range(radius + 1):
        for flipped in combinations(range(BAND_BITS), bits):
            mask = sum(1 << bit for bit in flipped)
            other = used ^ mask
            # One direction is enough; within a bucket (mask 0) the order of positions picks it.
            chosen = (counts[other] > 0) & (used <= other)
            here, there = used[chosen], other[chosen]
            for left, right in _products(starts[here], counts[here], starts[there], counts[there]):
                if mask == 0:
                    once = left < right
                    left, right = left[once], right[once]
                yield order[left], order[right]


def _products(
    left_start: NDArray[np.int64],
    left_count: NDArray[np.int64],
    right_start: NDArray[np.int64],
    right_count: NDArray[np.int64],
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yields all combinations of the members of paired buckets, in blocks of bounded memory."""
    ends = np.cumsum(left_count * right_count)
    total = int(ends[-1]) if len(ends) else 0
    for begin in range(0, total, _BLOCK):
        position = np.arange(begin, min(begin + _BLOCK, total))
        first, last = np.searchsorted(ends, [position[0], position[-1]], side="right")
        part = slice(int(first), int(last) + 1)
        spans = np.diff(np.clip(ends[part], begin, position[-1] + 1), prepend=begin)
        bucket = np.repeat(np.arange(part.start, part.stop), spans)
        offset = position - (ends[bucket] - left_count[bucket] * right_count[bucket])
        row, column = np.divmod(offset, right_count[bucket])
        yield left_start[bucket] + row, right_start[bucket] + column


def _every_pair(count: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    for row in range(count - 1):
        right = np.arange(row + 1, count)
        yield np.full_like(right, row), right
