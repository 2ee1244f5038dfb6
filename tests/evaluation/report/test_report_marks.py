"""What the report marks: figures that rest on too few, and figures that stand out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.report.page import render_report

MakeInputs = Callable[..., ReportInputs]
NAMES = tuple(f"stranger {number}" for number in range(13))
"""Their 104 photos can be 1 % each, and those of one of them cannot be 5 %."""


def table(page: str, name: str) -> str:
    """The table of that label, spaces as one types them."""
    found = re.search(rf'aria-label="Table: {name}".*?</table>', page, re.DOTALL)
    assert found is not None
    return found[0].replace("\u202f", " ")


@pytest.mark.parametrize(("names", "marked"), [(NAMES[:3], 2), (NAMES, 1)])
def test_rates_that_the_strangers_cannot_bear_out_are_marked_in_head_and_labels(
    make_inputs: MakeInputs, names: tuple[str, ...], marked: int
) -> None:
    inputs = make_inputs(names=names, rival=True)
    apart = replace(inputs.metrics, by_main_face=replace(inputs.metrics.ranking, auc=0.5))
    page = render_report(replace(inputs, metrics=apart))
    said = table(page, "misses at given false match rates")
    head, rows = said.split("</thead>")
    assert head.count("too few strangers") == marked
    # This model, by main face, and the rival.
    assert rows.count("(too few strangers)") == 3 * marked
    assert rows.count('data-label="letting through 0.1 % (too few strangers)"') == 3
    # What the head says needs no saying in each cell.
    assert "wide-cell" not in rows


def test_a_row_of_fewer_strangers_than_the_head_is_marked_in_its_cells(make_inputs: MakeInputs) -> None:
    inputs = make_inputs(names=NAMES, rival=True)
    few = make_inputs(names=NAMES[:1]).metrics
    page = render_report(
        replace(
            inputs,
            metrics=replace(inputs.metrics, comparisons=few.comparisons),
            rivals=(replace(inputs.rivals[0], metrics=few),),
        )
    )
    named = table(page, "named comparisons")
    assert named.count("(too few strangers)") == 2
    assert named.count('<small class="wide-cell">too few strangers</small>') == 2
    rival = table(page, "misses at given false match rates").split('<th scope="row">seed2018')[1]
    # The head says it of the lowest rate only.
    assert rival.count("(too few strangers)") == 3
    assert rival.count('<small class="wide-cell">too few strangers</small>') == 2


def test_rivals_without_a_curve_are_named(make_inputs: MakeInputs) -> None:
    inputs = make_inputs(rival=True)
    rivals = tuple(replace(inputs.rivals[0], name=f"rival {number}") for number in range(5))
    assert "Not drawn" not in render_report(replace(inputs, rivals=rivals[:3]))
    assert "Not drawn: rival 3, rival 4." in render_report(replace(inputs, rivals=rivals))


def test_where_the_lines_meet_nothing_is_said_of_a_band(make_inputs: MakeInputs) -> None:
    inputs = make_inputs()
    page = render_report(inputs)
    assert inputs.calibration.banded
    assert "Table: the band" in page
    assert "in the band the verdict is" in page
    met = replace(inputs.calibration, unsure=inputs.calibration.person)
    page = render_report(replace(inputs, calibration=met))
    assert "there is no band, and nothing is “unsure”" in page
    assert "There is no band: the two lines meet." in page
    for words in (
        "Table: the band",
        "in the band",
        "“Unsure” begins",
        "Where “unsure” begins",
        "two lines in",
    ):
        assert words not in page, words


def test_what_is_red_is_also_marked_and_said(make_inputs: MakeInputs, with_insights: MakeInputs) -> None:
    inputs = with_insights(make_inputs(), shortcut=True, broken=True)
    page = render_report(inputs)
    assert inputs.slices is not None
    marked = '<span aria-hidden="true">▲ </span><span class="unseen">stands out: </span>'
    for section in ("slices", "shortcut"):
        cells = re.findall(r'<td[^>]*class="hit"[^>]*>(?:<span>)?(.*?)</td>', _section(page, section))
        assert cells
        assert all(cell.startswith(marked) for cell in cells)
        assert _section(page, section).count("stands out") == len(cells)
    assert any(one.broken for one in inputs.slices.strangers)


def test_a_value_and_its_interval_are_read_as_two(make_inputs: MakeInputs) -> None:
    assert re.search(r"\S<small", render_report(make_inputs(rival=True)).replace("><small", "")) is None


def test_doubtful_photos_are_said_by_what_is_on_them(
    make_inputs: MakeInputs, with_insights: MakeInputs
) -> None:
    doubts = _section(render_report(with_insights(make_inputs())), "doubts")
    assert set(re.findall(r'alt="([^"]*)"', doubts)) == {"+2.5, train", "Grace Hopper, train, 0.0"}


def _section(page: str, name: str) -> str:
    return page.split(f'<section id="{name}">')[1].split("</section>")[0]
