"""Before a network learns or is judged: every crop is there, and cut as it would be today."""

from __future__ import annotations

from collections.abc import Sequence

from facethemodel.catalogue import crops
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.inspections import pending
from facethemodel.catalogue.records import View
from facethemodel.dataset.samples import Sample
from facethemodel.errors import UsageError
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.run import inspect, inspector_version
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project


def cut_views(project: Project, views: Sequence[View], *, progress: Progress = SILENT) -> None:
    """Cuts crops that `inspect` does not make by itself; the caller holds the project."""
    if any(view != "aligned112" for view in views):
        inspect(project, views=("aligned112", *(set(views) - {"aligned112"})), progress=progress)


def require_inspected(db: Database, project: Project, known: Sequence[Sample], views: Sequence[View]) -> None:
    """Makes sure that every photo in a part was inspected as this version and these settings would do it.

    Otherwise a bundle would promise something of faces that it finds and cuts in another way. Photos that
    cannot be read stop nothing: they take part in nothing either.

    Raises:
        UsageError: Some were not; says how many.
        StorageError: The crops of a view are not all in the cache.
    """
    version = inspector_version(project.settings.inspect)
    parted = {one.sha256: one for one in known if one.part is not None and not _unreadable(one)}
    waiting = [one.sha256 for one in pending(db, version=version, views=views) if one.sha256 in parted]
    if waiting:
        raise UsageError(
            f"{len(waiting):,} photos of the parts are not inspected as this version and the settings of the "
            f"project do it now: {parted[waiting[0]].name} ({waiting[0][:8]}) ...",
            remedy="facethemodel inspect, or facethemodel build",
        )
    store = CropStore(project.cache_dir)
    for view in views:
        rows = crops.rows(db, view)
        store.require(view, [row for (sha, _), row in rows.items() if sha in parted])


def _unreadable(one: Sample) -> bool:
    return one.inspection is not None and not one.inspection.readable
