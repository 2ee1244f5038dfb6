"""Is it the face? The model judged without it, with nothing but it, and a classifier of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import normalise_identity
from facethemodel.evaluation.areas import AREA_METHOD, Area, area
from facethemodel.evaluation.curves import OperatingPoint, rank

LIMIT = 0.75
"""An area under the ROC curve that is surely above this says that something beside the face decides.

It lies half way between a coin toss (0.5) and certainty (1): with scores from two normal distributions it
finds, at a false match rate of 1 %, every twelfth photo of the person without looking at a face. It also lies
above what one and the same collection shows. Eleven people of Labeled Faces in the Wild with 41 to 77 photos
each were held against the others, in three divisions: a classifier of the traces reached areas of 0.40 to
0.83, and the lower end of the interval was 0.72 at most."""

OTHERS = "the other test strangers"
"""Those that are in no named comparison."""

CONDITIONS = ("whole", "without_face", "only_face", "evened", "surroundings", "traces")
PICTURED = CONDITIONS[:4]
"""Those in which the model sees a picture."""

Found = Literal["model", "data", "nothing"]
Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How well the person's test photos can be told from strangers', by what is left of them.

    Attributes:
        name: Which strangers.
        identities: How many they are; of photos without a name each group counts as one.
        photos: Their photos.
        whole: The model, on crops or photos as they are.
        without_face: The model, where the face is filled from its surroundings.
        only_face: The model, where all but the face is filled from the face.
        evened: The model, where nothing tells how a photo was made; see `blanking.evened`.
        evened_points: What it misses there, at given false match rates.
        surroundings: A linear classifier of all that is not the face: hair and clothes, too.
        traces: A linear classifier of nothing but how the photos were made: detail, compression, borders.
    """

    name: str
    identities: int
    photos: int
    whole: Area
    without_face: Area
    only_face: Area
    evened: Area
    evened_points: tuple[OperatingPoint, ...]
    surroundings: Area
    traces: Area


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """What the test of shortcuts found.

    Attributes:
        found: `model` where the model tells the person from strangers without the face (the lower end of
            `without_face` lies above `limit`), else `data` where the traces do, else `nothing`. Asked of all
            test strangers, and of those that are in no named comparison: bound strangers of the person's own
            source would hide what tells all others apart.
        limit: See `LIMIT`.
        person_photos: Photos of the person that were judged.
        against: All test strangers first, then each named comparison, then those that are in none.
        confidence: Of every interval.
        method: How the intervals were computed. Named strangers are no sample of others: there the draws are
            their photos.
    """

    found: Found
    limit: float
    person_photos: int
    against: tuple[Told, ...]
    confidence: float
    method: str = AREA_METHOD

    @property
    def asked(self) -> list[Told]:
        """The strangers who decide what is `found`: all, and those that are in no named comparison."""
        return _asked(self.against)

    @property
    def decided_on(self) -> Told:
        """The strangers whom `found` speaks of."""
        if self.found == "nothing":
            return self.against[0]
        return max(self.asked, key=lambda told: _low(told, self.found))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Example:
    """One crop, or one whole photo as the network sees it, under each of the `PICTURED` conditions.

    Attributes:
        who: The person, or the stranger's name.
        name: The photo's file name.
        pixels: The pictures, (S, S, 3) each.
        scores: What the model says of each.
    """

    who: str
    name: str
    pixels: tuple[Pixels, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcutReport:
    """The figures, and a pair of examples: the person and a stranger, each at its highest without a face."""

    figures: Shortcut
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedFaces:
    """The test photos that were judged, in one order.

    Attributes:
        is_person: Shape (n,).
        draws: For each photo of the person its group of the split; for a stranger's its normalised name, or
            something of its own.
        scores: By condition of `CONDITIONS`, shape (n,) each.
        for_comparisons: Shape (n,), photos of strangers that count in named comparisons alone, where those
            are more than their share of all; None where there are no such photos.
    """

    is_person: NDArray[np.bool_]
    draws: Sequence[str]
    scores: Mapping[str, Floats]
    for_comparisons: NDArray[np.bool_] | None = None


def measure_shortcut(
    faces: JudgedFaces, comparisons: Mapping[str, Sequence[str]], *, confidence: float = 0.95
) -> Shortcut | None:
    """Compares the person with strangers under each condition.

    Args:
        faces: The judged test photos.
        comparisons: Named sets of strangers to hold against the person on their own.
        confidence: Of every interval.

    Returns:
        None where the person or strangers are missing.
    """
    strangers = ~faces.is_person
    if not faces.is_person.any() or not strangers.any():
        return None
    everyone = strangers if faces.for_comparisons is None else strangers & ~faces.for_comparisons
    told = [_told("all test strangers", faces, everyone, faces.draws, confidence)]
    names = np.array(faces.draws, dtype=np.str_)
    others = everyone.copy()
    for name, identities in comparisons.items():
        chosen = strangers & np.isin(names, [normalise_identity(one) for one in identities])
        if chosen.any():
            by_photo = [f"{draw}\0{row}" if chosen[row] else draw for row, draw in enumerate(faces.draws)]
            told.append(_told(name, faces, chosen, by_photo, confidence))
            others &= ~chosen
    if others.any() and (others != everyone).any():
        told.append(_told(OTHERS, faces, others, faces.draws, confidence))
    found: Found = "nothing"
    kinds: tuple[Found, ...] = ("data", "model")
    for kind in kinds:
        if max(_low(one, kind) for one in _asked(told)) > LIMIT:
            found = kind
    return Shortcut(
        found=found,
        limit=LIMIT,
        person_photos=int(faces.is_person.sum()),
        against=tuple(told),
        confidence=confidence,
    )


def _asked(against: Sequence[Told]) -> list[Told]:
    return [against[0], *(one for one in against[1:] if one.name == OTHERS)]


def _low(told: Told, kind: Found) -> float:
    return (told.without_face if kind == "model" else told.traces).low


def _told(
    name: str, faces: JudgedFaces, chosen: NDArray[np.bool_], draws: Sequence[str], confidence: float
) -> Told:
    persons, strangers = np.flatnonzero(faces.is_person).tolist(), np.flatnonzero(chosen).tolist()
    areas = {
        condition: area(
            faces.scores[condition][persons],
            faces.scores[condition][strangers],
            person_draws=[draws[row] for row in persons],
            stranger_draws=[draws[row] for row in strangers],
            confidence=confidence,
        )
        for condition in CONDITIONS
    }
    evened = faces.scores["evened"]
    return Told(
        evened_points=rank(
            evened[persons].tolist(), evened[strangers].tolist(), confidence=confidence
        ).operating_points,
        name=name,
        identities=len({faces.draws[row] for row in strangers}),
        photos=len(strangers),
        **areas,
    )
