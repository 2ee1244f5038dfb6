"""How consistent the reviewer is: some decided photos are shown again as if nobody had looked at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facethemodel.catalogue.database import Database, now
from facethemodel.catalogue.decisions import STANDINGS

SHARE = 0.02
"""Share of the user's decisions that is asked for a second time."""
APART = 100
"""Decisions that have to come after one before it is asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """Photos that were decided twice, the second time without being told of the first; `same` decided alike.

    Kept, rejected and not sure are told apart; two reasons for rejecting are not.
    """

    twice: int
    same: int


def consistency(db: Database) -> Consistency:
    """Counts the photos decided twice."""
    ((twice, same),) = db.read(
        "SELECT count(*), ifnull(sum(one.kind = two.kind), 0) FROM review_again "
        "JOIN decision AS one ON one.id = review_again.first "
        "JOIN decision AS two ON two.id = review_again.second"
    )
    return Consistency(twice=twice, same=same)


def ask_again(db: Database, shas: Sequence[str], *, most: int) -> list[str]:
    """Chooses, among photos, those to be shown again now, so that `SHARE` of all decisions are asked twice.

    Which ones depends on their hashes alone: not on the order of deciding and not on chance.

    Args:
        db: The catalogue.
        shas: Among which.
        most: How many can hide among the undecided photos that they are shown with.

    Returns:
        Photos that now look undecided; until they are decided again the first decision stays in force.
    """
    kinds = ", ".join(f"'{kind}'" for kind in STANDINGS)
    ((decided, newest),) = db.read(
        "SELECT count(DISTINCT sha256), ifnull(max(id), 0) FROM decision "
        "WHERE actor = 'user' AND reason != 'undo'"
    )
    ((asked,),) = db.read("SELECT count(*) FROM review_again")
    wanted = min(int(SHARE * decided) - asked, most)
    if wanted <= 0:
        return []
    among = set(shas)
    # The last sixteen digits are as good as chance.
    rows = db.read(
        f"SELECT sha256, max(id), kind, actor FROM decision WHERE kind IN ({kinds}) "
        "AND sha256 NOT IN (SELECT sha256 FROM review_again) GROUP BY sha256 ORDER BY substr(sha256, 49)"
    )
    chosen = [
        (sha, number)
        for sha, number, kind, actor in rows
        if sha in among and kind != "back" and actor == "user" and number <= newest - APART
    ][:wanted]
    with db.write() as connection:
        connection.executemany(
            "INSERT INTO review_again (sha256, first, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(sha, number, now()) for sha, number in chosen],
        )
    return [sha for sha, _ in chosen]
