"""One self-contained page that tells a person how good the model is, and where it errs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.intervals import MeanRate, Rate
from facethemodel.evaluation.metrics import NO_NAME
from facethemodel.report import charts, rivalry, wording
from facethemodel.report.battery import battery_view, turned_alert
from facethemodel.report.certainty import certainty_view
from facethemodel.report.charts import Curve, Series
from facethemodel.report.counting import counted
from facethemodel.report.doubts import doubt_sheets
from facethemodel.report.frame import SIZES
from facethemodel.report.names import ISOLATES, with_names_isolated
from facethemodel.report.pictures import contact_sheets
from facethemodel.report.shortcut import rough_area, shortcut_alert, shortcut_view
from facethemodel.report.slices import slices_alert, slices_headline

WORST_STRANGERS = 20
LONG_NAME = 24
RIVAL_KINDS = ("rival-a", "rival-b", "rival-c")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRow:
    """One line of the table beside the original's: its figure, ours, the rivals'."""

    label: str
    hint: str
    original: str
    ours: Rate | MeanRate
    rivals: tuple[Rate | MeanRate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something the reader must know before the figures; `bad` when it casts doubt on them.

    `command` is what to type next, where there is such a thing.
    """

    bad: bool
    text: str
    command: str = ""


def write_report(inputs: ReportInputs, path: Path) -> None:
    """Writes the page: one HTML file that asks nothing of any network."""
    path.write_text(render_report(inputs), encoding="utf-8", errors="backslashreplace")


