"""What a collector is: something that knows of photos elsewhere and where each comes from.

A collector only lists. Fetching, checking, keeping and counting are the same for all of them (`collect.run`),
so a new one is one class with one generator. Other packages add theirs through the entry point group
`facethemodel.collectors` (see `collect.registry`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from facethemodel.catalogue.names import writable
from facethemodel.catalogue.records import Claim

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One photo a collector knows of, before its bytes are in the project.

    Attributes:
        key: The collector's own name for it, the same in every call: an address, a post and a number.
        url: Where its bytes are. None only when `file` is set.
        file: A file that the collector brought already; it is moved into the store.
        name: The file name it had where it comes from, kept as provenance.
        claim: What the source says it shows; None leaves it to the command's `--as`.
        sha256: What the bytes must hash to, in hex; None when nobody knows.
        box: Where the source says the face is: x, y, width, height in pixels.
        query: The words it was searched with.
        post: The post it belongs to; photos of one post stay on one side of a split.
        taken: Its date as the source writes it, ISO 8601 where possible.
        author: Who made or posted it.
        licence: Under what licence, name or address.
        robots: What the source asked of machines, in its own words.
        headers: Request headers this address needs besides the usual ones, such as a referer.
    """

    key: str
    url: str | None = None
    file: Path | None = None
    name: str | None = None
    claim: Claim | None = None
    sha256: str | None = None
    box: Box | None = None
    query: str | None = None
    post: str | None = None
    taken: str | None = None
    author: str | None = None
    licence: str | None = None
    robots: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BadEntry:
    """A line or an answer that holds no photo, so that it is counted and not lost.

    Attributes:
        where: What to look at: `list.csv, line 7`.
        reason: Why, in a few words that are the same for all of a kind.
    """

    where: str
    reason: str


_Entry = TypeVar("_Entry", bound=Candidate | BadEntry | Claim)


def cleaned(entry: _Entry) -> _Entry:
    """Gives an entry whose texts can all be written down, whatever its collector found (see `writable`)."""
    changed: dict[str, Any] = {}
    for field in fields(entry):
        value = getattr(entry, field.name)
        if isinstance(value, str) and (text := writable(value)) != value:
            changed[field.name] = text
        elif isinstance(value, Claim):
            changed[field.name] = cleaned(value)
    return replace(entry, **changed) if changed else entry


class Archive(Protocol):
    """What a collector may ask about earlier calls."""

    def holds(self, key: str) -> bool:
        """Whether this collector's photo of that key is in the project."""
        ...


class Collector(Protocol):
    """A source of photos.

    Attributes:
        name: Short and fixed; it stands in the catalogue beside every photo (`urls`, `facescrub`).
        total: How many candidates there will be, where that is known before listing.
    """

    name: str
    total: int | None

    def candidates(self, archive: Archive) -> Iterator[Candidate | BadEntry]:
        """Lists photos, in an order that is the same in every call as far as the source allows.

        Called in a thread of its own; may block. Listing stops when nobody asks for more, so a collector
        makes its requests as it goes and not beforehand.

        Args:
            archive: For sources where a request can be saved by knowing what is held.

        Raises:
            FacethemodelError: The source refuses or cannot be understood (`RemoteError`), or wants a login
                (`CredentialsError`). What was listed before is still fetched and kept.
        """
        ...
