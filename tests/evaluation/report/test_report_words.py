"""Small words of the report: times, numbers of one, and what is said where there is nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.report.page import render_report

MakeInputs = Callable[..., ReportInputs]


def test_time_is_said_in_a_zone_that_is_named(make_inputs: MakeInputs) -> None:
    there = datetime(2026, 11, 24, 1, 30, tzinfo=timezone(timedelta(hours=5)))
    page = render_report(dataclasses.replace(make_inputs(), created=there))
    assert page.count("23 November 2026, 20:30 UTC") == 2


def test_the_model_has_one_name_in_legend_and_tables(make_inputs: MakeInputs) -> None:
    assert "</svg>This model (residual112)</li>" in render_report(make_inputs(rival=True))
