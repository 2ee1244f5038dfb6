"""Whether what an evaluation said is still true of the project as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from facethemodel.bundle.read import read_bundle
from facethemodel.catalogue import rulings
from facethemodel.catalogue.records import Inspection
from facethemodel.dataset.samples import Sample, samples
from facethemodel.errors import FacethemodelError
from facethemodel.inspection.version import INSPECTOR_VERSION
from facethemodel.pipeline.runs import Run, digest
from facethemodel.pipeline.scratch import beside_from_scratch
from facethemodel.pipeline.siblings import learned_what_is_there
from facethemodel.project import Project


def evaluation_inputs(project: Project, known: Sequence[Sample] | None = None) -> str:
    """Names what an evaluation depends on beside the network: labels, parts, copies, thresholds asked for.

    Args:
        project: The project.
        known: Every photo of it, where they have been read already.
    """
    with project.database() as db:
        known = samples(db, person=project.person) if known is None else known
        said = rulings.rulings(db)
    facts = [
        (
            sample.sha256,
            sample.part,
            sample.label.role,
            sample.identity,
            sample.label.category,
            sample.label.conflict,
            sample.label.aside,
            sample.tags,
            sample.taken,
            _seen(sample.inspection),
        )
        for sample in known
    ]
    settings = project.settings
    copies = sorted(said.different), sorted(said.best, key=lambda sha: said.best[sha])
    return digest(
        facts,
        copies,
        project.person,
        settings.threshold.model_dump(),
        settings.split.near_distance,
        settings.evaluate.model_dump(),
        sorted(settings.split.test_identities),
        settings.inspect.gate_threshold,
        INSPECTOR_VERSION,
    )


def still_true(project: Project, run: Run, *, alone: bool) -> bool:
    """Whether a run's evaluation needs no repeating: nothing it depends on changed, and its files are whole.

    Args:
        project: The project.
        run: A trained run.
        alone: Whether it is all the same which model from scratch stands beside one that others helped with.
    """
    done = _evaluated(project, run)
    if done is None or not _whole(run):
        return False
    return alone or done.get("beside") == _beside(project, run)


def due(project: Project, run: Run, known: Sequence[Sample]) -> str | None:
    """Which command brings a run up to date, as far as can be told quickly: no file is checked.

    Args:
        project: The project.
        run: The current run.
        known: Every photo of the project.

    Returns:
        `build` where other photos than those it learned from are there to learn from, `evaluate` where its
        figures are missing or no longer true, else None.
    """
    try:
        if not learned_what_is_there(project, run, known):
            return "build"
    except FacethemodelError:
        # It cannot be read, or crops are to be cut first.
        return "build"
    return "evaluate" if _evaluated(project, run, known) is None else None


def _evaluated(project: Project, run: Run, known: Sequence[Sample] | None = None) -> dict[str, Any] | None:
    """What was noted of a run's evaluation, if its report is there and nothing it depends on has changed."""
    done = run.read("evaluated")
    if done is None or done.get("inputs") != evaluation_inputs(project, known) or not run.report.exists():
        return None
    return done


def _beside(project: Project, run: Run) -> str | None:
    with project.database() as db:
        known = samples(db, person=project.person)
    scratch, _ = beside_from_scratch(project, run, known)
    return None if scratch is None else scratch.name


def _whole(run: Run) -> bool:
    """Whether the run's bundle is there and unaltered: otherwise the remedy is to build it again."""
    try:
        read_bundle(run.bundle)
    except FacethemodelError:
        return False
    return True


def _seen(inspection: Inspection | None) -> object:
    if inspection is None:
        return None
    faces = [(face.index, face.accepted, face.main) for face in inspection.faces]
    return inspection.readable, faces
