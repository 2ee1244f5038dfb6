"""The log of decisions as a file, keyed by content hash: to keep, to read, to bring to another project.

A file holds one entry of the log a line, decisions and rulings on duplicates alike, as CSV or JSONL with the
same fields: sha256, kind, other, role, identity, category, reason, actor, at.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from facethemodel.catalogue import decisions, rulings
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.decisions import STANDINGS, Decision
from facethemodel.catalogue.rulings import Ruling
from facethemodel.errors import UsageError

FileKind = Literal["csv", "jsonl"]
Entry = Decision | Ruling

_FIELDS = ("sha256", "kind", "other", "role", "identity", "category", "reason", "actor", "at")
_HEAD = f"write what `decisions export` writes: {','.join(_FIELDS)}"
_NEEDED = frozenset({"sha256", "kind", "at"})
_DECISIONS = frozenset(get_args(decisions.Kind))
_RULINGS = frozenset(get_args(rulings.Kind))
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CLOCKS = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did. Every entry of the file is in exactly one of the first four.

    Attributes:
        added: Entries the log did not have.
        known: Entries it had.
        unknown: sha256 of the photo of each entry about a photo that the project does not have.
        damaged: Line and reason of each that is no entry.
        restated: Decisions of this project that are later than what was added, and were said again so that
            they still count.
    """

    added: int
    known: int
    unknown: tuple[str, ...]
    damaged: tuple[tuple[int, str], ...]
    restated: int


def kind_of(path: Path) -> FileKind:
    """Tells the kind of a file by the ending of its name.

    Raises:
        UsageError: It has another ending.
    """
    for kind in get_args(FileKind):
        if path.suffix.lower() == f".{kind}":
            return kind  # type: ignore[no-any-return]
    raise UsageError(f"{path} ends neither in .csv nor in .jsonl", remedy="give it one of these endings")


