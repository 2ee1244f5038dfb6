"""Counts what became of the battery's pictures: those that are not the person, and the person spoiled."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from facethemodel.battery.families import FAMILIES, WRONG_IF_TAKEN, Family
from facethemodel.battery.ladders import LADDERS, Ladder
from facethemodel.bundle.decision import VERDICTS, VerdictName
from facethemodel.evaluation.battery_figures import (
    NO_FACE,
    Battery,
    FamilyFigures,
    Group,
    Judged,
    LadderFigures,
    RungFigures,
    Separation,
    Worst,
)
from facethemodel.evaluation.curves import rank
from facethemodel.evaluation.intervals import Rate
from facethemodel.evaluation.rows import Row, own_families

AsIs = Mapping[str | None, Row]
"""The lines of the photos as they are, by their hash; no picture that is drawn has one."""

FOUND = 0.95
"""The share of the person's photos that the false positive rate is told at."""


def compute_battery(
    judged: Sequence[Judged],
    rows: Sequence[Row],
    *,
    person_line: float,
    lost: int = 0,
    seconds: float = 0.0,
    confidence: float = 0.95,
) -> Battery:
    """Counts what became of the pictures.

    Args:
        judged: Every picture that was judged.
        rows: The table of verdicts: the test photos as they are, and the user's own curveballs.
        person_line: Lowest score of the verdict `person`.
        lost: Pictures that could not be made.
        seconds: How long the making and judging took.
        confidence: Of all intervals, in (0, 1).
    """
    as_is: AsIs = {row.sha256: row for row in rows if row.answered}
    persons = [
        _level(row.score) for row in rows if row.part == "test" and row.role == "person" and row.answered
    ]
    of_family: dict[str, list[Judged]] = {}
    for one in judged:
        if one.shot.rung is None:
            of_family.setdefault(one.shot.name, []).append(one)
    own = {
        name: answered
        for name, some in own_families(rows).items()
        if (answered := [row for row in some if row.answered])
    }
    families = [
        _family(known, of_family[known.name], as_is, persons, confidence)
        for known in FAMILIES
        if known.name in of_family
    ] + [_own_family(name, some, persons, confidence) for name, some in own.items()]
    levels: dict[str, list[float]] = {
        name: [_level(one.score) for one in some] for name, some in of_family.items()
    }
    own_levels = [[_level(row.score) for row in some] for some in own.values()]
    climbed = _by_ladder(judged)
    return Battery(
        pictures=len(judged),
        lost=lost,
        confidence=confidence,
        families=tuple(families),
        separation=_separations(levels, own_levels, persons, confidence),
        worst=_worst(judged, own, person_line),
        ladders=tuple(
            _ladder(ladder, climbed[ladder.name], as_is, confidence)
            for ladder in LADDERS
            if ladder.name in climbed
        ),
        turned=_turned([one for some in climbed.values() for one in some], as_is, confidence),
        seconds=seconds,
    )


def _level(score: float | None) -> float:
    return NO_FACE if score is None else score


def _auc(persons: Sequence[float], others: Sequence[float]) -> float | None:
    return rank(persons, others).auc


def _family(
    known: Family,
    some: Sequence[Judged],
    as_is: AsIs,
    persons: Sequence[float],
    confidence: float,
) -> FamilyFigures:
    before = [as_is[sha].verdict for sha in (one.shot.photo for one in some) if sha in as_is]
    return FamilyFigures(
        name=known.name,
        kind=known.kind,
        made_of=known.made_of,
        unchanged=_share(before, lambda verdict: verdict == "person", confidence) if before else None,
        **_counts([one.verdict for one in some], [one.score for one in some], persons, confidence),
    )


def _own_family(name: str, some: Sequence[Row], persons: Sequence[float], confidence: float) -> FamilyFigures:
    return FamilyFigures(
        name=name,
        kind="own",
        made_of="photos",
        unchanged=None,
        **_counts([row.verdict for row in some], [row.score for row in some], persons, confidence),
    )


def _counts(
    verdicts: Sequence[VerdictName | None],
    scores: Sequence[float | None],
    persons: Sequence[float],
    confidence: float,
) -> dict[str, Any]:
    return {
        "pictures": len(verdicts),
        "gate": _share(verdicts, lambda verdict: verdict != "no_face", confidence),
        "taken": _share(verdicts, lambda verdict: verdict == "person", confidence),
        "unsure": _share(verdicts, lambda verdict: verdict == "unsure", confidence),
        "auc": _auc(persons, [_level(score) for score in scores]),
        "highest_score": max((score for score in scores if score is not None), default=None),
    }


def _share(
    verdicts: Sequence[VerdictName | None],
    counts: Callable[[VerdictName | None], bool],
    confidence: float,
) -> Rate:
    return Rate.of(sum(map(counts, verdicts)), len(verdicts), confidence=confidence)


