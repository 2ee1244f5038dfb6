"""The battery as a person reads it: sentences, groups of families, pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile

from markupsafe import Markup

from facethemodel.battery.ladders import LADDERS, Ladder
from facethemodel.bundle.decision import VerdictName
from facethemodel.evaluation.battery_figures import (
    Battery,
    BatteryReport,
    FamilyFigures,
    FamilyKind,
    LadderFigures,
    Separation,
)
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.rows import own_families
from facethemodel.report.battery_chart import panel
from facethemodel.report.counting import counted
from facethemodel.report.pictures import data_address
from facethemodel.report.wording import NARROW, number, of_photos, score, shared

SAID: Mapping[VerdictName, str] = {
    "person": "found",
    "unsure": "“unsure”",
    "not_person": "not the person",
    "no_face": "no face",
}
UNITS: Mapping[str, str] = {"px": "px", "quality": "", "stops": "stops", "degrees": "°", "levels": ""}
FIRST_SCREEN_SIDE = 192
ROW_SIDE = 88
RUNG_SIDE = 72
NO_PROTECTION = "Nothing passed here; that is no protection: nothing looks for signs of life."


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRow:
    """One line of the table of families; `data` is a data address, None without a picture."""

    figures: FamilyFigures
    data: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyGroup:
    """Families that ask the same.

    Attributes:
        title: What they are.
        asks: What the right answer is.
        rows: One line each.
        refused: Families of nothing like a face that the gate refuses wholly: they need little room.
    """

    title: str
    asks: str
    rows: tuple[FamilyRow, ...]
    refused: tuple[FamilyRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderPanel:
    """One ladder: its chart, what to read from it, and the figures behind it."""

    ladder: Ladder
    figures: LadderFigures
    chart: Markup
    reading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the summary; `good` is None where it is neither good nor bad."""

    good: bool | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryView:
    """All that the templates show.

    Attributes:
        figures: The figures.
        worst: The sentence about the worst curveball, for the first screen.
        worst_picture: Its picture as a data address, None where there is none.
        shown: What passed on paper and on a screen; empty where none was shown.
        findings: The summary.
        groups: The families.
        separations: What to call each group of curveballs, and its figures.
        panels: The ladders.
    """

    figures: Battery
    worst: str
    worst_picture: str | None
    shown: str
    findings: tuple[Finding, ...]
    groups: tuple[FamilyGroup, ...]
    separations: tuple[tuple[str, Separation], ...]
    panels: tuple[LadderPanel, ...]


def battery_view(inputs: ReportInputs) -> BatteryView | None:
    """Prepares the battery for the page; None where it was not run."""
    report = inputs.battery
    if report is None or not report.figures.families:
        return None
    figures = report.figures
    names = {
        "all": "All of them",
        "far": "Nothing like a face",
        "near": "Faces of others",
        "own": "Your own",
    }
    return BatteryView(
        figures=figures,
        worst=worst_sentence(inputs.person, figures),
        worst_picture=_worst_picture(inputs, report),
        shown=_shown(figures),
        findings=_findings(inputs.person, figures),
        groups=_groups(inputs, report),
        separations=tuple((names[one.group], one) for one in figures.separation),
        panels=_panels(report),
    )


def worst_sentence(person: str, figures: Battery) -> str:
    """The worst curveball and whose it is: the headline beside it counts the user's own only."""
    worst = figures.worst
    if worst is None:
        return f"No curveball gets past the gate: nothing is taken for {person}."
    made = any(one.wrong_if_taken and one.kind != "own" for one in figures.families)
    own = any(one.kind == "own" for one in figures.families)
    whose = "of your own" if worst.kind == "own" else "made by the computer"
    if worst.verdict == "person":
        which = (
            f"The worst curveball, {whose} (family “{worst.family}”),"
            if worst.kind == "own"
            else f"Of the pictures the computer made, the worst (family “{worst.family}”)"
        )
        return f"{which} is taken for {person}: its score lies {score(worst.above)} above the line."
    none = (
        f"No curveball, your own or made by the computer, is taken for {person}."
        if made and own
        else f"No curveball of your own is taken for {person}."
        if own
        else f"Of the pictures the computer made, none is taken for {person}."
    )
    return (
        f"{none} The nearest, {whose} (family “{worst.family}”), is {SAID[worst.verdict]}: its score lies "
        f"{score(-worst.above)} below the line."
    )


