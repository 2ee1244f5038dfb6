"""Which photos must stay on one side of a split: near-duplicates, photos of one stranger, photos of one post.

The near-duplicate threshold. Measured on 10,325 photos (LFW's development people and 800 tight crops of the
four Beatles) with `photos.fingerprint.perceptual_hash`:

=========  ================  ================  =====================  ======================
distance   pairs of one      pairs of two      largest set of photos  most people glued into
at most    person            different people  glued by distance      one group
=========  ================  ================  =====================  ======================
0          15                1                 2                      2
2          44                2                 5                      2
4          70                4                 5                      2
6          111               23                5                      4
7          118               28                5                      5
8          156               153               9                      76
9          164               212               12                     115
10         257               1,139             193                    612
12         510               6,244             3,438                  1,922
=========  ================  ================  =====================  ======================

Up to 6 the pairs of one person that were looked at are the same picture in another crop, tone or codec, and
so are three of the 23 pairs of two people (one picture under two names); the other 20 are portraits before
a plain wall that look alike by chance, and they glue four people at most, which costs nothing. At 8 new
near-duplicates get rare, one chain glues 76 people, and at 10 the groups are no longer groups. Hence
`near_distance = 6`. Chance pairs grow with the square of the number of photos, so far larger collections
should lower it.

That net is coarse on purpose: a pair too many costs a split nothing. What slips through it, cropped, mirrored
and turned copies and two crops of one photo, comes from `duplicates`, which looks closely.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from facethemodel.dataset.samples import Sample
from facethemodel.duplicates.near import distinct_pairs
from facethemodel.duplicates.search import Match

Tie = Literal["same picture as", "near", "same person as", "same post as"]


@dataclass(frozen=True, slots=True)
class Hub:
    """What ties all photos that have it together: a perceptual hash, a stranger's name, a post.

    Of `same picture as` the value is a photo itself, and only that photo has it: it is near to its copies.
    """

    tie: Tie
    value: str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """What ties photos together.

    Attributes:
        hubs: Per photo what it has in common with others, in order of strength of the tie.
        near: Per hash the other hashes within the distance.
    """

    hubs: Mapping[str, tuple[Hub, ...]]
    near: Mapping[Hub, tuple[Hub, ...]]

    def reach(self, sha256: str) -> Iterable[Hub]:
        """Yields every hub whose photos the given one is tied to directly."""
        for hub in self.hubs[sha256]:
            yield hub
            yield from self.near.get(hub, ())

    def components(self, shas: Iterable[str]) -> list[list[str]]:
        """Gathers the given photos, tied through one another only, into groups.

        Returns:
            Groups in ascending order of their first member, members in ascending order.
        """
        chosen = sorted(shas)
        used = {hub for sha in chosen for hub in self.hubs[sha]}
        union = _Union()
        for sha in chosen:
            for hub in self.hubs[sha]:
                union.join(sha, hub)
                for neighbour in self.near.get(hub, ()):
                    if neighbour in used:
                        union.join(hub, neighbour)
        groups: dict[Hashable, list[str]] = defaultdict(list)
        for sha in chosen:
            groups[union.root(sha)].append(sha)
        return list(groups.values())


def find_ties(
    samples: Sequence[Sample],
    posts: Mapping[str, frozenset[str]],
    *,
    near_distance: int,
    matches: Sequence[Match] = (),
) -> Ties:
    """Finds what ties photos together.

    Args:
        samples: Photos; those without a perceptual hash are near to none.
        posts: Per photo the posts it came from.
        near_distance: Bits up to which two perceptual hashes are the same picture.
        matches: Photos made of one, as `duplicates` finds them; those of other photos are passed over.
    """
    hashes = sorted({sample.phash for sample in samples if sample.phash is not None})
    near: dict[Hub, list[Hub]] = defaultdict(list)
    for left, right in distinct_pairs(np.array(hashes, dtype=np.uint64), near_distance).tolist():
        near[Hub("near", hashes[left])].append(Hub("near", hashes[right]))
        near[Hub("near", hashes[right])].append(Hub("near", hashes[left]))
    known = {sample.sha256 for sample in samples}
    copied = set()
    for match in matches:
        if match.first in known and match.second in known:
            copied |= {match.first, match.second}
            near[Hub("same picture as", match.first)].append(Hub("same picture as", match.second))
            near[Hub("same picture as", match.second)].append(Hub("same picture as", match.first))
    hubs: dict[str, tuple[Hub, ...]] = {}
    for sample in samples:
        own = [Hub("same picture as", sample.sha256)] if sample.sha256 in copied else []
        if sample.phash is not None:
            own.append(Hub("near", sample.phash))
        if sample.identity is not None:
            own.append(Hub("same person as", sample.identity))
        own += [Hub("same post as", post) for post in sorted(posts.get(sample.sha256, ()))]
        hubs[sample.sha256] = tuple(own)
    return Ties(hubs=hubs, near={hub: tuple(others) for hub, others in near.items()})


class _Union:
    """Disjoint sets with path halving."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def root(self, item: Hashable) -> Hashable:
        parent = self._parent
        parent.setdefault(item, item)
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    def join(self, left: Hashable, right: Hashable) -> None:
        self._parent[self.root(left)] = self.root(right)
