"""Which part of the split each photo is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facethemodel.catalogue.database import Database, batches
from facethemodel.catalogue.records import Part

BRIDGES = "bridges parts"
"""How the reason begins where a photo is tied to several parts."""
NOT_INSPECTED = "not inspected"
"""Why a photo is left out that nobody has looked at."""
CONFLICT = "label conflict"
"""How it begins where its sources, or its copies, say different things of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Where the split put a photo.

    Attributes:
        part: None where it was left out; `reason` then says why.
        group: Name of the group of photos that stay on one side.
        earlier: The part it had before it was left out, which it has again once nothing keeps it out; None
            where it has a part or never had one.
    """

    sha256: str
    part: Part | None
    group: str
    reason: str = ""
    earlier: Part | None = None

    @property
    def barred(self) -> bool:
        """Whether it was left out for what other photos are: it may count, and yet wait for no split."""
        return self.reason.startswith((BRIDGES, CONFLICT))


def assignments(db: Database) -> dict[str, Assignment]:
    """Gives the assignment of every photo that the last split saw."""
    rows = db.read("SELECT sha256, part, grp, reason, earlier FROM assignment ORDER BY sha256")
    return {
        sha: Assignment(sha256=sha, part=part, group=group, reason=reason, earlier=earlier)
        for sha, part, group, reason, earlier in rows
    }


def assign(db: Database, rows: Sequence[Assignment]) -> None:
    """Enters assignments, each in place of the photo's earlier one, at most 500 to a transaction."""
    for batch in batches(rows):
        with db.write() as connection:
            connection.executemany(
                "INSERT INTO assignment (sha256, part, grp, reason, earlier) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (sha256) DO UPDATE SET part = excluded.part, grp = excluded.grp, "
                "reason = excluded.reason, earlier = excluded.earlier",
                [(row.sha256, row.part, row.group, row.reason, row.earlier) for row in batch],
            )


def clear(db: Database) -> None:
    """Takes every photo out of its part."""
    with db.write() as connection:
        connection.execute("DELETE FROM assignment")


def replace(db: Database, rows: Sequence[Assignment]) -> None:
    """Puts a whole new split in place of the old one.

    This is one transaction however many rows there are: half a split would leak.
    """
    with db.write():
        clear(db)
        assign(db, rows)
