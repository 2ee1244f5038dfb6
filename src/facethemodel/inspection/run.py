"""Inspects the photos of a project: restartable, on all cores, and no photo stops the others."""

from __future__ import annotations

import functools
import itertools
import json
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from facethemodel.catalogue import crops as crop_rows
from facethemodel.catalogue import fingerprints, hints
from facethemodel.catalogue.crops import CropKey
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.inspections import inspections, once_readable, pending, record
from facethemodel.catalogue.photos import all_photos
from facethemodel.catalogue.records import Inspection, Photo, View
from facethemodel.cores import available_cores
from facethemodel.faces.model_file import read_model
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.examine import Examined, Examiner
from facethemodel.inspection.version import CHECKS_VERSION, INSPECTOR_VERSION
from facethemodel.inspection.workers import Crashed, in_order
from facethemodel.photos.decode import Limits, UnreadablePhotoError
from facethemodel.photos.store import PhotoStore
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project
from facethemodel.settings import InspectSettings

BATCH = 100
"""Photos that are written together: what a kill costs, and what waits in memory."""
CRASH = "crashed the decoder"
_OUTDATED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectReport:
    """What a run did.

    Attributes:
        done: Photos inspected in this run, readable or not. One for which a hint came in meanwhile is left to
            the next run and not counted.
        unreadable: Of those, sha256 and reason of each that could not be read.
        away: How many of these are tried again: not the photo is at fault, but its file is not there or has
            other bytes than those that were added.
        skipped: Photos that had been inspected before.
        no_face: Readable photos of this run without an accepted face.
        faces: Accepted faces found in this run.
        seconds: Wall time.
    """

    done: int
    unreadable: list[tuple[str, str]]
    away: int
    skipped: int
    no_face: int
    faces: int
    seconds: float


def inspect(
    project: Project,
    *,
    views: Sequence[View] = ("aligned112",),
    jobs: int | None = None,
    progress: Progress = SILENT,
) -> InspectReport:
    """Examines every photo that has not been examined yet, or lacks a crop for one of the views.

    Photos whose file could not be read are tried again each time; what an earlier run found of them stays.

    The caller holds the project (`project.exclusive`). Results are kept batch by batch: after a kill, an
    interrupt or a full disk the next run goes on where this one stopped.

    Args:
        project: The project.
        views: Which crops to make sure of.
        jobs: Processes: 1 works in this one (and a photo that crashes the decoder ends it), more or 0 (all
            cores) in others; None takes the project's setting.
        progress: Who watches.

    Returns:
        What was done.

    Raises:
        SettingsError: The face detector's weights are missing or are not the expected ones.
        StorageError: The disk is full or cannot be written.
    """
    started = time.monotonic()
    settings = project.settings.inspect
    # Told here, once, rather than by every worker process on its way down.
    read_model(settings.detector)
    store = CropStore(project.cache_dir)
    version = inspector_version(settings)
    with project.database() as db:
        _reset_lost(db, store, views)
        free = {view: crop_rows.free_rows(db, view) for view in views}
        tasks = _tasks(db, version=version, views=views)
        tally = _Tally(hints={task.photo.sha256: task.hints for task in tasks})
        skipped = len(all_photos(db)) - len(tasks)
        make = functools.partial(_Inspector, project.photos_dir, settings)
        with progress.task("inspect", len(tasks)) as advance:
            batch: list[Examined] = []
            for examined in _outcomes(tasks, make, jobs=settings.jobs if jobs is None else jobs):
                batch.append(examined)
                advance(1)
                if len(batch) == BATCH:
                    _keep(db, store, batch, free=free, version=version, tally=tally)
                    batch = []
            _keep(db, store, batch, free=free, version=version, tally=tally)
    return InspectReport(
        done=tally.done,
        unreadable=tally.unreadable,
        away=tally.away,
        skipped=skipped,
        no_face=tally.no_face,
        faces=tally.faces,
        seconds=time.monotonic() - started,
    )


def inspector_version(settings: InspectSettings) -> int:
    """Gives the number under which the catalogue keeps inspections made with these settings.

    Settings that change what is found are part of it, so that changing them leads to a new inspection. The
    number of processes and the place of the detector are not.
    """
    decisive = [settings.gate_threshold, settings.max_bytes, settings.max_pixels, CHECKS_VERSION]
    return INSPECTOR_VERSION << 32 | zlib.crc32(json.dumps(decisive).encode())


@dataclass(frozen=True, slots=True)
class _Task:
    photo: Photo
    views: tuple[View, ...]
    hints: tuple[hints.Box, ...]


