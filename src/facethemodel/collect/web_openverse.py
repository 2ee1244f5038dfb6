"""Openverse, through its public interface, which answers without a key: small pages and not very many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from facethemodel.collect.collector import BadEntry, Candidate
from facethemodel.collect.web import listed, text
from facethemodel.download.api import Api, NoAnswerError
from facethemodel.download.rules import Rules

BASE = "https://api.openverse.org/v1/images/"

_PAGE = 20
"""The most it gives at once to those without a key."""
_DEEPEST = 20
"""Pages it goes down to."""


class Openverse:
    """Openverse.

    Args:
        rules: Limits and manners.
        base: Its address.
        interval: Seconds between two questions.
    """

    name = "openverse"

    def __init__(self, *, rules: Rules, base: str = BASE, interval: float = 1.0) -> None:
        self._api = Api("Openverse", base, rules, interval=interval)

    def pages(self, query: str) -> Iterator[Sequence[Candidate | BadEntry]]:
        """Gives what a query finds; see `Engine`."""
        for page in range(1, _DEEPEST + 1):
            try:
                answer = self._api.ask({"q": query, "page": page, "page_size": _PAGE})
            except NoAnswerError as error:
                # Those without a key are told so when they reach the end of what they may see.
                if page > 1 and error.reason in ("HTTP 400", "HTTP 401", "HTTP 403"):
                    return
                raise
            found = listed(answer, "results")
            yield [_entry(result) for result in found]
            last = answer.get("page_count")
            if not found or (isinstance(last, int) and page >= last):
                return


def _entry(result: Any) -> Candidate | BadEntry:
    key, url = text(result, "id"), text(result, "url")
    if key is None or url is None:
        return BadEntry(where=text(result, "title") or "a result without a title", reason="no address")
    licence = " ".join(
        part for part in (text(result, "license"), text(result, "license_version")) if part is not None
    )
    address = text(result, "license_url")
    return Candidate(
        key=key,
        url=url,
        author=text(result, "creator"),
        licence=" ".join(part for part in (licence, address) if part) or None,
    )
