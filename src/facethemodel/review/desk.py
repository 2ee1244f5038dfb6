"""Where deciding happens: the catalogue, which keeps everything, and the shelf, which shows it quickly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from facethemodel.catalogue import rechecks, reviews
from facethemodel.catalogue.reviews import Act, Done
from facethemodel.errors import UsageError
from facethemodel.project import Project
from facethemodel.review.cards import read_cards, read_mark
from facethemodel.review.shelf import SURE, UNDECIDED, Filter, Shelf, Sort

SPACING = round(1 / rechecks.SHARE)
"""On a page of undecided photos every so-manieth is one that was decided before."""
_QUICK = 0.25
_PATIENCE = 20
"""Times what reading all cards took: so long a shelf is kept while another command works on the project."""

Doubts = Callable[[], Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A list to go through, as it is now: it does not change while photos in it are decided."""

    numbers: list[int]
    every: int
    decided: int


class Desk:
    """The work on one project. Threads may share it; other processes may work on the project meanwhile.

    Args:
        project: Which project; it is not held, so that an inspection can go on.
        doubts: Reads how much the newest model doubts each label.
    """

    def __init__(self, project: Project, doubts: Doubts = dict) -> None:
        self.project = project
        self._doubts = doubts
        self._db = project.database()
        # Reading everything anew must not keep a decision waiting.
        self._reading = project.database()
        self._fresh = threading.Lock()
        self._touched: set[str] = set()
        self._version, self._read_at, self._took = -1, 0.0, 0.0
        self._shelf = self._read_shelf({})
        self._decision = self._newest()

    @property
    def shelf(self) -> Shelf:
        """The cards as they are known now."""
        return self._shelf

    def order(self, chosen: Filter, sort: Sort) -> Order:
        """Lists photos to go through; undecided ones with a few mixed in that are asked a second time."""
        self._refresh()
        mixed: list[str] = []
        if chosen.standing == UNDECIDED:
            every = Filter(**{name: getattr(chosen, name) for name in _BUT_STANDING})
            count, decided = self._shelf.counts(chosen)
            hiding = (count - decided) // SPACING
            if hiding:
                self._mark(rechecks.ask_again(self._db, self._shelf.shas(every), most=hiding))
            mixed = [sha for (sha,) in self._db.read("SELECT sha256 FROM review_again WHERE second IS NULL")]
        numbers = self._shelf.order(chosen, sort)
        count, decided = self._shelf.counts(chosen)
        return Order(numbers=_spread(numbers, self._shelf.photos(mixed)), every=count, decided=decided)

    def act(self, wanted: Act) -> tuple[Done, list[dict[str, Any]]]:
        """Decides; returns what came of it once that is on the disk, with the cards of all photos named.

        Raises:
            UsageError: As `catalogue.reviews.act` does.
        """
        done = reviews.act(self._db, wanted)
        return done, self._cards(wanted.shas)

    def undo(self, key: str) -> tuple[Done | None, list[dict[str, Any]]]:
        """Undoes the last act of the project."""
        done = reviews.undo(self._db, key=key)
        return done, self._cards(done.shas if done else ())

    def redo(self, key: str) -> tuple[Done | None, list[dict[str, Any]]]:
        """Does again what was undone last."""
        done = reviews.redo(self._db, key=key)
        return done, self._cards(done.shas if done else ())

    def accept_sure(self, chosen: Filter, *, key: str) -> int:
        """Keeps the undecided photos of a filter whose label the model finds sure, as the model's decisions.

        Returns:
            How many.
        """
        named = {name: getattr(chosen, name) for name in _BUT_STANDING} | {"band": SURE}
        shas = self._shelf.shas(Filter(**named, standing=UNDECIDED))
        pending = {sha for (sha,) in self._db.read("SELECT sha256 FROM review_again WHERE second IS NULL")}
        shas = [sha for sha in shas if sha not in pending][: reviews.MOST]
        if not shas:
            raise UsageError("no undecided photo here is one that the model is sure of")
        done = reviews.act(self._db, Act(key=key, what="keep", shas=tuple(shas), actor="auto"))
        self._mark(done.shas)
        return len(done.shas)

    def progress(self, chosen: Filter) -> dict[str, Any]:
        """Gives how far the work on a filter is, and a number that grows with decisions."""
        self._catch_up()
        every, decided = self._shelf.counts(chosen)
        undo, redo = reviews.can_turn(self._db)
        again = rechecks.consistency(self._db)
        return {
            "every": every,
            "decided": decided,
            "minute": reviews.pace(self._db),
            "undo": undo,
            "redo": redo,
            "twice": again.twice,
            "same": again.same,
            "newest": self._decision,
        }

    def keys(self) -> dict[str, str]:
        """Gives the tag that each digit stands for."""
        return reviews.tag_keys(self._db)

    def set_key(self, digit: str, tag: str) -> dict[str, str]:
        """Makes a digit stand for a tag, or for nothing where the tag is empty; gives them all.

        Raises:
            UsageError: No digit, or a tag that cannot be used.
        """
        reviews.set_tag_key(self._db, digit, tag)
        return self.keys()

    def close(self) -> None:
        """Lets the catalogue go."""
        # Not while the cards are being read anew.
        with self._fresh:
            self._db.close()
            self._reading.close()
            self._shelf.close()

    def _cards(self, shas: Sequence[str]) -> list[dict[str, Any]]:
        self._touched.update(shas)
        return self._shelf.cards(self._mark(shas))

    def _mark(self, shas: Sequence[str]) -> list[int]:
        return self._shelf.mark(read_mark(self._db, sha, person=self.project.person) for sha in shas)

    def _refresh(self) -> None:
        """Takes over what other commands did to the project."""
        self._catch_up()
        if self._data_version() == self._version:
            return
        if self._took < _QUICK:
            self._renew()
        elif time.monotonic() - self._read_at > _PATIENCE * self._took:
            threading.Thread(target=self._renew, daemon=True).start()

    def _catch_up(self) -> None:
        """Takes over what was decided since, here or by another command."""
        since, newest = self._decision, self._newest()
        if newest != since:
            self._decision = newest
            changed = self._db.read("SELECT DISTINCT sha256 FROM decision WHERE id > ?", (since,))
            self._mark([sha for (sha,) in changed])

    def _renew(self) -> None:
        if not self._fresh.acquire(blocking=False):
            return
        try:
            self._touched = set()
            shelf = self._read_shelf(self._shelf.numbers)
            # What was decided while the cards were read.
            since, self._decision = self._decision, self._newest()
            changed = {sha for (sha,) in self._db.read("SELECT sha256 FROM decision WHERE id > ?", (since,))}
            self._shelf = shelf
            self._mark(sorted(changed | self._touched))
        finally:
            self._fresh.release()

    def _read_shelf(self, numbers: Mapping[str, int]) -> Shelf:
        started = time.monotonic()
        self._version = self._data_version()
        cards = read_cards(self._reading, person=self.project.person, doubts=self._doubts())
        shelf = Shelf(cards, numbers=numbers)
        self._read_at = time.monotonic()
        self._took = self._read_at - started
        return shelf

    def _newest(self) -> int:
        return int(self._db.read("SELECT ifnull(max(id), 0) FROM decision")[0][0])

    def _data_version(self) -> int:
        """Changes whenever another connection than the one that decides has written."""
        return int(self._db.read("PRAGMA data_version")[0][0])


_BUT_STANDING = ("role", "flag", "source", "tag", "part", "band", "name")


def _spread(numbers: list[int], mixed: Sequence[int]) -> list[int]:
    """Moves some of the numbers to where they do not stand out: evenly, behind every 50 others."""
    moved = [number for number in numbers if number in set(mixed)]
    if not moved:
        return numbers
    rest = [number for number in numbers if number not in set(moved)]
    for position, number in enumerate(moved):
        rest.insert(min((position + 1) * SPACING - 1, len(rest)), number)
    return rest
