"""Names that run from right to left do not scramble what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.report.names import isolated, with_names_isolated
from facethemodel.report.page import alerts, render_report

MakeInputs = Callable[..., ReportInputs]
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]")


@pytest.mark.parametrize("name", ["Ada Lovelace", "Zoë", "王小明", "Наташа", "tag 5", ""])
def test_other_names_stay_as_they_are(name: str) -> None:
    assert isolated(name) == name


@pytest.mark.parametrize("name", ["محمد", "Ada שלום 5", "\u202edlog"])
def test_a_name_from_right_to_left_is_isolated_once(name: str) -> None:
    assert isolated(name) == f"\u2068{name}\u2069" == isolated(isolated(name))


def test_a_name_cannot_end_its_isolation() -> None:
    assert isolated("א\u2069\u2067ב") == "\u2068אב\u2069"


def test_every_name_on_the_page_is_isolated(
    make_inputs: MakeInputs, with_battery: MakeInputs, with_insights: MakeInputs
) -> None:
    inputs = make_inputs(
        person="محمد علي", names=("שלום 5", "Grace Hopper"), curveballs=("قطط",), rival=True, shift=1.0
    )
    rows = tuple(replace(row, name=f"صورة {at}.jpg") for at, row in enumerate(inputs.rows))
    inputs = replace(inputs, rows=rows, rivals=(replace(inputs.rivals[0], name="نموذج"),))
    page = render_report(with_insights(with_battery(inputs, taken=True), broken=True))
    # What is between marks is gone, so that what is left runs from left to right.
    left = re.sub("\u2068[^\u2068\u2069]*\u2069", "", page)
    assert RIGHT_TO_LEFT.search(page) is not None
    assert RIGHT_TO_LEFT.search(left) is None
    assert "\u2068" not in left
    assert "\u2069" not in left
    assert "Strangers taken for \u2068محمد علي\u2069" in page
    # What other readers get is not marked.
    assert "\u2068" not in "".join(one.text for one in alerts(inputs))


def test_where_nothing_runs_from_right_to_left_nothing_is_made_anew(make_inputs: MakeInputs) -> None:
    rows = make_inputs().rows
    assert all(one is row for one, row in zip(with_names_isolated(rows), rows, strict=True))
