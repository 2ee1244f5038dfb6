"""What becomes of an address, and how a server's answer is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

from facethemodel.photos.formats import otherwise

Miss = Literal["dead", "wrong hash", "no photo", "refused", "barred", "failed"]
"""Why there is no photo: nothing is there; other bytes than promised; something else than a photo; the server
says no; robots directives or this program's own rules say no; it may work another time."""

PRIVATE = "an address of this machine or of a local network"
NO_SUCH_HOST = "no such host"
"""Reason of a `dead` that some machines give as well when they have no network."""

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524, 529})
_DEAD = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A file that was fetched whole.

    Attributes:
        path: Where it lies; whoever asked for it removes it.
        sha256: Of its bytes, in hex.
        size: Bytes.
        url: The address that gave it in the end, after redirects.
        robots: `X-Robots-Tag` and the like as the server wrote them.
    """

    path: Path
    sha256: str
    size: int
    url: str
    robots: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """An address that gave no photo.

    Attributes:
        reason: In a few words that are the same for all of a kind.
        robots: As in `Fetched`.
        sha256: Of the bytes that came instead, where they are of the wrong hash.
    """

    outcome: Miss
    reason: str
    robots: str | None = None
    sha256: str | None = None


class MissedError(Exception):
    """Carries a `Missed` to where it is handed out: asking once more would change nothing."""

    def __init__(
        self, outcome: Miss, reason: str, *, robots: str | None = None, sha256: str | None = None
    ) -> None:
        super().__init__(reason)
        self.missed = Missed(outcome=outcome, reason=reason, robots=robots, sha256=sha256)


class PassingError(Exception):
    """Something that may be over in a moment.

    Args:
        reason: A short text.
        wait: Seconds the server asked to wait, where it did.
        unreachable: Whether the host could not be talked to at all.
    """

    def __init__(self, reason: str, *, wait: float | None = None, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.unreachable = unreachable


def check_status(status: int, headers: Mapping[str, str]) -> None:
    """Lets an answer with a body pass.

    Raises:
        MissedError: For what is final.
        PassingError: For what is not.
    """
    if status in (200, 206):
        return
    if status in _DEAD:
        raise MissedError("dead", f"HTTP {status}")
    if status in (204, 205):
        raise MissedError("no photo", "an empty answer")
    if status in _TRANSIENT:
        raise PassingError(f"HTTP {status}", wait=retry_after(headers.get("Retry-After")))
    raise MissedError("refused", f"HTTP {status}")


def retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Reads a `Retry-After` header: seconds or a date (RFC 9110, section 10.2.3).

    Args:
        value: The header, if there is one.
        now: For tests; with a time zone.

    Returns:
        Seconds from now, never negative; None when there is nothing that can be understood.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the second of a time zone that no clock has
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


def named(head: bytes, content_type: str | None) -> str:
    """Says what came instead of a photo.

    Args:
        head: The first bytes, some hundred of them.
        content_type: The header, if there is one.
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        return "an empty answer"
    if start.startswith(b"<svg") or kind == "image/svg+xml":
        return "a drawing (SVG) instead of a photo"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or kind == "text/html":
        return "a web page (HTML) instead of a photo"
    if start.startswith((b"{", b"[", b"<?xml")) or kind.startswith("text/"):
        return "text instead of a photo"
    if kind.startswith("video/"):
        return "a video instead of a photo"
    return otherwise(head)
