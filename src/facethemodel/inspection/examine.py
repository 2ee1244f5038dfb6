"""What one decode tells of a photo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import WHOLE_PHOTO, CheckScore, Face, Fingerprint, Inspection, View
from facethemodel.checks import Checker, looked_at
from facethemodel.duplicates import prints
from facethemodel.faces.align import ALIGNED_SIDE, WHOLE_SIDE, align, centre_square, whole
from facethemodel.faces.detect import Detector
from facethemodel.faces.find import FoundFace, find_faces
from facethemodel.faces.gate import ACCEPT, Gate
from facethemodel.photos.decode import Decoded, Limits, decode
from facethemodel.photos.fingerprint import perceptual_hash
from facethemodel.photos.quality import brightness, sharpness, to_grey

VIEW_SIDES: Mapping[View, int] = {"aligned112": ALIGNED_SIDE, "whole256": WHOLE_SIDE}
"""Side of each view's square crops, in pixels."""

QUALITY_SIDE = 256
"""Long side at which a whole photo's sharpness is measured, so that photos of all sizes compare."""

DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examined:
    """One readable photo.

    Attributes:
        inspection: What the catalogue keeps.
        crops: By view and face index, each (side, side, 3).
        pixels: The photo as it was decoded to be looked at, often smaller than it is; None unless asked for.
        checks: What may be wrong with it, one score per check; empty unless measured.
        fingerprints: Of the photo and of its accepted faces, to look for copies with; empty unless measured.
        again: Whether to look at it once more next time: its file could not be read, and may be back then.
    """

    inspection: Inspection
    crops: Mapping[tuple[View, int], NDArray[np.uint8]]
    pixels: NDArray[np.uint8] | None = None
    checks: tuple[CheckScore, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()
    again: bool = False


class Examiner:
    """Looks at photos. One per process: it holds the loaded face detector and check.

    Args:
        detector_model: A copy of the detector's weights; None takes the installed one.
        gate_threshold: The gate's score from which a detection is accepted as a human face.
        limits: What one photo may cost.

    Raises:
        SettingsError: The weights of detector or check are missing or are not the expected ones.
    """

    def __init__(
        self,
        *,
        detector_model: Path | None = None,
        gate_threshold: float = ACCEPT,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._limits = limits
        self._detector = Detector(detector_model)
        self._gate = Gate(self._detector, threshold=gate_threshold)

    def examine(
        self,
        data: bytes,
        *,
        sha256: str = "",
        views: Sequence[View] = ("aligned112",),
        measure: bool = True,
        keep_pixels: bool = False,
        hints: Sequence[tuple[float, float, float, float]] = (),
    ) -> Examined:
        """Decodes a photo, finds its faces and cuts the crops asked for.

        The view `aligned112` has a crop of every detection, accepted or not, and where none is accepted also
        one of the photo's centre under the index `WHOLE_PHOTO`: what a classifier without a gate would see.
        The view `whole256` has the one crop `WHOLE_PHOTO`.

        Args:
            data: The file's bytes.
            sha256: Their hash, to be put into the inspection.
            views: Which crops to cut; none are fine.
            measure: Whether to take fingerprints, sharpness and brightness and to ask the checks; a verdict
                needs none of these.
            keep_pixels: Whether to hand out the decoded photo, for those who cut crops of their own.
            hints: Where its sources say the face is that the photo is about: x, y, width, height in pixels of
                the upright full-size photo.

        Raises:
            UnreadablePhotoError: The photo cannot be decoded.
        """
        decoded = decode(data, limits=self._limits)
        pixels = decoded.pixels
        found = find_faces(self._detector, self._gate, pixels, hints=_at_working_size(hints, decoded))
        aligned = [align(pixels, face.detection.landmarks) for face in found]
        crops: dict[tuple[View, int], NDArray[np.uint8]] = {}
        if "aligned112" in views:
            crops |= {("aligned112", index): crop for index, crop in enumerate(aligned)}
            if not any(face.accepted for face in found):
                crops["aligned112", WHOLE_PHOTO] = centre_square(pixels)
        if "whole256" in views:
            crops["whole256", WHOLE_PHOTO] = whole(pixels)
        accepted = {index: aligned[index] for index, face in enumerate(found) if face.accepted}
        grey = to_grey(pixels) if measure else None
        small = None if grey is None else _at_quality_side(grey)
        inspection = Inspection(
            sha256=sha256,
            width=decoded.width,
            height=decoded.height,
            format=decoded.format,
            mode=decoded.mode,
            frames=decoded.frames,
            phash=None if grey is None else perceptual_hash(grey),
            sharpness=0.0 if small is None else sharpness(small),
            brightness=0.0 if small is None else brightness(small),
            faces=tuple(
                _face(index, face, crop if measure else None, decoded)
                for index, (face, crop) in enumerate(zip(found, aligned, strict=True))
            ),
        )
        return Examined(
            inspection=inspection,
            crops=crops,
            pixels=pixels if keep_pixels else None,
            checks=()
            if grey is None or small is None
            else self._checks(inspection, pixels, grey, small, aligned),
            fingerprints=() if grey is None else prints.take(sha256, pixels, grey, accepted),
        )

    @cached_property
    def _checker(self) -> Checker:
        """Loaded when first asked, so that who only wants verdicts does not pay for it."""
        return Checker()

    def _checks(
        self,
        inspection: Inspection,
        pixels: NDArray[np.uint8],
        grey: NDArray[np.uint8],
        small: NDArray[np.uint8],
        aligned: Sequence[NDArray[np.uint8]],
    ) -> tuple[CheckScore, ...]:
        which = looked_at(inspection.faces)
        return self._checker.scores(
            grey=grey,
            small=small,
            size=(inspection.width, inspection.height),
            faces=inspection.faces,
            crop=centre_square(pixels) if which is None else aligned[which],
        )


def _face(index: int, found: FoundFace, crop: NDArray[np.uint8] | None, decoded: Decoded) -> Face:
    """Brings a found face from working pixels to those of the full-size photo."""
    height, width = decoded.pixels.shape[:2]
    scale = np.array([decoded.width / width, decoded.height / height])
    x, y, box_width, box_height = (np.array(found.detection.box) * np.tile(scale, 2)).tolist()
    return Face(
        index=index,
        box=(x, y, box_width, box_height),
        landmarks=tuple((np.array(found.detection.landmarks) * np.tile(scale, 5)).tolist()),
        detector_score=found.detection.score,
        gate_score=found.gate_score,
        accepted=found.accepted,
        main=found.main,
        sharpness=0.0 if crop is None else sharpness(crop),
        brightness=0.0 if crop is None else brightness(crop),
    )


def _at_working_size(
    hints: Sequence[tuple[float, float, float, float]], decoded: Decoded
) -> list[tuple[float, float, float, float]]:
    height, width = decoded.pixels.shape[:2]
    across, down = width / decoded.width, height / decoded.height
    return [(x * across, y * down, wide * across, high * down) for x, y, wide, high in hints]


def _at_quality_side(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = grey.shape
    scale = QUALITY_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size, interpolation=method), np.uint8)