def turned_alert(person: str, figures: Battery) -> str | None:
    """What stands above all figures where photos that were made worse turn strangers into the person."""
    if not figures.turned.count:
        return None
    how = ", ".join(f"{one.name} {number(one.turned.count)}" for one in figures.turning)
    many = f"{number(figures.turned.count)} of {counted(figures.turned.total, 'stranger')}"
    before = (
        "whose photo is not taken as it is" if figures.turned.total == 1 else "who are not taken as they are"
    )
    return (
        f"Photos made worse turn strangers into {person}: {many} {before} ({how}). "
        "Where a face can hardly be seen, a sure yes means little."
    )


def _worst_picture(inputs: ReportInputs, report: BatteryReport) -> str | None:
    pixels = report.pictures.worst
    worst = report.figures.worst
    if worst is not None and worst.kind == "own" and worst.photo is not None:
        pixels = inputs.thumbnail(worst.photo, None)
    return None if pixels is None else data_address(pixels, side=FIRST_SCREEN_SIDE)


def _findings(person: str, figures: Battery) -> tuple[Finding, ...]:
    found = []
    phrases: tuple[tuple[FamilyKind, str, str], ...] = (
        ("far", "picture", " of nothing like a face"),
        ("near", "face", " of others (drawn, turned over, in negative, covered)"),
        ("own", "curveball", " of your own"),
    )
    for kind, what, rest in phrases:
        gate, taken = figures.pooled(kind)
        if gate.total:
            text = (
                f"Of {counted(gate.total, what)}{rest} the gate lets {_count(gate.count)} through; "
                f"{_count(taken.count)} {'is' if taken.count < 2 else 'are'} taken for {person}."
            )
            found.append(Finding(good=not taken.count, text=text))
    for one in figures.families:
        if one.kind == "control" and one.made_of == "person" and one.unchanged is not None:
            same = one.taken.low <= (one.unchanged.value or 0.0) <= one.taken.high
            text = (
                f"Mirrored, {person} is found in {shared(one.taken, 'photo')}; "
                f"{'as it is' if one.unchanged.total == 1 else 'as they are'}, in {of_photos(one.unchanged)}."
            )
            found.append(Finding(good=same, text=text))
    turned = figures.turned
    if turned.total:
        text = (
            f"However blurred, dark, small, noisy or turned a photo was made, {_count(turned.count)} of "
            f"{counted(turned.total, 'stranger')} turned into {person}."
        )
        found.append(Finding(good=not turned.count, text=text))
    shown = [one for one in figures.families if one.kind == "shown"]
    if shown:
        where = ", ".join(
            f"{one.name.removeprefix('the person ')} in {shared(one.taken, 'photo')}" for one in shown
        )
        text = (
            f"{person} passes {where}: nothing here looks for signs of life."
            if any(one.taken.count for one in shown)
            else f"{person} on paper and on a screen: {NO_PROTECTION[0].lower()}{NO_PROTECTION[1:]}"
        )
        found.append(Finding(good=None, text=text))
    return tuple(found)


def _shown_asks(figures: Battery) -> str:
    _, taken = figures.pooled("shown")
    if not taken.count:
        return NO_PROTECTION
    many = "All" if taken.count == taken.total else f"{number(taken.count)} of {number(taken.total)}"
    return f"{many} pass: see what follows from that below."


def _shown(figures: Battery) -> str:
    _, taken = figures.pooled("shown")
    if not taken.total:
        return ""
    if not taken.count:
        return f"The last families above show prints and screens. {NO_PROTECTION}"
    many = "all of them" if taken.count == taken.total else f"{number(taken.count)} of {number(taken.total)}"
    return f"The last families above show prints and screens: {many} pass."


