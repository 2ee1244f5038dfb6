"""What photos and faces are compared by when copies of one picture are looked for."""

from __future__ import annotations

from collections.abc import Sequence

from facethemodel.catalogue.database import Database, batches
from facethemodel.catalogue.records import WHOLE_PHOTO, Fingerprint


def record(db: Database, fingerprints: Sequence[Fingerprint]) -> None:
    """Enters the fingerprints of inspected photos, in place of all that those photos had before."""
    by_photo: dict[str, list[Fingerprint]] = {}
    for one in fingerprints:
        by_photo.setdefault(one.sha256, []).append(one)
    for batch in batches(list(by_photo.items())):
        with db.write() as connection:
            connection.executemany("DELETE FROM fingerprint WHERE sha256 = ?", [(sha,) for sha, _ in batch])
            connection.executemany(
                "INSERT INTO fingerprint (sha256, face, digest, patch) VALUES (?, ?, ?, ?)",
                [(one.sha256, one.face, one.digest, one.patch) for _, found in batch for one in found],
            )


def fingerprints(db: Database) -> list[Fingerprint]:
    """Gives the fingerprints of all readable photos by sha256, each photo's own before those of its faces."""
    rows = db.read(
        "SELECT fingerprint.sha256, fingerprint.face, digest, patch, ifnull(face.main, 0) FROM fingerprint "
        "JOIN inspection ON inspection.sha256 = fingerprint.sha256 AND inspection.reason IS NULL "
        "LEFT JOIN face ON face.sha256 = fingerprint.sha256 AND face.face = fingerprint.face "
        f"WHERE fingerprint.face = {WHOLE_PHOTO} OR face.accepted "
        "ORDER BY fingerprint.sha256, fingerprint.face"
    )
    return [
        Fingerprint(sha256=sha, face=face, digest=digest, patch=patch, main=bool(main))
        for sha, face, digest, patch, main in rows
    ]


def missing(db: Database) -> int:
    """Counts the photos that cannot be compared yet: not inspected, or before fingerprints were taken."""
    return int(
        db.read(
            "SELECT count(*) FROM photo LEFT JOIN inspection ON inspection.sha256 = photo.sha256 "
            "WHERE inspection.reason IS NULL AND NOT EXISTS "
            "(SELECT 1 FROM fingerprint WHERE fingerprint.sha256 = photo.sha256)"
        )[0][0]
    )
