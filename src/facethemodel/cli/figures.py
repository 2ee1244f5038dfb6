"""How a terminal shows the figures of a model."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from facethemodel.bundle.shares import bound, chosen, promised
from facethemodel.cli.output import Output

if TYPE_CHECKING:
    from facethemodel.evaluation.intervals import MeanRate, Rate
    from facethemodel.evaluation.metrics import Metrics
    from facethemodel.evaluation.threshold import Calibration
    from facethemodel.pipeline.evaluation import Evaluation

ORIGINAL = ("95 %", "67 and 72.7 %", "66.1 and 70 %", "no gate", "24 %")
"""What was published in 2018, measured without a gate; of strangers for actors and for actresses."""


def show_evaluation(found: Evaluation, out: Output) -> int:
    """Shows the headline table; 1 when the promise could not be given, else 0."""
    out.data(
        {
            "run": found.run.name,
            "report": str(found.report),
            "bundle": str(found.run.bundle),
            "promise": found.calibration.promise,
            "openings": found.openings,
            "plain": asdict(found.metrics.plain),
            "battery": None if found.battery is None else found.battery.summary,
            "cautions": found.cautions,
        }
    )
    heads = [
        "right in the test part",
        "this model",
        *(rival.name for rival in found.rivals),
        "published 2018",
    ]
    columns = [figures(found.metrics), *(figures(rival.metrics) for rival in found.rivals)]
    names = ("the person", "strangers, photos", "strangers, people", "curveballs", "- without gate")
    out.table(
        heads,
        [
            (name, *(column[position] for column in columns), ORIGINAL[position])
            for position, name in enumerate(names)
        ],
    )
    out.hint(
        f"Judged right in the locked test part; in brackets {chosen(found.metrics.confidence)} intervals. "
        "Those by photo take photos of one stranger, or of one burst, for independent: of strangers trust "
        "the line by people."
    )
    show_promise(found.calibration, out)
    worst = found.metrics.strangers.worst[:5]
    if worst:
        listed = ", ".join(f"{one.identity} ({one.fmr.count} of {one.fmr.total})" for one in worst)
        out.line(f"Most often taken for the person: {listed}")
    if found.battery is not None:
        out.line(f"Battery of {found.battery.pictures:,} pictures: {found.battery.summary}.")
    for caution in found.cautions:
        out.warning(caution)
    out.line(f"The test part was opened {found.openings} time{'' if found.openings == 1 else 's'}.")
    out.line(f"\nReport: {found.report}\nBundle: {found.run.bundle}")
    return 0 if found.calibration.promise is not None else 1


def show_promise(calibration: Calibration, out: Output) -> None:
    """Says what is promised about strangers, or what it would take."""
    sure = chosen(calibration.confidence)
    if calibration.promise is not None:
        out.line(
            f"Promise: at most {promised(calibration.promise)} of strangers like these are taken for the "
            f"person, with {sure} confidence ({calibration.strangers:,} strangers that served for nothing "
            "else). A photo counts by its best face; with k such strangers on it, at most k times as many."
        )
        return
    out.line(
        f"No promise of {promised(calibration.target_fmr)} can be given: {calibration.strangers:,} strangers "
        f"bear out {bound(calibration.bound)} at {sure} confidence; it takes "
        f"{calibration.strangers_needed:,} more for the calibrate part."
    )


def figures(metrics: Metrics) -> list[str]:
    """The five figures of the original's table, each with its interval, rounded as the report rounds."""
    plain = metrics.plain
    return [
        _cell(rate)
        for rate in (
            plain.person,
            plain.strangers,
            plain.strangers_per_identity,
            plain.curveballs,
            plain.curveballs_without_gate,
        )
    ]


def _cell(rate: Rate | MeanRate) -> str:
    if rate.value is None:
        return "none there"
    value, low, high = rounded(rate)
    return f"{value} % ({low}–{high})"


def rounded(rate: Rate | MeanRate) -> tuple[str, str, str]:
    """The share and the ends of its interval in percent, rounded as in the report, without the sign."""
    # Late: it loads scipy, which whoever asks for nothing but help may lack.
    from facethemodel.report.wording import NARROW, percent

    value, low, high = (percent(one).removesuffix(f"{NARROW}%") for one in (rate.value, rate.low, rate.high))
    return value, low, high
