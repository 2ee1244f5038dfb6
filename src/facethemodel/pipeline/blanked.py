"""What the model of a run says of faces that are painted over, or of which nothing else is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from facethemodel.bundle.manifest import MODEL
from facethemodel.bundle.runtime import Network
from facethemodel.catalogue.records import Face
from facethemodel.cores import available_cores
from facethemodel.embedders.embedder import FaceKey
from facethemodel.embedders.run import embed_faces
from facethemodel.inspection.crops import CropStore
from facethemodel.pipeline.backbone_scores import score_faces, tell_lost
from facethemodel.pipeline.painted import PAINTINGS, PaintedSource
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.scorers import backbone_of, embedder_source, scorer_of
from facethemodel.pipeline.training import network_of
from facethemodel.pipeline.whole_photo import WholePhotoSource, painted_photo
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

Pixels = NDArray[np.uint8]
Places = Mapping[FaceKey, int]
"""Where each aligned crop lies in the cache, from `catalogue.crops.rows`."""

_AT_ONCE = 512


def blanked_scores(
    project: Project, run: Run, faces: Sequence[FaceKey], places: Places, *, progress: Progress = SILENT
) -> dict[str, Mapping[FaceKey, float]]:
    """Scores faces under each of `PAINTINGS`.

    A network of aligned crops is shown the crops painted over; to one of whole photos, and to a backbone, the
    photos are shown, painted over where the face lies.

    Args:
        project: The project.
        run: A trained run.
        faces: Faces with an aligned crop.
        places: Of the crops.
        progress: Who watches.

    Returns:
        By painting the logits of the faces; without those whose photo cannot be read any more.
    """
    backbone, spec = backbone_of(run), network_of(run)
    if backbone is None and spec.view == "aligned112":
        return _of_crops(project, run, faces, places, size=spec.size, progress=progress)
    found: dict[str, Mapping[FaceKey, float]] = {}
    for painting in PAINTINGS:
        if backbone is not None:
            shown = PaintedSource(source=embedder_source(run, backbone), painting=painting)
            found[painting] = score_faces(project, run, backbone, shown, faces, progress=progress)
            continue
        source = WholePhotoSource(name=spec.name, scorer=scorer_of(run))
        embedded = embed_faces(
            project, PaintedSource(source=source, painting=painting), faces, progress=progress
        )
        tell_lost(embedded, progress)
        found[painting] = {key: float(vector[0]) for key, vector in embedded.vectors.items()}
    return found


def _of_crops(
    project: Project,
    run: Run,
    faces: Sequence[FaceKey],
    places: Places,
    *,
    size: int,
    progress: Progress,
) -> dict[str, Mapping[FaceKey, float]]:
    where = run.model / MODEL
    network = Network(where.read_bytes(), size=size, threads=available_cores(), where=where)
    store = CropStore(project.cache_dir)
    found: dict[str, dict[FaceKey, float]] = {painting: {} for painting in PAINTINGS}
    with progress.task("score without the face", len(faces)) as advance:
        for start in range(0, len(faces), _AT_ONCE):
            some = faces[start : start + _AT_ONCE]
            crops = store.load("aligned112", np.array([places[key] for key in some], dtype=np.int64))
            for painting, paint in PAINTINGS.items():
                found[painting].update(zip(some, map(float, network.score(paint(crops))), strict=True))
            advance(len(some))
    return dict(found)


def blanked_pictures(
    project: Project, run: Run, key: FaceKey, face: Face, places: Places
) -> tuple[Pixels, ...] | None:
    """Shows a face as it is and under each of `PAINTINGS`: its crop, or the whole photo that a network saw.

    Args:
        project: The project.
        run: A trained run.
        key: Photo and face.
        face: The same face.
        places: Of the crops.

    Returns:
        Square pictures (S, S, 3); None where the photo is gone or damaged.
    """
    spec = network_of(run)
    if spec.view != "aligned112":
        return painted_photo(project, key[0], face, size=spec.size)
    crop = CropStore(project.cache_dir).load("aligned112", np.array([places[key]], dtype=np.int64))
    return tuple(picture[0] for picture in (crop, *(paint(crop) for paint in PAINTINGS.values())))
