"""The figures of an evaluation, from the table of verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.evidence import Evidence
from facethemodel.catalogue.records import normalise_identity
from facethemodel.evaluation.certainty import Certainty, measure_certainty
from facethemodel.evaluation.crowds import Crowds, measure_crowds, shares_taken
from facethemodel.evaluation.curves import Ranking, rank
from facethemodel.evaluation.intervals import MeanRate, Rate
from facethemodel.evaluation.rows import OUTCOMES, Outcome, Row, own_families

NO_NAME = "(no name)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMetrics:
    """How the person's test photos fared.

    The intervals count photos as independent draws, which photos of one burst or event are not.

    Attributes:
        photos: All of them.
        judged: Those in which the gate accepted a face.
        found: Verdict `person`, of the judged.
        fnmr: Any other verdict, of the judged.
        unsure: Verdict `unsure`, of the judged.
        failure_to_acquire: Not judged (no face, or not readable), of all photos.
        end_to_end: Verdict `person`, of all photos.
    """

    photos: int
    judged: int
    found: Rate
    fnmr: Rate
    unsure: Rate
    failure_to_acquire: Rate
    end_to_end: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerMetrics:
    """One stranger of the test part.

    Attributes:
        identity: The name; `NO_NAME` gathers the photos whose stranger is unknown.
        photos: All photos that the test asks about.
        judged: Those in which the gate accepted a face.
        fmr: Taken for the person, of the judged.
        highest_score: The highest score any photo got.
    """

    identity: str
    photos: int
    judged: int
    fmr: Rate
    highest_score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangersMetrics:
    """How the test strangers fared.

    Intervals by photo count photos as independent draws. Photos of one stranger are not: trust the figures
    per identity, whose draws are people.

    Attributes:
        photos: All photos.
        judged: Those in which the gate accepted a face.
        identities: Different strangers; of photos without a name each group counts as one, see `Row.draw`.
        fmr: Taken for the person, of the judged photos (micro average).
        fmr_per_identity: The same, averaged over strangers (macro average).
        unsure: Verdict `unsure`, of the judged.
        failure_to_acquire: Not judged, of all photos.
        end_to_end: Taken for the person, of all photos that got a verdict, `no_face` included.
        end_to_end_per_identity: The same, averaged over strangers.
        strangers: Each of them, the worst first.
    """

    photos: int
    judged: int
    identities: int
    fmr: Rate
    fmr_per_identity: MeanRate
    unsure: Rate
    failure_to_acquire: Rate
    end_to_end: Rate
    end_to_end_per_identity: MeanRate
    strangers: tuple[StrangerMetrics, ...]

    @property
    def worst(self) -> tuple[StrangerMetrics, ...]:
        """Those that were taken for the person at least once, the worst first."""
        return tuple(one for one in self.strangers if one.fmr.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveballMetrics:
    """One category of curveballs, or all of them pooled.

    Attributes:
        category: Its name.
        photos: All photos.
        gate: The gate accepted a face, of the photos that got a verdict.
        end_to_end: Taken for the person, with the gate, of the same.
        unsure: Verdict `unsure`, of the same.
        without_gate: Would have been taken for the person without the gate, of the photos with such a score.
    """

    category: str
    photos: int
    gate: Rate
    end_to_end: Rate
    unsure: Rate
    without_gate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The person against some chosen strangers of the test part.

    Attributes:
        name: What the comparison is called.
        identities: The strangers in it.
        photos: Their photos.
        judged: Those in which the gate accepted a face.
        fmr: Taken for the person, of the judged.
        ranking: The person's scores against theirs, at every line.
        by_main_face: The same with every photo judged by its main face, see `Metrics`.
    """

    name: str
    identities: tuple[str, ...]
    photos: int
    judged: int
    fmr: Rate
    ranking: Ranking
    by_main_face: Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many photos the project holds and what became of them.

    Attributes:
        photos: All of them.
        outcomes: By outcome.
        parts: By part, then by role; the part "none" holds what the split left out.
    """

    photos: int
    outcomes: Mapping[str, int]
    parts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTable:
    """The four figures that the original published, each the share that was right.

    Attributes:
        person: Photos of the person found.
        strangers: Strangers' photos not taken for the person, pooled over photos.
        strangers_per_identity: The same, averaged over strangers.
        curveballs: Curveballs not taken for the person, pooled, with the gate.
        curveballs_without_gate: The same without the gate.
    """

    person: Rate
    strangers: Rate
    strangers_per_identity: MeanRate
    curveballs: Rate
    curveballs_without_gate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Everything that an evaluation measured; `document.metrics_document` gives its JSON.

    All intervals are at `confidence`. `certainty` is None where scores could not become probabilities, or
    where the test part lacks the person or strangers. `by_main_face` is `ranking` with every photo judged by
    its main face: a stranger's photo on which the person stands in the background is no error there. Photos
    on which it is not known which face is the main one, or on which the gate refused that face, are judged by
    their best face, so that both rankings are of the same photos.
    """

    confidence: float
    thresholds: Thresholds
    counts: Counts
    person: PersonMetrics
    strangers: StrangersMetrics
    crowds: Crowds
    certainty: Certainty | None
    curveballs: tuple[CurveballMetrics, ...]
    curveballs_pooled: CurveballMetrics
    ranking: Ranking
    by_main_face: Ranking
    comparisons: tuple[Comparison, ...]

    @property
    def plain(self) -> PlainTable:
        """The figures that stand beside the original's."""
        return PlainTable(
            person=self.person.end_to_end,
            strangers=self.strangers.end_to_end.complement,
            strangers_per_identity=self.strangers.end_to_end_per_identity.complement,
            curveballs=self.curveballs_pooled.end_to_end.complement,
            curveballs_without_gate=self.curveballs_pooled.without_gate.complement,
        )


