"""All cards in a database of their own in memory: any filter and order of many photos takes milliseconds."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from facethemodel.errors import UsageError
from facethemodel.review.cards import CONFLICT, Card, Mark

Sort = Literal["doubt", "flags", "gate", "sharpness", "size", "name"]
SORTS: tuple[Sort, ...] = get_args(Sort)
_ORDER: Mapping[Sort, str] = {
    "doubt": "doubt DESC NULLS LAST, gate ASC NULLS FIRST",
    "flags": "worst DESC NULLS LAST, gate ASC NULLS FIRST",
    "gate": "gate ASC NULLS FIRST",
    "sharpness": "sharpness ASC NULLS LAST",
    "size": "size ASC NULLS FIRST",
    "name": "source, name",
}
_AT_ONCE = 5_000
NOBODY = "none"
"""What filters call a photo without a role."""
UNDECIDED = "undecided"
SURE, DOUBTFUL = "sure", "doubtful"
SURE_BELOW, DOUBTFUL_FROM = 0.0, 2.0
"""The model's three bands, in standard deviations from a typical photo of the person (`Doubt.suspicion`):
what is at least as typical as half of the photos is sure, and what lies between the two is left alone."""

_COLUMNS = (
    *("sha256", "name", "role", "label", "source", "part", "standing", "reason", "automatic"),
    *("face", "version", "gate", "sharpness", "size", "worst", "doubt"),
)


_VALUES = {
    "standing": f"ifnull(standing, '{UNDECIDED}')",
    "role": f"ifnull(role, '{NOBODY}')",
    "flag": "flag.flag",
    "source": "source",
    "tag": "tag.tag",
    "part": "part",
    "band": f"iif(doubt >= {DOUBTFUL_FROM}, '{DOUBTFUL}', iif(doubt < {SURE_BELOW}, '{SURE}', NULL))",
}
"""What each filter looks at, as SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which photos to show; None stands for all.

    Attributes:
        standing: `undecided`, `keep`, `aside`, `unsure`.
        role: A role, or `none`.
        band: `sure` or `doubtful`, as the model says.
        name: Letters of the file name, or of whom it shows.
    """

    standing: str | None = None
    role: str | None = None
    flag: str | None = None
    source: str | None = None
    tag: str | None = None
    part: str | None = None
    band: str | None = None
    name: str | None = None


FILTERS = tuple(field.name for field in fields(Filter))


class Shelf:
    """The cards of one project. Threads take turns.

    Args:
        numbers: What photos were called on an earlier shelf: they keep their numbers.
    """

    def __init__(self, cards: Iterable[Card], *, numbers: Mapping[str, int] | None = None) -> None:
        self._turn = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute(
            f"CREATE TABLE card (number INTEGER PRIMARY KEY, {', '.join(_COLUMNS)}, UNIQUE (sha256))"
        )
        for word in ("flag", "tag"):
            self._db.execute(
                f"CREATE TABLE {word} (number INTEGER, {word} TEXT, PRIMARY KEY (number, {word}))"
            )
        known = dict(numbers or {})
        following = max(known.values(), default=0) + 1
        self._db.execute("BEGIN")
        marks = ", ".join("?" * (len(_COLUMNS) + 1))
        for card in cards:
            number = known.get(card.sha256)
            if number is None:
                number = known[card.sha256] = following
                following += 1
            values = (number, *(getattr(card, name) for name in _COLUMNS))
            self._db.execute(f"INSERT INTO card VALUES ({marks})", values)
            self._words("flag", number, card.flags)
            self._words("tag", number, card.tags)
        # Progress is counted with every decision, and by role as a rule.
        self._db.execute("CREATE INDEX counted ON card (role, standing)")
        self._db.execute("COMMIT")
        self.numbers: Mapping[str, int] = known

    def order(self, chosen: Filter, sort: Sort) -> list[int]:
        """Gives the numbers of the photos that fit, in order."""
        where, values = _condition(chosen)
        rows = self._read(f"SELECT number FROM card WHERE {where} ORDER BY {_ORDER[sort]}, number", values)
        return [number for (number,) in rows]

    def shas(self, chosen: Filter) -> list[str]:
        """Gives the hashes of the photos that fit."""
        where, values = _condition(chosen)
        return [
            sha for (sha,) in self._read(f"SELECT sha256 FROM card WHERE {where} ORDER BY number", values)
        ]

    def cards(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Gives what the page shows of some photos, in the order asked for; unknown numbers are left out."""
        if len(numbers) > _AT_ONCE:
            parts = range(0, len(numbers), _AT_ONCE)
            return [card for part in parts for card in self.cards(numbers[part : part + _AT_ONCE])]
        marks = ", ".join("?" * len(numbers))
        with self._turn:
            rows = self._db.execute(
                f"SELECT number, {', '.join(_COLUMNS)} FROM card WHERE number IN ({marks})", tuple(numbers)
            ).fetchall()
            words = {
                word: self._db.execute(
                    f"SELECT number, {word} FROM {word} WHERE number IN ({marks})", tuple(numbers)
                ).fetchall()
                for word in ("flag", "tag")
            }
        found = {row[0]: dict(zip(("number", *_COLUMNS), row, strict=True)) for row in rows}
        for one in found.values():
            one["flags"], one["tags"] = [], []
        for word, pairs in words.items():
            for number, text in pairs:
                found[number][f"{word}s"].append(text)
        return [found[number] for number in numbers if number in found]

    @property
    def modelled(self) -> bool:
        """Whether a model has looked at any photo."""
        return bool(self._read("SELECT 1 FROM card WHERE doubt IS NOT NULL LIMIT 1"))

    def facets(self, chosen: Filter) -> dict[str, list[tuple[str, int]]]:
        """Gives the values of each filter, the most frequent first.

        Each with the number of photos that would be shown with it: those that fit all other filters.
        """
        return {name: self._facet(name, value, chosen) for name, value in _VALUES.items()}

    def _facet(self, name: str, value: str, chosen: Filter) -> list[tuple[str, int]]:
        where, values = _condition(chosen, but=name)
        table = f"{name} JOIN card USING (number)" if name in ("flag", "tag") else "card"
        sql = f"SELECT {value} AS value, count(*) FROM {table} WHERE {where} GROUP BY value"
        return self._read(f"SELECT * FROM ({sql}) WHERE value IS NOT NULL ORDER BY 2 DESC, 1", values)

    def counts(self, chosen: Filter) -> tuple[int, int]:
        """Gives how many photos fit whatever their standing, and how many of these are decided."""
        where, values = _condition(chosen, but="standing")
        ((every, decided),) = self._read(f"SELECT count(*), count(standing) FROM card WHERE {where}", values)
        return every, decided

    def photos(self, shas: Sequence[str]) -> list[int]:
        """Gives the numbers of photos; unknown hashes are left out."""
        return [self.numbers[sha] for sha in shas if sha in self.numbers]

    def mark(self, marks: Iterable[Mark]) -> list[int]:
        """Takes over what was decided about photos that are on the shelf; gives their numbers."""
        changed = []
        with self._turn:
            self._db.execute("BEGIN")
            for one in marks:
                number = self.numbers.get(one.sha256)
                if number is None:
                    continue
                self._db.execute(
                    "UPDATE card SET standing = ?, reason = ?, automatic = ?, role = ?, label = ? "
                    "WHERE number = ?",
                    (one.standing, one.reason, one.automatic, one.role, one.label, number),
                )
                self._db.execute("DELETE FROM tag WHERE number = ?", (number,))
                self._words("tag", number, one.tags)
                if not one.conflict:
                    self._db.execute("DELETE FROM flag WHERE number = ? AND flag = ?", (number, CONFLICT))
                else:
                    self._words("flag", number, (CONFLICT,))
                changed.append(number)
            self._db.execute("COMMIT")
        return changed

    def close(self) -> None:
        """Gives the memory back."""
        with self._turn:
            self._db.close()

    def _words(self, word: str, number: int, words: Sequence[str]) -> None:
        if words:
            self._db.executemany(
                f"INSERT INTO {word} VALUES (?, ?) ON CONFLICT DO NOTHING", [(number, one) for one in words]
            )

    def _read(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._turn:
            return self._db.execute(sql, tuple(values)).fetchall()


def _condition(chosen: Filter, *, but: str | None = None) -> tuple[str, list[object]]:
    """The filter as SQL, with its values."""
    clauses: list[str] = ["1"]
    values: list[object] = []
    for name in FILTERS:
        value = getattr(chosen, name)
        if value is None or name == but:
            continue
        clause, value = _clause(name, value)
        clauses.append(clause)
        if value is not None:
            values.append(value)
    return " AND ".join(clauses), values


def _clause(name: str, value: str) -> tuple[str, str | None]:
    if (name, value) in (("standing", UNDECIDED), ("role", NOBODY)):
        return f"{name} IS NULL", None
    if name in ("flag", "tag"):
        return f"card.number IN (SELECT number FROM {name} WHERE {name} = ?)", value
    if name == "band":
        if value not in (SURE, DOUBTFUL):
            raise UsageError(f"there is no band {value!r}", remedy=f"bands: {SURE}, {DOUBTFUL}")
        return (f"doubt < {SURE_BELOW}" if value == SURE else f"doubt >= {DOUBTFUL_FROM}"), None
    if name == "name":
        return "instr(lower(name || ' ' || ifnull(label, '')), lower(?)) > 0", value
    return f"{name} = ?", value
