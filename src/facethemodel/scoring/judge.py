"""From bytes to verdicts: examined as in training, scored by the bundle, judged by its thresholds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facethemodel.bundle.decision import decide
from facethemodel.bundle.evidence import Evidence
from facethemodel.bundle.manifest import BundleManifest
from facethemodel.bundle.runtime import Bundle
from facethemodel.catalogue.records import Face
from facethemodel.faces.detect import MOST_FACES
from facethemodel.inspection.examine import Examiner
from facethemodel.photos.limits import Limits, UnreadablePhotoError
from facethemodel.scoring.files import Candidate, check_paths, read_image
from facethemodel.scoring.usable import evidence_with, require_usable
from facethemodel.scoring.verdict import FaceVerdict, Verdict

LIMITS = Limits(remedy=" (fixed for predict, whatever [inspect] says): make a smaller copy")
"""Fixed: a bundle knows no project whose settings could hold."""
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
            threads: Batches of faces that the network is asked about at the same time.
            detector: A copy of the face detector's file; None takes the installed one.
            prior: The share of photos with a face that show the person, for probabilities; None takes the
                bundle's. No verdict depends on it.

        Raises:
            UsageError: There is no bundle, a prior that it cannot use, or a backbone that is not installed.
            SchemaError: The bundle has a format this version does not know.
            BundleError: The bundle was altered, or was made with another detector, inspection or backbone.
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
        scores = self._bundle.score(crops).tolist() if crops else []
        verdicts = []
        for (path, _), look in zip(photos, looks, strict=True):
            own, scores = scores[: len(look.crops)], scores[len(look.crops) :]
            of_face = {face: score for face, score in zip(look.scored, own, strict=True) if not isnan(score)}
            verdicts.append(self._say(path, look, of_face))
        return verdicts

    def _look(self, data: bytes) -> _Look:
        scorer = self._bundle.scorer
        try:
            examined = self._examiner.examine(
                data, views=scorer.views, measure=False, keep_pixels=scorer.needs_pixels
            )
        except UnreadablePhotoError as error:
            return _Look(error=error.reason)
        except MemoryError:
            return _Look(error="not enough memory to decode it")
        crops = scorer.crops(examined)
        return _Look(faces=examined.inspection.faces, scored=tuple(crops), crops=tuple(crops.values()))

    def _say(self, path: str, look: _Look, of_face: Mapping[int, float]) -> Verdict:
        if look.error is not None:
            return Verdict(path=path, error=look.error)
        thresholds = self.manifest.thresholds
        scores = list(of_face.values())
        chances = self._evidence.probabilities(scores) if self._evidence else [None] * len(scores)
        chance_of_face = dict(zip(of_face, chances, strict=True))
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
            crowded=len(faces) >= MOST_FACES,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one photo shows; `scored` are the face indices that `crops` belong to."""

    faces: tuple[Face, ...] = ()
    scored: tuple[int, ...] = ()
    crops: tuple[NDArray[np.uint8], ...] = ()
    error: str | None = None
