"""This model and its rivals side by side: against whom, what each misses, and who is ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facethemodel.evaluation.curves import OperatingPoint, Ranking
from facethemodel.evaluation.inputs import Rival, Speed
from facethemodel.evaluation.intervals import Rate
from facethemodel.evaluation.metrics import Metrics
from facethemodel.report.wording import percent, setting

OURS = "this model"
EVERYBODY = "all strangers of the test part"
DECIDING_FMRS = (0.01, 0.05)
"""The false match rate at which it is said who is ahead: the first that there are enough strangers for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One model against some strangers.

    Attributes:
        model: Its name; `OURS` for the model that was evaluated.
        own_line: Whether it is judged by the line it comes with.
        points: What it misses at given false match rates: a diagnosis, with the test scores in view.
        missed: The person's judged photos that its line in use turns away.
        taken: These strangers' judged photos that its line in use takes for the person.
        promise: The false match rate promised of that line, None where none is.
        speed: How long it takes, where that was measured.
    """

    model: str
    own_line: bool
    points: tuple[OperatingPoint, ...]
    missed: Rate
    taken: Rate
    promise: float | None
    speed: Speed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """All models against the same strangers, ours first.

    Attributes:
        name: Who the strangers are.
        identities: How many different ones.
        photos: How many photos of them were judged.
        standings: Each model.
    """

    name: str
    identities: int
    photos: int
    standings: tuple[Standing, ...]


def side_by_side(metrics: Metrics, rivals: Sequence[Rival], *, speed: Speed | None) -> tuple[Against, ...]:
    """Sets the models side by side: against all test strangers, then in each named comparison."""
    models = [(OURS, False, metrics, speed)]
    models += [(rival.name, rival.own_line, rival.metrics, rival.speed) for rival in rivals]

    def standings(position: int | None) -> tuple[Standing, ...]:
        return tuple(
            _standing(name, own_line, figures, took, position) for name, own_line, figures, took in models
        )

    strangers = metrics.strangers
    everybody = Against(
        name=EVERYBODY,
        identities=strangers.identities,
        photos=strangers.judged,
        standings=standings(None),
    )
    return (
        everybody,
        *(
            Against(
                name=one.name,
                identities=len(one.identities),
                photos=one.judged,
                standings=standings(position),
            )
            for position, one in enumerate(metrics.comparisons)
            if one.photos
        ),
    )


def leads(table: Against) -> str:
    """Says who misses fewer photos than this model; models judged by a line they came with stay out of it.

    Empty where all others do.
    """
    ours, *others = table.standings
    rivals = [one for one in others if not one.own_line]
    level = _deciding(table.standings)
    if not rivals:
        return ""
    if level is None:
        return "There are too few photos to say who is ahead."
    first = ours.points[level].fnmr
    groups: dict[str, list[str]] = {"Ahead": [], "Behind": [], "As many": []}
    for rival in rivals:
        second = rival.points[level].fnmr
        overlap = first.low <= second.high and second.low <= first.high
        if second.value == first.value:
            groups["As many"].append(rival.model)
        else:
            where = "Ahead" if (second.value or 0.0) < (first.value or 0.0) else "Behind"
            said = f"{percent(second.value)}{', the intervals overlap' if overlap else ''}"
            groups[where].append(f"{rival.model} ({said})")
    return (
        f"Where {setting(ours.points[level].target_fmr)} of their photos would pass, {OURS} misses "
        f"{percent(first.value)}."
        + "".join(f" {name}: {', '.join(models)}." for name, models in groups.items() if models)
    )


def _deciding(standings: Sequence[Standing]) -> int | None:
    """Which false match rate decides: the first that all models have enough photos for."""
    for level in DECIDING_FMRS:
        for position, point in enumerate(standings[0].points):
            points = [one.points[position] for one in standings if not one.own_line]
            if point.target_fmr == level and all(one.resolvable and one.fnmr.total for one in points):
                return position
    return None


def _standing(
    name: str, own_line: bool, metrics: Metrics, speed: Speed | None, position: int | None
) -> Standing:
    ranking: Ranking = metrics.ranking if position is None else metrics.comparisons[position].ranking
    return Standing(
        model=name,
        own_line=own_line,
        points=ranking.operating_points,
        missed=metrics.person.fnmr,
        taken=metrics.strangers.fmr if position is None else metrics.comparisons[position].fmr,
        promise=metrics.thresholds.promise,
        speed=speed,
    )