_NOT_ASKED: frozenset[Outcome] = frozenset({"copy", "put_aside", "label_conflict", "no_role"})
"""Outcomes of photos that the test does not ask about, whatever their part."""


def compute_metrics(
    rows: Sequence[Row],
    thresholds: Thresholds,
    *,
    comparisons: Mapping[str, Sequence[str]] | None = None,
    evidence: Evidence | None = None,
) -> Metrics:
    """Counts everything that the table of verdicts holds.

    Args:
        rows: One line per photo of the project; the parts `test` and `curveball` are measured, each picture
            once. What was put aside since the split, or lost its role, is no error: it counts nowhere.
        thresholds: The line the verdicts were given with; every interval is at its confidence.
        comparisons: Named sets of strangers to hold against the person on their own, such as
            {"Ringo Starr": ["Ringo Starr"]}; names are compared in their normalised spelling.
        evidence: What the probabilities in the table were computed with.
    """
    confidence = thresholds.confidence
    counted = [row for row in rows if row.outcome not in _NOT_ASKED]
    test = [row for row in counted if row.part == "test"]
    persons = [row for row in test if row.role == "person"]
    strangers = [row for row in test if row.role == "stranger"]
    families = {
        name: [row for row in some if row.outcome not in _NOT_ASKED]
        for name, some in own_families(rows).items()
    }
    curveballs = [row for some in families.values() for row in some]
    return Metrics(
        confidence=confidence,
        thresholds=thresholds,
        counts=_counts(rows),
        person=_person(persons, confidence),
        strangers=_strangers(strangers, confidence),
        crowds=measure_crowds(strangers, promise=thresholds.promise, confidence=confidence),
        certainty=measure_certainty(test, thresholds, evidence, confidence=confidence),
        curveballs=tuple(
            _curveball(name, some, thresholds, confidence) for name, some in families.items() if some
        ),
        curveballs_pooled=_curveball("all", curveballs, thresholds, confidence),
        ranking=rank(_scores(persons), _scores(strangers), confidence=confidence),
        by_main_face=rank(_main_scores(persons), _main_scores(strangers), confidence=confidence),
        comparisons=tuple(
            _comparison(name, identities, persons, strangers, confidence)
            for name, identities in (comparisons or {}).items()
        ),
    )


def _scores(rows: Sequence[Row]) -> list[float]:
    return [row.score for row in rows if row.score is not None]


def _main_scores(rows: Sequence[Row]) -> list[float]:
    """One score of every judged photo: its main face's; without one its best face's, or the whole photo's."""
    # Photos left out for want of a main face would be missing among misses and false matches alike.
    scores = (row.score if row.main_score is None else row.main_score for row in rows)
    return [score for score in scores if score is not None]


