"""What the user said about duplicates. Like the log of decisions it only grows; the latest entry counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from facethemodel.catalogue.database import Database, now
from facethemodel.errors import UsageError

Kind = Literal["best", "different", "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One word of the user.

    Attributes:
        kind: `best` prefers a photo to its copies; `different` says that two photos are no duplicates of one
            another, `same` takes that back.
        other: The second photo of a pair, of which `sha256` is the smaller; None for `best`.
        at: ISO 8601 time; filled in by `record` where it is None.
    """

    kind: Kind
    sha256: str
    other: str | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulings:
    """What counts of all that was said.

    Attributes:
        best: Photos preferred to their copies, each with the place of that word in the log: of several in
            one group the latest counts.
        different: Pairs that are no duplicates, the smaller sha256 first.
    """

    best: dict[str, int]
    different: frozenset[tuple[str, str]]


def different(first: str, second: str) -> Ruling:
    """Says that two photos are no duplicates, in whatever order they are named.

    Raises:
        UsageError: They are one photo.
    """
    if first == second:
        raise UsageError(f"{first[:8]} is named twice", remedy="name two photos")
    return Ruling(kind="different", sha256=min(first, second), other=max(first, second))


def record(db: Database, rulings: Sequence[Ruling]) -> None:
    """Appends rulings in one transaction; what was written survives a power cut.

    Raises:
        UsageError: A ruling about a photo the catalogue does not hold. Then none is recorded.
    """
    at = now()
    with db.write(durable=True) as connection:
        for one in rulings:
            for sha in (one.sha256, one.other):
                known = connection.execute("SELECT 1 FROM photo WHERE sha256 = ?", (sha,)).fetchone()
                if sha is not None and known is None:
                    raise UsageError(f"the catalogue holds no photo {sha}", remedy="add it first")
            connection.execute(
                "INSERT INTO ruling (kind, sha256, other, at) VALUES (?, ?, ?, ?)",
                (one.kind, one.sha256, one.other, one.at or at),
            )


def log(db: Database) -> list[Ruling]:
    """Gives everything that was ever said, the oldest first."""
    rows = db.read("SELECT kind, sha256, other, at FROM ruling ORDER BY at, id")
    return [Ruling(kind=kind, sha256=sha, other=other, at=at) for kind, sha, other, at in rows]


def rulings(db: Database) -> Rulings:
    """Gives what counts now."""
    best: dict[str, int] = {}
    pairs: dict[tuple[str, str], Kind] = {}
    for place, one in enumerate(log(db)):
        if one.other is None:
            best[one.sha256] = place
        else:
            pairs[one.sha256, one.other] = one.kind
    return Rulings(
        best=best, different=frozenset(pair for pair, kind in pairs.items() if kind == "different")
    )