class _Inspector:
    """What a worker process does: photos from the store to their examinations."""

    def __init__(self, photos_dir: Path, settings: InspectSettings) -> None:
        limits = Limits(max_bytes=settings.max_bytes, max_pixels=settings.max_pixels)
        self._max_bytes = settings.max_bytes
        self._store = PhotoStore(photos_dir)
        self._examiner = Examiner(
            detector_model=settings.detector, gate_threshold=settings.gate_threshold, limits=limits
        )

    def __call__(self, tasks: Sequence[_Task]) -> list[Examined]:
        return [self._examine(task) for task in tasks]

    def _examine(self, task: _Task) -> Examined:
        sha256 = task.photo.sha256
        try:
            data = self._store.read(task.photo, max_bytes=self._max_bytes)
        except UnreadablePhotoError as error:
            # A disk that is away or a file that was restored says nothing lasting of a photo; its size does.
            return _unreadable(sha256, error.reason, again=task.photo.size <= self._max_bytes)
        try:
            return self._examiner.examine(data, sha256=sha256, views=task.views, hints=task.hints)
        except UnreadablePhotoError as error:
            return _unreadable(sha256, error.reason)


@dataclass(slots=True)
class _Tally:
    hints: Mapping[str, tuple[hints.Box, ...]]
    done: int = 0
    no_face: int = 0
    faces: int = 0
    away: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    def add(self, inspection: Inspection, *, again: bool) -> None:
        self.done += 1
        self.away += again
        if inspection.reason is not None:
            self.unreadable.append((inspection.sha256, inspection.reason))
            return
        accepted = sum(face.accepted for face in inspection.faces)
        self.faces += accepted
        self.no_face += not accepted


def _outcomes(
    tasks: Sequence[_Task], make: functools.partial[_Inspector], *, jobs: int
) -> Iterator[Examined]:
    if not tasks:
        return
    if jobs == 1:
        inspector = make()
        for task in tasks:
            yield from inspector([task])
        return
    for result in in_order(tasks, make=make, jobs=jobs or available_cores()):
        yield _unreadable(result.item.photo.sha256, CRASH) if isinstance(result, Crashed) else result


def _unreadable(sha256: str, reason: str, *, again: bool = False) -> Examined:
    return Examined(inspection=Inspection(sha256=sha256, reason=reason), crops={}, again=again)


def _tasks(db: Database, *, version: int, views: Sequence[View]) -> list[_Task]:
    """Finds what each photo lacks; a photo that only lacks one view gets only that one cut."""
    photos = {photo.sha256: photo for photo in pending(db, version=version, views=())}
    wanted: dict[str, tuple[View, ...]] = dict.fromkeys(photos, ())
    for view in views:
        for photo in pending(db, version=version, views=(view,)):
            photos[photo.sha256] = photo
            wanted[photo.sha256] = (*wanted.get(photo.sha256, ()), view)
    known = hints.boxes(db)
    return [_Task(photos[sha256], wanted[sha256], known.get(sha256, ())) for sha256 in sorted(photos)]


def _keep(
    db: Database,
    store: CropStore,
    batch: Sequence[Examined],
    *,
    free: Mapping[View, Iterator[int]],
    version: int,
    tally: _Tally,
) -> None:
    """Writes the crops, waits until they are on the disk, and only then tells the catalogue of them."""
    keys: dict[str, list[CropKey]] = {examined.inspection.sha256: [] for examined in batch}
    views = sorted({view for examined in batch for view, _ in examined.crops})
    for view in views:
        cut = [
            (examined.inspection.sha256, face, crop)
            for examined in batch
            for (of, face), crop in examined.crops.items()
            if of == view
        ]
        rows = list(itertools.islice(free[view], len(cut)))
        store.write(view, [crop for _, _, crop in cut], rows)
        for row, (sha256, face, _) in zip(rows, cut, strict=True):
            keys[sha256].append(CropKey(sha256=sha256, face=face, view=view, row=row))
    with db.write():
        # A hint may have come in since the photo was handed out; an inspection entered without it would
        # stand for good. Such a photo stays without one, and the next run looks again.
        known = hints.boxes(db, of=list(keys))
        kept = [one for one in batch if known.get(sha := one.inspection.sha256, ()) == tally.hints[sha]]
        # What was found while a file could be read outlives its absence: the photo goes on waiting.
        found = once_readable(db, [one.inspection.sha256 for one in kept if one.again])
        for again in (False, True):
            entered = [one for one in kept if one.again == again and one.inspection.sha256 not in found]
            record(
                db,
                [(one.inspection, keys[one.inspection.sha256]) for one in entered],
                version=_OUTDATED if again else version,
                checks={one.inspection.sha256: one.checks for one in entered},
            )
        fingerprints.record(db, [one for examined in kept for one in examined.fingerprints])
    for examined in kept:
        tally.add(examined.inspection, again=examined.again)


def _reset_lost(db: Database, store: CropStore, views: Sequence[View]) -> None:
    """Has photos done again whose crops are no longer in the cache, which anyone may delete."""
    lost: set[str] = set()
    for view in views:
        held = store.rows(view)
        if held < crop_rows.next_row(db, view):
            lost |= {sha256 for (sha256, _), row in crop_rows.rows(db, view).items() if row >= held}
    if lost:
        known: Mapping[str, Inspection] = inspections(db)
        record(db, [(known[sha256], ()) for sha256 in sorted(lost)], version=_OUTDATED)
