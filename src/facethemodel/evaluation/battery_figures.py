"""What the battery found, as plain values: see `battery` for how they are counted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from facethemodel.battery.families import WRONG_IF_TAKEN, Kind, MadeOf
from facethemodel.battery.shots import Shot
from facethemodel.bundle.decision import VerdictName
from facethemodel.evaluation.intervals import Rate

NO_FACE = -math.inf
"""The score of a picture that the gate refuses: below every other."""

FamilyKind = Kind | Literal["own"]
Group = Literal["all", "far", "near", "own"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One picture and what was said of it.

    Attributes:
        shot: How it was made.
        verdict: What a bundle would say.
        score: The highest logit among its accepted faces; None without one.
        box: Where that face lies: x, y, width, height as shares of the picture's width and height.
    """

    shot: Shot
    verdict: VerdictName
    score: float | None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyFigures:
    """One family of pictures.

    Attributes:
        name: Its name: a built-in one's, or the category that the user gave.
        kind: What it asks; `own` for the user's, of which nothing may be taken for the person either.
        made_of: Which test photos it was made of.
        pictures: How many were judged.
        gate: The gate accepted a face.
        taken: Taken for the person, end to end.
        unsure: Verdict `unsure`.
        unchanged: Of the very photos it was made of, as they are, how many are taken for the person; None
            where there are none.
        auc: Probability that a test photo of the person scores above one of these; None without both.
        highest_score: The highest score; None where the gate let nothing through.
    """

    name: str
    kind: FamilyKind
    made_of: MadeOf | Literal["photos"]
    pictures: int
    gate: Rate
    taken: Rate
    unsure: Rate
    unchanged: Rate | None
    auc: float | None
    highest_score: float | None

    @property
    def wrong_if_taken(self) -> bool:
        """Whether a picture of it that is taken for the person is an error."""
        return self.kind == "own" or self.kind in WRONG_IF_TAKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """The person's test photos against curveballs, at every line. A photo without a face scores lowest.

    Attributes:
        group: Which families: far, near, the user's own, or all of these.
        families: How many.
        pictures: Pictures in them.
        auc: Probability that a test photo of the person scores above a curveball; ties count half.
        fpr: Share of the curveballs at or above the line that 95 % of the person's photos reach; nothing to
            count where no such line exists.
        line: That line; None where the gate refuses too many of the person's photos for there to be one.
    """

    group: Group
    families: int
    pictures: int
    auc: float | None
    fpr: Rate
    line: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """The curveball that comes nearest to the person, or is taken for him or her.

    Attributes:
        family: Its family.
        kind: What that family asks.
        verdict: What was said of the picture.
        score: Its score.
        above: By how much the score lies above the line for `person`; negative below it.
        photo: The sha256 of the photo that it is or was made of; None for what was drawn.
        face: Index of its best face, for the user's own.
        seed: What it was drawn from.
    """

    family: str
    kind: FamilyKind
    verdict: VerdictName
    score: float
    above: float
    photo: str | None
    face: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RungFigures:
    """One rung of a ladder for one kind of photo.

    Attributes:
        rung: Its value; None for the photos as they are.
        photos: How many were judged.
        verdicts: How many got each verdict.
        median: The verdict of the photo in the middle, photos in the order of their scores; with an even
            number the worse of the two. None without photos.
    """

    rung: float | None
    photos: int
    verdicts: Mapping[VerdictName, int]
    median: VerdictName | None

    def share(self, verdict: VerdictName) -> float:
        """The share of the photos with that verdict; 0 without photos."""
        return self.verdicts[verdict] / self.photos if self.photos else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderFigures:
    """One ladder.

    Attributes:
        name: Its name.
        unit: What its rungs are counted in.
        person: The person's photos as they are, then on every rung.
        strangers: The same for strangers, one photo of each.
        turns: For each verdict but `person` the first rung at which the person's median photo gets it.
        turned: Strangers who are not taken for the person as they are, and are on some rung.
    """

    name: str
    unit: str
    person: tuple[RungFigures, ...]
    strangers: tuple[RungFigures, ...]
    turns: Mapping[VerdictName, float | None]
    turned: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """All of it.

    Attributes:
        pictures: Pictures made and judged.
        lost: Pictures that could not be made, because their photo is gone or damaged.
        confidence: Confidence of all intervals.
        families: Built-in families in their order, then the user's own; none without a picture.
        separation: All curveballs, the far, the near and the user's own; no group without pictures.
        worst: The worst curveball; None where the gate let none through.
        ladders: In their order.
        turned: Strangers who turn into the person on some rung of any ladder.
        seconds: How long it took.
    """

    pictures: int
    lost: int
    confidence: float
    families: tuple[FamilyFigures, ...]
    separation: tuple[Separation, ...]
    worst: Worst | None
    ladders: tuple[LadderFigures, ...]
    turned: Rate
    seconds: float = field(default=0.0, compare=False)

    @property
    def worst_family(self) -> FamilyFigures | None:
        """The family most surely taken for the person; where none is, the one with the highest score."""
        wrong = [one for one in self.families if one.wrong_if_taken]
        return max(
            wrong,
            key=lambda one: (one.taken.low, NO_FACE if one.highest_score is None else one.highest_score),
            default=None,
        )

    @property
    def turning(self) -> tuple[LadderFigures, ...]:
        """The ladders on which a stranger turned into the person, those of most strangers first."""
        found = [one for one in self.ladders if one.turned.count]
        return tuple(sorted(found, key=lambda one: -one.turned.count))

    @property
    def summary(self) -> str:
        """The worst family, and what the ladders do to strangers, in one line for a terminal."""
        if not self.turned.count:
            return self._families
        how = ", ".join(f"{one.name} {one.turned.count:,}" for one in self.turning)
        return (
            f"{self._families}; {self.turned.count:,} of {self.turned.total:,} strangers turn into the "
            f"person when their photo is made worse ({how})"
        )

    @property
    def _families(self) -> str:
        worst = self.worst_family
        if worst is None:
            return "no curveball was made"
        if worst.taken.count:
            return (
                f"worst family {worst.name}: {worst.taken.count:,} of {worst.taken.total:,} taken for the "
                f"person ({100 * worst.taken.low:.1f}–{100 * worst.taken.high:.1f} %)"
            )
        gate, _ = self.pooled("far", "near", "own")
        families = sum(one.wrong_if_taken for one in self.families)
        nearest = f"; nearest: {worst.name}" if worst.highest_score is not None else ""
        return (
            f"none of {gate.total:,} curveballs of {families} families is taken for the person "
            f"({gate.count:,} get past the gate){nearest}"
        )

    def pooled(self, *kinds: FamilyKind) -> tuple[Rate, Rate]:
        """Accepted by the gate and taken for the person, over all families of these kinds."""
        some = [one for one in self.families if one.kind in kinds]
        total = sum(one.pictures for one in some)
        return (
            Rate.of(sum(one.gate.count for one in some), total, confidence=self.confidence),
            Rate.of(sum(one.taken.count for one in some), total, confidence=self.confidence),
        )

    def document(self) -> dict[str, Any]:
        """Plain values, as they stand in `metrics.json`."""
        return {"summary": self.summary, **asdict(self)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatteryPictures:
    """Pictures for people to look at, each RGB, (H, W, 3).

    Attributes:
        worst: The worst curveball; None where there is none, or it is a photo of the user's own.
        families: For each built-in family the picture with the highest score.
        as_it_is: The photo of the person that the ladders are shown on.
        rungs: That photo on each rung that it has, by ladder and rung.
    """

    worst: NDArray[np.uint8] | None = None
    families: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    as_it_is: NDArray[np.uint8] | None = None
    rungs: Mapping[tuple[str, float], NDArray[np.uint8]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatteryReport:
    """All that the report says of the battery."""

    figures: Battery
    pictures: BatteryPictures = field(default_factory=BatteryPictures)
