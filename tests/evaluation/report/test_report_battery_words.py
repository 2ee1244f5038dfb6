"""What the report says of the battery: never more than the counts beside it bear out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from facethemodel.evaluation.battery_figures import Battery, FamilyFigures, FamilyKind, Worst
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.intervals import Rate
from facethemodel.report.battery import worst_sentence
from facethemodel.report.page import render_report

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
