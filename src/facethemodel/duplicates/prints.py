"""Fingerprints: what inspection takes of each photo, and how the search gets them back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import WHOLE_PHOTO, Fingerprint
from facethemodel.photos.quality import to_grey

PHOTO_SIDE = 48
"""Side of a photo's patch, into which the whole photo is squeezed whatever its shape."""
FACE_SIDE = 64
"""Side of a face's patch, made of the upright crop of 112: expressions have to be told apart."""

_DIGEST_DIGITS = 32
_PLAIN = 6.0

Patch = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FacePrint:
    """One accepted face; `patch` is `FACE_SIDE` square."""

    index: int
    main: bool
    patch: Patch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Print:
    """One photo as the search sees it; `patch` is `PHOTO_SIDE` square."""

    sha256: str
    digest: str
    patch: Patch
    faces: tuple[FacePrint, ...] = ()

    @property
    def main(self) -> FacePrint | None:
        """The main face, if there is one."""
        return next((face for face in self.faces if face.main), None)

    @property
    def framed(self) -> bool:
        """Whether there is a plain border on all four sides."""
        edges = (self.patch[0], self.patch[-1], self.patch[:, 0], self.patch[:, -1])
        return all(float(edge.std()) < _PLAIN for edge in edges)

    @property
    def subject_known(self) -> bool:
        """Whether it is clear what a label means: the main face, or the photo where there is no face."""
        return self.main is not None or not self.faces


def take(
    sha256: str, pixels: NDArray[np.uint8], grey: NDArray[np.uint8], faces: Mapping[int, NDArray[np.uint8]]
) -> tuple[Fingerprint, ...]:
    """Takes the fingerprints of a photo and of its faces.

    Args:
        sha256: Of its file.
        pixels: The decoded photo, H x W x 3.
        grey: The same in grey levels, H x W.
        faces: The upright crop of each accepted face by its index, RGB.
    """
    return (
        _fingerprint(sha256, WHOLE_PHOTO, pixels, grey, PHOTO_SIDE),
        *(_fingerprint(sha256, face, crop, to_grey(crop), FACE_SIDE) for face, crop in sorted(faces.items())),
    )


def prints(fingerprints: Iterable[Fingerprint]) -> list[Print]:
    """Puts what `catalogue.fingerprints` gives together, photo by photo, in ascending order of sha256."""
    by_photo: dict[str, list[Fingerprint]] = {}
    for one in fingerprints:
        by_photo.setdefault(one.sha256, []).append(one)
    return [
        Print(
            sha256=sha,
            digest=whole.digest,
            patch=_square(whole.patch, PHOTO_SIDE),
            faces=_faces(found),
        )
        for sha, found in sorted(by_photo.items())
        for whole in found
        if whole.face == WHOLE_PHOTO
    ]


def _faces(found: Sequence[Fingerprint]) -> tuple[FacePrint, ...]:
    return tuple(
        FacePrint(index=one.face, main=one.main, patch=_square(one.patch, FACE_SIDE))
        for one in sorted(found, key=lambda one: one.face)
        if one.face != WHOLE_PHOTO
    )


def _fingerprint(
    sha256: str, face: int, pixels: NDArray[np.uint8], grey: NDArray[np.uint8], side: int
) -> Fingerprint:
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    patch = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
    return Fingerprint(
        sha256=sha256, face=face, digest=digest.hexdigest()[:_DIGEST_DIGITS], patch=patch.tobytes()
    )


def _square(patch: bytes, side: int) -> Patch:
    return np.frombuffer(patch, np.uint8).reshape(side, side)
