"""Embeds faces of a project: on all cores, once, and no photo stops the others."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue import crops as crop_rows
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.inspections import inspections
from facethemodel.catalogue.photos import all_photos
from facethemodel.catalogue.records import WHOLE_PHOTO, Photo
from facethemodel.cores import available_cores
from facethemodel.embedders.embedder import Card, Embedder, FaceKey, Source, Spot, usable
from facethemodel.embedders.store import EmbeddingStore
from facethemodel.errors import UsageError
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.workers import Crashed, in_order
from facethemodel.photos.decode import Limits, UnreadablePhotoError, decode
from facethemodel.photos.store import PhotoStore
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project
from facethemodel.settings import InspectSettings

BATCH = 32
"""Photos whose vectors are written together: what a kill costs."""
CRASH = "crashed the embedder"
UNUSABLE = "its vector is not a number, or all zeros"


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The vectors of some faces.

    Attributes:
        card: Whose they are.
        vectors: By face, each (dimension,).
        lost: Photos of which some vector could not be had, and why.
        new: How many of the faces were embedded by this call; the others were known.
    """

    card: Card
    vectors: Mapping[FaceKey, NDArray[np.float32]]
    lost: Mapping[str, str]
    new: int


def embed_faces(
    project: Project,
    source: Source,
    wanted: Iterable[FaceKey],
    *,
    jobs: int | None = None,
    progress: Progress = SILENT,
) -> Embedded:
    """Gives the vectors of faces that `inspect` found; those in the cache are not computed again.

    The caller holds the project (`project.exclusive`). Vectors are kept batch by batch: after a kill or an
    interrupt the next run goes on where this one stopped. A photo that cannot be embedded is tried again by
    the next run.

    Args:
        project: The project.
        source: The embedder.
        wanted: Faces; the index `WHOLE_PHOTO` stands for the photo's centre.
        jobs: Processes: 1 works in this one, 0 on all cores; None takes the project's setting for `inspect`.
        progress: Who watches.

    Raises:
        FacethemodelError: The embedder cannot be opened.
        UsageError: A photo or face that the catalogue does not know.
        StorageError: The disk is full or cannot be written.
    """
    embedder = source.open()
    store = EmbeddingStore(project.cache_dir, embedder.card)
    asked = sorted(set(wanted))
    known = store.load()
    vectors = {key: known[key] for key in asked if key in known}
    missing = [key for key in asked if key not in vectors]
    lost: dict[str, str] = {}
    if missing:
        with project.database() as db:
            tasks = _tasks(db, missing, embedder)
        settings = project.settings.inspect
        make = functools.partial(_Worker, source, project.photos_dir, project.cache_dir, settings)
        fresh: dict[FaceKey, NDArray[np.float32]] = {}
        with progress.task(f"embed faces ({embedder.card.name})", len(missing)) as advance:
            results = _results(tasks, make, jobs=settings.jobs if jobs is None else jobs)
            for done, (task, result) in enumerate(results, start=1):
                if isinstance(result, str):
                    lost[task.photo.sha256] = result
                else:
                    good = usable(result)
                    fresh |= {
                        (task.photo.sha256, face): vector
                        for face, vector, kept in zip(task.faces, result, good, strict=True)
                        if kept
                    }
                    if not good.all():
                        lost[task.photo.sha256] = UNUSABLE
                advance(len(task.faces))
                if done % BATCH == 0 or done == len(tasks):
                    store.append(fresh)
                    vectors |= fresh
                    fresh = {}
    return Embedded(
        card=embedder.card,
        vectors=vectors,
        lost=lost,
        new=sum(key in vectors for key in missing),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """Faces of one photo. Spots are in pixels of the upright full-size photo; rows are those of the cache."""

    photo: Photo
    faces: tuple[int, ...]
    spots: tuple[Spot | None, ...]
    rows: tuple[int, ...]


_Result = NDArray[np.float32] | str
"""The vectors of a photo's faces, or why there are none."""


class _Worker:
    """What a worker process does: photos or cached crops to vectors."""

    def __init__(self, source: Source, photos_dir: Path, cache_dir: Path, settings: InspectSettings) -> None:
        self._embedder = source.open()
        self._photos = PhotoStore(photos_dir)
        self._crops = CropStore(cache_dir)
        self._limits = Limits(max_bytes=settings.max_bytes, max_pixels=settings.max_pixels)

    def __call__(self, tasks: Sequence[_Task]) -> list[_Result]:
        cut: list[list[NDArray[np.uint8]] | str] = [self._cut(task) for task in tasks]
        vectors = self._embedder.embed(
            [crop for crops in cut if not isinstance(crops, str) for crop in crops]
        )
        results: list[_Result] = []
        start = 0
        for crops in cut:
            if isinstance(crops, str):
                results.append(crops)
                continue
            results.append(vectors[start : start + len(crops)])
            start += len(crops)
        return results

    def _cut(self, task: _Task) -> list[NDArray[np.uint8]] | str:
        if self._embedder.view is not None:
            return list(self._crops.load(self._embedder.view, task.rows))
        try:
            data = self._photos.read(task.photo, max_bytes=self._limits.max_bytes)
            decoded = decode(data, limits=self._limits)
        except UnreadablePhotoError as error:
            return error.reason
        height, width = decoded.pixels.shape[:2]
        across, down = width / decoded.width, height / decoded.height
        return [
            self._embedder.cut(decoded.pixels, None if spot is None else spot.scaled(across, down))
            for spot in task.spots
        ]


def _results(
    tasks: Sequence[_Task], make: functools.partial[_Worker], *, jobs: int
) -> Iterator[tuple[_Task, _Result]]:
    if jobs == 1:
        worker = make()
        for task in tasks:
            yield task, worker([task])[0]
        return
    found = in_order(tasks, make=make, jobs=jobs or available_cores())
    for task, result in zip(tasks, found, strict=True):
        yield task, CRASH if isinstance(result, Crashed) else result


def _tasks(db: Database, keys: Sequence[FaceKey], embedder: Embedder) -> list[_Task]:
    photos = {photo.sha256: photo for photo in all_photos(db)}
    known = inspections(db)
    rows = {} if embedder.view is None else crop_rows.rows(db, embedder.view)
    faces: dict[str, list[int]] = {}
    for sha256, face in keys:
        faces.setdefault(sha256, []).append(face)
    tasks = []
    for sha256, indices in faces.items():
        if sha256 not in photos or sha256 not in known:
            raise UsageError(f"the photo {sha256[:12]} was not inspected", remedy="facethemodel inspect")
        spots = {face.index: Spot(box=face.box, landmarks=face.landmarks) for face in known[sha256].faces}
        for face in indices:
            no_crop = embedder.view is not None and (sha256, face) not in rows
            if no_crop or (face != WHOLE_PHOTO and face not in spots):
                raise UsageError(
                    f"the photo {sha256[:12]} has no face number {face} with a crop",
                    remedy="facethemodel inspect",
                )
        tasks.append(
            _Task(
                photo=photos[sha256],
                faces=tuple(indices),
                spots=tuple(spots.get(face) for face in indices),
                rows=tuple(rows[sha256, face] for face in indices) if rows else (),
            )
        )
    return tasks
