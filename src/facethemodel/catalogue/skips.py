"""Which files of the user's folders could not be added, and why, so that they are found again.

They stand beside the addresses that gave no photo, see `fetches`, with their path for a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from facethemodel.catalogue.database import Database, now

_COLLECTOR = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """One file, as the latest `add` that met it found it.

    Attributes:
        path: Bytes that are no UTF-8 are spelled out with a backslash.
        reason: In a few words.
        at: When, as the catalogue writes it.
    """

    path: str
    reason: str
    at: str


def record(db: Database, files: Iterable[tuple[bytes, str]]) -> None:
    """Writes down paths, each with its reason, in place of what was known before."""
    rows = [(_COLLECTOR, _key(path), reason, now()) for path, reason in files]
    if not rows:
        return
    with db.write() as connection:
        connection.executemany(
            "INSERT INTO fetch (collector, key, outcome, reason, tries, at) "
            "VALUES (?, ?, 'no photo', ?, 1, ?) "
            "ON CONFLICT (collector, key) DO UPDATE SET reason = excluded.reason, tries = tries + 1, "
            "at = excluded.at",
            rows,
        )


def forget_below(db: Database, tops: Sequence[bytes]) -> None:
    """Forgets what is known of paths and of all below them, in archives too; they are looked at anew then."""
    keys = [_key(top).rstrip("/") for top in tops]
    with db.write() as connection:
        for key in keys:
            # What follows "/" in UTF-8 is "0": everything between begins with the path.
            connection.execute(
                "DELETE FROM fetch WHERE collector = ? AND (key = ? OR (key > ? AND key < ?) "
                "OR (key > ? AND key < ?))",
                (_COLLECTOR, key, f"{key}/", f"{key}0", f"{key}!/", f"{key}!0"),
            )


def count(db: Database) -> int:
    """Gives how many there are."""
    return int(db.read("SELECT count(*) FROM fetch WHERE collector = ?", (_COLLECTOR,))[0][0])


def skips(db: Database) -> list[Skip]:
    """Lists them in the order of their paths."""
    rows = db.read("SELECT key, reason, at FROM fetch WHERE collector = ? ORDER BY key", (_COLLECTOR,))
    return [Skip(path=key, reason=reason, at=at) for key, reason, at in rows]


def _key(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
