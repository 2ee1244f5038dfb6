"""Which pairs of photos, or of faces, are worth a closer look: those with hashes that nearly agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facethemodel.duplicates import hashes
from facethemodel.duplicates.hashes import JITTERS, MIRRORED, ORIENTATIONS, UPRIGHT, WINDOWS
from facethemodel.duplicates.near import Hashes, Places, near_between, ranges
from facethemodel.duplicates.prints import Patch

PHOTO_DISTANCE = 8
FACE_DISTANCE = 10
_CROWD = 8
"""Of a crowd with one hash so many are compared with all others; the rest hang on to these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Two of the patches compared.

    Attributes:
        image: Position of the one that was looked at through a placement.
        template: Position of the other one, which was turned.
        placement: Position of the placement in `WINDOWS` or `JITTERS`.
        orientation: How `template` was turned.
    """

    image: int
    template: int
    placement: int
    orientation: int


def photo_candidates(patches: Sequence[Patch]) -> list[Candidate]:
    """Compares photos as a whole in eight orientations, and light crops of each with mirrored ones too."""
    if not patches:
        return []
    found = hashes.photo_coefficients(patches)
    usable = np.flatnonzero(~hashes.is_flat(found[:, 0]))
    found = found[usable]
    queries = [
        _Row(hashes.photo_hashes(found[:, window]), usable, window, UPRIGHT) for window in range(len(WINDOWS))
    ]
    index = [_Row(hashes.photo_hashes(found[:, 0], way), usable, 0, way) for way in range(ORIENTATIONS)]
    hits = [
        _hits(queries[:1], index, PHOTO_DISTANCE),
        _hits(queries[1:], [index[UPRIGHT], index[MIRRORED]], PHOTO_DISTANCE),
    ]
    return _best(np.concatenate(hits, axis=1), np.arange(len(patches)))


def face_candidates(patches: Sequence[Patch], photos: Sequence[int]) -> list[Candidate]:
    """Compares faces, upright and mirrored, with those of other photos.

    Args:
        patches: Of the faces.
        photos: Which photo each is in.
    """
    if not patches:
        return []
    found = hashes.face_coefficients(patches)
    everything = np.arange(len(patches))
    queries = [
        _Row(hashes.face_hashes(found[:, jitter], way), everything, jitter, way)
        for jitter in range(len(JITTERS))
        for way in (UPRIGHT, MIRRORED)
    ]
    index = [_Row(hashes.face_hashes(found[:, 0]), everything, 0, UPRIGHT)]
    return _best(_hits(queries, index, FACE_DISTANCE), np.asarray(photos))


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """Hashes of patches, all through one placement and in one orientation."""

    values: Hashes
    owners: Places
    placement: int
    orientation: int


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Rows by distinct value: value v has the entries `order[starts[v] : starts[v] + counts[v]]`."""

    values: Hashes
    starts: Places
    counts: Places
    order: Places
    owners: Places
    placements: Places
    orientations: Places

    @classmethod
    def of(cls, rows: Sequence[_Row]) -> _Table:
        values, inverse, counts = np.unique(
            np.concatenate([row.values for row in rows]), return_inverse=True, return_counts=True
        )
        owners = np.concatenate([row.owners for row in rows])
        return cls(
            values=values,
            starts=np.cumsum(counts) - counts,
            counts=counts,
            order=np.lexsort((owners, inverse)),
            owners=owners,
            placements=np.concatenate([np.full(len(row.owners), row.placement) for row in rows]),
            orientations=np.concatenate([np.full(len(row.owners), row.orientation) for row in rows]),
        )


def _hits(queries: Sequence[_Row], index: Sequence[_Row], distance: int) -> NDArray[np.int64]:
    """Gives, in rows, bits apart, orientation, placement, owner of the query and owner in the index."""
    left, right = _Table.of(queries), _Table.of(index)
    pairs = near_between(left.values, right.values, distance)
    bits = np.bitwise_count(left.values[pairs[:, 0]] ^ right.values[pairs[:, 1]]).astype(np.int64)
    mine, theirs = left.counts[pairs[:, 0]], right.counts[pairs[:, 1]]
    found = []
    for skipped, first, second in (
        (np.zeros_like(theirs), mine, np.minimum(theirs, _CROWD)),
        (np.minimum(theirs, _CROWD), np.minimum(mine, _CROWD), theirs - np.minimum(theirs, _CROWD)),
    ):
        # Every combination of the first's entries with those of the second after the skipped ones.
        rows = np.repeat(np.arange(len(pairs)), first)
        here = ranges(left.starts[pairs[:, 0]], first)
        times = second[rows]
        there = ranges((right.starts[pairs[:, 1]] + skipped)[rows], times)
        query, entry = left.order[np.repeat(here, times)], right.order[there]
        found.append(
            np.stack(
                [
                    np.repeat(bits[rows], times),
                    # One of the two is upright, so that the sum is the other one's orientation.
                    left.orientations[query] + right.orientations[entry],
                    left.placements[query],
                    left.owners[query],
                    right.owners[entry],
                ]
            )
        )
    return np.concatenate(found, axis=1)


def _best(hits: NDArray[np.int64], photos: NDArray[np.int64]) -> list[Candidate]:
    """Keeps the closest hit of every pair, and no pair within one photo."""
    hits = hits[:, photos[hits[3]] != photos[hits[4]]]
    low, high = np.minimum(hits[3], hits[4]), np.maximum(hits[3], hits[4])
    order = np.lexsort((hits[3], hits[2], hits[1], hits[0], high, low))
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    return [
        Candidate(image=image, template=template, placement=placement, orientation=way)
        for _, way, placement, image, template in hits[:, order[fresh]].T.tolist()
    ]
