"""Which photos the project has and where each came from."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from facethemodel.catalogue.database import Database, now
from facethemodel.catalogue.names import last_part, readable
from facethemodel.catalogue.records import Claim, Photo, Source, normalise_identity
from facethemodel.errors import UsageError

Outcome = Literal["new", "new source", "known"]
"""`new source` also stands for a known source that now claims something it did not claim before."""

SHORTEST_PREFIX = 4
_SOURCE_COLUMNS = "collector, origin, url, query, post, taken, author, licence, robots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A photo, where it was found and what it is said to be."""

    photo: Photo
    source: Source
    claim: Claim | None


def add(db: Database, photo: Photo, *, source: Source, claim: Claim | None) -> Outcome:
    """Records that a photo was found; see `add_many`."""
    return add_many(db, [Addition(photo=photo, source=source, claim=claim)])[0]


def add_many(db: Database, additions: Sequence[Addition]) -> list[Outcome]:
    """Records photos in one transaction. Nothing known is overwritten: a second claim is kept beside.

    A photo of which the store holds a copy stays a copy; one that is only linked follows the newest link. A
    photo that could not be read before is inspected once more after it was added again.

    Returns:
        What each was, in the order given.

    Raises:
        UsageError: A claim that no photo can have, see `checked_claim`.
    """
    for addition in additions:
        if addition.claim is not None:
            checked_claim(addition.claim)
    with db.write() as connection:
        at = now()
        return [_add(connection, addition, at) for addition in additions]


def checked_claim(claim: Claim) -> Claim:
    """Refuses a claim whose parts do not belong together.

    Raises:
        UsageError: An identity on anything but a stranger, a category on anything but a curveball, an empty
            name.
    """
    if claim.identity is not None and claim.role != "stranger":
        raise UsageError(
            f"a photo added as {claim.role} cannot have the identity {claim.identity!r}",
            remedy="identities are for strangers: --as stranger --identity NAME",
        )
    if claim.category is not None and claim.role != "curveball":
        raise UsageError(
            f"a photo added as {claim.role} cannot have the category {claim.category!r}",
            remedy="categories are for curveballs: --as curveball --category NAME",
        )
    for kind, name in (("identity", claim.identity), ("category", claim.category)):
        if name is None:
            continue
        if not normalise_identity(name):
            raise UsageError(f"the {kind} {name!r} is empty", remedy="give a name with at least one letter")
        try:
            name.encode("utf-8")
        except UnicodeEncodeError as error:
            raise UsageError(
                f"the {kind} {name!r} is not valid UTF-8", remedy="give the name in UTF-8"
            ) from error
    return claim


def get(db: Database, sha256: str) -> Photo | None:
    """Gives one photo by its full hash."""
    rows = db.read("SELECT sha256, size, link FROM photo WHERE sha256 = ?", (sha256,))
    return _photo(rows[0]) if rows else None


def all_photos(db: Database) -> list[Photo]:
    """Gives every photo in the order of the hashes, which does not depend on when each was added."""
    return [_photo(row) for row in db.read("SELECT sha256, size, link FROM photo ORDER BY sha256")]


def find(db: Database, prefix_or_name: str) -> list[Photo]:
    """Looks a photo up by what a person has at hand.

    Args:
        db: The catalogue.
        prefix_or_name: The first four or more digits of its hash, or the file name or the end of the path (at
            a slash) of one of its sources, as it is or as `display_names` writes it.

    Returns:
        All that fit, in the order of the hashes.
    """
    found: set[str] = set()
    wanted = prefix_or_name.lower()
    if len(wanted) >= SHORTEST_PREFIX and set(wanted) <= set("0123456789abcdef"):
        rows = db.read("SELECT sha256 FROM photo WHERE sha256 >= ? AND sha256 < ?", (wanted, wanted + "g"))
        found.update(row[0] for row in rows)
    name = os.fsencode(prefix_or_name).lstrip(b"/")
    if name:
        rows = db.read(
            "SELECT DISTINCT sha256 FROM source WHERE substr(origin, -?) = ? OR origin = ?",
            (len(name) + 1, b"/" + name, os.fsencode(prefix_or_name)),
        )
        found.update(row[0] for row in rows)
    if not found and "\\" in prefix_or_name:
        rows = db.read("SELECT sha256, origin FROM source")
        found.update(sha for sha, origin in rows if readable(last_part(origin)) == prefix_or_name)
    photos = (get(db, sha) for sha in sorted(found))
    return [photo for photo in photos if photo is not None]


