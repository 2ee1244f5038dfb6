"""What became of each address that was asked for, so that nothing is asked for twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from facethemodel.catalogue.database import Database, now

FetchOutcome = Literal["kept", "dead", "wrong hash", "no photo", "refused", "barred", "failed"]

_COLUMNS = "collector, key, url, outcome, reason, sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """The latest that is known of one address.

    Attributes:
        collector: Name of the collector that knows of it.
        key: That collector's own name for it.
        url: The address, where it has one.
        outcome: What became of it.
        reason: In a few words; None exactly for what was kept.
        sha256: Of the photo that was kept; None for one that the project has forgotten since.
    """

    collector: str
    key: str
    url: str | None
    outcome: FetchOutcome
    reason: str | None = None
    sha256: str | None = None


def record(db: Database, fetch: Fetch) -> None:
    """Writes down what became of an address, in place of what was known before."""
    with db.write() as connection:
        connection.execute(
            f"INSERT INTO fetch ({_COLUMNS}, tries, at) VALUES (?, ?, ?, ?, ?, ?, 1, ?) "
            "ON CONFLICT (collector, key) DO UPDATE SET url = excluded.url, outcome = excluded.outcome, "
            "reason = excluded.reason, sha256 = excluded.sha256, tries = tries + 1, at = excluded.at",
            (
                fetch.collector,
                fetch.key,
                fetch.url,
                fetch.outcome,
                fetch.reason,
                fetch.sha256,
                now(),
            ),
        )


def find(db: Database, collector: str, key: str) -> Fetch | None:
    """Gives what is known of an address under the name that a collector has for it."""
    rows = db.read(f"SELECT {_COLUMNS} FROM fetch WHERE collector = ? AND key = ?", (collector, key))
    return _fetch(rows[0]) if rows else None


def find_address(db: Database, url: str) -> Fetch | None:
    """Gives what is known of an address, whoever asked: a photo where there is one, else the latest."""
    rows = db.read(
        f"SELECT {_COLUMNS} FROM fetch WHERE url = ? "
        "ORDER BY sha256 IS NULL, at DESC, collector, key LIMIT 1",
        (url,),
    )
    return _fetch(rows[0]) if rows else None


def _fetch(row: tuple[Any, ...]) -> Fetch:
    return Fetch(collector=row[0], key=row[1], url=row[2], outcome=row[3], reason=row[4], sha256=row[5])
