"""The evaluate stage: opens the locked test part, judges it, writes the report and seals the bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from facethemodel.battery.families import FULL, BatterySize
from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.manifest import TestCertainty, TestCrowd, TestMean, TestRate, TestSummary
from facethemodel.catalogue import openings, skips
from facethemodel.catalogue.records import WHOLE_PHOTO
from facethemodel.dataset.once import counted_once
from facethemodel.dataset.samples import Sample, samples
from facethemodel.duplicates.project import every_match
from facethemodel.duplicates.search import Match
from facethemodel.evaluation.battery_figures import Battery
from facethemodel.evaluation.document import write_metrics
from facethemodel.evaluation.inputs import ReportInputs, Rival, Speed
from facethemodel.evaluation.intervals import Rate
from facethemodel.evaluation.metrics import Metrics, compute_metrics
from facethemodel.evaluation.rows import PhotoScores, Row, check_complete, row_for, write_table
from facethemodel.evaluation.threshold import EVEN_ODDS, Calibration
from facethemodel.pipeline.battery import run_battery
from facethemodel.pipeline.calibration import ScoredPhotos, calibrate, score_photos, write_run_bundle
from facethemodel.pipeline.enrolled import Enrolled, judge_enrolled
from facethemodel.pipeline.facts import (
    reviewer_consistency,
    software,
    source_counts,
    split_summary,
    training_summary,
)
from facethemodel.pipeline.freshness import evaluation_inputs
from facethemodel.pipeline.insights import look_closer
from facethemodel.pipeline.pictures import Thumbnails
from facethemodel.pipeline.ready import cut_views, require_inspected
from facethemodel.pipeline.runs import Run, make_current
from facethemodel.pipeline.scratch import NAME as FROM_SCRATCH
from facethemodel.pipeline.scratch import beside_from_scratch, what_it_is
from facethemodel.pipeline.speed import look_of_run, look_of_source, measure_speeds
from facethemodel.pipeline.training import network_of
from facethemodel.pipeline.unseen import require_unseen
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project
from facethemodel.report.page import alerts, write_report

TABLE = "verdicts.csv"
METRICS = "metrics.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Another trained run, judged on the same photos.

    Attributes:
        name: The head of its column.
        note: What it is, in one sentence.
        as_published: Judged as the original was: no gate, and yes from even odds on.
    """

    run: Run
    name: str
    note: str
    as_published: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What an evaluation found, and where it was written.

    `cautions` are sentences that cast doubt on the figures; the report has them in red.
    """

    run: Run
    metrics: Metrics
    calibration: Calibration
    rivals: tuple[Rival, ...]
    report: Path
    openings: int
    battery: Battery | None = None
    speed: Speed | None = None
    cautions: tuple[str, ...] = ()


def evaluate(
    project: Project,
    run: Run,
    *,
    why: str,
    rivals: Sequence[Beside | Enrolled] = (),
    timed: bool = False,
    notes: Sequence[str] = (),
    battery: BatterySize = FULL,
    found: Sequence[Match] | None = None,
    progress: Progress = SILENT,
) -> Evaluation:
    """Judges the test part and the curveballs; the opening is counted.

    The caller holds the project (`project.exclusive`).

    Args:
        project: The project.
        run: A trained run; it becomes the current one.
        why: Who asked, for the log of openings.
        rivals: Other trained runs and embedders to stand beside it.
        timed: Whether to measure how long each of them takes for a face.
        notes: Sentences the report's reader must know.
        battery: How many pictures the battery makes, where the project's settings want one.
        found: What `duplicates.project.every_match` finds now, where it was searched for already.
        progress: Who watches.

    Raises:
        UsageError: Photos of the parts are not inspected as they would be today, or a run learned from some
            that are in the calibrate or test part now. Nothing was opened then.
    """
    runs = [run, *(one.run for one in rivals if isinstance(one, Beside))]
    views = tuple({network_of(one).view for one in runs})
    cut_views(project, views, progress=progress)
    with project.database() as db:
        found = every_match(db, progress=progress) if found is None else found
        known = counted_once(db, samples(db, person=project.person), found)
        require_inspected(db, project, known, views)
    for one in runs:
        require_unseen(project, one, known, found)
    with project.database() as db:
        # Counted before anything is seen: a look that was interrupted was a look.
        opened = openings.record_opening(db, run=run.name, why=why)
    scored = ScoredPhotos(project, run)
    calibration, rows = judge_all(project, run, known, scored=scored, progress=progress)
    with project.database() as db:
        check_complete(rows, (sample.sha256 for sample in known))
        split = split_summary(db, project, known, found)
        sources = source_counts(db, known)
        decided = reviewer_consistency(db, confidence=calibration.confidence)
        not_added = skips.count(db)
    compared = {name: (name,) for name in project.settings.split.test_identities}
    metrics = compute_metrics(
        rows, calibration.thresholds, comparisons=compared, evidence=calibration.evidence
    )
    scratch, told = beside_from_scratch(project, run, known)
    if scratch is not None and not any(isinstance(one, Beside) and one.run == scratch for one in rivals):
        rivals = [Beside(run=scratch, name=FROM_SCRATCH, note=what_it_is(scratch)), *rivals]
    speed, beside = judge_rivals(
        project, run, rivals, known, compared=compared, timed=timed or scratch is not None, progress=progress
    )
    tried = (
        run_battery(project, run, known, rows, calibration.thresholds, size=battery, progress=progress)
        if project.settings.evaluate.battery
        else None
    )
    closer = look_closer(project, run, known, rows, metrics, scored=scored, progress=progress)
    inputs = ReportInputs(
        person=project.person,
        run=run.name,
        created=datetime.now(UTC),
        metrics=metrics,
        calibration=calibration,
        rows=tuple(rows),
        thumbnail=Thumbnails(project),
        split=split,
        sources=sources,
        training=training_summary(run),
        openings=opened,
        rivals=beside,
        speed=speed,
        versions=software(),
        notes=(*told, *notes),
        table_name=TABLE,
        battery=tried,
        shortcut=closer.shortcut,
        slices=closer.slices,
        doubts=closer.doubts,
        consistency=decided,
        not_added=not_added,
    )
    cautions = tuple(one.text for one in alerts(inputs) if one.bad)
    write_table(rows, run.folder / TABLE)
    write_metrics(inputs, run.folder / METRICS)
    write_report(inputs, run.report)
    write_run_bundle(project, run, calibration, test=_test_summary(inputs, cautions))
    run.write(
        "evaluated",
        {
            "openings": opened,
            "why": why,
            "inputs": evaluation_inputs(project, known),
            "beside": None if scratch is None else scratch.name,
            "calibration": asdict(calibration),
            "battery": None if tried is None else tried.figures.summary,
        },
    )
    make_current(project, run)
    return Evaluation(
        run=run,
        metrics=metrics,
        calibration=calibration,
        rivals=beside,
        report=run.report,
        openings=opened,
        battery=None if tried is None else tried.figures,
        speed=speed,
        cautions=cautions,
    )


def judge_all(
    project: Project,
    run: Run,
    known: Sequence[Sample],
    *,
    scored: ScoredPhotos | None = None,
    progress: Progress = SILENT,
) -> tuple[Calibration, list[Row]]:
    """Draws a run's threshold and gives every photo of the project its line in the table of verdicts."""
    scored = scored or ScoredPhotos(project, run)
    calibration = calibrate(project, run, known, scored=scored, progress=progress)
    asked = [one for one in known if one.tested]
    scores = scored.of(asked, progress=progress)
    return calibration, [
        row_for(
            sample,
            scores=scores.get(sample.sha256),
            thresholds=calibration.thresholds,
            evidence=calibration.evidence,
        )
        for sample in known
    ]


