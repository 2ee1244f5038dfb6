"""Pictures that hosts send in place of one that was removed: they look like photos and are none."""

from __future__ import annotations

from urllib.parse import urlsplit

from facethemodel.collect.collector import Candidate

REASON = "a picture that stands for what was removed"

_NAMES = frozenset(
    {
        "removed.png",
        "photo_unavailable.gif",
        "photo_unavailable.png",
        "photo_unavailable_l.png",
        "image_not_found.gif",
        "image_not_found.png",
        "image-not-found.png",
        "no_image.png",
        "noimage.png",
        "404.gif",
        "404.jpg",
        "404.png",
    }
)


def sent_to_placeholder(asked: str, found: str) -> bool:
    """Tells whether a redirect led to a picture that is named as such.

    Args:
        asked: The address that was asked for.
        found: The one that answered in the end.
    """
    return asked != found and urlsplit(found).path.rpartition("/")[2].lower() in _NAMES


class Repeats:
    """Knows a placeholder by this: the same bytes come from addresses that promised different ones."""

    def __init__(self) -> None:
        self._came: dict[str, list[Candidate]] = {}

    def note(self, candidate: Candidate, sha256: str) -> None:
        """Takes note of bytes that came where others were promised."""
        self._came.setdefault(sha256, []).append(candidate)

    def found(self) -> list[Candidate]:
        """Gives the candidates for which a placeholder came."""
        return [
            candidate
            for candidates in self._came.values()
            if len({one.sha256 for one in candidates}) > 1 and len({one.url for one in candidates}) > 1
            for candidate in candidates
        ]
