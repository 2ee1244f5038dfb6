"""What is known of each judged photo, for the figures by kind of photo."""

from __future__ import annotations

from collections.abc import Sequence

from facethemodel.catalogue import crops
from facethemodel.dataset.samples import Sample
from facethemodel.evaluation.rows import Row
from facethemodel.evaluation.slices import Facts, Slices, colourfulness, measure_slices
from facethemodel.inspection.crops import CropStore
from facethemodel.pipeline.judged_faces import judged_face
from facethemodel.project import Project


def slice_figures(
    project: Project,
    known: Sequence[Sample],
    rows: Sequence[Row],
    *,
    promise: float | None,
    confidence: float,
) -> Slices:
    """Counts the errors of the test part by the user's tags and by what inspection measured.

    Args:
        project: The project.
        known: All photos.
        rows: The table of verdicts.
        promise: The false match rate that was promised; None without one.
        confidence: Of the intervals.
    """
    samples = {one.sha256: one for one in known}
    store = CropStore(project.cache_dir)
    with project.database() as db:
        places = crops.rows(db, "aligned112")
    cached = store.open("aligned112")
    facts = {}
    for row in rows:
        if row.part != "test" or row.outcome != "judged":
            continue
        sample = samples[row.sha256]
        face = judged_face(sample, row)
        place = None if face is None else places.get((row.sha256, face.index))
        facts[row.sha256] = Facts(
            tags=sample.tags,
            face=face,
            colour=None if place is None or place >= len(cached) else colourfulness(cached[place]),
            taken=sample.taken,
        )
    return measure_slices(rows, facts, promise=promise, confidence=confidence)
