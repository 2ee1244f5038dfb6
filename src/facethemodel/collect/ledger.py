"""What the project knows of a collector's photos, and how a photo enters it with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from facethemodel.catalogue import fetches, hints, photos, tags
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.fetches import Fetch
from facethemodel.catalogue.names import writable
from facethemodel.catalogue.records import Claim, Photo, Source
from facethemodel.collect.collector import Candidate
from facethemodel.collect.yields import Yield
from facethemodel.download.answers import NO_SUCH_HOST, Missed
from facethemodel.photos.newcomers import newcomers
from facethemodel.photos.store import PhotoStore

_SETTLED = frozenset({"dead", "wrong hash", "no photo"})


@dataclass(frozen=True, slots=True)
class Known:
    """What needs no request.

    Attributes:
        outcome: `held`, `same`, or that of an earlier run.
        reason: Why there is no photo.
        photo: The photo that the project has.
    """

    outcome: Yield
    reason: str | None = None
    photo: Photo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The catalogue as one collector sees it, and the `Archive` that it may ask; for any thread.

    Attributes:
        collector: The collector's name.
        claim: What photos are for where the source does not say.
        words: Tags for every photo.
        again: Whether what was settled without a photo is asked again.
    """

    db: Database
    store: PhotoStore
    collector: str
    claim: Claim | None
    words: Sequence[str]
    again: bool

    def holds(self, key: str) -> bool:
        """Whether the project has this collector's photo of that key."""
        row = fetches.find(self.db, self.collector, writable(key))
        return row is not None and row.sha256 is not None

    def known(self, candidate: Candidate) -> Known | None:
        """Tells what can be said without a request; None when one is needed."""
        row = fetches.find(self.db, self.collector, candidate.key)
        if row is not None and row.outcome == "kept":
            if row.sha256 is None:
                return Known("barred", "forgotten in this project")
            if candidate.sha256 in (None, row.sha256):
                return Known("held", photo=photos.get(self.db, row.sha256))
        if candidate.sha256 is not None and (photo := photos.get(self.db, candidate.sha256)) is not None:
            return Known("same", photo=photo)
        if row is not None and self._settled(row):
            return Known(row.outcome, row.reason)
        if candidate.url is None:
            return None
        other = fetches.find_address(self.db, candidate.url)
        if other is not None and other.sha256 is not None and candidate.sha256 in (None, other.sha256):
            return Known("same", photo=photos.get(self.db, other.sha256))
        if other is not None and other.outcome != "wrong hash" and self._settled(other):
            return Known(other.outcome, other.reason)
        return None

    def keep(self, candidate: Candidate, path: Path, *, robots: str | None) -> tuple[Yield, Photo]:
        """Brings a file into the store, then into the catalogue; the file itself stays.

        Returns:
            `kept` or `same`, and the photo.

        Raises:
            StorageError: The disk takes no more.
            UnreadablePhotoError: The file is gone or changes meanwhile.
        """
        with newcomers(self.store, self.db):
            photo = self.store.put(path)
            outcome = self.enter(candidate, photo, robots=robots)
        return ("kept" if outcome == "new" else "same"), photo

    def enter(self, candidate: Candidate, photo: Photo, *, robots: str | None = None) -> photos.Outcome:
        """Writes down a photo that the store has, all of it in one transaction."""
        source = Source(
            origin=_origin(candidate),
            collector=self.collector,
            url=candidate.url,
            query=candidate.query,
            post=candidate.post,
            taken=candidate.taken,
            author=candidate.author,
            licence=candidate.licence,
            robots="; ".join(one for one in (candidate.robots, robots) if one) or None,
        )
        with self.db.write() as connection:
            outcome = photos.add(self.db, photo, source=source, claim=candidate.claim or self.claim)
            if candidate.box is not None:
                hints.record(connection, photo.sha256, source, candidate.box)
            tags.add(self.db, [photo.sha256], self.words)
            fetches.record(self.db, replace(self._fetch(candidate), sha256=photo.sha256))
        return outcome

    def miss(self, candidate: Candidate, missed: Missed) -> None:
        """Writes down that an address gave no photo."""
        fetches.record(self.db, replace(self._fetch(candidate), outcome=missed.outcome, reason=missed.reason))

    def _fetch(self, candidate: Candidate) -> Fetch:
        return Fetch(collector=self.collector, key=candidate.key, url=candidate.url, outcome="kept")

    def _settled(self, row: Fetch) -> bool:
        # A name that does not exist costs a look-up and no request, and may be this machine's own fault.
        return not self.again and row.outcome in _SETTLED and row.reason != NO_SUCH_HOST


def _origin(candidate: Candidate) -> bytes:
    """Gives what tells this place from others of the same photo, with the file name at its end."""
    key = candidate.key
    if candidate.name and not key.endswith(f"/{candidate.name}"):
        key = f"{key}/{candidate.name}"
    return key.encode("utf-8", "surrogateescape")
