"""The project in numbers, as `status` shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from facethemodel.catalogue import openings, parts, tags
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.labels import labels
from facethemodel.catalogue.parts import Assignment
from facethemodel.catalogue.records import PARTS, ROLES, Label, Part, Role, normalise_identity


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCounts:
    """One line of the table. The counts overlap: a photo put aside may also be unreadable.

    Attributes:
        role: None for photos that no source claims or whose sources disagree.
        names: Distinct identities of strangers, or distinct categories of curveballs.
        sources: Places the photos came from; more than `photos` where the same bytes were met twice.
        size: Bytes of all photos.
        inspected: Photos that were looked at, readable or not.
        no_face: Readable photos in which the gate let no face through.
        parts: Photos in each part of the split, every part named.
        left_out: Photos the split saw and put in no part, and would put in none now.
        undivided: Photos that count, were inspected and wait for a split to put them in a part.
    """

    role: Role | None
    photos: int
    names: int
    sources: int
    size: int
    inspected: int
    unreadable: int
    no_face: int
    conflicts: int
    aside: int
    parts: Mapping[Part, int]
    left_out: int
    undivided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCounts:
    """Photos that bear one tag; `roles` counts them by role, every role named."""

    tag: str
    photos: int
    roles: Mapping[Role, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The whole table.

    Attributes:
        roles: One line per role, and one for photos without a role when there are any.
        total: The same counts over all photos.
        openings: How often the test part was opened.
        tags: One line per tag, in alphabetical order.
    """

    roles: tuple[RoleCounts, ...]
    total: RoleCounts
    openings: int
    tags: tuple[TagCounts, ...]


def summary(db: Database, *, person: str) -> Summary:
    """Counts what the project holds.

    Args:
        db: The catalogue.
        person: Name of the person the project is about.
    """
    facts = _Facts.of(db)
    found = list(labels(db, person=person).values())
    rows = [_count(role, [label for label in found if label.role == role], facts) for role in ROLES]
    undecided = [label for label in found if label.role is None]
    if undecided:
        rows.append(_count(None, undecided, facts))
    return Summary(
        roles=tuple(rows),
        total=_count(None, found, facts),
        openings=openings.count(db),
        tags=_tags(db, found),
    )


def _tags(db: Database, found: list[Label]) -> tuple[TagCounts, ...]:
    role = {label.sha256: label.role for label in found}
    counts: dict[str, Counter[Role | None]] = {}
    for sha, words in tags.tags(db).items():
        for word in words:
            counts.setdefault(word, Counter())[role[sha]] += 1
    return tuple(
        TagCounts(tag=word, photos=count.total(), roles={one: count[one] for one in ROLES})
        for word, count in sorted(counts.items())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    size: dict[str, int]
    sources: dict[str, int]
    readable: dict[str, bool]
    with_face: frozenset[str]
    assigned: dict[str, Assignment]

    @classmethod
    def of(cls, db: Database) -> _Facts:
        return cls(
            size=dict(db.read("SELECT sha256, size FROM photo")),
            sources=dict(db.read("SELECT sha256, count(*) FROM source GROUP BY sha256")),
            readable=dict(db.read("SELECT sha256, reason IS NULL FROM inspection")),
            with_face=frozenset(row[0] for row in db.read("SELECT DISTINCT sha256 FROM face WHERE accepted")),
            assigned=parts.assignments(db),
        )

    def undivided(self, sha: str) -> bool:
        """Whether a photo, if it counts, has no part only because no split has seen it as it is now."""
        one = self.assigned.get(sha)
        return self.readable.get(sha, False) and (one is None or (one.part is None and not one.barred))


def _count(role: Role | None, found: list[Label], facts: _Facts) -> RoleCounts:
    shas = [label.sha256 for label in found]
    parts = Counter(facts.assigned[sha].part for sha in shas if sha in facts.assigned)
    undivided = [label.sha256 for label in found if label.usable and facts.undivided(label.sha256)]
    names = {(label.role, normalise_identity(label.identity or label.category or "")) for label in found}
    return RoleCounts(
        role=role,
        photos=len(shas),
        names=sum(1 for _, name in names if name),
        sources=sum(facts.sources.get(sha, 0) for sha in shas),
        size=sum(facts.size[sha] for sha in shas),
        inspected=sum(sha in facts.readable for sha in shas),
        unreadable=sum(not facts.readable.get(sha, True) for sha in shas),
        no_face=sum(bool(facts.readable.get(sha)) and sha not in facts.with_face for sha in shas),
        conflicts=sum(label.conflict is not None for label in found),
        aside=sum(label.aside is not None for label in found),
        parts={part: parts[part] for part in PARTS},
        left_out=parts[None] - sum(sha in facts.assigned for sha in undivided),
        undivided=len(undivided),
    )