def _separations(
    levels: Mapping[str, Sequence[float]],
    own: Sequence[Sequence[float]],
    persons: Sequence[float],
    confidence: float,
) -> tuple[Separation, ...]:
    by_kind = {
        kind: [levels[one.name] for one in FAMILIES if one.kind == kind and one.name in levels]
        for kind in ("far", "near")
    }
    groups: tuple[tuple[Group, Sequence[Sequence[float]]], ...] = (
        ("all", [*by_kind["far"], *by_kind["near"], *own]),
        ("far", by_kind["far"]),
        ("near", by_kind["near"]),
        ("own", own),
    )
    line = _reached_by(persons, FOUND)
    found = []
    for group, families in groups:
        pooled = [level for some in families for level in some]
        if pooled:
            above = 0 if line is None else sum(level >= line for level in pooled)
            found.append(
                Separation(
                    group=group,
                    families=len(families),
                    pictures=len(pooled),
                    auc=_auc(persons, pooled),
                    fpr=Rate.of(above, 0 if line is None else len(pooled), confidence=confidence),
                    line=line,
                )
            )
    return tuple(found)


def _reached_by(levels: Sequence[float], share: float) -> float | None:
    """The highest line that at least this share reaches; None where too many have no face."""
    if not levels:
        return None
    line = sorted(levels, reverse=True)[math.ceil(share * len(levels) - 1e-9) - 1]
    return None if line == NO_FACE else line


def _worst(judged: Sequence[Judged], own: Mapping[str, Sequence[Row]], person_line: float) -> Worst | None:
    kinds = {one.name: one.kind for one in FAMILIES}
    candidates = [
        Worst(
            family=one.shot.name,
            kind=kinds[one.shot.name],
            verdict=one.verdict,
            score=one.score,
            above=one.score - person_line,
            photo=one.shot.photo,
            seed=one.shot.seed,
        )
        for one in judged
        if one.score is not None and one.shot.rung is None and kinds[one.shot.name] in WRONG_IF_TAKEN
    ]
    candidates += [
        Worst(
            family=name,
            kind="own",
            verdict=row.verdict,
            score=row.score,
            above=row.score - person_line,
            photo=row.sha256,
            face=row.best_face,
        )
        for name, some in own.items()
        for row in some
        if row.score is not None and row.verdict is not None
    ]
    return max(candidates, key=lambda one: (one.score, one.photo or "", one.seed), default=None)


def _by_ladder(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    found: dict[str, list[Judged]] = {}
    for one in judged:
        if one.shot.rung is not None:
            found.setdefault(one.shot.name, []).append(one)
    return found


def _ladder(ladder: Ladder, some: Sequence[Judged], as_is: AsIs, confidence: float) -> LadderFigures:
    person = _rungs(ladder, [one for one in some if one.shot.whose == "person"], as_is)
    others: tuple[VerdictName, ...] = ("unsure", "not_person", "no_face")
    return LadderFigures(
        name=ladder.name,
        unit=ladder.unit,
        person=person,
        strangers=_rungs(ladder, [one for one in some if one.shot.whose == "strangers"], as_is),
        turns={
            verdict: next((one.rung for one in person[1:] if one.median == verdict), None)
            for verdict in others
        },
        turned=_turned(some, as_is, confidence),
    )


def _rungs(ladder: Ladder, some: Sequence[Judged], as_is: AsIs) -> tuple[RungFigures, ...]:
    rows = [as_is[sha] for sha in sorted({one.shot.photo or "" for one in some}) if sha in as_is]
    before = _rung(None, [(_level(row.score), row.verdict) for row in rows if row.verdict is not None])
    on_each = (
        _rung(rung, [(_level(one.score), one.verdict) for one in some if one.shot.rung == rung])
        for rung in ladder.rungs
    )
    return (before, *on_each)


def _rung(rung: float | None, found: Sequence[tuple[float, VerdictName]]) -> RungFigures:
    ordered = sorted(found)
    return RungFigures(
        rung=rung,
        photos=len(found),
        verdicts={name: sum(verdict == name for _, verdict in found) for name in VERDICTS},
        median=ordered[(len(ordered) - 1) // 2][1] if ordered else None,
    )


def _turned(some: Sequence[Judged], as_is: AsIs, confidence: float) -> Rate:
    """Counts strangers, not pictures: what happens to one photo on its rungs is not independent."""
    strangers = {one.shot.photo for one in some if one.shot.whose == "strangers"}
    asked = {sha for sha in strangers if sha in as_is and as_is[sha].verdict != "person"}
    turned = {one.shot.photo for one in some if one.shot.photo in asked and one.verdict == "person"}
    return Rate.of(len(turned), len(asked), confidence=confidence)
