"""What collecting came to: every address and every bad entry in exactly one outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from facethemodel.collect.report import LabelConflict
from facethemodel.errors import FacethemodelError

Yield = Literal[
    "kept",
    "same",
    "held",
    "dead",
    "wrong hash",
    "no photo",
    "refused",
    "barred",
    "failed",
    "bad entry",
    "open",
]
"""What becomes of an entry of a source:

* `kept`: a photo that the project did not have.
* `same`: a photo that it had from elsewhere, and now has one more source of.
* `held`: a photo that it had from this very place; nothing was asked.
* `dead`: nothing is there (HTTP 404 or 410, no such host, a picture that stands for what was removed).
* `wrong hash`: other bytes than the source promised.
* `no photo`: something else: a web page, a video, nothing at all.
* `refused`: the server says no, or sends round in circles.
* `barred`: left alone by this program's rules: robots directives, private addresses, size, no address at all.
* `failed`: nothing came this time; the next run asks again.
* `bad entry`: a line that names no photo.
* `open`: not asked, because the run ended first or was a dry one.
"""

YIELDS: tuple[Yield, ...] = get_args(Yield)
PROBLEMS: tuple[Yield, ...] = ("dead", "wrong hash", "no photo", "refused", "barred", "failed", "bad entry")

_WORDS = {
    "dead": "dead",
    "wrong hash": "wrong hash",
    "no photo": "no photo",
    "refused": "refused",
    "barred": "left alone",
    "failed": "failed this time",
    "bad entry": "not an entry",
    "kept": "kept",
    "already held": "already held",
    "open": "not asked",
}
_FEW = 100
"""Below so many addresses the sentence counts instead of giving shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An entry that led to no photo.

    Attributes:
        where: The address, or the line that names none.
    """

    where: str
    outcome: Yield
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectReport:
    """What one run came to.

    Attributes:
        collector: Its name.
        counts: Entries by outcome, every outcome named.
        problems: Every entry without a photo, in the order they were settled.
        conflicts: Photos among those met on which sources now disagree.
        settled: Entries without a photo that were not asked for because an earlier run had.
        requests: Sent to servers, those for robots.txt and after redirects included.
        seconds: The run took.
        error: What ended the run before its time, when something did.
        interrupted: Whether the user ended it.
        dry_run: Whether nothing was to be fetched.
    """

    collector: str
    counts: Mapping[Yield, int]
    problems: tuple[Problem, ...]
    conflicts: tuple[LabelConflict, ...]
    settled: int
    requests: int
    seconds: float
    error: FacethemodelError | None
    interrupted: bool
    dry_run: bool

    @property
    def entries(self) -> int:
        """Addresses and bad entries together."""
        return sum(self.counts.values())

    @property
    def photos(self) -> int:
        """Entries whose photo is in the project now."""
        return self.counts["kept"] + self.counts["same"] + self.counts["held"]

    @property
    def missed(self) -> int:
        """Entries that led to no photo."""
        return sum(self.counts[one] for one in PROBLEMS)

    def reasons(self) -> list[tuple[Yield, str, int]]:
        """Gives outcome, reason and number of the entries without a photo, the most frequent first."""
        found = Counter((problem.outcome, problem.reason) for problem in self.problems)
        return [(outcome, reason, number) for (outcome, reason), number in found.most_common()]

    def sentence(self) -> str:
        """Says it in one line: `765 addresses: 61 % dead, 3 % wrong hash, 30 % kept, 6 % already held`."""
        held = {"already held": self.counts["same"] + self.counts["held"]}
        counts: dict[str, int] = {str(name): number for name, number in self.counts.items()} | held
        parts = [
            f"{_share(counts[name], self.entries)} {words}" for name, words in _WORDS.items() if counts[name]
        ]
        entries = f"{self.entries:,} address{'' if self.entries == 1 else 'es'}"
        return f"{entries}: {', '.join(parts)}" if parts else entries

    def as_json(self) -> dict[str, Any]:
        """Gives all of it as plain values."""
        return {
            "collector": self.collector,
            "yield": self.sentence(),
            "addresses": self.entries,
            "counts": {name.replace(" ", "_"): self.counts[name] for name in YIELDS},
            "settled": self.settled,
            "requests": self.requests,
            "seconds": round(self.seconds, 1),
            "dry_run": self.dry_run,
            "interrupted": self.interrupted,
            "error": self.error.what if self.error is not None else None,
            "problems": [
                {"where": one.where, "outcome": one.outcome.replace(" ", "_"), "reason": one.reason}
                for one in self.problems
            ],
            "conflicts": [
                {"sha256": one.sha256, "name": one.name, "conflict": one.conflict} for one in self.conflicts
            ],
        }


def _share(number: int, total: int) -> str:
    if total < _FEW:
        return f"{number:,}"
    percent = 100 * number / total
    if percent < 0.5:
        return "under 1 %"
    return f"{percent:.0f} %" if number == total or percent < 99.5 else "over 99 %"
