"""What sites ask of machines: robots.txt (RFC 9309) and the header `X-Robots-Tag`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from protego import Protego

from facethemodel.catalogue.names import writable

AGENT = "facethemodel"
"""The name sites call this program by in robots.txt and `X-Robots-Tag`."""

LONGEST = 500 * 1024
"""Bytes of a robots.txt that are read, the least that RFC 9309 asks for."""

_NO = frozenset({"noai", "noimageai", "noindex", "noimageindex", "noml", "none"})
_WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})


class SiteRules:
    """The robots.txt of one site.

    Args:
        text: Its content; empty where a site has none, which allows everything.
    """

    def __init__(self, text: str) -> None:
        self._rules = Protego.parse(text)

    def allows(self, url: str) -> bool:
        """Tells whether this program may ask for an address."""
        return bool(self._rules.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        """Seconds the site wants between two requests; 0 where it does not say."""
        return float(self._rules.crawl_delay(AGENT) or 0.0)


def written(headers: Mapping[str, str], values: Iterable[str] = ()) -> str | None:
    """Puts down what an answer says to machines, in its own words.

    Args:
        headers: Of the answer.
        values: All values of `X-Robots-Tag`, which may come more than once.
    """
    parts = [value.strip() for value in values if value.strip()]
    reserved = headers.get("TDM-Reservation", "").strip()
    if reserved:
        parts.append(f"tdm-reservation: {reserved}")
    return writable("; ".join(parts)[:500]) or None


def forbids(directives: str | None) -> str | None:
    """Gives the directive that keeps a photo from being collected, where one does.

    That is `noai`, `noimageai`, `noindex`, `noimageindex`, `noml` or `none`, to everyone or to this program
    by name, and `tdm-reservation: 1`. Directives to other programs by name are theirs.

    >>> forbids("otherbot: noai, noindex; max-snippet: 20") is None
    True
    >>> forbids("noarchive, NoImageAI")
    'noimageai'
    """
    for part in re.split(r"[;\n]", directives or ""):
        everyone = True
        for word in part.lower().split(","):
            name, colon, value = (side.strip() for side in word.partition(":"))
            if colon and name == "tdm-reservation":
                if value == "1":
                    return "tdm-reservation"
                continue
            if colon and name not in _WITH_VALUE:
                # A program's name governs all that follows it in the same header.
                everyone = name in (AGENT, "*")
                name = value
            if everyone and name in _NO:
                return name
    return None