def _groups(inputs: ReportInputs, report: BatteryReport) -> tuple[FamilyGroup, ...]:
    person = inputs.person
    titles: tuple[tuple[FamilyKind, str, str], ...] = (
        ("far", "Nothing like a face", f"Whatever is taken for {person} here is an error."),
        ("near", "Faces, and not the person’s", f"Whatever is taken for {person} here is an error, too."),
        ("own", "Your own curveballs", f"Whatever is taken for {person} here is an error, too."),
        ("control", "Mirrored: the same face to any eye", "Nothing should change."),
        (
            "changed",
            f"{person}, altered",
            "No answer is wrong. A sure yes shows how little of a face it takes.",
        ),
        ("shown", f"{person} on paper and on a screen", _shown_asks(report.figures)),
    )
    groups = []
    for kind, title, asks in titles:
        every = [
            FamilyRow(figures=one, data=_family_picture(inputs, report, one))
            for one in report.figures.families
            if one.kind == kind
        ]
        refused = tuple(row for row in every if kind == "far" and not row.figures.gate.count)
        rows = tuple(row for row in every if row not in refused)
        if every:
            groups.append(FamilyGroup(title=title, asks=asks, rows=rows, refused=refused))
    return tuple(groups)


def _family_picture(inputs: ReportInputs, report: BatteryReport, one: FamilyFigures) -> str | None:
    pixels = report.pictures.families.get(one.name)
    if one.kind == "own":
        rows = [row for row in own_families(inputs.rows).get(one.name, ()) if row.answered]
        rows.sort(key=lambda row: (float("inf") if row.score is None else -row.score, row.sha256))
        pixels = inputs.thumbnail(rows[0].sha256, None) if rows else None
    return None if pixels is None else data_address(pixels, side=ROW_SIDE)


def _panels(report: BatteryReport) -> tuple[LadderPanel, ...]:
    known = {ladder.name: ladder for ladder in LADDERS}
    pictures = report.pictures
    as_it_is: dict[float | None, str] = {}
    if pictures.as_it_is is not None:
        as_it_is[None] = data_address(pictures.as_it_is, side=RUNG_SIDE)
    panels = []
    for figures in report.figures.ladders:
        own: dict[float | None, str] = {
            rung: data_address(pixels, side=RUNG_SIDE)
            for (name, rung), pixels in pictures.rungs.items()
            if name == figures.name
        }
        panels.append(
            LadderPanel(
                ladder=known[figures.name],
                figures=figures,
                chart=panel(figures, as_it_is | own if own else {}),
                reading=reading(figures),
            )
        )
    return tuple(panels)


def reading(figures: LadderFigures) -> str:
    """Where the median photo turns, in a few words: `found up to 3 px, no face from 5 px`."""
    before, *every = figures.person
    # Faces that are smaller than a rung of size are not on it: it was not measured.
    rungs = [one for one in every if one.photos]
    if not before.photos or not rungs:
        return "no photo"
    if before.median != "person":
        return "mostly not found even as they are"
    held = [one.rung for one in takewhile(lambda one: one.median == "person", rungs)]
    turns: dict[VerdictName, float | None] = {}
    for one in rungs[len(held) :]:
        if one.median is not None and one.median != "person":
            turns.setdefault(one.median, one.rung)
    if not turns:
        return "found on every rung"
    falls = every[0].rung is not None and every[-1].rung is not None and every[0].rung > every[-1].rung
    said = [
        f"{SAID[verdict]} {'at' if falls else 'from'} {_measure(rung, figures.unit)}"
        for verdict, rung in turns.items()
    ]
    if held:
        said.insert(0, f"found {'down' if falls else 'up'} to {_measure(held[-1], figures.unit)}")
    return ", ".join(said)


def _measure(rung: float | None, unit: str) -> str:
    name = UNITS[unit]
    if unit == "stops" and rung == 1:
        name = "stop"
    gap = "" if name in ("", "°") else NARROW
    return f"{rung or 0:g}{gap}{name}"


def _count(count: int) -> str:
    return "none" if not count else number(count)
