"""Judged photos weighed as they would be shown: a share `prior` of the person, the rest of strangers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from facethemodel.bundle.evidence import Evidence
from facethemodel.catalogue.records import normalise_identity
from facethemodel.evaluation.intervals import exact_interval
from facethemodel.evaluation.rows import Row

SHARE_METHOD = (
    "Clopper-Pearson for the person's photos and for strangers as draws, each count at 1 - (1 - confidence) "
    "/ number of counts, put together at their worst (Bonferroni)"
)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of photos, weighed by `prior`.

    Attributes:
        value: The share; None when there was nothing to count.
        low: Lower end of the interval; see `SHARE_METHOD`.
        high: Upper end of the interval.
        person_photos: Photos of the person among which it was counted.
        stranger_photos: Strangers' photos among which it was counted.
    """

    value: float | None
    low: float
    high: float
    person_photos: int
    stranger_photos: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """Photos of the person and of strangers that got a score.

    Attributes:
        prior: The weight of the person's photos together, in (0, 1); the strangers weigh the rest.
        is_person: (n,).
        score: (n,) the best face's.
        probability: (n,) that the photo shows the person.
        draw: (n,) which draw a photo belongs to: its stranger, numbered from 0, or itself for the person's.
        weight: (n,) adding up to 1; each draw of one kind weighs the same.
    """

    prior: float
    is_person: Mask
    score: NDArray[np.float64]
    probability: NDArray[np.float64]
    draw: NDArray[np.int64]
    weight: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        *,
        prior: float,
        person: tuple[ArrayLike, ArrayLike],
        strangers: tuple[ArrayLike, ArrayLike],
        identities: Sequence[str | None],
    ) -> Self:
        """Weighs photos.

        Args:
            prior: In (0, 1).
            person: Scores and probabilities of the person's photos.
            strangers: Scores and probabilities of the strangers' photos.
            identities: Who is on each of the latter; None is a stranger of his own.

        Raises:
            ValueError: One of the two kinds is missing.
        """
        scores = [np.asarray(side[0], dtype=np.float64).reshape(-1) for side in (person, strangers)]
        chances = [np.asarray(side[1], dtype=np.float64).reshape(-1) for side in (person, strangers)]
        if not len(scores[0]) or not len(scores[1]):
            raise ValueError(f"photos of both kinds are needed, got {len(scores[0])} and {len(scores[1])}")
        names = [f"\0{i}" if one is None else normalise_identity(one) for i, one in enumerate(identities)]
        _, who, counts = np.unique(np.array(names), return_inverse=True, return_counts=True)
        each = (1.0 - prior) / len(counts)
        return cls(
            prior=prior,
            is_person=np.repeat([True, False], [len(scores[0]), len(scores[1])]),
            score=np.concatenate(scores),
            probability=np.concatenate(chances),
            draw=np.concatenate([np.arange(len(scores[0])), who]).astype(np.int64),
            weight=np.concatenate([np.full(len(scores[0]), prior / len(scores[0])), each / counts[who]]),
        )

    @classmethod
    def of_scores(
        cls,
        evidence: Evidence,
        persons: NDArray[np.float64],
        strangers: NDArray[np.float64],
        identities: Sequence[str | None],
    ) -> Self:
        """Weighs photos of one face each.

        Raises:
            ValueError: One of the two kinds is missing.
        """
        chances = [
            [evidence.probability([score]) for score in side.tolist()] for side in (persons, strangers)
        ]
        return cls.of(
            prior=evidence.prior,
            person=(persons, np.array(chances[0], dtype=np.float64)),
            strangers=(strangers, np.array(chances[1], dtype=np.float64)),
            identities=identities,
        )

    @classmethod
    def of_rows(cls, rows: Sequence[Row], *, prior: float) -> Self | None:
        """Weighs the photos of a table of verdicts that got a probability; None without both kinds."""
        sides = []
        for role in ("person", "stranger"):
            some = [row for row in rows if row.role == role and row.probability is not None]
            if not some:
                return None
            sides.append(([row.score for row in some], [row.probability for row in some]))
        names = [row.draw for row in rows if row.role == "stranger" and row.probability is not None]
        return cls.of(
            prior=prior,
            person=(np.array(sides[0][0], dtype=np.float64), np.array(sides[0][1], dtype=np.float64)),
            strangers=(np.array(sides[1][0], dtype=np.float64), np.array(sides[1][1], dtype=np.float64)),
            identities=names,
        )

    @property
    def persons(self) -> int:
        """How many photos of the person there are."""
        return int(self.is_person.sum())

    @property
    def identities(self) -> int:
        """How many strangers there are."""
        return int(self.draw[~self.is_person].max()) + 1

    def person_share(self, among: Mask, *, confidence: float) -> Share:
        """How many of some photos are the person's."""
        return self._share(among & self.is_person, among, (True,), (False,), confidence)

    def wrong_share(self, wrong: Mask, among: Mask, *, confidence: float) -> Share:
        """How many of some photos are wrong."""
        return self._share(among & wrong, among, (True, False), (True, False), confidence)

    def _share(
        self,
        hit: Mask,
        among: Mask,
        hit_kinds: tuple[bool, ...],
        miss_kinds: tuple[bool, ...],
        confidence: float,
    ) -> Share:
        """The weight of `hit` in that of `among`.

        The kinds (True: the person) are those that may occur among hits, and among the others.
        """
        each = 1.0 - (1.0 - confidence) / (len(hit_kinds) + len(miss_kinds))
        hits = np.array([self._mass(hit, kind, each) for kind in hit_kinds]).sum(axis=0)
        misses = np.array([self._mass(among & ~hit, kind, each) for kind in miss_kinds]).sum(axis=0)
        total = float(hits[0] + misses[0])
        return Share(
            value=float(hits[0]) / total if total > 0.0 else None,
            low=float(hits[1] / (hits[1] + misses[2])),
            high=float(hits[2] / (hits[2] + misses[1])),
            person_photos=int((among & self.is_person).sum()),
            stranger_photos=int((among & ~self.is_person).sum()),
        )

    def _mass(self, chosen: Mask, of_person: bool, confidence: float) -> tuple[float, float, float]:
        """The weight of the chosen photos of one kind, and the interval that the draws leave it."""
        share, draws = (self.prior, self.persons) if of_person else (1.0 - self.prior, self.identities)
        mass = float(self.weight[chosen & (self.is_person == of_person)].sum())
        low, high = exact_interval(min(mass / share, 1.0) * draws, draws, confidence=confidence)
        return mass, share * low, share * high
