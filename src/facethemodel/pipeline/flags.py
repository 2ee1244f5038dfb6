"""All flags of a project: what the checks found, and the labels that its model doubts."""

from __future__ import annotations

from dataclasses import dataclass

from facethemodel.catalogue import checks as catalogue
from facethemodel.catalogue import decisions
from facethemodel.catalogue.labels import labels
from facethemodel.catalogue.photos import display_names
from facethemodel.catalogue.records import Role
from facethemodel.checks import CHECKS, check_called, plain_name
from facethemodel.errors import UsageError
from facethemodel.evaluation.doubts import TABLE, read_doubts, worth_a_look
from facethemodel.pipeline.runs import run_in_use
from facethemodel.project import Project

ANOTHER_PERSON = "another-person"
ANOTHER_PERSON_HELP = "unlike the person's other photos, says the model"
ANOTHER_PERSON_UNIT = "standard deviations from a typical photo of the person"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagCount:
    """One flag and how many photos bear it.

    Attributes:
        name: The check's, or `ANOTHER_PERSON`.
        help: One line.
        photos: Flagged and not put aside.
        aside: Flagged and put aside already.
        precision: Right of flagged on labelled photos, see `checks.Check`; None where it is not known.
    """

    name: str
    help: str
    photos: int
    aside: int
    precision: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggedPhoto:
    """A photo that bears a flag; `score` is from 0.5 to 1, `measure` in the unit of the check."""

    sha256: str
    name: str
    role: Role | None
    score: float
    measure: float | None
    aside: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagList:
    """All photos of one flag, the worst first."""

    name: str
    help: str
    unit: str
    photos: tuple[FlaggedPhoto, ...]


def flag_counts(project: Project) -> tuple[FlagCount, ...]:
    """Counts the photos of every flag, in the order of the checks; the doubted labels come last."""
    with project.database() as db:
        found = {check.name: {sha for sha, _ in catalogue.flagged(db, check.name)} for check in CHECKS}
        aside = decisions.latest_asides(db).keys()
    found[ANOTHER_PERSON] = {sha for sha, _, _ in _doubted(project)}
    told = {check.name: (check.help, check.precision) for check in CHECKS}
    told[ANOTHER_PERSON] = (ANOTHER_PERSON_HELP, None)
    return tuple(
        FlagCount(
            name=name,
            help=told[name][0],
            photos=len(shas - aside),
            aside=len(shas & aside),
            precision=told[name][1],
        )
        for name, shas in found.items()
    )


def unchecked(project: Project) -> int:
    """Counts the readable photos that no check has seen: new ones, and those an older version inspected."""
    with project.database() as db:
        return catalogue.unchecked(db)


def flag_list(project: Project, name: str) -> FlagList:
    """Lists the photos of one flag, the worst first.

    Raises:
        UsageError: There is no such flag.
    """
    check = check_called(name)
    if check is None and plain_name(name) != ANOTHER_PERSON:
        known = ", ".join([*(one.name for one in CHECKS), ANOTHER_PERSON])
        raise UsageError(f"there is no flag {name!r}", remedy=f"use one of {known}")
    found = _doubted(project) if check is None else []
    with project.database() as db:
        if check is not None:
            found = [(sha, one.score, one.measure) for sha, one in catalogue.flagged(db, check.name)]
        names = display_names(db)
        label = labels(db, person=project.person)
    return FlagList(
        name=plain_name(name),
        help=ANOTHER_PERSON_HELP if check is None else check.help,
        unit=ANOTHER_PERSON_UNIT if check is None else check.unit,
        photos=tuple(
            FlaggedPhoto(
                sha256=sha,
                name=names.get(sha, sha[:8]),
                role=label[sha].role,
                score=score,
                measure=measure,
                aside=label[sha].aside,
            )
            for sha, score, measure in found
            # The list of doubts may name a photo that was forgotten since.
            if sha in label
        ),
    )


def _doubted(project: Project) -> list[tuple[str, float, float | None]]:
    """The photos of the person that the model's list of doubts holds first; their order is the score."""
    run = run_in_use(project)
    if run is None or not (run.folder / TABLE).exists():
        return []
    table = run.folder / TABLE
    person = [one for one in read_doubts(table) if one.role == "person"]
    first = person[: worth_a_look(len(person))]
    return [(one.sha256, 1 - 0.5 * rank / len(first), one.suspicion) for rank, one in enumerate(first)]
