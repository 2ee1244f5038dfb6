"""From scratch stays the default: beside what others helped with, it is always shown what was had without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from facethemodel.dataset.samples import Sample, samples
from facethemodel.pipeline.choice import NOTHING
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.scorers import backbone_of, teacher_of
from facethemodel.pipeline.siblings import fitting_run, from_scratch
from facethemodel.pipeline.training import TrainOptions, network_of, train_stage
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

NETWORK = "residual112"
"""The network from scratch that stands beside a backbone."""
NAME = "from scratch"


def beside_from_scratch(
    project: Project, run: Run, known: Sequence[Sample]
) -> tuple[Run | None, tuple[str, ...]]:
    """Finds the run from scratch to stand beside one that others helped with.

    Args:
        project: The project.
        run: The run that is judged.
        known: Every photo of the project.

    Returns:
        The run from scratch, where there is one, and sentences for the report's reader: who helped, and what
        to type where nothing was trained from scratch. Neither for a run that is from scratch itself.
    """
    if from_scratch(run):
        return None, ()
    network = _network(run)
    best = fitting_run(project, run, network, known)
    if best is not None:
        return best, (whose_help(run),)
    missing = (
        "A model from scratch should stand beside this one, but none was trained on these photos: "
        f"facethemodel train --network {network}, then facethemodel evaluate --run {run.name}"
    )
    return None, (whose_help(run), missing)


def train_beside(project: Project, run: Run, *, options: TrainOptions, progress: Progress = SILENT) -> None:
    """Trains the run from scratch that is to stand beside one that others helped with.

    The caller holds the project. Nothing is trained beside a run that is from scratch itself, nor where there
    is one already.

    Args:
        project: The project.
        run: The run that is to be judged.
        options: What it was trained with; as far as they have a meaning without help, they count here, too.
        progress: Who watches.
    """
    if from_scratch(run):
        return
    network = _network(run)
    with project.database() as db:
        known = samples(db, person=project.person)
    if fitting_run(project, run, network, known) is not None:
        return
    progress.note(
        "training a model from scratch, too, to stand beside the one that others helped with "
        "(--alone leaves it away)"
    )
    train_stage(
        project,
        options=replace(options, network=network, backbone=NOTHING, teacher=NOTHING),
        progress=progress,
    )


def what_it_is(run: Run) -> str:
    """Says in one sentence what a run from scratch is."""
    return (
        f"{network_of(run).summary}; trained from scratch on the same photos, its line drawn in the same "
        "way. Nothing that others trained had a part in it."
    )


def whose_help(run: Run) -> str:
    """Says in one sentence what others trained and had a part in a run; it must not be from scratch."""
    backbone, teacher = backbone_of(run), teacher_of(run)
    if backbone is not None:
        return (
            f"This model is not trained from scratch: a head stands on the backbone {backbone.name}, trained "
            f"by {backbone.trained_by} on {backbone.trained_on}. That collection may hold the people of the "
            "test part."
        )
    assert teacher is not None
    return (
        f"This model had a teacher: beside the labels it learned from what {teacher.name} says of the train "
        f"part’s faces, trained by {teacher.trained_by} on {teacher.trained_on}. That collection may hold "
        "the people of the test part."
    )


def _network(run: Run) -> str:
    return NETWORK if backbone_of(run) is not None else str((run.read("trained") or {})["network"])


def how_trained(run: Run) -> str:
    """Says how a run was trained in a few words, to be read before "on so many photos"."""
    backbone, teacher = backbone_of(run), teacher_of(run)
    if backbone is not None:
        return f"a head on the backbone {backbone.name}, the head trained"
    return "trained from scratch" if teacher is None else f"trained with the teacher {teacher.name}"