def judge_rivals(
    project: Project,
    run: Run,
    rivals: Sequence[Beside | Enrolled],
    known: Sequence[Sample],
    *,
    compared: Mapping[str, Sequence[str]],
    timed: bool = False,
    progress: Progress = SILENT,
) -> tuple[Speed | None, tuple[Rival, ...]]:
    """Judges rivals on the same photos; the caller has counted the opening.

    Args:
        project: The project.
        run: The run that they stand beside.
        rivals: Other trained runs and embedders.
        known: Every photo of the project.
        compared: Named sets of strangers to hold against the person on their own.
        timed: Whether to measure how long each takes for a face, the run among them.
        progress: Who watches.

    Returns:
        The run's speed, and the rivals with their figures.
    """
    speeds = _speeds(project, run, rivals, known, progress) if timed else [None] * (1 + len(rivals))
    judged = []
    for rival, speed in zip(rivals, speeds[1:], strict=True):
        thresholds, rows, remark = _judge_rival(project, rival, known, progress=progress)
        judged.append(
            Rival(
                name=rival.name,
                note=f"{rival.note} {remark}".strip(),
                metrics=compute_metrics(rows, thresholds, comparisons=compared),
                own_line=rival.own_line if isinstance(rival, Enrolled) else rival.as_published,
                speed=speed,
            )
        )
    return speeds[0], tuple(judged)


