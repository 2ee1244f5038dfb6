"""What the report says of the battery: never more than the counts beside it bear out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from facethemodel.evaluation.battery_figures import (
    Battery,
    BatteryReport,
    FamilyFigures,
    FamilyKind,
    LadderFigures,
    Worst,
)
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.intervals import Rate
from facethemodel.report.battery import turned_alert, worst_sentence
from facethemodel.report.page import alerts, render_report

MakeInputs = Callable[..., ReportInputs]


def family(kind: FamilyKind, taken: int = 0, pictures: int = 4, name: str = "") -> FamilyFigures:
    return FamilyFigures(
        name=name or kind,
        kind=kind,
        made_of="nothing",
        pictures=pictures,
        gate=Rate.of(taken, pictures),
        taken=Rate.of(taken, pictures),
        unsure=Rate.of(0, pictures),
        unchanged=None,
        auc=None,
        highest_score=None,
    )


def battery(*families: FamilyFigures, worst: FamilyKind = "near", above: float = -1.0) -> Battery:
    return Battery(
        pictures=1,
        lost=0,
        confidence=0.95,
        families=families,
        separation=(),
        worst=Worst(
            family="ghosts",
            kind=worst,
            verdict="person" if above > 0 else "unsure",
            score=above,
            above=above,
            photo=None,
        ),
        ladders=(),
        turned=Rate.of(0, 0),
    )


@pytest.mark.parametrize(
    ("kinds", "worst", "above", "begins"),
    [
        (("near", "own"), "near", 1.0, "Of the pictures the computer made, the worst (family “ghosts”) is"),
        (("near", "own"), "own", 1.0, "The worst curveball, of your own (family “ghosts”), is taken for Ada"),
        (
            ("near", "own"),
            "near",
            -1.0,
            "No curveball, your own or made by the computer, is taken for Ada. The nearest, made by the",
        ),
        (("far", "near"), "near", -1.0, "Of the pictures the computer made, none is taken for Ada. The"),
        (("own",), "own", -1.0, "No curveball of your own is taken for Ada. The nearest, of your own"),
    ],
)
def test_whose_the_worst_curveball_is(
    kinds: tuple[FamilyKind, ...], worst: FamilyKind, above: float, begins: str
) -> None:
    """The headline counts the user's own only: the sentence below it must not seem to speak of the same."""
    said = worst_sentence("Ada", battery(*map(family, kinds), worst=worst, above=above))
    assert said.startswith(begins)


@pytest.mark.parametrize(("turned", "bad"), [(1, False), (20, True)])
def test_strangers_who_turn_into_the_person_stand_above_all_figures(
    make_inputs: MakeInputs, turned: int, bad: bool
) -> None:
    ladder = LadderFigures(
        name="darker", unit="stops", person=(), strangers=(), turns={}, turned=Rate.of(turned, 24)
    )
    figures = dataclasses.replace(battery(), ladders=(ladder,), turned=Rate.of(turned, 24))
    inputs = dataclasses.replace(make_inputs(photos=80), battery=BatteryReport(figures=figures))
    (found,) = [one for one in alerts(inputs) if "Photos made worse" in one.text]
    assert found.bad is bad
    assert f"{turned} of 24\u202fstrangers" in found.text.replace("24 strangers", "24\u202fstrangers")
    assert f"(darker {turned})" in found.text


def test_a_single_stranger_who_turns_is_spoken_of_in_the_singular() -> None:
    ladder = LadderFigures(
        name="darker", unit="stops", person=(), strangers=(), turns={}, turned=Rate.of(1, 1)
    )
    said = turned_alert("Ada", dataclasses.replace(battery(), ladders=(ladder,), turned=Rate.of(1, 1)))
    assert said is not None
    assert "1 of 1 stranger whose photo is not taken as it is (darker 1)." in said


def test_where_none_turns_nothing_is_said(make_inputs: MakeInputs) -> None:
    figures = dataclasses.replace(battery(), turned=Rate.of(0, 24))
    inputs = dataclasses.replace(make_inputs(photos=80), battery=BatteryReport(figures=figures))
    assert not [one for one in alerts(inputs) if "Photos made worse" in one.text]


def test_the_battery_does_not_have_more_pictures_than_it_has(
    make_inputs: MakeInputs, with_battery: MakeInputs
) -> None:
    inputs = with_battery(make_inputs(), taken=False)
    assert inputs.battery is not None
    figures = dataclasses.replace(inputs.battery.figures, pictures=1728)
    page = render_report(
        dataclasses.replace(inputs, battery=dataclasses.replace(inputs.battery, figures=figures))
    )
    assert "The battery</a> has 1,728 pictures." in page


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        (
            (0, 0),
            (
                "Ada Lovelace on paper and on a screen: nothing passed here; that is no protection",
                "<small>Nothing passed here; that is no protection: nothing looks for signs of life.</small>",
                "show prints and screens. Nothing passed here; that is no protection",
            ),
        ),
        (
            (0, 3),
            (
                "passes on a print in none of 4 photos, on a screen in 3 of 4 photos: nothing here looks",
                "<small>3 of 8 pass: see",
                "show prints and screens: 3 of 8 pass.",
            ),
        ),
        ((4, 4), ("on a print in all 4 photos", "<small>All pass: see", "screens: all of them pass.")),
    ],
)
def test_what_is_said_of_prints_and_screens_follows_from_the_counts(
    make_inputs: MakeInputs, counts: tuple[int, int], says: tuple[str, ...]
) -> None:
    names = ("the person on a print", "the person on a screen")
    shown = [family("shown", count, name=name) for count, name in zip(counts, names, strict=True)]
    report = BatteryReport(figures=battery(family("near"), *shown))
    page = render_report(dataclasses.replace(make_inputs(), battery=report))
    for words in says:
        assert words in page
    assert "They pass" not in page


def test_where_nothing_was_printed_no_prints_are_spoken_of(make_inputs: MakeInputs) -> None:
    report = BatteryReport(figures=battery(family("near")))
    assert "prints and screens" not in render_report(dataclasses.replace(make_inputs(), battery=report))


def test_columns_without_a_face_have_an_outline(make_inputs: MakeInputs) -> None:
    """Their fill is nearly that of the card: they would not be seen."""
    assert "svg .v-no_face { fill: var(--none); stroke: var(--soft); }" in render_report(make_inputs())
