"""Which labels the trained network doubts: gathers the photos and what the network sees in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from facethemodel.bundle.features import trained_features
from facethemodel.bundle.manifest import MODEL
from facethemodel.bundle.origin import Backbone
from facethemodel.catalogue import crops
from facethemodel.cores import available_cores
from facethemodel.dataset.samples import Sample, crop_key
from facethemodel.embedders.run import embed_faces
from facethemodel.evaluation.doubts import TABLE, Doubts, Looked, order, write_doubts
from facethemodel.evaluation.rows import PhotoScores, Row
from facethemodel.inspection.crops import CropStore
from facethemodel.pipeline.calibration import ScoredPhotos
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.scorers import backbone_of, embedder_source
from facethemodel.pipeline.training import network_of
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

LEARNED_FROM = 3_000
"""Strangers' photos of the train part that likeness is learned from; more only take longer."""
CLOSEST = 200
"""Photos of other strangers that are looked at: those that score most like the person."""


def find_doubts(
    project: Project,
    run: Run,
    known: Sequence[Sample],
    rows: Sequence[Row],
    *,
    scored: ScoredPhotos | None = None,
    progress: Progress = SILENT,
) -> Doubts | None:
    """Orders the photos of the person, and strangers' photos, by how doubtful their label is.

    Writes `doubts.csv` into the run's folder.

    Args:
        project: The project.
        run: A trained run.
        known: All photos.
        rows: The table of verdicts, for the scores of the test part.
        scored: The run's scores, where some are known already.
        progress: Who watches.

    Returns:
        None where the network does not look at aligned faces (nothing is written then), or no photo has a
        face.
    """
    spec = network_of(run)
    if spec.view != "aligned112":
        return None
    usable = [one for one in known if one.label.usable and one.part is not None]
    persons = [one for one in usable if one.label.role == "person"]
    strangers = [one for one in usable if one.label.role == "stranger"]
    held_out = [one for one in strangers if one.part != "train"]
    unscored = [one for one in (*persons, *held_out) if one.part != "test" or one.copy_of is not None]
    scores = {row.sha256: row.score for row in rows if row.score is not None}
    scores |= _best((scored or ScoredPhotos(project, run)).of(unscored, progress=progress))
    held_out.sort(key=lambda one: -scores.get(one.sha256, -np.inf))
    chosen = [*persons, *_to_learn_from(strangers), *held_out[:CLOSEST]]
    with project.database() as db:
        places = crops.rows(db, spec.view)
    looked, wanted = [], []
    for one in chosen:
        key = crop_key(one, spec.view)
        if key is None or key not in places:
            continue
        looked.append(_looked(one, face=key[1], score=scores.get(one.sha256)))
        wanted.append(places[key])
    if not looked:
        _write_none(run)
        return None
    backbone = backbone_of(run)
    if backbone is not None:
        return _order_with_backbone(project, run, backbone, looked, progress=progress)
    where = run.model / MODEL
    seen = trained_features(
        where.read_bytes(),
        CropStore(project.cache_dir).open(spec.view),
        np.array(wanted, dtype=np.int64),
        where=where,
        threads=available_cores(),
    )
    found = order(looked, maps=seen.maps, embeddings=seen.embeddings)
    write_doubts(found, run.folder / TABLE)
    return found


def _order_with_backbone(
    project: Project, run: Run, backbone: Backbone, looked: Sequence[Looked], *, progress: Progress
) -> Doubts | None:
    """Orders photos by the backbone's vectors, which remember no label of this project."""
    keys = [(one.sha256, one.face) for one in looked]
    vectors = embed_faces(project, embedder_source(run, backbone), keys, progress=progress).vectors
    there = [one for one, key in zip(looked, keys, strict=True) if key in vectors]
    if not there:
        _write_none(run)
        return None
    seen = np.stack([vectors[one.sha256, one.face] for one in there])
    found = order(there, maps=seen, embeddings=seen)
    write_doubts(found, run.folder / TABLE)
    return found


def _write_none(run: Run) -> None:
    """Writes an empty list: that of an earlier evaluation no longer tells what is there."""
    write_doubts(Doubts(person=(), strangers=(), looked_at=0), run.folder / TABLE)


def _to_learn_from(strangers: Sequence[Sample]) -> list[Sample]:
    """Strangers of the train part, those with the most photos first: they say what varies in one face."""
    train = [one for one in strangers if one.part == "train"]
    photos = Counter(one.identity for one in train if one.identity is not None)
    train.sort(key=lambda one: (-photos.get(one.identity or "", 0), one.identity or "", one.sha256))
    return train[:LEARNED_FROM]


def _best(found: Mapping[str, PhotoScores]) -> dict[str, float]:
    return {sha: max(one.faces.values()) for sha, one in found.items() if one.faces}


def _looked(one: Sample, *, face: int, score: float | None) -> Looked:
    assert one.label.role == "person" or one.label.role == "stranger"
    assert one.assignment is not None
    return Looked(
        sha256=one.sha256,
        name=one.name,
        role=one.label.role,
        identity=one.label.identity,
        part=one.part,
        face=face,
        # A stranger's photos are one group of the split, and they may well vouch for one another.
        group=one.assignment.group if one.identity is None else one.sha256,
        score=score,
    )
