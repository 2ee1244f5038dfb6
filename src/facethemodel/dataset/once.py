"""Of several copies of one picture, one is measured: two views of one thing are not two draws."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from facethemodel.catalogue import photos, rulings
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.records import Inspection, Part
from facethemodel.dataset.samples import Sample, samples
from facethemodel.duplicates.best import choose, traits
from facethemodel.duplicates.groups import group_copies
from facethemodel.duplicates.project import matches
from facethemodel.duplicates.search import Match
from facethemodel.progress import SILENT, Progress

MEASURED: tuple[Part, ...] = ("calibrate", "test", "curveball")
"""The parts whose photos are counted. What is learned from may well be there more than once."""


def samples_once(db: Database, *, person: str, progress: Progress = SILENT) -> list[Sample]:
    """Reads every photo of the catalogue, and searches for copies so that each picture counts once."""
    return counted_once(db, samples(db, person=person), matches(db, progress=progress))


def counted_once(db: Database, known: Sequence[Sample], found: Sequence[Match]) -> list[Sample]:
    """Says of copies in one measured part, under one label, which of them counts.

    The intervals take photos of one part as independent draws, and where nobody knows who is on a stranger's
    photo it stands for a person of its own: a picture that is there twice would be heard twice. The one that
    counts is the one that `duplicates` calls the best; pairs that the user called different both count.

    Args:
        db: The catalogue, for what the user said about duplicates.
        known: All photos.
        found: As `duplicates` finds them.

    Returns:
        The same photos in the same order, those that do not count with `copy_of`.
    """
    measured = {
        one.sha256: (one, one.inspection)
        for one in known
        if one.label.usable
        and one.part in MEASURED
        and one.inspection is not None
        and one.inspection.readable
    }
    among = [one for one in found if one.first in measured and one.second in measured]
    said = rulings.rulings(db)
    sizes = {photo.sha256: photo.size for photo in photos.all_photos(db)}
    copy_of: dict[str, str] = {}
    for group in group_copies(among, said.different):
        alike: dict[object, list[Inspection]] = defaultdict(list)
        for sha in group.members:
            sample, inspection = measured[sha]
            alike[sample.part, sample.label.role, sample.identity, sample.label.category].append(inspection)
        for copies in alike.values():
            best = choose([traits(one, size=sizes[one.sha256]) for one in copies], said.best).sha256
            copy_of |= {one.sha256: best for one in copies if one.sha256 != best}
    return [replace(one, copy_of=copy_of.get(one.sha256)) for one in known]
