"""How often the locked test part was looked at."""

from __future__ import annotations

from facethemodel.catalogue.database import Database, now


def record_opening(db: Database, *, run: str, why: str) -> int:
    """Enters that the test part is opened now.

    Returns:
        How often it was opened, this time included.
    """
    with db.write(durable=True) as connection:
        connection.execute("INSERT INTO opening (run, why, at) VALUES (?, ?, ?)", (run, why, now()))
        return int(connection.execute("SELECT count(*) FROM opening").fetchone()[0])


def count(db: Database) -> int:
    """Gives how often the test part was opened."""
    return int(db.read("SELECT count(*) FROM opening")[0][0])
