"""Before a network learns or is judged: every crop is there, and cut as it would be today."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from facethemodel.catalogue import crops
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.inspections import pending
from facethemodel.catalogue.records import Photo, View
from facethemodel.dataset.samples import Sample
from facethemodel.errors import StorageError, UsageError
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.run import inspect, inspector_version
from facethemodel.photos.store import PhotoStore
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project
from facethemodel.report.counting import counted


def cut_views(project: Project, views: Sequence[View], *, progress: Progress = SILENT) -> None:
    """Cuts crops that `inspect` does not make by itself; the caller holds the project."""
    if any(view != "aligned112" for view in views):
        inspect(project, views=("aligned112", *(set(views) - {"aligned112"})), progress=progress)


def require_inspected(db: Database, project: Project, known: Sequence[Sample], views: Sequence[View]) -> None:
    """Makes sure that every photo in a part was inspected as this version and these settings would do it.

    Otherwise a bundle would promise something of faces that it finds and cuts in another way. Photos that
    cannot be read and those put aside stop nothing: they take part in nothing either. A photo that was read
    once and whose file is away since is none of these: without it the figures would be other figures.

    Raises:
        UsageError: Some were not; says how many.
        StorageError: The files of some are away; says how many. Or the crops of a view are not all in the
            cache.
    """
    version = inspector_version(project.settings.inspect)
    parted = {one.sha256: one for one in known if one.part is not None and _takes_part(one)}
    waiting = [one for one in pending(db, version=version, views=views) if one.sha256 in parted]
    photo_files = PhotoStore(project.photos_dir)
    away = [one for one in waiting if not os.access(photo_files.path(one), os.R_OK)]
    if away:
        raise StorageError(
            f"the files of {counted(len(away), 'photo')} of the parts are away: {_first(away, parted)}",
            remedy="plug in the disk they are on or add them again, then `facethemodel inspect`; one that is "
            "gone for good, `facethemodel decide PHOTO --aside gone`",
        )
    if waiting:
        raise UsageError(
            f"{counted(len(waiting), 'photo')} of the parts {'is' if len(waiting) == 1 else 'are'} not "
            "inspected as this version and the settings of the project do it now: "
            f"{_first(waiting, parted)}",
            remedy="facethemodel inspect, or facethemodel build",
        )
    store = CropStore(project.cache_dir)
    for view in views:
        rows = crops.rows(db, view)
        store.require(view, [row for (sha, _), row in rows.items() if sha in parted])


def _takes_part(one: Sample) -> bool:
    return one.label.usable and (one.inspection is None or one.inspection.readable)


def _first(photos: Sequence[Photo], known: Mapping[str, Sample]) -> str:
    sha256 = photos[0].sha256
    return f"{known[sha256].name} ({sha256[:8]}){' ...' if len(photos) > 1 else ''}"
