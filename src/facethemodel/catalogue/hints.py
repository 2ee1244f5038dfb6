"""Where a source says the face is, for photos that show several."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from facethemodel.catalogue.database import Database
from facethemodel.catalogue.records import Source

Box = tuple[float, float, float, float]


def record(connection: sqlite3.Connection, sha256: str, source: Source, box: Box) -> None:
    """Writes down what one source of a photo says; its newest word counts.

    A photo that was inspected already is inspected once more, since it may be about another of its faces.

    Args:
        connection: Within a transaction.
        sha256: Of a photo the catalogue has.
        source: One of its sources.
        box: x, y, width, height in pixels of the photo as that source has it.
    """
    changed = connection.execute(
        "INSERT INTO face_hint (source, x, y, width, height) "
        "SELECT id, ?, ?, ?, ? FROM source WHERE sha256 = ? AND collector = ? AND origin = ? "
        "ON CONFLICT (source) DO UPDATE SET "
        "x = excluded.x, y = excluded.y, width = excluded.width, height = excluded.height "
        "WHERE (x, y, width, height) != (excluded.x, excluded.y, excluded.width, excluded.height)",
        (*box, sha256, source.collector, source.origin),
    ).rowcount
    if changed:
        connection.execute("DELETE FROM inspection WHERE sha256 = ?", (sha256,))


def boxes(db: Database, *, of: Sequence[str] | None = None) -> dict[str, tuple[Box, ...]]:
    """Gives for each hash what its sources say, the first source first; only photos with a hint.

    Args:
        db: The catalogue.
        of: Hashes of some photos, at most a few hundred; None stands for all.
    """
    only = "" if of is None else "WHERE source.sha256 IN ({}) ".format(", ".join("?" * len(of)))
    found: dict[str, list[Box]] = {}
    for sha, *box in db.read(
        "SELECT source.sha256, x, y, width, height FROM face_hint "
        f"JOIN source ON source.id = face_hint.source {only}ORDER BY source.id",
        of or (),
    ):
        found.setdefault(sha, []).append((box[0], box[1], box[2], box[3]))
    return {sha: tuple(hints) for sha, hints in found.items()}
