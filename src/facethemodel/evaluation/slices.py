"""Errors by what is on a photo: the user's tags, and what inspection measured."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import Face
from facethemodel.evaluation.crowds import shares_taken
from facethemodel.evaluation.intervals import MeanRate, Rate, exact_interval
from facethemodel.evaluation.rows import Row

FEWEST = 20
"""Photos of the person, or different strangers, that a slice needs before anything is said about it: even
without an error the interval of 20 reaches up to 17 %."""

GREY = 3.0
"""Mean difference, in grey levels, from which on a photo has colours (see `colourfulness`). Black-and-white
photos saved as colour JPEG have less than one, colour photos hardly ever less than four."""

TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One kind of photo.

    Attributes:
        kind: What is told apart.
        name: Which of its kind, short enough for a table.
        words: The photos in words, to follow "photos".
    """

    kind: str
    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """Names for the ranges between edges: `names[k]` is for `edges[k - 1]` up to, but not, `edges[k]`."""

    kind: str
    edges: tuple[float, ...]
    names: tuple[str, ...]
    words: tuple[str, ...]

    def of(self, value: float) -> Slice:
        """The range that a value lies in."""
        index = sum(value >= edge for edge in self.edges)
        return Slice(kind=self.kind, name=self.names[index], words=self.words[index])


SIZE = Bins(
    kind="face size",
    edges=(40.0, 80.0, 160.0, 320.0),
    names=("below 40 px", "40 to 80 px", "80 to 160 px", "160 to 320 px", "320 px and more"),
    words=tuple(
        f"with a face {size} pixels wide"
        for size in ("less than 40", "40 to 80", "80 to 160", "160 to 320", "320 and more")
    ),
)
"""The face's box, geometric mean of its sides in the photo's own pixels."""

SHARPNESS = Bins(
    kind="sharpness",
    edges=(50.0, 100.0, 200.0, 400.0),
    names=("blurred", "soft", "medium", "sharp", "very sharp or grainy"),
    words=(
        "that are blurred",
        "that are soft",
        "of medium sharpness",
        "that are sharp",
        "that are very sharp",
    ),
)
"""Variance of the Laplacian on the aligned crop of 112 pixels; it doubles from edge to edge."""

YAW = Bins(
    kind="pose",
    edges=(0.12, 0.3),
    names=("to the front", "half turned", "far turned"),
    words=("with the face to the front", "with the face half turned", "with the face turned far to the side"),
)
"""See `yaw`: about 17 and 37 degrees."""

ROLL = Bins(
    kind="tilt",
    edges=(10.0, 25.0),
    names=("upright", "10 to 25°", "25° and more"),
    words=("with an upright head", "with a head tilted by 10 to 25°", "with a head tilted by 25° and more"),
)
"""See `roll`, in degrees to either side."""

BRIGHTNESS = Bins(
    kind="brightness",
    edges=(0.3, 0.6),
    names=("dark", "medium", "bright"),
    words=("that are dark", "of medium brightness", "that are bright"),
)
"""Mean grey level of the aligned crop, 0 to 1."""

COLOUR = Bins(
    kind="colour",
    edges=(GREY,),
    names=("black-and-white", "in colour"),
    words=("in black-and-white", "in colour"),
)
"""See `colourfulness`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a judged photo.

    Attributes:
        tags: The user's words.
        face: The face that was judged.
        colour: See `colourfulness`; None where its crop is gone.
        taken: When it was taken, as its source says: ISO 8601, or anything that begins with a year.
    """

    tags: tuple[str, ...] = ()
    face: Face | None = None
    colour: float | None = None
    taken: str | None = None


_YEAR = re.compile(r"\s*((?:1[89]|20)\d\d)((0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(\d{6})?)?(?!\d)")
"""A date's year, also of 19640207 and 19640207101010, and none of a number of seconds."""


