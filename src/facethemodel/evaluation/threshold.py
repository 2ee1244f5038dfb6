"""Where the line is drawn, so that what is promised about strangers is true."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.evidence import Evidence
from facethemodel.catalogue.records import normalise_identity
from facethemodel.errors import NoUsableDataError
from facethemodel.evaluation.intervals import Rate, upper_bound
from facethemodel.evaluation.probability import PRIOR, fit_evidence
from facethemodel.evaluation.shown import Shown
from facethemodel.evaluation.unsure import Band, measure_band

Basis = Literal["promise", "highest stranger", "no strangers"]
UnsureBasis = Literal["promise", "observed", "no strangers"]

EVEN_ODDS = 0.0
"""The logit at which the network itself holds both answers for equally likely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How the line was drawn and what it promises.

    The promise reads: of strangers like these, each with one photo, at most `target_fmr` are taken for the
    person. It is true of the line with probability `confidence` over the draw of the strangers.

    What it counts is photos, as `predict` judges them: a photo of a stranger passes when the best of its
    accepted faces does, whether that is the stranger's or a bystander's. The stranger's own face can only
    pass less often, so the same rate holds for each face by itself. For a photo of several such strangers
    see `crowds.crowd_bound`.

    Attributes:
        person: Lowest score of the verdict `person`.
        unsure: Lowest score of the verdict `unsure`.
        target_fmr: The false match rate asked for.
        confidence: The confidence asked for.
        promise: `target_fmr` where it can be promised, else None.
        bound: The smallest false match rate that these strangers can bear out at that confidence.
        basis: What the line rests on.
        strangers: Identities drawn (of photos without a name, each group counts for one).
        stranger_photos: Photos they were drawn from.
        unnamed: Those of them whose stranger has no name. The promise takes each group of them (near copies,
            one post) for another stranger, and is not exact where some show the same one.
        several_faces: How many of them show more than one accepted face.
        allowed: How many of the drawn strangers the line may let through; fixed before any score is seen.
        strangers_needed: How many more identities the promise takes; 0 where it is given.
        photo_fmr: Share of all stranger photos of the calibrate part that the line lets through.
        person_fnmr: Share of the person's photos of the calibrate part that the line turns away.
        unsure_fmr: The rate of strangers that may reach the unsure line.
        unsure_basis: Whether that too is promised at `confidence`, or only observed.
        evidence: From scores to probabilities; None without photos of both kinds.
        band: What `unsure` means on the calibrate part itself, on which the lines were drawn; None without
            `evidence`. A face here stands for its photo.
    """

    person: float
    unsure: float
    target_fmr: float
    confidence: float
    promise: float | None
    bound: float
    basis: Basis
    strangers: int
    stranger_photos: int
    unnamed: int
    several_faces: int
    allowed: int
    strangers_needed: int
    photo_fmr: Rate
    person_fnmr: Rate
    unsure_fmr: float
    unsure_basis: UnsureBasis
    evidence: Evidence | None
    band: Band | None

    @property
    def banded(self) -> bool:
        """Whether there are scores between the two lines, whose verdict is `unsure`."""
        return self.unsure < self.person

    @property
    def thresholds(self) -> Thresholds:
        """The part of it that a bundle carries."""
        return Thresholds(
            person=self.person,
            unsure=self.unsure,
            target_fmr=self.target_fmr,
            confidence=self.confidence,
            promise=self.promise,
            strangers=self.strangers,
        )


def choose_threshold(
    stranger_scores: ArrayLike,
    stranger_identities: Sequence[str | None],
    person_scores: ArrayLike,
    *,
    target_fmr: float = 0.01,
    confidence: float = 0.95,
    seed: int = 0,
    stranger_keys: Sequence[str] | None = None,
    stranger_faces: Sequence[int] | None = None,
    stranger_groups: Sequence[str] | None = None,
    prior: float = PRIOR,
) -> Calibration:
    """Draws the line on strangers that were used for nothing else.

    Photos of one stranger are not independent, so the draws are identities: one photo of each. Let n be
    their number and k the largest count with P(Binomial(n, target_fmr) <= k) <= 1 - confidence. The line lies
    just above the (k + 1)-th highest of the n scores. The share of strangers above that order statistic
    follows Beta(k + 1, n - k), so it exceeds target_fmr with probability P(Binomial(n, target_fmr) <= k): at
    most 1 - confidence, exactly for continuous scores and on the safe side with ties (Wilks, "Statistical
    prediction with special reference to the problem of tolerance limits", Annals of Mathematical Statistics
    13, 1942). As k depends on n alone, nothing is selected by looking at the scores.

    The promise covers a new stranger of the same kind, on a random photo in which the gate accepts a face.
    Probabilities are fitted beside it, on the same scores; no line depends on them.

    Args:
        stranger_scores: (n_photos,) best face score of every calibrate stranger's photo.
        stranger_identities: Who is on each of them; None is a stranger of his own.
        person_scores: (m,) best face score of every calibrate photo of the person.
        target_fmr: In (0, 1).
        confidence: In (0, 1).
        seed: Fixes which photo stands for an identity.
        stranger_keys: A stable name of each photo (its sha256), so that the choice of photos does not depend
            on their order; by default their position.
        stranger_groups: (n_photos,) which of the photos without an identity belong together, as near copies
            and those of one post do; by default each is a stranger of its own.
        stranger_faces: (n_photos,) how many faces the gate accepted in each of them; by default one.
        prior: The share of photos that are taken to show the person; in (0, 1).

    Raises:
        ValueError: Lengths that differ, or a rate, confidence or prior out of range.
        NoUsableDataError: A score that is not a finite number.
    """
    strangers = _scores(stranger_scores, "stranger")
    persons = _scores(person_scores, "person")
    if len(strangers) != len(stranger_identities):
        raise ValueError(f"{len(strangers)} stranger scores but {len(stranger_identities)} identities")
    for name, value in (("target_fmr", target_fmr), ("confidence", confidence), ("prior", prior)):
        if not 0.0 < value < 1.0:
            raise ValueError(f"{name} must lie between 0 and 1, got {value}")
    keys = [str(i) for i in range(len(strangers))] if stranger_keys is None else stranger_keys
    draws = _draws(stranger_identities, stranger_groups)
    drawn = strangers[_one_photo_each(draws, keys, seed)]
    descending = np.sort(drawn)[::-1]

    allowed = largest_allowed(len(drawn), target_fmr=target_fmr, confidence=confidence)
    unsure_fmr = max(2.0 * target_fmr, min(5.0 * target_fmr, 0.05))
    basis: Basis
    unsure_basis: UnsureBasis
    if not len(drawn):
        basis, person, unsure, unsure_basis = "no strangers", EVEN_ODDS, EVEN_ODDS, "no strangers"
    else:
        basis = "highest stranger" if allowed is None else "promise"
        person = _just_above(descending[allowed or 0])
        unsure, unsure_basis = _unsure_line(descending, unsure_fmr, confidence)
    calibration = Calibration(
        person=person,
        unsure=min(unsure, person),
        target_fmr=target_fmr,
        confidence=confidence,
        promise=None if allowed is None else target_fmr,
        bound=upper_bound(allowed or 0, len(drawn), confidence=confidence),
        basis=basis,
        strangers=len(drawn),
        stranger_photos=len(strangers),
        unnamed=sum(identity is None for identity in stranger_identities),
        several_faces=sum(count > 1 for count in stranger_faces or ()),
        allowed=allowed or 0,
        strangers_needed=0
        if allowed is not None
        else strangers_for(target_fmr=target_fmr, confidence=confidence) - len(drawn),
        photo_fmr=Rate.of(int((strangers >= person).sum()), len(strangers), confidence=confidence),
        person_fnmr=Rate.of(int((persons < person).sum()), len(persons), confidence=confidence),
        unsure_fmr=min(unsure_fmr, 1.0),
        unsure_basis=unsure_basis,
        evidence=fit_evidence(persons, strangers, draws, prior=prior),
        band=None,
    )
    return _with_band(calibration, persons, strangers, draws)


def _with_band(
    calibration: Calibration,
    persons: NDArray[np.float64],
    strangers: NDArray[np.float64],
    identities: Sequence[str | None],
) -> Calibration:
    """Adds what the band between the lines means, where probabilities could be fitted."""
    evidence = calibration.evidence
    if evidence is None:
        return calibration
    shown = Shown.of_scores(evidence, persons, strangers, identities)
    band = measure_band(shown, calibration.thresholds, evidence, confidence=calibration.confidence)
    return replace(calibration, band=band)


def largest_allowed(strangers: int, *, target_fmr: float, confidence: float) -> int | None:
    """How many of `strangers` a line may let through and still keep the promise; None when not even 0.

    >>> [largest_allowed(n, target_fmr=0.01, confidence=0.95) for n in (298, 299, 473)]
    [None, 0, 1]
    """
    if not strangers:
        return None
    counts = np.arange(strangers)
    keeps = bdtr(counts, strangers, target_fmr) <= 1.0 - confidence
    return int(keeps.sum()) - 1 if keeps[0] else None


def strangers_for(*, target_fmr: float, confidence: float) -> int:
    """The fewest identities with which the promise can be given: (1 - target_fmr)^n <= 1 - confidence."""
    count = max(1, math.ceil(math.log1p(-confidence) / math.log1p(-target_fmr)) - 1)
    while largest_allowed(count, target_fmr=target_fmr, confidence=confidence) is None:
        count += 1
    return count


def _unsure_line(
    descending: NDArray[np.float64], rate: float, confidence: float
) -> tuple[float, UnsureBasis]:
    """The score that at most `rate` of strangers reach: promised where there are enough, else as observed."""
    if rate >= 1.0:
        return float(descending[-1]), "observed"
    allowed = largest_allowed(len(descending), target_fmr=rate, confidence=confidence)
    if allowed is not None:
        return _just_above(descending[allowed]), "promise"
    return _just_above(descending[int(rate * len(descending))]), "observed"


def _just_above(score: float) -> float:
    """The next single-precision number above a score.

    Scores come out of the network in single precision; a threshold between two such numbers would be rounded
    down onto the score itself when the two are compared as arrays.
    """
    line = np.float32(score)
    while float(line) <= score:
        line = np.nextafter(line, np.float32(np.inf))
    return float(line)


def _draws(identities: Sequence[str | None], groups: Sequence[str] | None) -> Sequence[str | None]:
    """Who or what is drawn as one: an identity, or a group of photos without one."""
    if groups is None:
        return identities
    pairs = zip(identities, groups, strict=True)
    return [f"\0{group}" if identity is None else identity for identity, group in pairs]


def _one_photo_each(identities: Sequence[str | None], keys: Sequence[str], seed: int) -> list[int]:
    """Index of one photo per identity: the one whose hash of seed and key is smallest."""
    chosen: dict[str, tuple[bytes, int]] = {}
    for index, (identity, key) in enumerate(zip(identities, keys, strict=True)):
        name = f"\0{index}" if identity is None else normalise_identity(identity)
        rank = hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=8).digest()
        chosen[name] = min(chosen.get(name, (rank, index)), (rank, index))
    return sorted(index for _, index in chosen.values())


def _scores(values: ArrayLike, whose: str) -> NDArray[np.float64]:
    scores = np.asarray(values, dtype=np.float64).reshape(-1)
    if not np.isfinite(scores).all():
        raise NoUsableDataError(
            f"{int((~np.isfinite(scores)).sum())} of {len(scores)} {whose} scores are not finite numbers",
            remedy="the network has diverged: train it again, with another seed or in fp32",
        )
    return scores