def sources(db: Database, sha256: str) -> list[Source]:
    """Gives where a photo came from, the first source first."""
    rows = db.read(f"SELECT {_SOURCE_COLUMNS} FROM source WHERE sha256 = ? ORDER BY id", (sha256,))
    return [
        Source(
            collector=row[0],
            origin=row[1],
            url=row[2],
            query=row[3],
            post=row[4],
            taken=row[5],
            author=row[6],
            licence=row[7],
            robots=row[8],
        )
        for row in rows
    ]


def display_names(db: Database) -> dict[str, str]:
    """Gives for each hash the file name of the photo's first source, fit to be shown on one line."""
    # Later rows do not replace earlier ones because the newest come first.
    rows = db.read("SELECT sha256, origin FROM source ORDER BY id DESC")
    return {sha: readable(last_part(origin)) for sha, origin in rows}


def dates(db: Database) -> dict[str, str]:
    """Gives for each hash when the photo was taken, as the first source that knows wrote it down."""
    rows = db.read("SELECT sha256, taken FROM source WHERE taken IS NOT NULL ORDER BY id DESC")
    return dict(rows)


def posts(db: Database) -> dict[str, frozenset[str]]:
    """Gives for each hash the posts, as `collector post`, in which the photo appeared, if it did in any."""
    found: dict[str, set[str]] = {}
    for sha, collector, post in db.read("SELECT sha256, collector, post FROM source WHERE post IS NOT NULL"):
        found.setdefault(sha, set()).add(f"{collector} {post}")
    return {sha: frozenset(names) for sha, names in found.items()}


def _photo(row: tuple[Any, ...]) -> Photo:
    return Photo(sha256=row[0], size=row[1], link=row[2])


def _add(connection: sqlite3.Connection, addition: Addition, at: str) -> Outcome:
    photo, source, claim = addition.photo, addition.source, addition.claim
    new_photo = connection.execute(
        "INSERT INTO photo (sha256, size, link, added_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (photo.sha256, photo.size, photo.link, at),
    ).rowcount
    if not new_photo:
        connection.execute(
            "UPDATE photo SET link = ? WHERE sha256 = ? AND link IS NOT NULL", (photo.link, photo.sha256)
        )
        connection.execute("DELETE FROM inspection WHERE sha256 = ? AND reason IS NOT NULL", (photo.sha256,))
    new_source = connection.execute(
        f"INSERT INTO source (sha256, {_SOURCE_COLUMNS}, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (
            photo.sha256,
            source.collector,
            source.origin,
            source.url,
            source.query,
            source.post,
            source.taken,
            source.author,
            source.licence,
            source.robots,
            at,
        ),
    ).rowcount
    new_claim = 0
    if claim is not None:
        new_claim = connection.execute(
            "INSERT INTO claim (source, role, identity, category, added_at) "
            "SELECT id, ?, ?, ?, ? FROM source WHERE sha256 = ? AND collector = ? AND origin = ? "
            "ON CONFLICT DO NOTHING",
            (
                claim.role,
                claim.identity,
                claim.category,
                at,
                photo.sha256,
                source.collector,
                source.origin,
            ),
        ).rowcount
    if new_photo:
        return "new"
    return "new source" if new_source or new_claim else "known"
