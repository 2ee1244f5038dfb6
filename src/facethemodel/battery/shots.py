"""One picture of the battery: what it is made of, and how it becomes a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.battery.changes import HALVES, change, halves
from facethemodel.battery.drawn import draw
from facethemodel.battery.families import family
from facethemodel.battery.ladders import climb
from facethemodel.battery.subject import Subject

Whose = Literal["person", "strangers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What to make.

    Attributes:
        name: A family or, with a rung, a ladder.
        rung: The rung of a ladder; None for a family.
        whose: For ladders, whose photo it is.
        photo: The sha256 of the photo it is made of; None for what is drawn.
        other: For halves, the sha256 of the other photo.
        seed: What its chance is drawn from.
    """

    name: str
    rung: float | None = None
    whose: Whose | None = None
    photo: str | None = None
    other: str | None = None
    seed: int = 0


def make(shot: Shot, subject: Subject | None = None, other: Subject | None = None) -> bytes | None:
    """Makes one picture, as the bytes of an image file.

    Files are BMP, which loses nothing, so that only what the picture is about changes; the rungs of the JPEG
    ladder are JPEG.

    Args:
        shot: What to make.
        subject: The photo it names, if it names one.
        other: The other photo it names, if it names one.

    Returns:
        None for a rung that the photo cannot be brought to.

    Raises:
        ValueError: A photo that the shot needs is missing.
    """
    if shot.rung is not None:
        made = climb(shot.name, shot.rung, _given(subject, shot), seed=shot.seed)
        return made if made is None or isinstance(made, bytes) else as_file(made)
    maker = family(shot.name).maker
    if shot.photo is None:
        return as_file(draw(maker, shot.seed))
    if maker in HALVES:
        return as_file(halves(maker, _given(subject, shot), _given(other, shot)))
    return as_file(change(maker, _given(subject, shot), seed=shot.seed))


def as_file(pixels: NDArray[np.uint8]) -> bytes:
    """RGB pixels as the bytes of a BMP file."""
    done, data = cv2.imencode(".bmp", np.ascontiguousarray(pixels[..., ::-1]))
    assert done, "OpenCV writes BMP files of any 8-bit picture"
    return bytes(data.tobytes())


def chosen(shas: Iterable[str], count: int) -> list[str]:
    """Picks photos by a hash of their own hash: the same ones whatever else is in the project."""
    return sorted(shas, key=rank)[:count]


def one_of_each(shas: Sequence[str], draws: Sequence[str]) -> list[str]:
    """Picks one photo of each draw: a stranger, or photos without a name that belong together."""
    first: dict[str, str] = {}
    for sha, one in sorted(zip(shas, draws, strict=True), key=lambda pair: rank(pair[0])):
        first.setdefault(one, sha)
    return list(first.values())


def rank(sha256: str) -> bytes:
    """The order in which photos are picked; it says nothing about what they show."""
    return hashlib.blake2b(sha256.encode(), digest_size=8, person=b"battery").digest()


def seed_of(*parts: object) -> int:
    """A seed from names: 32 bits."""
    text = "\0".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4, person=b"battery").digest(), "big")


def _given(subject: Subject | None, shot: Shot) -> Subject:
    if subject is None:
        raise ValueError(f"{shot.name} is made of a photo, and none was given")
    return subject
