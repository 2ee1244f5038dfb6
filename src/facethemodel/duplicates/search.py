"""Finds the photos that show the same picture, or the same face of one picture.

Hashes find the pairs that are worth a look (`candidates`), and `likeness` looks. Measured on 4,945 photos
(tight crops of the Beatles, FaceScrub's sample, LFW's people A to G); pairs near the lines below were looked
at one by one:

* Photos that agree to `PICTURE_SURE` were copies of one another. Between that and `PICTURE` lie retouched
  copies, but also frames of one event and portraits of one sitting: there the main faces decide, where both
  have one, or else the photos must agree to `PICTURE_ALONE`.
* Faces that agree to `FACE` were the same face of the same shot, however the photos were cropped. Below that
  frames of one event begin.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from facethemodel.duplicates import hashes
from facethemodel.duplicates.candidates import Candidate, face_candidates, photo_candidates
from facethemodel.duplicates.hashes import JITTERS, MIRRORED, UPRIGHT, WINDOWS, Placement
from facethemodel.duplicates.likeness import Map, likeness
from facethemodel.duplicates.prints import FacePrint, Patch, Print
from facethemodel.progress import SILENT, Progress

MatchKind = Literal["pixels", "picture", "face", "scene"]
"""`pixels`: equal once decoded. `picture`: the photo as a whole. `face`: their main faces are one face of one
shot. `scene`: some other of their faces is, so that they were cut from one photo but may show two people."""

PICTURE_SURE = 0.98
PICTURE_ALONE = 0.95
PICTURE = 0.9
FACE_AGREES = 0.88
FACE = 0.94

_PHOTO_DETAIL = 1 / 12
_FACE_DETAIL = 1 / 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Two photos made of one.

    Attributes:
        first: The smaller sha256.
        second: The larger one.
        orientation: How the second photo has to be turned to lie like the first (see `hashes.turn`), or the
            other way round: 0 as it is, 1 mirrored.
        cropped: Whether the photos agree only after something is cut off one of them.
        likeness: How well they agree in detail, up to 1.
        same_subject: Whether a label that is right for the one is right for the other: their main faces are
            one, or they have no faces. False where a photo has several faces and none is the main one.
    """

    first: str
    second: str
    kind: MatchKind
    orientation: int = UPRIGHT
    cropped: bool = False
    likeness: float = 1.0
    same_subject: bool = True

    @property
    def copies(self) -> bool:
        """Whether one of the two can stand for both."""
        return self.kind != "scene"

    @property
    def ways(self) -> tuple[str, ...]:
        """How the one differs from the other."""
        cropped = ("cropped",) if self.cropped else ()
        if self.orientation == UPRIGHT:
            return cropped
        return (*cropped, "mirrored" if self.orientation == MIRRORED else "turned")

    @property
    def words(self) -> str:
        """What kind of likeness it is."""
        if self.kind == "scene":
            return "cut from one photo"
        return ", ".join((f"same {self.kind}", *self.ways))


