"""Brave's image search, which takes a key and gives at most 200 results for a query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from facethemodel.collect.collector import BadEntry, Candidate
from facethemodel.collect.web import listed, text
from facethemodel.download.api import Api, NoAnswerError
from facethemodel.download.rules import Rules
from facethemodel.errors import CredentialsError

BASE = "https://api.search.brave.com/res/v1/images/search"
KEY_VARIABLE = "BRAVE_API_KEY"

_MOST = 200
_REFUSED = ("HTTP 401", "HTTP 402", "HTTP 403", "HTTP 422")


class Brave:
    """Brave.

    Args:
        key: The user's own; sent to Brave and written down nowhere.
        rules: Limits and manners.
        base: Its address.
    """

    name = "brave"

    def __init__(self, key: str, *, rules: Rules, base: str = BASE) -> None:
        self._api = Api("Brave", base, rules, headers=(("X-Subscription-Token", key),))

    def pages(self, query: str) -> Iterator[Sequence[Candidate | BadEntry]]:
        """Gives what a query finds, which is one page; see `Engine`."""
        try:
            answer = self._api.ask({"q": query, "count": _MOST, "safesearch": "strict", "spellcheck": 0})
        except NoAnswerError as error:
            if error.reason in _REFUSED:
                raise CredentialsError(
                    f"Brave does not accept the key ({error.reason})",
                    remedy=f"check the key in {KEY_VARIABLE} or --key-file, and what your plan includes",
                ) from error
            raise
        yield [_entry(result) for result in listed(answer, "results")]


def _entry(result: Any) -> Candidate | BadEntry:
    url, page = text(result, "properties", "url"), text(result, "url")
    if url is None:
        return BadEntry(where=page or "a result without a page", reason="no address of a picture")
    return Candidate(key=url, url=url, post=page, author=text(result, "source"))
