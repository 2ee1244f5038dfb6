"""Divides the catalogue's photos into parts, and records it so that later photos move none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from facethemodel.catalogue import parts, photos
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.parts import Assignment
from facethemodel.catalogue.records import PARTS, ROLES, Part, Role
from facethemodel.dataset.placing import place
from facethemodel.dataset.samples import Sample, heeding_copies, samples
from facethemodel.duplicates.project import every_match
from facethemodel.duplicates.search import Match
from facethemodel.progress import SILENT, Progress
from facethemodel.settings import SplitSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCount:
    """How much of one role a part holds.

    Attributes:
        photos: Photos.
        identities: Named strangers; 0 for other roles.
        groups: Groups that stay together; a group that holds photos of two roles counts for both.
    """

    part: Part
    role: Role
    photos: int
    identities: int
    groups: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitReport:
    """What a split did.

    Attributes:
        counts: Per part and role, in that order, where there are photos at all.
        left_out: Photos in no part, each with the reason.
        new: Photos that have a part now and had none before.
        relabelled: Photos that lost their part or got another one, because their label had changed.
        moved: Photos whose part changed without that: 0.
    """

    counts: tuple[PartCount, ...]
    left_out: tuple[tuple[str, str], ...]
    new: int
    relabelled: int
    moved: int


def split(
    db: Database,
    *,
    person: str,
    settings: SplitSettings,
    fresh: bool = False,
    found: Sequence[Match] | None = None,
    progress: Progress = SILENT,
) -> SplitReport:
    """Gives every photo of the catalogue a part, or a reason why it has none, and records that.

    Args:
        db: The catalogue; whoever calls holds the project.
        person: Whose face the project is about.
        settings: Preset, near-duplicate distance and strangers bound to a part.
        fresh: Forget the parts given before. Models trained on them have then seen what may be the new test
            part.
        found: What `duplicates.project.every_match` finds now, where it was searched for already.
        progress: Told of the photos compared, and when the work is done.

    Raises:
        SettingsError: A stranger bound to a part is unknown, bound twice, or has photos in another part
        already.
    """
    found = every_match(db, progress=progress) if found is None else found
    known = heeding_copies(db, samples(db, person=person), found)
    if fresh:
        known = [replace(sample, assignment=None) for sample in known]
    with progress.task("split", len(known)) as done:
        placement = place(known, photos.posts(db), person=person, settings=settings, matches=found)
        parts.replace(db, placement.assignments)
        done(len(known))
    return SplitReport(
        counts=_counts(known, placement.assignments),
        left_out=tuple((row.sha256, row.reason) for row in placement.assignments if row.part is None),
        new=placement.new,
        relabelled=placement.relabelled,
        moved=placement.moved,
    )


def _counts(known: list[Sample], assignments: tuple[Assignment, ...]) -> tuple[PartCount, ...]:
    by_sha = {sample.sha256: sample for sample in known}
    held: dict[tuple[Part, Role], list[Assignment]] = defaultdict(list)
    for row in assignments:
        role = by_sha[row.sha256].label.role
        if row.part is not None and role is not None:
            held[row.part, role].append(row)
    return tuple(
        PartCount(
            part=part,
            role=role,
            photos=len(rows),
            identities=len({by_sha[row.sha256].identity for row in rows} - {None}),
            groups=len({row.group for row in rows}),
        )
        for part in PARTS
        for role in ROLES
        if (rows := held.get((part, role)))
    )