def slices_of(facts: Facts) -> tuple[Slice, ...]:
    """Every slice that a photo belongs to."""
    found = [Slice(kind=TAG, name=tag, words=f"tagged “{tag}”") for tag in facts.tags]
    if facts.face is not None:
        found += [
            SIZE.of(facts.face.size),
            SHARPNESS.of(facts.face.sharpness),
            YAW.of(abs(yaw(facts.face.landmarks))),
            ROLL.of(abs(roll(facts.face.landmarks))),
            BRIGHTNESS.of(facts.face.brightness),
        ]
    if facts.colour is not None:
        found.append(COLOUR.of(facts.colour))
    year = _YEAR.match(facts.taken or "")
    if year:
        decade = f"{year[1][:3]}0s"
        found.append(Slice(kind="taken", name=decade, words=f"taken in the {decade}"))
    return tuple(found)


def roll(landmarks: Sequence[float]) -> float:
    """How far a head is tilted: the angle of the line through both eyes, in degrees, clockwise positive."""
    right, left = (np.array(landmarks[at : at + 2]) for at in (0, 2))
    return math.degrees(math.atan2(left[1] - right[1], left[0] - right[0]))


def yaw(landmarks: Sequence[float]) -> float:
    """How far a head is turned to the side: where the tip of the nose lies between the eyes.

    The offset of the nose from the middle of the eyes, along the line through both eyes, in eye distances.
    The tip of a nose lies about 0.4 eye distances before the eyes; turned by an angle a, in a parallel view,
    it moves by 0.4 sin a where the eye distance shrinks to cos a: the offset is 0.4 tan a. 0 is a face to the
    front, or landmarks that fall on one point.
    """
    points = np.asarray(landmarks, np.float64).reshape(5, 2)
    right, left, nose = points[:3]
    along = left - right
    square = float(along @ along)
    return float((nose - (right + left) / 2.0) @ along) / square if square > 0 else 0.0


