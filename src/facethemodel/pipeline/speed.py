"""How long each model takes for a face: in one run, on the same faces, in turn, on one core."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from facethemodel.bundle.manifest import MODEL
from facethemodel.bundle.runtime import Network
from facethemodel.catalogue.photos import all_photos
from facethemodel.cores import opencv_on_one_thread
from facethemodel.dataset.samples import Sample, by_part
from facethemodel.embedders.embedder import Source, Spot
from facethemodel.evaluation.inputs import Speed
from facethemodel.faces.align import align, whole
from facethemodel.inspection.examine import Examiner
from facethemodel.photos.decode import Limits, UnreadablePhotoError, decode
from facethemodel.photos.store import PhotoStore
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.scorers import backbone_of
from facethemodel.pipeline.training import network_of
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

FACES = 25
"""So many faces are timed, after one that warms everything up."""

Look = Callable[[NDArray[np.uint8], Spot], object]
"""Judges one face: the photo's pixels and where the face is."""


def look_of_run(run: Run) -> Look:
    """What a trained run does with a face: cut it out, ask the network or the backbone and its head."""
    backbone = backbone_of(run)
    if backbone is not None:
        from facethemodel.bundle.backbone import scorer_of_folder

        scorer = scorer_of_folder(backbone, run.model)
        return lambda pixels, spot: scorer.score([scorer.embedder.cut(pixels, spot)])
    spec = network_of(run)
    network = Network((run.model / MODEL).read_bytes(), size=spec.size, where=run.model / MODEL)
    if spec.view == "whole256":
        return lambda pixels, spot: network.score(whole(pixels)[None])
    return lambda pixels, spot: network.score(align(pixels, spot.landmarks)[None])


def look_of_source(source: Source) -> Look:
    """What an embedder does with a face: cut it out, embed it. Comparing vectors takes next to nothing.

    Raises:
        FacethemodelError: The embedder cannot be opened.
    """
    embedder = source.open()
    return lambda pixels, spot: embedder.embed([embedder.cut(pixels, spot)])


def measure_speeds(
    project: Project, known: Sequence[Sample], looks: Sequence[Look], *, progress: Progress = SILENT
) -> list[Speed | None]:
    """Times each model on main faces of the calibrate part.

    Finding the faces is the same for all: reading, decoding, detecting and the gate are timed once a photo
    and counted for each.

    Returns:
        One result per model; None where there was no face to time.
    """
    settings = project.settings.inspect
    limits = Limits(max_bytes=settings.max_bytes, max_pixels=settings.max_pixels)
    store = PhotoStore(project.photos_dir)
    with project.database() as db:
        photos = {photo.sha256: photo for photo in all_photos(db)}
    examiner = Examiner(
        detector_model=settings.detector, gate_threshold=settings.gate_threshold, limits=limits
    )
    faces: list[list[float]] = [[] for _ in looks]
    finding: list[float] = []
    with opencv_on_one_thread(), progress.task("time a face", FACES + 1) as advance:
        for sha256, face in _main_faces(known)[: FACES + 1]:
            try:
                started = time.perf_counter()
                data = store.read(photos[sha256], max_bytes=settings.max_bytes)
                examiner.examine(data, views=(), measure=False)
                finding.append(time.perf_counter() - started)
                decoded = decode(data, limits=limits)
            except UnreadablePhotoError:
                continue
            height, width = decoded.pixels.shape[:2]
            spot = face.scaled(width / decoded.width, height / decoded.height)
            for look, times in zip(looks, faces, strict=True):
                started = time.perf_counter()
                look(decoded.pixels, spot)
                times.append(time.perf_counter() - started)
            advance(1)
    return [_speed(times[1:], finding[1:]) for times in faces]


def _speed(face: Sequence[float], finding: Sequence[float]) -> Speed | None:
    if not face:
        return None
    return Speed(
        face_ms=1000 * median(face),
        photo_ms=1000 * median(a + b for a, b in zip(face, finding, strict=True)),
        faces=len(face),
    )


def _main_faces(known: Sequence[Sample]) -> list[tuple[str, Spot]]:
    return [
        (one.sha256, Spot(box=face.box, landmarks=face.landmarks))
        for one in by_part(known, "calibrate")
        if one.inspection is not None and one.label.usable
        for face in one.inspection.faces
        if face.accepted and face.main
    ]
