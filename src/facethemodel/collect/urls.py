"""The collector of lists: addresses in a txt, csv, tsv, jsonl or parquet file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from facethemodel.catalogue.names import readable
from facethemodel.catalogue.photos import checked_claim
from facethemodel.catalogue.records import ROLES, Claim
from facethemodel.collect.collector import Archive, BadEntry, Box, Candidate
from facethemodel.collect.tables import read_rows
from facethemodel.errors import NoUsableDataError, UsageError

COLUMNS = (
    "url",
    "role",
    "identity",
    "category",
    "query",
    "post",
    "taken",
    "author",
    "licence",
    "sha256",
    "box",
)
"""What is made use of; `url` must be there."""

_OTHER_NAMES = {"license": "licence", "date": "taken"}
_SHA256 = re.compile(r"[0-9a-f]{64}")


class UrlList:
    """The addresses of one file, which is read and looked through at once, before anything is asked for.

    Args:
        path: The list; what it is, its ending tells (without one of the known ones: one address a line).
        claim: What photos are for where their line does not say.

    Attributes:
        unknown: Columns that nothing is done with.

    Raises:
        UsageError: The file is missing or cannot be understood, has no column `url`, or nothing says what the
            photos are for.
        NoUsableDataError: It is empty.
    """

    name = "urls"

    def __init__(self, path: Path, *, claim: Claim | None = None) -> None:
        self._path = path
        self._claim = claim
        self._rows = read_rows(path)
        self._label = readable(path.name.encode("utf-8", "surrogateescape"))
        columns = dict.fromkeys(
            column for row in self._rows if isinstance(row.values, Mapping) for column in row.values
        )
        known = {column for column in columns if _column(column) in COLUMNS}
        self.unknown: Sequence[str] = tuple(column for column in columns if column not in known)
        self.total: int | None = len(self._rows)
        if not self._rows:
            raise NoUsableDataError(f"{path} holds no addresses", remedy="put one address on each line")
        if columns and "url" not in {_column(column) for column in known}:
            raise UsageError(
                f"{path} has no column url; it has {', '.join(repr(one) for one in list(columns)[:12])}",
                remedy="call the column with the addresses url; without any columns, call the file .txt",
            )
        if claim is None and "role" not in {_column(column) for column in known}:
            raise UsageError(
                f"nothing says what the photos of {path} are for",
                remedy="--as person, --as stranger or --as curveball, or a column role",
            )

    def candidates(self, archive: Archive) -> Iterator[Candidate | BadEntry]:
        """Lists the addresses in the order of the file; see `Collector`."""
        for row in self._rows:
            reason = row.values
            if isinstance(reason, Mapping):
                try:
                    yield self._candidate({_column(name): text for name, text in reason.items()})
                    continue
                except ValueError as error:
                    reason = str(error)
            yield BadEntry(where=f"{self._label}, {row.where}", reason=reason)

    def _candidate(self, values: Mapping[str, str]) -> Candidate:
        """Makes a candidate of one line; a `ValueError` says why not, in words common to all of a kind."""
        address = _address(values.get("url", ""))
        sha256 = values.get("sha256", "").lower() or None
        if sha256 is not None and not _SHA256.fullmatch(sha256):
            raise ValueError("sha256 is not 64 hexadecimal digits")
        return Candidate(
            key=address,
            url=address,
            claim=self._said(values),
            sha256=sha256,
            box=_box(values.get("box", "")),
            query=values.get("query") or None,
            post=values.get("post") or None,
            taken=values.get("taken") or None,
            author=values.get("author") or None,
            licence=values.get("licence") or None,
        )

    def _said(self, values: Mapping[str, str]) -> Claim:
        role = values.get("role", "").lower()
        if not role and self._claim is None:
            raise ValueError("no role, and none is given with --as")
        given = self._claim if self._claim is not None and role in ("", self._claim.role) else None
        role = role or (given.role if given is not None else "")
        for known in ROLES:
            if role == known:
                claim = Claim(
                    role=known,
                    identity=values.get("identity") or (given.identity if given is not None else None),
                    category=values.get("category") or (given.category if given is not None else None),
                )
                break
        else:
            raise ValueError(f"the role is none of {', '.join(ROLES)}")
        if claim.role == "curveball" and claim.category is None:
            raise ValueError("a curveball without a category")
        try:
            return checked_claim(claim)
        except UsageError as error:
            raise ValueError("role, identity and category do not go together") from error


def _column(name: str) -> str:
    plain = name.strip().lower()
    return _OTHER_NAMES.get(plain, plain)


def _address(text: str) -> str:
    if not text:
        raise ValueError("no address")
    try:
        split = urlsplit(text)
    except ValueError as error:
        raise ValueError("not an address of the web") from error
    if split.scheme.lower() not in ("http", "https") or not split.netloc or not text.isprintable():
        raise ValueError("not an address of the web")
    return urldefrag(text).url


def _box(text: str) -> Box | None:
    if not text:
        return None
    try:
        x, y, width, height = (float(part) for part in re.split(r"[\s,;]+", text.strip("[]() ")))
    except ValueError as error:
        raise ValueError("the box is not x, y, width, height") from error
    if not (width > 0 and height > 0 and max(abs(x), abs(y), width, height) < 1e6):
        raise ValueError("the box is not x, y, width, height")
    return x, y, width, height
