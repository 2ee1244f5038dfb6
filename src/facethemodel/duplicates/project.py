"""The duplicates of a project: what is in the catalogue, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from facethemodel.catalogue import decisions, fingerprints, inspections, photos, rulings
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.labels import labels
from facethemodel.catalogue.records import Label
from facethemodel.duplicates.best import Best, choose, traits
from facethemodel.duplicates.conflicts import label_conflicts
from facethemodel.duplicates.groups import Group, group_copies
from facethemodel.duplicates.prints import prints
from facethemodel.duplicates.search import Match, find_matches
from facethemodel.progress import SILENT, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """What `duplicates` finds.

    Attributes:
        groups: Of photos that are not put aside.
        best: For each group, in the same order.
        scenes: Photos cut from one, which may show different people.
        conflicts: Photos whose labels contradict those of their copies, and how, by sha256.
        labels: Of every photo.
        waiting: Photos that were not inspected yet, or before fingerprints were taken.
    """

    groups: tuple[Group, ...]
    best: tuple[Best, ...]
    scenes: tuple[Match, ...]
    conflicts: Mapping[str, str]
    labels: Mapping[str, Label]
    waiting: int


def matches(db: Database, *, progress: Progress = SILENT) -> tuple[Match, ...]:
    """Finds all matches among the inspected photos of a project that are not put aside."""
    aside = decisions.latest_asides(db)
    found = [one for one in prints(fingerprints.fingerprints(db)) if one.sha256 not in aside]
    return find_matches(found, progress=progress)


def every_match(db: Database, *, progress: Progress = SILENT) -> tuple[Match, ...]:
    """Finds all matches among the inspected photos of a project.

    Those that are put aside matter to the split and to the test: a network may have learned from them.
    """
    aside = decisions.latest_asides(db)
    return find_matches(prints(fingerprints.fingerprints(db)), last=aside.keys(), progress=progress)


def duplicates(db: Database, *, person: str, progress: Progress = SILENT) -> Duplicates:
    """Finds the copies among the photos that are not put aside.

    Args:
        db: The catalogue.
        person: Whose face the project is about.
        progress: Told of each pair that is looked at.
    """
    known = labels(db, person=person)
    said = rulings.rulings(db)
    found = matches(db, progress=progress)
    groups = group_copies(found, said.different)
    looked_at = inspections.inspections(db)
    sizes = {photo.sha256: photo.size for photo in photos.all_photos(db)}
    return Duplicates(
        groups=tuple(groups),
        best=tuple(
            choose([traits(looked_at[sha], size=sizes[sha]) for sha in group.members], said.best)
            for group in groups
        ),
        scenes=tuple(match for match in found if not match.copies),
        conflicts=label_conflicts(groups, known),
        labels=known,
        waiting=fingerprints.missing(db),
    )


def conflicts(db: Database, found: Sequence[Match], known: Mapping[str, Label]) -> dict[str, str]:
    """Says which photos contradict their copies, as the user's rulings leave them; see `label_conflicts`."""
    return label_conflicts(group_copies(found, rulings.rulings(db).different), known)
