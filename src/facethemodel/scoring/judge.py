"""From bytes to verdicts: examined as in training, scored by the bundle, judged by its thresholds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facethemodel.bundle.decision import decide
from facethemodel.bundle.evidence import Evidence
from facethemodel.bundle.manifest import BundleManifest
from facethemodel.bundle.runtime import Bundle
from facethemodel.catalogue.records import WHOLE_PHOTO, Face
from facethemodel.errors import BundleError, UsageError
from facethemodel.faces.check import CHECK_SHA256
from facethemodel.faces.model_file import MODEL_SHA256
from facethemodel.inspection.examine import INSPECTOR_VERSION, Examiner
from facethemodel.photos.limits import Limits, UnreadablePhotoError
from facethemodel.scoring.files import Candidate, check_paths, read_image
from facethemodel.scoring.verdict import FaceVerdict, Verdict

LIMITS = Limits()
FROM_BYTES = "<bytes>"
"""The path of a verdict on bytes that came from no file."""


class Model:
    """A bundle ready to judge photos. Made by `facethemodel.load`."""

    def __init__(self, bundle: Bundle, examiner: Examiner, evidence: Evidence | None) -> None:
        self._bundle = bundle
        self._examiner = examiner
        self._evidence = evidence

    @classmethod
    def load(
        cls, folder: Path, *, threads: int = 1, detector: Path | None = None, prior: float | None = None
    ) -> Self:
        """Loads a bundle and the face detector it was made with.

        Args:
            folder: The bundle.
            threads: Threads of one call of the network.
            detector: A copy of the face detector's file; None takes the installed one.
            prior: The share of photos with a face that show the person, for probabilities; None takes the
                bundle's. No verdict depends on it.

        Raises:
            UsageError: There is no bundle, or a prior that it cannot use.
            SchemaError: The bundle has a format this version does not know.
            BundleError: The bundle was altered, or was made with another detector or inspection.
            SettingsError: The detector's file is missing or is another one.
        """
        bundle = Bundle.load(folder, threads=threads)
        require_usable(bundle.manifest, folder)
        examiner = Examiner(
            detector_model=detector, gate_threshold=bundle.manifest.gate.threshold, limits=LIMITS
        )
        return cls(bundle, examiner, evidence_with(bundle.manifest, folder, prior=prior))

    @property
    def manifest(self) -> BundleManifest:
        """What the bundle says of itself: the person, the network, the thresholds and what they promise."""
        return self._bundle.manifest

    def judge(self, photo: str | os.PathLike[str] | bytes) -> Verdict:
        """Judges one photo.

        Args:
            photo: A path, or as `bytes` what stands in an image file.

        Returns:
            The verdict; its `error` says why a photo could not be judged.

        Raises:
            UsageError: There is no such file.
        """
        if isinstance(photo, bytes):
            return self._verdicts([(FROM_BYTES, photo)])[0]
        (path,) = check_paths([photo])
        (verdict,) = self.judge_files([Candidate(path=path, expected=True)])
        # A file that is expected to be an image is never passed over.
        assert verdict is not None
        return verdict

    def judge_files(self, candidates: Sequence[Candidate]) -> list[Verdict | None]:
        """Judges files; the crops of all of them go through the network together.

        Returns:
            One verdict per candidate in their order; None for a file that is no image and need not be one.
        """
        results: list[Verdict | None] = [None] * len(candidates)
        readable: list[tuple[str, bytes]] = []
        places: list[int] = []
        for place, candidate in enumerate(candidates):
            try:
                data = read_image(candidate, limits=LIMITS)
            except UnreadablePhotoError as error:
                results[place] = Verdict(path=candidate.path, error=error.reason)
                continue
            if data is not None:
                readable.append((candidate.path, data))
                places.append(place)
        for place, verdict in zip(places, self._verdicts(readable), strict=True):
            results[place] = verdict
        return results

    def _verdicts(self, photos: Sequence[tuple[str, bytes]]) -> list[Verdict]:
        looks = [self._look(data) for _, data in photos]
        crops = [crop for look in looks for crop in look.crops]
        scores = self._bundle.score(np.stack(crops)).tolist() if crops else []
        verdicts = []
        for (path, _), look in zip(photos, looks, strict=True):
            own, scores = scores[: len(look.crops)], scores[len(look.crops) :]
            verdicts.append(self._say(path, look, own))
        return verdicts

    def _look(self, data: bytes) -> _Look:
        view = self.manifest.view
        try:
            examined = self._examiner.examine(data, views=(view,), measure=False)
        except UnreadablePhotoError as error:
            return _Look(error=error.reason)
        except MemoryError:
            return _Look(error="not enough memory to decode it")
        faces = examined.inspection.faces
        accepted = [face for face in faces if face.accepted]
        if view == "whole256":
            shown = [WHOLE_PHOTO] if accepted else []
        else:
            shown = [face.index for face in accepted]
        crops = tuple(examined.crops[view, index] for index in shown)
        return _Look(faces=faces, scored=tuple(shown), crops=crops)

    def _say(self, path: str, look: _Look, scores: Sequence[float]) -> Verdict:
        if look.error is not None:
            return Verdict(path=path, error=look.error)
        thresholds = self.manifest.thresholds
        chances = self._evidence.probabilities(scores) if self._evidence else [None] * len(scores)
        of_face = dict(zip(look.scored, scores, strict=True))
        chance_of_face = dict(zip(look.scored, chances, strict=True))
        faces = tuple(
            FaceVerdict(
                box=face.box,
                score=of_face.get(face.index),
                gate_score=face.gate_score,
                accepted=face.accepted,
                probability=chance_of_face.get(face.index),
                verdict=decide([of_face[face.index]], thresholds) if face.index in of_face else None,
            )
            for face in look.faces
        )
        return Verdict(
            path=path,
            verdict=decide(scores, thresholds),
            score=max(scores, default=None),
            probability=self._evidence.probability(scores) if self._evidence else None,
            faces=faces,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one photo shows; `scored` are the face indices that `crops` belong to."""

    faces: tuple[Face, ...] = ()
    scored: tuple[int, ...] = ()
    crops: tuple[NDArray[np.uint8], ...] = ()
    error: str | None = None


