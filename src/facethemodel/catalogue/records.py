"""What the catalogue holds, as plain values that travel between rooms."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["person", "stranger", "curveball"]
Part = Literal["train", "tune", "calibrate", "test", "curveball"]
View = Literal["aligned112", "whole256"]

ROLES: tuple[Role, ...] = get_args(Role)
PARTS: tuple[Part, ...] = get_args(Part)
WHOLE_PHOTO = -1
"""Face index of a crop that was cut from the photo as a whole and not from a detected face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one source says a photo is for. Two sources may disagree: that is a label conflict."""

    role: Role
    identity: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a photo came from.

    `origin` is the file's path as bytes (names need not be UTF-8) or an address; with `collector` it is
    unique per photo. `robots` is what the site asked of machines (`noai`, for example), in its own words.
    """

    origin: bytes
    collector: str = "folder"
    url: str | None = None
    query: str | None = None
    post: str | None = None
    taken: str | None = None
    author: str | None = None
    licence: str | None = None
    robots: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One image file. `link` is the path of the user's own file when the project only refers to it."""

    sha256: str
    size: int
    link: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One detection.

    Attributes:
        index: 0, 1, ... in descending detector score within the photo.
        box: x, y, width, height in pixels of the upright full-size photo; may reach over its edge.
        landmarks: Right eye, left eye, nose, right and left corner of the mouth, as x, y, same pixels
            (right and left are the person's own, as YuNet orders them).
        detector_score: First-look score in [0, 1].
        gate_score: How surely it is a human face, in [0, 1]: see `faces.gate`.
        accepted: Whether the gate lets it through.
        main: Whether it is the photo's main face: the one a source points at; without such a hint the only
            accepted one, or the one that clearly dominates.
        sharpness: Variance of the Laplacian on the aligned grey crop at 112 x 112.
        brightness: Mean grey level of the aligned crop in [0, 1].
    """

    index: int
    box: tuple[float, float, float, float]
    landmarks: tuple[float, ...]
    detector_score: float
    gate_score: float
    accepted: bool
    main: bool
    sharpness: float
    brightness: float

    @property
    def size(self) -> float:
        """Geometric mean of the box's sides, in pixels."""
        return float((max(self.box[2], 0.0) * max(self.box[3], 0.0)) ** 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What one decode told of a photo. When `reason` is set it could not be read, and the rest is empty."""

    sha256: str
    reason: str | None = None
    width: int = 0
    height: int = 0
    format: str = ""
    mode: str = ""
    frames: int = 0
    phash: int | None = None
    sharpness: float = 0.0
    brightness: float = 0.0
    faces: tuple[Face, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether the photo could be decoded."""
        return self.reason is None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckScore:
    """What one check says of a photo: see `checks.registry` for the names.

    Attributes:
        name: Of the check.
        score: In [0, 1]; the photo is flagged from 0.5 on.
        measure: What was measured, in the check's own unit; None where there was nothing to measure.
    """

    name: str
    score: float
    measure: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """A small grey picture of a photo or of one accepted face in it.

    Attributes:
        face: Index of the face, or `WHOLE_PHOTO`.
        digest: Hash of the pixels it was made of, in hex: equal digests are equal pixels.
        patch: Grey levels of a square, row by row.
        main: Whether it is the photo's main face; known when it is read, not asked for when it is recorded.
    """

    sha256: str
    face: int
    digest: str
    patch: bytes
    main: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What all sources and decisions together say of a photo.

    Attributes:
        role: None while sources disagree or none says.
        conflict: How the sources disagree, in words; such a photo takes part in nothing until it is decided.
        aside: Reason code of the decision that put it aside, or None.
    """

    sha256: str
    role: Role | None
    identity: str | None = None
    category: str | None = None
    conflict: str | None = None
    aside: str | None = None

    @property
    def usable(self) -> bool:
        """Whether the photo may enter a split."""
        return self.role is not None and self.conflict is None and self.aside is None


NO_CATEGORY = "no category"
"""The family of curveballs of which nobody said what they are."""


def normalise_identity(name: str) -> str:
    """Brings spellings of one name together: `George_W_Bush`, `george w  bush` -> `george w bush`."""
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFKC", name)).strip().casefold()


def drawn_as(identity: str | None, *, group: str | None, sha256: str) -> str:
    """Names what counts as one independent draw: a stranger, or, without a name, photos that belong together.

    Args:
        identity: The stranger's name in any spelling, if it is known.
        group: The photos that a split keeps together with this one, if it was split.
        sha256: Of the photo, which stands for itself where neither is known.
    """
    # No normalised name begins with a zero byte.
    return f"\0{group or sha256}" if identity is None else normalise_identity(identity)
