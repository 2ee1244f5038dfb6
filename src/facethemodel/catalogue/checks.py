"""What the checks say of each photo. The scores are written with the inspection that made them."""

from __future__ import annotations

from facethemodel.catalogue.database import Database
from facethemodel.catalogue.records import CheckScore

FLAGGED = 0.5
"""Score from which a photo is flagged."""


def unchecked(db: Database) -> int:
    """Counts the photos without scores, but for those that could not be read."""
    rows = db.read(
        "SELECT count(*) FROM photo LEFT JOIN inspection ON inspection.sha256 = photo.sha256 "
        "WHERE inspection.reason IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM check_score WHERE check_score.sha256 = photo.sha256)"
    )
    return int(rows[0][0])


def flagged(db: Database, name: str) -> list[tuple[str, CheckScore]]:
    """Lists the photos that a check flags, the worst first."""
    rows = db.read(
        "SELECT sha256, score, measure FROM check_score WHERE name = ? AND score >= ? "
        "ORDER BY score DESC, sha256",
        (name, FLAGGED),
    )
    return [(sha, CheckScore(name=name, score=score, measure=measure)) for sha, score, measure in rows]


def of_photo(db: Database, sha256: str) -> list[CheckScore]:
    """Gives all scores of one photo, in alphabetical order of the checks; none where it was not checked."""
    rows = db.read("SELECT name, score, measure FROM check_score WHERE sha256 = ? ORDER BY name", (sha256,))
    return [CheckScore(name=name, score=score, measure=measure) for name, score, measure in rows]