def evidence_with(manifest: BundleManifest, folder: Path, *, prior: float | None) -> Evidence | None:
    """The bundle's way from scores to probabilities, with another prior where one is asked for.

    Raises:
        UsageError: The bundle holds no probabilities, or the prior is out of range.
    """
    if prior is None:
        return manifest.evidence
    if not 0.0 < prior < 1.0:
        raise UsageError(f"prior must lie between 0 and 1, got {prior}", remedy="0.5 stands for one in two")
    if manifest.evidence is None:
        raise UsageError(f"{folder} holds no probabilities, so no prior can be put in", remedy="leave it out")
    return replace(manifest.evidence, prior=prior)


def require_usable(manifest: BundleManifest, folder: Path) -> None:
    """Makes sure that photos are looked at here as they were when the bundle was made.

    Raises:
        BundleError: It was made with another detector or inspection.
    """
    if manifest.gate.detector_sha256 != MODEL_SHA256:
        raise BundleError(
            f"{folder} was made with the face detector {manifest.gate.detector_sha256[:12]}..., "
            f"this version uses {MODEL_SHA256[:12]}...",
            remedy=_rebuild(manifest),
        )
    if manifest.gate.check_sha256 != CHECK_SHA256:
        other = manifest.gate.check_sha256
        made_with = f"the face check {other[:12]}..." if other else "no face check"
        raise BundleError(
            f"{folder} was made with {made_with}, this version uses {CHECK_SHA256[:12]}...",
            remedy=_rebuild(manifest),
        )
    if manifest.inspector_version != INSPECTOR_VERSION:
        raise BundleError(
            f"{folder} learned from crops of inspection version {manifest.inspector_version}, this "
            f"version cuts them as version {INSPECTOR_VERSION}; its promise does not hold for those",
            remedy=_rebuild(manifest),
        )


def _rebuild(manifest: BundleManifest) -> str:
    return f"use facethemodel {manifest.facethemodel}, which made it, or build it again with this version"
