"""The whole way, each stage only where it has something to do."""

from __future__ import annotations

from facethemodel.dataset.leaks import check
from facethemodel.dataset.samples import samples
from facethemodel.dataset.split import split
from facethemodel.duplicates.project import every_match
from facethemodel.errors import FacethemodelError
from facethemodel.inspection.run import inspect
from facethemodel.pipeline.enough import require_enough_photos
from facethemodel.pipeline.evaluation import Evaluation, evaluate
from facethemodel.pipeline.freshness import still_true
from facethemodel.pipeline.runs import make_current
from facethemodel.pipeline.scratch import train_beside
from facethemodel.pipeline.training import FROM_SETTINGS, TrainOptions, train_stage
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project


class LeakError(FacethemodelError):
    """The split leaks, so no figure made from it could be believed."""

    exit_code = 1


def build(
    project: Project,
    *,
    options: TrainOptions = FROM_SETTINGS,
    alone: bool = False,
    progress: Progress = SILENT,
) -> Evaluation | None:
    """Runs inspect, split, train, calibrate, evaluate; started again, it goes on where it stopped.

    With a backbone or a teacher a model from scratch is trained, too, to be reported beside it.

    Args:
        project: The project.
        options: What may differ from the settings.
        alone: Leaves the model from scratch away, where others have a part in what is trained.
        progress: Who watches.

    Returns:
        The evaluation; None when everything was done already and nothing has changed since.

    Raises:
        NoUsableDataError: There are too few photos.
        LeakError: The parts share something; see `facethemodel split --check`.
    """
    wanted = project.settings.split
    with project.exclusive("build"):
        _require_enough(project)
        report = inspect(project, progress=progress)
        if report.done:
            progress.note(
                f"inspected {report.done:,} photos: {report.faces:,} faces, {report.no_face:,} photos "
                f"without a face, {len(report.unreadable):,} unreadable"
            )
        _require_enough(project)
        with project.database() as db:
            found = every_match(db, progress=progress)
            divided = split(db, person=project.person, settings=wanted, found=found, progress=progress)
            leaks = check(db, person=project.person, near_distance=wanted.near_distance, found=found).leaks
        if divided.new:
            progress.note(
                f"split: {divided.new:,} photos placed, {len(divided.left_out):,} left out, no leak"
            )
        if leaks:
            raise LeakError(
                f"the split leaks in {len(leaks)} places, {leaks[0].kind} first",
                remedy="facethemodel split --check, then facethemodel split --fresh",
            )
        run = train_stage(project, options=options, progress=progress)
        if not alone:
            train_beside(project, run, options=options, progress=progress)
        if still_true(project, run, alone=alone):
            make_current(project, run)
            return None
        return evaluate(project, run, why="build", found=found, progress=progress)


def _require_enough(project: Project) -> None:
    """Refuses what cannot be enough however it is divided; the train stage asks again, of the parts."""
    with project.database() as db:
        known = samples(db, person=project.person)
    preset = project.settings.split.preset
    # Every face is in a whole photo: what is too little of these is too little of any network's crops.
    require_enough_photos(known, person=project.person, preset=preset, view="whole256", divided=False)