def _counts(rows: Sequence[Row]) -> Counts:
    parts: dict[str, dict[str, int]] = {}
    for row in rows:
        roles = parts.setdefault(row.part or "none", {})
        roles[row.role or "none"] = roles.get(row.role or "none", 0) + 1
    outcomes: dict[str, int] = {outcome: sum(row.outcome == outcome for row in rows) for outcome in OUTCOMES}
    return Counts(photos=len(rows), outcomes=outcomes, parts=parts)


def _share(rows: Sequence[Row], verdict: str, total: int, confidence: float) -> Rate:
    return Rate.of(sum(row.verdict == verdict for row in rows), total, confidence=confidence)


def _person(rows: Sequence[Row], confidence: float) -> PersonMetrics:
    judged = [row for row in rows if row.outcome == "judged"]
    found = _share(judged, "person", len(judged), confidence)
    return PersonMetrics(
        photos=len(rows),
        judged=len(judged),
        found=found,
        fnmr=found.complement,
        unsure=_share(judged, "unsure", len(judged), confidence),
        failure_to_acquire=Rate.of(len(rows) - len(judged), len(rows), confidence=confidence),
        end_to_end=_share(judged, "person", len(rows), confidence),
    )


def _strangers(rows: Sequence[Row], confidence: float) -> StrangersMetrics:
    judged = [row for row in rows if row.outcome == "judged"]
    answered = [row for row in rows if row.answered]
    named: dict[str, list[Row]] = {}
    for row in rows:
        named.setdefault("" if row.identity is None else normalise_identity(row.identity), []).append(row)
    each = (_stranger(group, confidence) for group in named.values())
    return StrangersMetrics(
        photos=len(rows),
        judged=len(judged),
        identities=len({row.draw for row in rows}),
        fmr=_share(judged, "person", len(judged), confidence),
        fmr_per_identity=MeanRate.of(shares_taken(judged), confidence=confidence),
        unsure=_share(judged, "unsure", len(judged), confidence),
        failure_to_acquire=Rate.of(len(rows) - len(judged), len(rows), confidence=confidence),
        end_to_end=_share(answered, "person", len(answered), confidence),
        end_to_end_per_identity=MeanRate.of(shares_taken(answered), confidence=confidence),
        strangers=tuple(sorted(each, key=_badness)),
    )


def _stranger(rows: Sequence[Row], confidence: float) -> StrangerMetrics:
    judged = [row for row in rows if row.outcome == "judged"]
    return StrangerMetrics(
        identity=rows[0].identity or NO_NAME,
        photos=len(rows),
        judged=len(judged),
        fmr=_share(judged, "person", len(judged), confidence),
        highest_score=max(_scores(judged), default=None),
    )


def _badness(one: StrangerMetrics) -> tuple[float, float, str]:
    """Sorts the worst first: by the lower end of the interval, so that 9 of 10 stands before 1 of 1."""
    highest = float("inf") if one.highest_score is None else -one.highest_score
    return -one.fmr.low, highest, one.identity


def _curveball(name: str, rows: Sequence[Row], thresholds: Thresholds, confidence: float) -> CurveballMetrics:
    ungated = [row.ungated_score for row in rows if row.ungated_score is not None]
    answered = [row for row in rows if row.answered]
    through = sum(row.outcome == "judged" for row in answered)
    return CurveballMetrics(
        category=name,
        photos=len(rows),
        gate=Rate.of(through, len(answered), confidence=confidence),
        end_to_end=_share(answered, "person", len(answered), confidence),
        unsure=_share(answered, "unsure", len(answered), confidence),
        without_gate=Rate.of(
            sum(score >= thresholds.person for score in ungated), len(ungated), confidence=confidence
        ),
    )


def _comparison(
    name: str,
    identities: Sequence[str],
    persons: Sequence[Row],
    strangers: Sequence[Row],
    confidence: float,
) -> Comparison:
    wanted = {normalise_identity(identity) for identity in identities}
    chosen = [row for row in strangers if row.identity and normalise_identity(row.identity) in wanted]
    judged = [row for row in chosen if row.outcome == "judged"]
    return Comparison(
        name=name,
        identities=tuple(identities),
        photos=len(chosen),
        judged=len(judged),
        fmr=_share(judged, "person", len(judged), confidence),
        ranking=rank(_scores(persons), _scores(chosen), confidence=confidence),
        by_main_face=rank(_main_scores(persons), _main_scores(chosen), confidence=confidence),
    )
