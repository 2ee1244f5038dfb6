"""What the network says of photos whose crops are already in the cache: no photo is decoded again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import WHOLE_PHOTO, Inspection, View
from facethemodel.dataset.samples import Sample
from facethemodel.evaluation.rows import PhotoScores
from facethemodel.inspection.crops import CropStore
from facethemodel.progress import SILENT, Progress

Score = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Crops, shape (N, S, S, 3), to logits, shape (N,)."""

_AT_ONCE = 512


def photo_scores(
    samples: Sequence[Sample],
    *,
    view: View,
    rows: Mapping[tuple[str, int], int],
    store: CropStore,
    score: Score,
    progress: Progress = SILENT,
) -> dict[str, PhotoScores]:
    """Scores the accepted faces of every readable photo, and the crop that would be judged without a gate.

    Args:
        samples: The photos; unreadable ones are passed over.
        view: What the network looks at.
        rows: Where each crop is stored, from `catalogue.crops.rows`.
        store: The crops.
        score: The network.
        progress: Told of each scored crop.
    """
    readable = [sample for sample in samples if sample.inspection is not None and sample.inspection.readable]
    wanted = {
        (sample.sha256, face): rows[sample.sha256, face]
        for sample in readable
        for face in _faces_to_score(sample, view, rows)
    }
    keys = sorted(wanted, key=lambda key: wanted[key])
    logits: dict[tuple[str, int], float] = {}
    with progress.task("score", len(keys)) as advance:
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            crops = store.load(view, np.array([wanted[key] for key in some], dtype=np.int64))
            logits.update(zip(some, map(float, score(crops)), strict=True))
            advance(len(some))
    return {sample.sha256: _of_photo(sample, view, logits) for sample in readable}


def _faces_to_score(sample: Sample, view: View, rows: Mapping[tuple[str, int], int]) -> list[int]:
    if view == "whole256":
        return [WHOLE_PHOTO]
    assert sample.inspection is not None
    accepted = {face.index for face in sample.inspection.faces if face.accepted}
    return [
        face for face in sorted({*accepted, _ungated(sample.inspection)}) if (sample.sha256, face) in rows
    ]


def _ungated(inspection: Inspection) -> int:
    """The face that the detector is surest of; without any, what stands in for one."""
    found = max(inspection.faces, key=lambda face: face.detector_score, default=None)
    return WHOLE_PHOTO if found is None else found.index


def _of_photo(sample: Sample, view: View, logits: Mapping[tuple[str, int], float]) -> PhotoScores:
    assert sample.inspection is not None
    accepted = [face for face in sample.inspection.faces if face.accepted]
    if view == "whole256":
        whole = logits[sample.sha256, WHOLE_PHOTO]
        return PhotoScores(faces={WHOLE_PHOTO: whole} if accepted else {}, ungated=whole)
    return PhotoScores(
        faces={face.index: logits[sample.sha256, face.index] for face in accepted},
        main=next((face.index for face in accepted if face.main), None),
        ungated=logits.get((sample.sha256, _ungated(sample.inspection))),
    )
