"""All pairs of near-identical 64 bit hashes, exactly and without comparing every hash with every other.

Multi-index hashing (Norouzi, Punjani, Fleet: Fast search in Hamming space with multi-index hashing, CVPR
2012): a 64 bit hash is cut into four bands of 16 bits. Two hashes that differ in at most `d = 4a + r` bits
differ in at most `a` bits of one of the first `r + 1` bands, or in at most `a - 1` bits of one of the others.
So only hashes that fall into neighbouring buckets of one band have to be compared, and no pair is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np
from numpy.typing import NDArray

BANDS = 4
BAND_BITS = 16
MAX_BAND_RADIUS = 3
"""Beyond this many bits within a band there are more buckets to look into than hashes to compare."""
_BLOCK = 1 << 17

Places = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def near_pairs(hashes: Hashes, max_distance: int) -> Places:
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
    hashes = _checked(hashes, max_distance)
    distinct, first = np.unique(hashes, return_index=True)
    between = first[distinct_pairs(distinct, max_distance)].reshape(-1, 2)
    order = np.argsort(hashes, kind="stable")
    repeats = np.flatnonzero(hashes[order[1:]] == hashes[order[:-1]])
    chains = np.stack([order[repeats], order[repeats + 1]], axis=1)
    pairs = np.sort(np.concatenate([between, chains]).astype(np.int64), axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def distinct_pairs(hashes: Hashes, max_distance: int) -> Places:
    """Finds all pairs within the distance among hashes that are known to differ from one another.

    Args:
        hashes: Shape (N,), no value twice.
        max_distance: Bits, 0 to 64.

    Returns:
        Shape (M, 2), positions in `hashes`, each pair once, in no particular order.
    """
    return _search(hashes, None, max_distance)


def near_between(queries: Hashes, index: Hashes, max_distance: int) -> Places:
    """Finds for each query all hashes of an index within the distance.

    Args:
        queries: Shape (Q,), no value twice: each repetition would repeat its results.
        index: Shape (N,), no value twice.
        max_distance: Bits, 0 to 64.

    Returns:
        Shape (M, 2), positions in `queries` and in `index`, each pair once, in ascending order.

    Raises:
        ValueError: `max_distance` is outside 0 to 64, or an array is not one-dimensional.
    """
    found = _search(_checked(queries, max_distance), _checked(index, max_distance), max_distance)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def _checked(hashes: Hashes, max_distance: int) -> Hashes:
    if not 0 <= max_distance <= BANDS * BAND_BITS:
        raise ValueError(f"max_distance must be within 0 to 64, not {max_distance}")
    hashes = np.asarray(hashes, dtype=np.uint64)
    if hashes.ndim != 1:
        raise ValueError(f"hashes must be one-dimensional, not of shape {hashes.shape}")
    return hashes


def _search(left: Hashes, right: Hashes | None, max_distance: int) -> Places:
    """Finds near pairs between two arrays, or, where `right` is None, within one."""
    radii = _band_radii(max_distance)
    if max(radii) > MAX_BAND_RADIUS:
        found = list(_compare_all(left, right, max_distance))
    else:
        found = [
            pairs
            for band in range(BANDS)
            for pairs in _compare_band(left, right, band, radii=radii, max_distance=max_distance)
        ]
    return np.concatenate([np.empty((0, 2), dtype=np.int64), *found])


def _band_radii(max_distance: int) -> tuple[int, ...]:
    """Up to how many differing bits each band looks for near pairs (-1: not at all)."""
    within, rest = divmod(max_distance, BANDS)
    return tuple(within if band <= rest else within - 1 for band in range(BANDS))


def _band(values: Hashes, band: int) -> Hashes:
    return (values >> np.uint64(BAND_BITS * band)) & np.uint64((1 << BAND_BITS) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Buckets:
    """Hashes in the order of one band's values; those of value v lie at `starts[v]` and after."""

    order: Places
    hashes: Hashes
    starts: Places
    counts: Places

    @classmethod
    def of(cls, hashes: Hashes, band: int) -> Self:
        values = _band(hashes, band)
        order = np.argsort(values, kind="stable").astype(np.int64)
        counts = np.bincount(values.astype(np.int64), minlength=1 << BAND_BITS).astype(np.int64)
        return cls(order, hashes[order], np.cumsum(counts) - counts, counts)


def _compare_band(
    left: Hashes, right: Hashes | None, band: int, *, radii: tuple[int, ...], max_distance: int
) -> Iterator[Places]:
    """Yields, in blocks, the near pairs that this band finds and none of the earlier ones has found."""
    if radii[band] < 0:
        return
    here = _Buckets.of(left, band)
    there = here if right is None else _Buckets.of(right, band)
    used = np.flatnonzero(here.counts)
    for bits in range(radii[band] + 1):
        for flipped in combinations(range(BAND_BITS), bits):
            mask = sum(1 << bit for bit in flipped)
            chosen = there.counts[used ^ mask] > 0
            if right is None:
                # One direction is enough; within a bucket (mask 0) the order of places picks it.
                chosen &= used <= used ^ mask
            for mine, theirs in _products(here, there, used[chosen], mask):
                differing = here.hashes[mine] ^ there.hashes[theirs]
                keep = np.flatnonzero(np.bitwise_count(differing) <= max_distance)
                if right is None and mask == 0:
                    keep = keep[mine[keep] < theirs[keep]]
                for earlier in range(band):
                    keep = keep[np.bitwise_count(_band(differing[keep], earlier)) > radii[earlier]]
                yield np.stack([here.order[mine[keep]], there.order[theirs[keep]]], axis=1)


def _products(here: _Buckets, there: _Buckets, values: Places, mask: int) -> Iterator[tuple[Places, Places]]:
    """Yields all combinations of members of each bucket and of the one that `mask` leads to.

    Members are given by their place in the order of their side. Blocks take bounded memory, and neighbours
    in a block are neighbours in memory, which is what makes this quick.
    """
    mine = ranges(here.starts[values], here.counts[values])
    facing = np.repeat(values ^ mask, here.counts[values])
    starts, counts = there.starts[facing], there.counts[facing]
    ends = np.cumsum(counts)
    begin = 0
    while begin < len(mine):
        done = int(ends[begin] - counts[begin])
        end = max(begin + 1, int(np.searchsorted(ends, done + _BLOCK, side="right")))
        part = slice(begin, end)
        yield np.repeat(mine[part], counts[part]), ranges(starts[part], counts[part])
        begin = end


def ranges(starts: Places, counts: Places) -> Places:
    """Strings together the ranges that begin at `starts` and are `counts` long."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(starts - (ends - counts), counts), np.int64)


def _compare_all(left: Hashes, right: Hashes | None, max_distance: int) -> Iterator[Places]:
    for row, value in enumerate(left):
        first = row + 1 if right is None else 0
        near = np.bitwise_count((left if right is None else right)[first:] ^ value) <= max_distance
        places = np.flatnonzero(near) + first
        yield np.stack([np.full_like(places, row), places], axis=1)
