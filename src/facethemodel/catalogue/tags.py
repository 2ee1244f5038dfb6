"""The user's own words for photos, such as `beard` or `old`: the report counts errors by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from facethemodel.catalogue.database import Database, batches, now
from facethemodel.catalogue.records import normalise_identity
from facethemodel.errors import UsageError

LONGEST = 40


def checked_tag(word: str) -> str:
    """Brings spellings of one tag together, as those of names are: `Black_and  White` -> `black and white`.

    Raises:
        UsageError: Nothing is left of it, it is too long, or it cannot be shown on one line of a table.
    """
    tag = normalise_identity(word)
    if not tag:
        raise UsageError(f"the tag {word!r} is empty", remedy="give a word with at least one letter")
    if len(tag) > LONGEST or not tag.isprintable() or "," in tag:
        raise UsageError(
            f"the tag {word!r} cannot be used",
            remedy=f"give one word or a few, at most {LONGEST} letters and without commas",
        )
    return tag


def add(db: Database, shas: Iterable[str], tags: Sequence[str]) -> int:
    """Gives photos tags, at most 500 to a transaction.

    Returns:
        How many tags were new on their photo.

    Raises:
        UsageError: A tag that cannot be used; then none is added.
    """
    words = sorted({checked_tag(tag) for tag in tags})
    pairs = [(sha, word) for sha in sorted(set(shas)) for word in words]
    at, new = now(), 0
    for batch in batches(pairs):
        with db.write() as connection:
            new += connection.executemany(
                "INSERT INTO tag (sha256, tag, added_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [(sha, word, at) for sha, word in batch],
            ).rowcount
    return new


def remove(db: Database, shas: Iterable[str], tags: Sequence[str]) -> int:
    """Takes tags off photos; what a photo does not have is passed over.

    Returns:
        How many were taken off.

    Raises:
        UsageError: A tag that cannot be used; then none is taken off.
    """
    words = sorted({checked_tag(tag) for tag in tags})
    pairs = [(sha, word) for sha in sorted(set(shas)) for word in words]
    gone = 0
    for batch in batches(pairs):
        with db.write() as connection:
            gone += connection.executemany("DELETE FROM tag WHERE sha256 = ? AND tag = ?", batch).rowcount
    return gone


def tags(db: Database) -> dict[str, tuple[str, ...]]:
    """Gives the tags of each photo that has any, in alphabetical order."""
    found: dict[str, list[str]] = {}
    for sha, tag in db.read("SELECT sha256, tag FROM tag ORDER BY sha256, tag"):
        found.setdefault(sha, []).append(tag)
    return {sha: tuple(words) for sha, words in found.items()}