def written(db: Database, kind: FileKind) -> bytes:
    """Gives the whole log as the bytes of a file, the oldest entry first."""
    entries: list[Entry] = [*decisions.log(db), *rulings.log(db)]
    rows = [_row(entry) for entry in entries]
    if kind == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    text = io.StringIO()
    writer = csv.DictWriter(text, _FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def take(db: Database, data: bytes, kind: FileKind) -> ImportReport:
    """Adds the entries of a file to the log, but for those it has: a second call adds none.

    Of each photo the latest decision by its time counts afterwards, whichever side it came from.

    Args:
        db: The catalogue.
        data: The file.
        kind: What `kind_of` found.

    Raises:
        UsageError: The file as a whole is no such file.
    """
    entries: list[Entry] = []
    damaged: list[tuple[int, str]] = []
    for number, found in _lines(data, kind):
        try:
            entries.append(_entry(found))
        except UsageError as error:
            damaged.append((number, error.what))
    photos = {row[0] for row in db.read("SELECT sha256 FROM photo")}
    ours = [entry for entry in entries if _shas(entry) <= photos]
    with db.write(durable=True):
        held: Counter[Entry] = Counter((*decisions.log(db), *rulings.log(db)))
        fresh: list[Entry] = []
        seen: Counter[Entry] = Counter()
        for entry in ours:
            seen[entry] += 1
            if seen[entry] > held[entry]:
                fresh.append(entry)
        fresh.sort(key=lambda entry: str(entry.at))
        made = [entry for entry in fresh if isinstance(entry, Decision)]
        restated = _overtaken(decisions.log(db), made)
        decisions.record(db, [*made, *restated])
        rulings.record(db, [entry for entry in fresh if isinstance(entry, Ruling)])
    return ImportReport(
        added=len(fresh),
        known=len(ours) - len(fresh),
        unknown=tuple(sorted(sha for entry in entries for sha in sorted(_shas(entry) - photos)[:1])),
        damaged=tuple(damaged),
        restated=len(restated),
    )


def _overtaken(before: Sequence[Decision], added: Sequence[Decision]) -> list[Decision]:
    """The decisions that counted and still must, though older ones are about to be appended."""
    counted = {(entry.sha256, entry.kind in STANDINGS): entry for entry in before}
    newest = {(entry.sha256, entry.kind in STANDINGS): str(entry.at) for entry in added}
    return [counted[slot] for slot, at in newest.items() if slot in counted and str(counted[slot].at) >= at]


def _shas(entry: Entry) -> set[str]:
    other = entry.other if isinstance(entry, Ruling) else None
    return {entry.sha256} if other is None else {entry.sha256, other}


def _row(entry: Entry) -> dict[str, str | None]:
    return {name: getattr(entry, name, None) for name in _FIELDS}


def _lines(data: bytes, kind: FileKind) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Gives the number of each entry's line with its fields, or with what is wrong with it."""
    if kind == "csv":
        yield from _csv_lines(data)
        return
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            yield number, "no JSON"
            continue
        yield number, found if isinstance(found, dict) else "no JSON object"


def _csv_lines(data: bytes) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    # What is not UTF-8 becomes signs that no field may hold, so that only its own line is damaged.
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").replace("\0", "\udc00")
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise UsageError(f"the first line names no columns: {error}", remedy=_HEAD) from error
    if not set(header) >= _NEEDED or not set(header) <= set(_FIELDS):
        raise UsageError(
            f"the first line names the columns {', '.join(header)[:200] or 'nothing'}",
            remedy=_HEAD,
        )
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield number, str(error)
            continue
        if row is None:
            return
        if not row:
            continue
        if len(row) != len(header):
            yield number, f"{len(row)} columns instead of {len(header)}"
        else:
            yield number, dict(zip(header, row, strict=True))


def _entry(found: Mapping[str, Any] | str) -> Entry:
    if isinstance(found, str):
        raise UsageError(found)
    unknown = sorted(set(found) - set(_FIELDS))
    if unknown:
        raise UsageError(f"unknown field {unknown[0]!r}")
    words = {name: _word(name, found.get(name)) for name in _FIELDS}
    sha256, kind = (words["sha256"] or "").lower(), words["kind"] or ""
    if not _SHA256.fullmatch(sha256):
        raise UsageError(f"sha256 is {words['sha256']!r}, not 64 hexadecimal digits")
    at = _time(words["at"])
    if kind in _RULINGS:
        return _ruling(kind, sha256, words, at)
    if kind not in _DECISIONS:
        raise UsageError(f"kind is {kind!r}")
    if words["other"] is not None:
        raise UsageError(f"a decision {kind!r} is about one photo")
    actor = words["actor"] or "user"
    if actor not in get_args(decisions.Actor):
        raise UsageError(f"actor is {actor!r}")
    decision: Any = Decision
    made: Decision = decision(
        sha256=sha256,
        kind=kind,
        role=words["role"],
        identity=words["identity"],
        category=words["category"],
        reason=words["reason"] or "",
        actor=actor,
        at=at,
    )
    decisions.check(made)
    return made


def _ruling(kind: str, sha256: str, words: Mapping[str, str | None], at: str) -> Ruling:
    if kind == "best":
        if words["other"] is not None:
            raise UsageError("a ruling 'best' is about one photo")
        return Ruling(kind="best", sha256=sha256, at=at)
    other = (words["other"] or "").lower()
    if not _SHA256.fullmatch(other):
        raise UsageError(f"other is {words['other']!r}, not 64 hexadecimal digits")
    pair = rulings.different(sha256, other)
    return replace(pair, kind="different" if kind == "different" else "same", at=at)


def _word(name: str, value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UsageError(f"{name} is {value!r}, not a text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{name} is not valid UTF-8") from error
    return value


def _time(text: str | None) -> str:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError as error:
        raise UsageError(f"at is {text!r}, not an ISO 8601 time") from error
    if at.tzinfo is None:
        raise UsageError(f"at is {text!r}, without a time zone")
    if at > datetime.now(UTC) + _CLOCKS:
        raise UsageError(f"at is {text!r}, in the future")
    try:
        return at.astimezone(UTC).isoformat(timespec="seconds")
    except OverflowError as error:
        raise UsageError(f"at is {text!r}, which is no time in UTC") from error
