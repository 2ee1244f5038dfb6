"""What an evaluation says beside the figures: shortcuts, kinds of photos, doubtful labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facethemodel.dataset.samples import Sample
from facethemodel.evaluation.doubts import Doubts
from facethemodel.evaluation.metrics import Metrics
from facethemodel.evaluation.rows import Row
from facethemodel.evaluation.shortcut import ShortcutReport
from facethemodel.evaluation.slices import Slices
from facethemodel.pipeline.calibration import ScoredPhotos
from facethemodel.pipeline.doubts import find_doubts
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.shortcut import run_shortcut_test
from facethemodel.pipeline.slices import slice_figures
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """What was found; see `pipeline.shortcut` and `pipeline.doubts` on what is None when."""

    shortcut: ShortcutReport | None
    slices: Slices
    doubts: Doubts | None


def look_closer(
    project: Project,
    run: Run,
    known: Sequence[Sample],
    rows: Sequence[Row],
    metrics: Metrics,
    *,
    scored: ScoredPhotos | None = None,
    progress: Progress = SILENT,
) -> Insights:
    """Runs the test of shortcuts, counts errors by kind of photo and orders the photos by doubt.

    Args:
        project: The project.
        run: A trained run; the list of doubts is written into its folder.
        known: All photos.
        rows: The table of verdicts.
        metrics: The figures, for the promise and the confidence.
        scored: The run's scores, where some are known already.
        progress: Who watches.
    """
    return Insights(
        shortcut=run_shortcut_test(project, run, known, rows, progress=progress),
        slices=slice_figures(
            project,
            known,
            rows,
            promise=metrics.thresholds.promise,
            confidence=metrics.confidence,
        ),
        doubts=find_doubts(project, run, known, rows, scored=scored, progress=progress),
    )