def colourfulness(crop: NDArray[np.uint8]) -> float:
    """How much the colours of a crop (H, W, 3) differ from one another, in grey levels.

    Mean distance of red minus grey and of blue minus grey from their means over the crop: one tint all over
    counts as no colour.
    """
    pixels = crop.astype(np.float64)
    grey = pixels.mean(axis=2)
    differences = pixels[..., (0, 2)] - grey[..., None]
    return float(np.abs(differences - differences.mean(axis=(0, 1))).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSlice:
    """The person's test photos of one kind.

    Attributes:
        slice: Which.
        fnmr: Any verdict but `person`, of the judged photos.
        low_adjusted: Lower end of its interval at `Slices.adjusted_confidence`.
        enough: Whether there are `FEWEST` photos.
        stands_out: Whether `low_adjusted` lies above the rate of all the person's photos.
    """

    slice: Slice
    fnmr: Rate
    low_adjusted: float
    enough: bool
    stands_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerSlice:
    """Strangers' test photos of one kind.

    Attributes:
        slice: Which.
        fmr: Taken for the person, of the judged photos.
        fmr_per_identity: The same, each stranger weighing the same: this decides.
        low_adjusted: Lower end of its interval at `Slices.adjusted_confidence`.
        enough: Whether there are `FEWEST` different strangers.
        broken: Whether `low_adjusted` lies above the promise.
    """

    slice: Slice
    fmr: Rate
    fmr_per_identity: MeanRate
    low_adjusted: float
    enough: bool
    broken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """Errors by kind of photo, the worst first by the lower end of the interval, too small slices last.

    Attributes:
        person: Of the person.
        strangers: Of strangers.
        looked_at: Slices with enough photos, of both together: so many chances there were to find something.
        fewest: `FEWEST`.
        confidence: Of the intervals.
        adjusted_confidence: 1 - (1 - confidence) / looked_at. At this confidence all lower ends hold at once
            (Bonferroni), so that a slice is called broken by chance alone in at most as many evaluations as
            for a single slice.
        promise: The promised rate; None without one.
    """

    person: tuple[PersonSlice, ...]
    strangers: tuple[StrangerSlice, ...]
    looked_at: int
    fewest: int
    confidence: float
    adjusted_confidence: float
    promise: float | None

    @property
    def broken(self) -> tuple[StrangerSlice, ...]:
        """Slices of strangers that break the promise, the worst first."""
        return tuple(one for one in self.strangers if one.broken)


def measure_slices(
    rows: Sequence[Row], facts: Mapping[str, Facts], *, promise: float | None, confidence: float = 0.95
) -> Slices:
    """Counts the errors of the test part by kind of photo.

    A slice that holds all photos is left out: it says nothing that the figure for all does not say.

    Args:
        rows: The table of verdicts; judged photos of the test part are counted.
        facts: What is known of each of them, by sha256.
        promise: The false match rate that was promised.
        confidence: Of the intervals.
    """
    judged = [row for row in rows if row.part == "test" and row.outcome == "judged"]
    persons = _gathered([row for row in judged if row.role == "person"], facts)
    strangers = _gathered([row for row in judged if row.role == "stranger"], facts)
    shares = {one: shares_taken(some) for one, some in strangers.items()}
    looked_at = sum(len(some) >= FEWEST for some in persons.values()) + sum(
        len(some) >= FEWEST for some in shares.values()
    )
    adjusted = 1.0 - (1.0 - confidence) / max(looked_at, 1)
    missed = [row.verdict != "person" for row in judged if row.role == "person"]
    overall = sum(missed) / len(missed) if missed else 0.0
    ours = [_of_person(one, some, overall, confidence, adjusted) for one, some in persons.items()]
    theirs = [
        _of_strangers(one, some, shares[one], promise, confidence, adjusted)
        for one, some in strangers.items()
    ]
    ours.sort(key=lambda one: (not one.enough, -one.fnmr.low, -(one.fnmr.value or 0.0), _name(one.slice)))
    theirs.sort(
        key=lambda one: (
            not one.enough,
            -one.fmr_per_identity.low,
            -(one.fmr_per_identity.value or 0.0),
            _name(one.slice),
        )
    )
    return Slices(
        person=tuple(ours),
        strangers=tuple(theirs),
        looked_at=looked_at,
        fewest=FEWEST,
        confidence=confidence,
        adjusted_confidence=adjusted,
        promise=promise,
    )


def _gathered(rows: Sequence[Row], facts: Mapping[str, Facts]) -> dict[Slice, list[Row]]:
    found: dict[Slice, list[Row]] = {}
    for row in rows:
        for one in slices_of(facts.get(row.sha256, Facts())):
            found.setdefault(one, []).append(row)
    return {one: some for one, some in found.items() if len(some) < len(rows)}


def _name(one: Slice) -> tuple[str, str]:
    return one.kind, one.name


def _of_person(
    one: Slice, rows: Sequence[Row], overall: float, confidence: float, adjusted: float
) -> PersonSlice:
    missed = sum(row.verdict != "person" for row in rows)
    low, _ = exact_interval(missed, len(rows), confidence=adjusted)
    enough = len(rows) >= FEWEST
    return PersonSlice(
        slice=one,
        fnmr=Rate.of(missed, len(rows), confidence=confidence),
        low_adjusted=low,
        enough=enough,
        stands_out=enough and low > overall,
    )


def _of_strangers(
    one: Slice,
    rows: Sequence[Row],
    shares: list[float],
    promise: float | None,
    confidence: float,
    adjusted: float,
) -> StrangerSlice:
    taken = sum(row.verdict == "person" for row in rows)
    low = MeanRate.of(shares, confidence=adjusted).low
    enough = len(shares) >= FEWEST
    return StrangerSlice(
        slice=one,
        fmr=Rate.of(taken, len(rows), confidence=confidence),
        fmr_per_identity=MeanRate.of(shares, confidence=confidence),
        low_adjusted=low,
        enough=enough,
        broken=enough and promise is not None and low > promise,
    )
