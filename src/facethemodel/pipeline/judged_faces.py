"""Which faces of a photo an embedder is asked about, and which of them a verdict is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from facethemodel.catalogue.records import WHOLE_PHOTO, Face
from facethemodel.dataset.samples import Sample
from facethemodel.embedders.embedder import FaceKey
from facethemodel.evaluation.rows import PhotoScores, Row


def faces_to_judge(sample: Sample) -> list[FaceKey]:
    """The accepted faces of a photo, and the place that would be judged without a gate."""
    if sample.inspection is None or not sample.inspection.readable:
        return []
    accepted = [face.index for face in sample.inspection.faces if face.accepted]
    return [(sample.sha256, face) for face in sorted({*accepted, _ungated(sample)})]


def _ungated(sample: Sample) -> int:
    assert sample.inspection is not None
    best = max(sample.inspection.faces, key=lambda face: face.detector_score, default=None)
    return WHOLE_PHOTO if best is None else best.index


def of_photos(samples: Sequence[Sample], scores: Mapping[FaceKey, float]) -> dict[str, PhotoScores]:
    """Gathers the scores of faces photo by photo; faces without one are passed over."""
    found = {}
    for one in samples:
        if one.inspection is None or not one.inspection.readable:
            continue
        accepted = [
            face for face in one.inspection.faces if face.accepted and (one.sha256, face.index) in scores
        ]
        found[one.sha256] = PhotoScores(
            faces={face.index: scores[one.sha256, face.index] for face in accepted},
            main=next((face.index for face in accepted if face.main), None),
            ungated=scores.get((one.sha256, _ungated(one))),
        )
    return found


def judged_face(sample: Sample, row: Row) -> Face | None:
    """The face with the highest score; for a network that sees whole photos the one that stands out."""
    faces = () if sample.inspection is None else sample.inspection.faces
    chosen = [face for face in faces if face.index == row.best_face]
    chosen += [face for face in faces if face.main]
    return chosen[0] if chosen else None
