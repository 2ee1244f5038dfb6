"""Other trained runs of the project that learned from the same photos, to stand beside one."""

from __future__ import annotations

from collections.abc import Sequence

from facethemodel.catalogue import crops
from facethemodel.dataset.samples import Sample, by_part, training_arrays
from facethemodel.pipeline.runs import Run, digest
from facethemodel.pipeline.scorers import backbone_of, teacher_of
from facethemodel.pipeline.training import labels_of, network_of
from facethemodel.project import Project

_COUNTS = ("person_photos", "stranger_photos", "strangers", "tune_person_photos", "tune_stranger_photos")


def from_scratch(run: Run) -> bool:
    """Whether nothing that others trained had a part in a run."""
    return backbone_of(run) is None and teacher_of(run) is None


def scratch_runs(project: Project, network: str) -> list[Run]:
    """The trained runs of a network that nobody taught, whatever photos they learned from."""
    found = [Run(folder=path.parent) for path in project.runs_dir.glob("*/trained.json")]
    return [
        one for one in found if (one.read("trained") or {}).get("network") == network and from_scratch(one)
    ]


def fitting_run(project: Project, run: Run, network: str, known: Sequence[Sample]) -> Run | None:
    """The run from scratch of a network that learned from the photos now in the train and tune parts.

    Of several the one with the seed of `run`, else the newest; None where there is none.
    """
    fitting = [one for one in scratch_runs(project, network) if learned_what_is_there(project, one, known)]
    seed = (run.read("trained") or {}).get("seed")
    return max(
        fitting,
        key=lambda one: (
            (one.read("trained") or {}).get("seed") == seed,
            (one.folder / "trained.json").stat().st_mtime,
        ),
        default=None,
    )


def learned_what_is_there(project: Project, run: Run, known: Sequence[Sample]) -> bool:
    """Whether a run learned from the photos and labels that are in the train and tune parts now."""
    spec, facts = network_of(run), run.read("trained") or {}
    with project.database() as db:
        rows = crops.rows(db, spec.view)
    train = training_arrays(by_part(known, "train"), rows, view=spec.view)
    tune = training_arrays(by_part(known, "tune"), rows, view=spec.view)
    if "photos" in facts:
        return bool(facts["photos"] == digest(labels_of(train, tune)))
    counts = (
        int(train.is_person.sum()),
        int((~train.is_person).sum()),
        len(train.identities),
        int(tune.is_person.sum()),
        int((~tune.is_person).sum()),
    )
    return counts == tuple(facts.get(name) for name in _COUNTS)