def render_report(inputs: ReportInputs) -> str:
    """The page as text. Every name in it is escaped: names come from files and are not to be trusted.

    Those that run from right to left are isolated before anything is said with them.
    """
    inputs = with_names_isolated(inputs)
    environment = Environment(
        loader=PackageLoader("facethemodel.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=wording.percent,
        setting=wording.setting,
        at_most=wording.at_most,
        score=wording.score,
        area=wording.area,
        number=wording.number,
        counted=counted,
        interval=wording.interval,
        day=wording.day,
        clock=wording.clock,
        duration=wording.duration,
        milliseconds=wording.milliseconds,
        rough_area=rough_area,
    )
    metrics, curves = inputs.metrics, _curves(inputs)
    against = rivalry.side_by_side(metrics, inputs.rivals, speed=inputs.speed) if inputs.rivals else ()
    return environment.get_template("report.html.j2").render(
        inputs=inputs,
        metrics=metrics,
        calibration=inputs.calibration,
        short=_short(inputs),
        headline=(*wording.headline(inputs.person, metrics), *slices_headline(inputs.slices)),
        promise=wording.promise(inputs.person, inputs.calibration),
        alerts=alerts(inputs),
        plain_rows=plain_rows(inputs),
        histograms=tuple(_histograms(inputs, width) for width in (920, 360)),
        curves=curves,
        not_drawn=[rival.name for rival in inputs.rivals[len(RIVAL_KINDS) :]],
        roc=tuple(charts.roc(curves, operating=_operating(inputs), frame=size) for size in SIZES),
        det=tuple(charts.det(curves, operating=_operating(inputs), frame=size) for size in SIZES),
        whisker=charts.whisker,
        sheets=contact_sheets(inputs),
        no_name=NO_NAME,
        worst_strangers=metrics.strangers.strangers[:WORST_STRANGERS],
        battery=battery_view(inputs),
        against=against,
        leads=[rivalry.leads(table) for table in against],
        certainty=certainty_view(inputs),
        shortcut=shortcut_view(inputs),
        slices=inputs.slices,
        doubt_sheets=doubt_sheets(inputs),
    )


def alerts(inputs: ReportInputs) -> tuple[Alert, ...]:
    """What stands above all figures."""
    metrics, leaks = inputs.metrics, inputs.split.leaks
    found = [Alert(bad=False, text=note) for note in inputs.notes]
    if leaks.leaky:
        found.append(
            Alert(
                bad=True,
                text="The parts of the split leak into one another: the figures are too good.",
                command="facethemodel split --check",
            )
        )
    elif not leaks.clean:
        found.append(
            Alert(
                bad=False,
                text=_unfit(leaks.label),
                command="facethemodel split",
            )
        )
    promised = inputs.calibration.promise
    if promised is not None and metrics.strangers.fmr_per_identity.low > promised:
        found.append(
            Alert(
                bad=True,
                text="The test strangers break the promise: "
                f"{wording.percent(metrics.strangers.fmr_per_identity.value)} of them are taken for "
                f"{inputs.person} where at most {wording.setting(promised)} were promised. "
                "They are not like the strangers the line was drawn with.",
            )
        )
    if inputs.shortcut is not None:
        shortcut = shortcut_alert(inputs.person, inputs.shortcut.figures)
        found += [Alert(bad=True, text=shortcut)] if shortcut else []
    broken = slices_alert(inputs.person, inputs.slices)
    found += [Alert(bad=True, text=broken)] if broken else []
    if inputs.battery is not None:
        turned = inputs.battery.figures.turned
        said = turned_alert(inputs.person, inputs.battery.figures)
        # A stranger or two of few may lie close to the line: red is what is surely more than was asked for.
        surely = turned.low > inputs.calibration.target_fmr
        found += [Alert(bad=surely, text=said)] if said else []
    claim = wording.promise(inputs.person, inputs.calibration)
    if promised is None:
        found.append(Alert(bad=False, text=f"{claim[0]} {claim[-1]}"))
    if inputs.openings > 1:
        found.append(
            Alert(
                bad=False,
                text=f"The test part was opened {inputs.openings} times. Choices made after looking at it "
                "make the figures look better than they are.",
            )
        )
    return tuple(found)


def _unfit(photos: int) -> str:
    if photos == 1:
        return (
            "1 photo no longer fits the part it is in: its label changed since the split. It counts nowhere."
        )
    return (
        f"{photos:,} photos no longer fit the part they are in: their labels changed since the split. They "
        "count nowhere."
    )


def plain_rows(inputs: ReportInputs) -> tuple[PlainRow, ...]:
    """The table beside the original's."""
    tables = [inputs.metrics.plain, *(rival.metrics.plain for rival in inputs.rivals)]
    lines: Sequence[tuple[str, str, str, list[Rate | MeanRate]]] = (
        (
            f"{inputs.person} found",
            "photos of the person, no face counted as a miss",
            "95",
            [t.person for t in tables],
        ),
        (
            "Strangers turned away, by photo",
            "pooled over photos, as if all were independent",
            "67 and 72.7",
            [t.strangers for t in tables],
        ),
        (
            "Strangers turned away, by person",
            "each stranger weighs the same",
            "66.1 and 70",
            [t.strangers_per_identity for t in tables],
        ),
        ("Curveballs turned away", "what nothing in training has seen", "24", [t.curveballs for t in tables]),
        (
            "Curveballs without a gate",
            "as the original was built",
            "24",
            [t.curveballs_without_gate for t in tables],
        ),
    )
    return tuple(
        PlainRow(label=label, hint=hint, original=original, ours=rates[0], rivals=tuple(rates[1:]))
        for label, hint, original, rates in lines
    )


def _short(inputs: ReportInputs) -> str:
    """The person's name where there is room for it."""
    return inputs.person if len(inputs.person.translate(ISOLATES)) <= LONG_NAME else "the person"


def _histograms(inputs: ReportInputs, width: int) -> Markup:
    def scores(part: str, role: str) -> list[float]:
        return [
            row.score
            for row in inputs.rows
            if row.part == part and row.role == role and row.score is not None
        ]

    return charts.histograms(
        (
            Series(label=_short(inputs), kind="person", scores=scores("test", "person")),
            Series(label="Strangers", kind="stranger", scores=scores("test", "stranger")),
            Series(
                label="Curveballs the gate let through",
                kind="curveball",
                scores=scores("curveball", "curveball"),
            ),
        ),
        person_line=inputs.calibration.person,
        unsure_line=inputs.calibration.unsure,
        width=width,
    )


def _curves(inputs: ReportInputs) -> tuple[Curve, ...]:
    ours = Curve(
        label=f"This model ({inputs.training.network})", kind="ours", points=inputs.metrics.ranking.curve
    )
    rivals = (
        Curve(label=rival.name, kind=kind, points=rival.metrics.ranking.curve)
        for rival, kind in zip(inputs.rivals, RIVAL_KINDS, strict=False)
    )
    return (ours, *rivals)


def _operating(inputs: ReportInputs) -> tuple[float, float] | None:
    """Where the line in use lies on the curves."""
    fmr, fnmr = inputs.metrics.strangers.fmr.value, inputs.metrics.person.fnmr.value
    return None if fmr is None or fnmr is None else (fmr, fnmr)
