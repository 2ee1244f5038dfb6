"""What the head of a run says of photos, from the backbone's vectors in the cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from facethemodel.bundle.backbone import Head
from facethemodel.bundle.manifest import MODEL
from facethemodel.bundle.origin import Backbone
from facethemodel.dataset.samples import Sample
from facethemodel.embedders.embedder import FaceKey, Source
from facethemodel.embedders.run import Embedded, embed_faces
from facethemodel.evaluation.rows import PhotoScores
from facethemodel.pipeline.judged_faces import faces_to_judge, of_photos
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.scorers import embedder_source
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project


def score_with_backbone(
    project: Project,
    run: Run,
    backbone: Backbone,
    photos: Sequence[Sample],
    *,
    progress: Progress = SILENT,
) -> dict[str, PhotoScores]:
    """Scores the accepted faces of photos, and the place that would be judged without a gate.

    The caller holds the project: vectors that are not in its cache yet are added to it. A photo that the
    backbone cannot take counts as one without a face.
    """
    wanted = {key for one in photos for key in faces_to_judge(one)}
    source = embedder_source(run, backbone)
    return of_photos(photos, score_faces(project, run, backbone, source, wanted, progress=progress))


def score_faces(
    project: Project,
    run: Run,
    backbone: Backbone,
    source: Source,
    wanted: Iterable[FaceKey],
    *,
    progress: Progress = SILENT,
) -> Mapping[FaceKey, float]:
    """Gives the head's logits of faces, as an embedder sees them.

    Args:
        project: The project.
        run: The trained run, whose head is asked.
        backbone: What it stands on.
        source: That backbone, or a disguise of it that gives vectors of the same kind.
        wanted: Faces.
        progress: Who watches.
    """
    found = embed_faces(project, source, wanted, progress=progress)
    tell_lost(found, progress)
    keys = list(found.vectors)
    if not keys:
        return {}
    where = run.model / MODEL
    head = Head(where.read_bytes(), dimension=backbone.dimension, where=where)
    scores = head.score(np.stack([found.vectors[key] for key in keys]))
    return dict(zip(keys, scores.tolist(), strict=True))


def tell_lost(found: Embedded, progress: Progress) -> None:
    """Says which photos an embedder could not take."""
    if found.lost:
        sha, reason = next(iter(found.lost.items()))
        progress.note(f"{found.card.name} cannot take {len(found.lost):,} photos: {sha[:12]} ({reason}) ...")
