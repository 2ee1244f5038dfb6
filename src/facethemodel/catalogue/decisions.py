"""The log of judgements about photos. It only grows; of each kind the latest entry counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from facethemodel.catalogue.database import Database, batches, now
from facethemodel.catalogue.photos import checked_claim
from facethemodel.catalogue.records import Claim, Role
from facethemodel.errors import UsageError

Kind = Literal["role", "claimed", "aside", "back", "keep", "unsure"]
STANDINGS: tuple[Kind, ...] = ("aside", "back", "keep", "unsure")
"""The kinds that say whether a photo is in or out; of these together the latest counts."""
Actor = Literal["user", "auto"]

_COLUMNS = "sha256, kind, role, identity, category, reason, actor, at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One judgement.

    Attributes:
        kind: `role` says what the photo is for, `claimed` leaves that to its sources again; `aside` takes it
            out of everything, `keep` says that it was looked at and stays, `unsure` that nobody can tell (it
            stays as it is), and `back` makes it a photo that nobody has looked at.
        reason: Reason code, such as `duplicate` or `wrong person`.
        at: ISO 8601 time; filled in by `record` where it is None.
    """

    sha256: str
    kind: Kind
    role: Role | None = None
    identity: str | None = None
    category: str | None = None
    reason: str = ""
    actor: Actor = "user"
    at: str | None = None


def record(db: Database, decisions: Sequence[Decision]) -> None:
    """Appends decisions, at most 500 to a transaction; what was written survives a power cut.

    Raises:
        UsageError: A decision whose parts do not fit together, or about a photo the catalogue does not hold.
            Then none is recorded.
    """
    for decision in decisions:
        check(decision)
    for batch in batches(sorted({decision.sha256 for decision in decisions})):
        marks = ", ".join("?" * len(batch))
        known = {row[0] for row in db.read(f"SELECT sha256 FROM photo WHERE sha256 IN ({marks})", batch)}
        missing = [sha for sha in batch if sha not in known]
        if missing:
            raise UsageError(f"the catalogue holds no photo {missing[0]}", remedy="add it first")
    at = now()
    for group in batches(decisions):
        with db.write(durable=True) as connection:
            connection.executemany(
                f"INSERT INTO decision ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (d.sha256, d.kind, d.role, d.identity, d.category, d.reason, d.actor, d.at or at)
                    for d in group
                ],
            )


def history(db: Database, sha256: str) -> list[Decision]:
    """Gives everything that was decided about a photo, the oldest first."""
    return _decisions(db, "WHERE sha256 = ?", (sha256,))


def latest_roles(db: Database) -> dict[str, Decision]:
    """Gives the role decision that counts, for each photo that has one."""
    states = {one.sha256: one for one in _decisions(db, "WHERE kind IN ('role', 'claimed')")}
    return {sha: decision for sha, decision in states.items() if decision.kind == "role"}


def latest_asides(db: Database) -> dict[str, Decision]:
    """Gives the decision that put a photo aside, for each photo that is aside now."""
    return {sha: one for sha, one in latest_standings(db).items() if one.kind == "aside"}


def latest_standings(db: Database) -> dict[str, Decision]:
    """Gives for each photo the latest of `STANDINGS`; one that was brought `back` has none."""
    marks = ", ".join("?" * len(STANDINGS))
    states = {one.sha256: one for one in _decisions(db, f"WHERE kind IN ({marks})", STANDINGS)}
    return {sha: decision for sha, decision in states.items() if decision.kind != "back"}


def standing_of(db: Database, sha256: str) -> Decision | None:
    """Gives what `latest_standings` says of one photo."""
    found = [one for one in history(db, sha256) if one.kind in STANDINGS]
    return found[-1] if found and found[-1].kind != "back" else None


def log(db: Database) -> list[Decision]:
    """Gives everything that was ever decided, in the order in which it was recorded."""
    return _decisions(db, "")


def check(decision: Decision) -> None:
    """Refuses a decision whose parts do not fit together.

    Raises:
        UsageError: A role that is missing or out of place, putting aside without a reason, or a reason that
            is no text.
    """
    if decision.kind == "role":
        if decision.role is None:
            raise UsageError(f"the decision on {decision.sha256} names no role")
        checked_claim(Claim(role=decision.role, identity=decision.identity, category=decision.category))
    elif (decision.role, decision.identity, decision.category) != (None, None, None):
        raise UsageError(f"the decision {decision.kind!r} on {decision.sha256} cannot name a role")
    elif decision.kind == "aside" and not decision.reason:
        raise UsageError(f"{decision.sha256} cannot be put aside without a reason")
    try:
        decision.reason.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"the reason {decision.reason!r} is not valid UTF-8", remedy="give the reason in UTF-8"
        ) from error


def _decisions(db: Database, condition: str, parameters: Sequence[object] = ()) -> list[Decision]:
    rows = db.read(f"SELECT {_COLUMNS} FROM decision {condition} ORDER BY id", parameters)
    return [
        Decision(
            sha256=row[0],
            kind=row[1],
            role=row[2],
            identity=row[3],
            category=row[4],
            reason=row[5],
            actor=row[6],
            at=row[7],
        )
        for row in rows
    ]