def _judge_rival(
    project: Project, rival: Beside | Enrolled, known: Sequence[Sample], *, progress: Progress
) -> tuple[Thresholds, list[Row], str]:
    """The rival's line, its table, and what else its reader must know."""
    if isinstance(rival, Enrolled):
        return judge_enrolled(project, rival, known, progress=progress)
    if not rival.as_published:
        calibration, rows = judge_all(project, rival.run, known, progress=progress)
        return calibration.thresholds, rows, ""
    asked = [one for one in known if one.tested]
    scores = {
        sha: PhotoScores(faces={WHOLE_PHOTO: found.ungated}, ungated=found.ungated)
        for sha, found in score_photos(project, rival.run, asked, progress=progress).items()
        if found.ungated is not None
    }
    wanted = project.settings.threshold
    thresholds = Thresholds(
        person=EVEN_ODDS,
        unsure=EVEN_ODDS,
        target_fmr=wanted.target_fmr,
        confidence=wanted.confidence,
        promise=None,
        strangers=0,
    )
    rows = [row_for(sample, scores=scores.get(sample.sha256), thresholds=thresholds) for sample in known]
    return thresholds, rows, ""


def _speeds(
    project: Project,
    run: Run,
    rivals: Sequence[Beside | Enrolled],
    known: Sequence[Sample],
    progress: Progress,
) -> list[Speed | None]:
    """This run's speed, then that of each rival."""
    looks = [look_of_run(run)]
    looks += [
        look_of_source(rival.source) if isinstance(rival, Enrolled) else look_of_run(rival.run)
        for rival in rivals
    ]
    return measure_speeds(project, known, looks, progress=progress)


def _test_summary(inputs: ReportInputs, cautions: tuple[str, ...]) -> TestSummary:
    metrics = inputs.metrics
    mean = metrics.strangers.end_to_end_per_identity
    by_person = TestMean(value=mean.value, low=mean.low, high=mean.high, identities=mean.identities)
    named: list[tuple[str, Rate, TestMean | None]] = [
        ("photos of the person found", metrics.person.end_to_end, None),
        ("strangers' photos taken for the person", metrics.strangers.end_to_end, by_person),
    ]
    named += [(f"{one.category} taken for the person", one.end_to_end, None) for one in metrics.curveballs]
    certainty = metrics.certainty
    return TestSummary(
        openings=inputs.openings,
        leaks=inputs.split.leaks.leaky,
        cautions=cautions,
        confidence=metrics.confidence,
        rates=tuple(
            TestRate(
                name=name,
                count=rate.count,
                total=rate.total,
                low=rate.low,
                high=rate.high,
                per_identity=per_identity,
            )
            for name, rate, per_identity in named
        ),
        crowds=tuple(
            TestCrowd(strangers=one.strangers, share=one.value, low=one.low, high=one.high)
            for one in metrics.crowds.sizes
        ),
        certainty=None
        if certainty is None
        else TestCertainty(
            brier=certainty.reliability.brier,
            calibration_error=certainty.reliability.calibration_error,
            wrong_in_band=certainty.band.wrong.value,
            wrong_outside=certainty.band.wrong_outside.value,
        ),
    )
