"""What one decode told of each photo, and which photos still wait for it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from facethemodel.catalogue.crops import CropKey
from facethemodel.catalogue.database import Database, batches, now
from facethemodel.catalogue.records import CheckScore, Face, Inspection, Photo, View

_NO_CHECKS: Mapping[str, Sequence[CheckScore]] = MappingProxyType({})
_HALF = 1 << 63
_WHOLE = 1 << 64


def pending(db: Database, *, version: int, views: Sequence[View]) -> list[Photo]:
    """Gives the photos without an inspection of this version, and readable ones without a crop for a view."""
    lacks = "".join(
        " OR (inspection.reason IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM crop WHERE crop.sha256 = photo.sha256 AND crop.view = ?))"
        for _ in views
    )
    rows = db.read(
        "SELECT photo.sha256, photo.size, photo.link FROM photo "
        "LEFT JOIN inspection ON inspection.sha256 = photo.sha256 "
        f"WHERE inspection.sha256 IS NULL OR inspection.version != ?{lacks} ORDER BY photo.sha256",
        (version, *views),
    )
    return [Photo(sha256=sha, size=size, link=link) for sha, size, link in rows]


def record(
    db: Database,
    batch: Sequence[tuple[Inspection, Sequence[CropKey]]],
    *,
    version: int,
    checks: Mapping[str, Sequence[CheckScore]] = _NO_CHECKS,
) -> None:
    """Enters inspections with their crops, at most 500 photos to a transaction.

    An older inspection of a photo is replaced, and so are its check scores. Crops of other views stay if they
    are of the same version.

    Args:
        db: The catalogue.
        batch: Inspections, each with the places of its crops.
        version: Under which number they are kept.
        checks: What the checks said, by sha256.
    """
    at = now()
    for group in batches(batch):
        with db.write() as connection:
            for inspection, crops in group:
                _record(connection, inspection, crops, version=version, at=at)
                _record_checks(connection, inspection.sha256, checks.get(inspection.sha256, ()))


def once_readable(db: Database, shas: Iterable[str]) -> set[str]:
    """Tells which photos have an inspection, of any version, that could read them."""
    rows = db.read(
        "SELECT sha256 FROM inspection WHERE reason IS NULL AND sha256 IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(shas)),),
    )
    return {sha for (sha,) in rows}


def inspections(db: Database) -> dict[str, Inspection]:
    """Gives the inspection of every photo that has one, faces in the order of their index."""
    faces: dict[str, list[Face]] = {}
    for row in db.read(
        "SELECT sha256, face, x, y, width, height, landmarks, detector_score, gate_score, accepted, main, "
        "sharpness, brightness FROM face ORDER BY sha256, face"
    ):
        faces.setdefault(row[0], []).append(_face(row))
    rows = db.read(
        "SELECT sha256, reason, width, height, format, mode, frames, phash, sharpness, brightness "
        "FROM inspection ORDER BY sha256"
    )
    return {
        row[0]: Inspection(
            sha256=row[0],
            reason=row[1],
            width=row[2],
            height=row[3],
            format=row[4],
            mode=row[5],
            frames=row[6],
            phash=None if row[7] is None else row[7] % _WHOLE,
            sharpness=row[8],
            brightness=row[9],
            faces=tuple(faces.get(row[0], ())),
        )
        for row in rows
    }


def _record(
    connection: sqlite3.Connection,
    inspection: Inspection,
    crops: Sequence[CropKey],
    *,
    version: int,
    at: str,
) -> None:
    sha = inspection.sha256
    if any(crop.sha256 != sha for crop in crops):
        raise ValueError(f"crops of another photo were given for {sha}")
    kept = connection.execute(
        "SELECT 1 FROM inspection WHERE sha256 = ? AND version = ? AND reason IS NULL", (sha, version)
    ).fetchone()
    if kept is None or not inspection.readable:
        connection.execute("DELETE FROM crop WHERE sha256 = ?", (sha,))
    for view in sorted({crop.view for crop in crops}):
        connection.execute("DELETE FROM crop WHERE sha256 = ? AND view = ?", (sha, view))
    connection.execute("DELETE FROM face WHERE sha256 = ?", (sha,))
    # An upsert and not a replacement, which would take the crops that stay along with the old row.
    connection.execute(
        "INSERT INTO inspection (sha256, version, reason, width, height, format, mode, frames, phash, "
        "sharpness, brightness, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (sha256) DO UPDATE SET version = excluded.version, reason = excluded.reason, "
        "width = excluded.width, height = excluded.height, format = excluded.format, mode = excluded.mode, "
        "frames = excluded.frames, phash = excluded.phash, sharpness = excluded.sharpness, "
        "brightness = excluded.brightness, at = excluded.at",
        (
            sha,
            version,
            inspection.reason,
            inspection.width,
            inspection.height,
            inspection.format,
            inspection.mode,
            inspection.frames,
            _signed(inspection.phash),
            inspection.sharpness,
            inspection.brightness,
            at,
        ),
    )
    connection.executemany(
        "INSERT INTO face VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                sha,
                face.index,
                *face.box,
                json.dumps(face.landmarks),
                face.detector_score,
                face.gate_score,
                int(face.accepted),
                int(face.main),
                face.sharpness,
                face.brightness,
            )
            for face in inspection.faces
        ],
    )
    connection.executemany(
        "INSERT INTO crop (sha256, face, view, row) VALUES (?, ?, ?, ?)",
        [(sha, crop.face, crop.view, crop.row) for crop in crops],
    )


def _record_checks(connection: sqlite3.Connection, sha256: str, scores: Sequence[CheckScore]) -> None:
    connection.execute("DELETE FROM check_score WHERE sha256 = ?", (sha256,))
    connection.executemany(
        "INSERT INTO check_score (sha256, name, score, measure) VALUES (?, ?, ?, ?)",
        [(sha256, one.name, one.score, one.measure) for one in scores],
    )


def _signed(phash: int | None) -> int | None:
    # SQLite's integers are signed; the hash's 64 bits are kept as they are.
    if phash is None:
        return None
    return phash - _WHOLE if phash >= _HALF else phash


def _face(row: tuple[Any, ...]) -> Face:
    return Face(
        index=row[1],
        box=(row[2], row[3], row[4], row[5]),
        landmarks=tuple(json.loads(row[6])),
        detector_score=row[7],
        gate_score=row[8],
        accepted=bool(row[9]),
        main=bool(row[10]),
        sharpness=row[11],
        brightness=row[12],
    )
