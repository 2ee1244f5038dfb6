"""Wikimedia Commons, through the interface of MediaWiki (API:Search, API:Imageinfo)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

from facethemodel.collect.collector import BadEntry, Candidate
from facethemodel.collect.web import ChangedError, text
from facethemodel.download.api import Api, NoAnswerError
from facethemodel.download.rules import Rules

BASE = "https://commons.wikimedia.org/w/api.php"

_PAGE = 50
_ASKED: dict[str, str | int] = {
    "action": "query",
    "format": "json",
    "formatversion": 2,
    "generator": "search",
    "gsrnamespace": 6,
    "gsrlimit": _PAGE,
    "prop": "imageinfo",
    "iiprop": "url|mime|user|timestamp|extmetadata",
    "iiextmetadatafilter": "Artist|LicenseShortName|LicenseUrl|DateTimeOriginal",
}
_TAG = re.compile(r"<[^>]*>")


class Commons:
    """Wikimedia Commons.

    Args:
        rules: Limits and manners.
        base: Its address.
        interval: Seconds between two questions.
    """

    name = "commons"

    def __init__(self, *, rules: Rules, base: str = BASE, interval: float = 1.0) -> None:
        self._api = Api("Wikimedia Commons", base, rules, interval=interval)

    def pages(self, query: str) -> Iterator[Sequence[Candidate | BadEntry]]:
        """Gives what a query finds; see `Engine`."""
        more: dict[str, str | int] = {}
        while True:
            answer = self._api.ask(_ASKED | {"gsrsearch": f"{query} filetype:bitmap"} | more)
            if not isinstance(answer, dict):
                raise ChangedError("the answer is no object")
            if "error" in answer:
                said = text(answer, "error", "info") or text(answer, "error", "code") or "it does not say why"
                raise NoAnswerError(f"Wikimedia Commons refuses: {said}", reason="refused")
            if "query" in answer:
                found = answer["query"].get("pages") if isinstance(answer["query"], dict) else None
                if not isinstance(found, list):
                    raise ChangedError("there is no list 'query.pages'")
                yield [_entry(page) for page in sorted(found, key=_rank)]
            elif "batchcomplete" not in answer and "continue" not in answer:
                raise ChangedError("there is neither 'query' nor 'batchcomplete'")
            following = answer.get("continue")
            if not isinstance(following, dict) or not following:
                return
            more = {str(name): str(value) for name, value in following.items()}


def _rank(page: Any) -> int:
    rank = page.get("index") if isinstance(page, dict) else None
    return rank if isinstance(rank, int) else 0


def _entry(page: Any) -> Candidate | BadEntry:
    title = text(page, "title") or "a page without a title"
    infos = page.get("imageinfo") if isinstance(page, dict) else None
    info = infos[0] if isinstance(infos, list) and infos else None
    url = text(info, "url")
    if url is None:
        return BadEntry(where=title, reason="no address of a file")
    return Candidate(
        key=title,
        url=url,
        name=title.removeprefix("File:"),
        taken=_plain(text(info, "extmetadata", "DateTimeOriginal", "value")),
        author=_plain(text(info, "extmetadata", "Artist", "value")) or text(info, "user"),
        licence=_licence(info),
    )


def _licence(info: Any) -> str | None:
    name = _plain(text(info, "extmetadata", "LicenseShortName", "value"))
    address = text(info, "extmetadata", "LicenseUrl", "value")
    return " ".join(part for part in (name, address) if part) or None


def _plain(marked_up: str | None) -> str | None:
    """Takes the markup out of what people wrote about a file."""
    return " ".join(html.unescape(_TAG.sub(" ", marked_up or "")).split())[:300] or None
