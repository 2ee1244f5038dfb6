"""Which row of the crop cache holds which face."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from facethemodel.catalogue.database import Database
from facethemodel.catalogue.records import View


@dataclass(frozen=True, slots=True, kw_only=True)
class CropKey:
    """One crop of a face (or of the `WHOLE_PHOTO`) in one view, at a row of that view's cache."""

    sha256: str
    face: int
    view: View
    row: int


def rows(db: Database, view: View) -> dict[tuple[str, int], int]:
    """Gives the row of each (sha256, face) of a view. Crops are entered by `inspections.record`."""
    found = db.read("SELECT sha256, face, row FROM crop WHERE view = ? ORDER BY sha256, face", (view,))
    return {(sha, face): row for sha, face, row in found}


def next_row(db: Database, view: View) -> int:
    """Gives the row behind the last one that the catalogue knows of."""
    return int(db.read("SELECT ifnull(max(row) + 1, 0) FROM crop WHERE view = ?", (view,))[0][0])


def free_rows(db: Database, view: View) -> Iterator[int]:
    """Gives the rows that the catalogue does not know of, without end: gaps first, then those behind.

    What becomes free after the call stays out, so that nobody who has just looked up a row finds another
    face there.
    """
    known = {int(row) for (row,) in db.read("SELECT row FROM crop WHERE view = ?", (view,))}
    return (row for row in count() if row not in known)
