"""Proves that no part holds what another part has seen.

Works from the photos' hashes and copies, names, posts and stored groups. What looks alike is searched for
anew, and nothing of what a split makes of that (ties, groups, places) is used: what counts is which photos
are in which part, however they came there. (The same bytes cannot be in two parts: a photo is stored once
under its sha256 and has one assignment.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from typing import Literal, TypeVar

import numpy as np

from facethemodel.catalogue import photos
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.records import Part, normalise_identity
from facethemodel.dataset.samples import Sample, heeding_copies, samples
from facethemodel.duplicates.near import distinct_pairs
from facethemodel.duplicates.project import matches
from facethemodel.duplicates.search import Match

Kind = Literal["exact", "near", "copy", "identity", "group", "post", "label"]
Common = TypeVar("Common", int, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Two photos, in two parts, that should not be apart.

    Attributes:
        first: sha256 of one photo.
        second: sha256 of the other one; the same again where one photo alone is in a part it must not be in.
        detail: What they have in common, in words.
    """

    kind: Kind
    first: str
    first_part: Part
    second: str
    second_part: Part
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakReport:
    """All that was found, by kind.

    Attributes:
        exact: Equal perceptual hashes in two parts.
        near: Perceptual hashes within the near-duplicate distance in two parts.
        copy: Photos made of one in two parts: cropped, turned or retouched, or two people cut from it.
        identity: One stranger in two parts, or the person's own name among the strangers.
        group: A stored group in two parts.
        post: Photos of one post in two parts.
        label: A photo in a part that its label rules out: put aside, in conflict with another source or with
            a copy, without a role, a curveball among faces or the other way round. `split` puts that right.
    """

    exact: tuple[Leak, ...]
    near: tuple[Leak, ...]
    copy: tuple[Leak, ...]
    identity: tuple[Leak, ...]
    group: tuple[Leak, ...]
    post: tuple[Leak, ...]
    label: tuple[Leak, ...]

    @property
    def leaks(self) -> tuple[Leak, ...]:
        """Everything found, kind after kind."""
        return tuple(leak for kind in fields(self) for leak in getattr(self, kind.name))

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.leaks


def check(
    db: Database, *, person: str, near_distance: int, found: Sequence[Match] | None = None
) -> LeakReport:
    """Looks for anything that two parts of the recorded split share.

    Args:
        db: The catalogue.
        person: Whose face the project is about.
        near_distance: Bits up to which two perceptual hashes are the same picture.
        found: What `duplicates.project.matches` finds now, where it was searched for already.
    """
    found = matches(db) if found is None else found
    known = heeding_copies(db, samples(db, person=person), found)
    return find_leaks(known, photos.posts(db), person=person, near_distance=near_distance, matches=found)


def find_leaks(
    samples: Sequence[Sample],
    posts: Mapping[str, frozenset[str]],
    *,
    person: str,
    near_distance: int,
    matches: Sequence[Match] = (),
) -> LeakReport:
    """Looks for anything that two parts share, and names one pair of photos for it per pair of parts."""
    placed = [sample for sample in samples if sample.part is not None]
    hashes = _holders((sample.phash, sample) for sample in placed if sample.phash is not None)
    names = _holders((sample.identity, sample) for sample in placed if sample.identity is not None)
    groups = _holders((sample.assignment.group, sample) for sample in placed if sample.assignment is not None)
    from_post = _holders((post, sample) for sample in placed for post in sorted(posts.get(sample.sha256, ())))
    return LeakReport(
        exact=tuple(
            leak
            for value, held in hashes.items()
            for leak in _apart("exact", held, f"equal perceptual hash {value:016x}")
        ),
        near=tuple(_near(hashes, near_distance)),
        copy=tuple(_copies(placed, matches)),
        identity=(
            *(leak for name, held in names.items() for leak in _apart("identity", held, f"stranger {name}")),
            *_own_name(placed, person),
        ),
        group=tuple(
            leak for name, held in groups.items() for leak in _apart("group", held, f"group {name[:8]}")
        ),
        post=tuple(leak for post, held in from_post.items() for leak in _apart("post", held, f"post {post}")),
        label=tuple(_unfit(placed)),
    )


def _holders(pairs: Iterable[tuple[Common, Sample]]) -> dict[Common, dict[Part, str]]:
    """Per thing that photos have in common, the parts that have it, each with one of its photos."""
    held: dict[Common, dict[Part, str]] = defaultdict(dict)
    for common, sample in pairs:
        if sample.part is not None:
            held[common].setdefault(sample.part, sample.sha256)
    return held


def _apart(kind: Kind, held: Mapping[Part, str], detail: str) -> Iterator[Leak]:
    for (first_part, first), (second_part, second) in combinations(sorted(held.items()), 2):
        yield Leak(
            kind=kind,
            first=first,
            first_part=first_part,
            second=second,
            second_part=second_part,
            detail=detail,
        )


def _near(hashes: Mapping[int, Mapping[Part, str]], distance: int) -> Iterator[Leak]:
    values = list(hashes)
    for left, right in distinct_pairs(np.array(values, dtype=np.uint64), distance).tolist():
        bits = (values[left] ^ values[right]).bit_count()
        for first_part, first in hashes[values[left]].items():
            for second_part, second in hashes[values[right]].items():
                if first_part != second_part:
                    yield Leak(
                        kind="near",
                        first=first,
                        first_part=first_part,
                        second=second,
                        second_part=second_part,
                        detail=f"perceptual hashes {bits} bits apart",
                    )


def _copies(placed: Sequence[Sample], matches: Sequence[Match]) -> Iterator[Leak]:
    part = {sample.sha256: sample.part for sample in placed}
    for match in matches:
        first, second = part.get(match.first), part.get(match.second)
        if first is not None and second is not None and first != second:
            yield Leak(
                kind="copy",
                first=match.first,
                first_part=first,
                second=match.second,
                second_part=second,
                detail=match.words,
            )


def _own_name(placed: Sequence[Sample], person: str) -> Iterator[Leak]:
    for sample in placed:
        if sample.part is not None and sample.identity == normalise_identity(person):
            yield _alone("identity", sample, sample.part, f"a stranger with the person's own name, {person}")


def _unfit(placed: Sequence[Sample]) -> Iterator[Leak]:
    for sample in placed:
        label, part = sample.label, sample.part
        if part is None:
            continue
        if label.aside is not None:
            yield _alone("label", sample, part, f"put aside: {label.aside}")
        elif label.conflict is not None:
            yield _alone("label", sample, part, f"label conflict: {label.conflict}")
        elif label.role is None:
            yield _alone("label", sample, part, "no role")
        elif (label.role == "curveball") != (part == "curveball"):
            yield _alone("label", sample, part, f"a {label.role} in {part}")


def _alone(kind: Kind, sample: Sample, part: Part, detail: str) -> Leak:
    return Leak(
        kind=kind,
        first=sample.sha256,
        first_part=part,
        second=sample.sha256,
        second_part=part,
        detail=detail,
    )