def find_matches(
    prints: Sequence[Print], *, last: Collection[str] = (), progress: Progress = SILENT
) -> tuple[Match, ...]:
    """Finds all matches, in ascending order of their photos; the order of the photos given plays no part.

    Of photos with equal pixels the first by sha256 stands for all: the others match it and nothing else.

    Args:
        prints: One per photo.
        last: Photos that stand for others only where there is nobody else: the matches among all others are
            those that would be found without these.
        progress: Told of each pair that is looked at.
    """
    ordered = sorted(prints, key=lambda one: (one.sha256 in last, one.sha256))
    first_of: dict[str, Print] = {}
    for one in ordered:
        first_of.setdefault(one.digest, one)
    same = [
        Match(
            first=min(first.sha256, one.sha256),
            second=max(first.sha256, one.sha256),
            kind="pixels",
            same_subject=first.subject_known,
        )
        for one in ordered
        if (first := first_of[one.digest]) is not one
    ]
    found = _Comparison(list(first_of.values())).matches(progress)
    return tuple(sorted([*same, *found], key=lambda match: (match.first, match.second)))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Photos of which no two have equal pixels."""

    photos: list[Print]

    def matches(self, progress: Progress) -> list[Match]:
        owners, faces = [], []
        for position, photo in enumerate(self.photos):
            for face in photo.faces:
                owners.append(position)
                faces.append(face)
        pictures = photo_candidates([photo.patch for photo in self.photos])
        candidates = face_candidates([face.patch for face in faces], owners)
        found: dict[tuple[int, int], Match] = {}
        with progress.task("compare pairs", len(pictures) + len(candidates)) as done:
            # Photos last, where a pair is found both ways: that they agree as a whole says more.
            for candidate in candidates:
                image, template = owners[candidate.image], owners[candidate.template]
                match = self._by_face(candidate, image, faces[candidate.image], template, faces)
                pair = (min(image, template), max(image, template))
                if match is not None and _rank(match) < _rank(found.get(pair)):
                    found[pair] = match
                done(1)
            for candidate in pictures:
                pair = (
                    min(candidate.image, candidate.template),
                    max(candidate.image, candidate.template),
                )
                match = self._as_whole(candidate)
                if match is not None:
                    found[pair] = match
                done(1)
        return list(found.values())

    def _as_whole(self, candidate: Candidate) -> Match | None:
        image, template = self.photos[candidate.image], self.photos[candidate.template]
        alike = _alike(candidate, image.patch, template.patch, WINDOWS, _PHOTO_DETAIL)
        if alike < PICTURE:
            return None
        mine, theirs = image.main, template.main
        agree: float | None = None
        # A face's crop reaches into the frame of a tight portrait: that says nothing against a copy.
        comparable = candidate.orientation in (UPRIGHT, MIRRORED) and image.framed == template.framed
        if mine is not None and theirs is not None and comparable:
            agree = _faces_alike(mine, theirs, candidate.orientation)
        needed = PICTURE_ALONE if agree is None else PICTURE if agree >= FACE_AGREES else PICTURE_SURE
        if alike < needed:
            return None
        return Match(
            first=min(image.sha256, template.sha256),
            second=max(image.sha256, template.sha256),
            kind="picture",
            orientation=candidate.orientation,
            cropped=candidate.placement > 0,
            likeness=alike,
            same_subject=image.subject_known and template.subject_known,
        )

    def _by_face(
        self, candidate: Candidate, image: int, face: FacePrint, template: int, faces: Sequence[FacePrint]
    ) -> Match | None:
        other = faces[candidate.template]
        alike = _alike(candidate, face.patch, other.patch, JITTERS, _FACE_DETAIL)
        if alike < FACE:
            return None
        mine, theirs = self.photos[image], self.photos[template]
        main = face.main and other.main
        return Match(
            first=min(mine.sha256, theirs.sha256),
            second=max(mine.sha256, theirs.sha256),
            kind="face" if main else "scene",
            orientation=candidate.orientation,
            likeness=alike,
            same_subject=main,
        )


def _rank(match: Match | None) -> tuple[bool, float]:
    """Main faces before others, then what agrees better."""
    return (True, 1.0) if match is None else (match.kind != "face", -match.likeness)


def _alike(
    candidate: Candidate, image: Patch, template: Patch, placements: tuple[Placement, ...], detail: float
) -> float:
    turned = hashes.turn(template, candidate.orientation)
    return likeness(turned, image, _start(placements, candidate.placement), detail=detail)


def _faces_alike(mine: FacePrint, theirs: FacePrint, orientation: int) -> float:
    turned = hashes.turn(theirs.patch, orientation)
    return likeness(turned, mine.patch, _start(JITTERS, 0), detail=_FACE_DETAIL)


@cache
def _start(placements: tuple[Placement, ...], placement: int) -> Map:
    """Where the template lies in the image when a placement of the one shows the first of the other."""
    there, here = (np.vstack([placements[place].matrix(), [0.0, 0.0, 1.0]]) for place in (placement, 0))
    return np.asarray((there @ np.linalg.inv(here))[:2], np.float32)
