"""The collector of image searches: the same words are put to one engine, page after page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from facethemodel.catalogue.names import readable, writable
from facethemodel.collect.collector import Archive, BadEntry, Candidate
from facethemodel.download.api import NoAnswerError
from facethemodel.errors import RemoteError, UsageError

ENGINES: Mapping[str, str] = {
    "commons": "Wikimedia Commons: free licences, no key",
    "openverse": "Openverse: free licences, no key",
    "brave": "Brave image search: the whole web, takes a key",
}
"""What there is to search with."""


class Engine(Protocol):
    """One search engine.

    Attributes:
        name: As in `ENGINES`.
    """

    name: str

    def pages(self, query: str) -> Iterator[Sequence[Candidate | BadEntry]]:
        """Gives what it finds, page by page, asking for a page when it is wanted.

        The candidates' keys are the engine's own names for its photos.

        Raises:
            NoAnswerError: It does not answer.
            ChangedError: It answers in a way that cannot be understood.
            CredentialsError: It refuses the key.
        """
        ...


class ChangedError(Exception):
    """An answer that is not what the engine used to give; the text says what is missing or odd."""


class Web:
    """What an engine finds for one or several queries.

    A photo that several queries find is asked for once and keeps all of them.

    Args:
        queries: Words to search.
        engine: Where.

    Raises:
        UsageError: A query that is empty or no text.
    """

    name = "web"
    total: int | None = None

    def __init__(self, queries: Sequence[str], *, engine: Engine) -> None:
        self._queries = list(dict.fromkeys(query.strip() for query in queries))
        self._engine = engine
        if not all(self._queries) or not self._queries:
            raise UsageError("a query is empty", remedy='name what to search: "Paul McCartney 1969"')
        for query in self._queries:
            if writable(query) != query:
                raise UsageError(
                    f"the query {readable(query.encode('utf-8', 'surrogateescape'))} is no text in UTF-8",
                    remedy="type it in a terminal that is set to UTF-8",
                )

    def candidates(self, archive: Archive) -> Iterator[Candidate | BadEntry]:
        """Lists what each query finds, one query after the other; see `Collector`."""
        for query in self._queries:
            # An engine that gives the same page again and again would never come to an end.
            seen: set[str] = set()
            pages = self._engine.pages(query)
            while (page := self._next(pages)) is not None:
                new = False
                for entry in page:
                    if isinstance(entry, BadEntry):
                        yield entry
                    elif entry.key not in seen:
                        seen.add(entry.key)
                        new = True
                        # With the query in its key, what another query found is the same photo from a second
                        # place: not asked for again, and both queries stand beside it.
                        yield replace(entry, key=f"{self._engine.name}/{query}/{entry.key}", query=query)
                if not new:
                    break

    def _next(self, pages: Iterator[Sequence[Candidate | BadEntry]]) -> Sequence[Candidate | BadEntry] | None:
        try:
            return next(pages, None)
        except ChangedError as error:
            raise RemoteError(
                f"{self._engine.name} answers in a way that is not understood any more: {error}",
                remedy=f"update facethemodel, or search elsewhere: {self._others()}",
            ) from error
        except NoAnswerError as error:
            raise RemoteError(
                error.what, remedy=error.remedy or f"try again later, or elsewhere: {self._others()}"
            ) from error

    def _others(self) -> str:
        return " or ".join(f"--engine {name}" for name in ENGINES if name != self._engine.name)


def listed(answer: Any, *path: str) -> list[Any]:
    """Gives the list at some place of an answer.

    Raises:
        ChangedError: There is none.
    """
    found = answer
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise ChangedError(f"there is no list {'.'.join(path)!r}")
    return found


def text(of: Any, *path: str) -> str | None:
    """Gives the text at some place of an answer; None where there is none."""
    found = of
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found.strip() or None if isinstance(found, str) else None
