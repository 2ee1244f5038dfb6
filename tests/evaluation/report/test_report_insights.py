from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from facethemodel.evaluation.document import write_metrics
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.report.page import render_report

MakeInputs = Callable[..., ReportInputs]
DOCUMENTATION = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield key
            yield from keys(below)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


def test_every_key_of_the_insights_is_documented(
    make_inputs: MakeInputs, with_insights: MakeInputs, tmp_path: Path
) -> None:
    write_metrics(with_insights(make_inputs()), tmp_path / "metrics.json")
    document = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    text = DOCUMENTATION.read_text(encoding="utf-8")
    for section in ("shortcut", "slices", "doubts"):
        described = text.split(f"### `{section}`")[1].split("\n## ")[0]
        shared = text.split("## The document")[0]
        documented = set(re.findall(r"`([a-z_0-9]+)`", described + shared))
        assert set(keys(document[section])) - documented == set(), section
    assert document["doubts"]["photos"] == 9
    assert len(document["doubts"]["person"]) == 6


def test_the_sections_are_on_the_page(make_inputs: MakeInputs, with_insights: MakeInputs) -> None:
    page = render_report(with_insights(make_inputs()))
    for section in ("shortcut", "slices", "doubts"):
        assert f'<section id="{section}">' in page
        assert f'href="#{section}"' in page
    assert "tag: even" in page
    assert "too few" in page
    assert "without the face" in page
    assert "0.0" in page
    assert "\u22120.0" not in page


def test_names_in_the_sections_are_escaped(make_inputs: MakeInputs, with_insights: MakeInputs) -> None:
    inputs = with_insights(make_inputs(person="<i>Ada</i>"))
    assert inputs.doubts is not None
    evil = dataclasses.replace(inputs.doubts.person[0], name="<b>x</b>", identity="<script>")
    page = render_report(
        dataclasses.replace(inputs, doubts=dataclasses.replace(inputs.doubts, person=(evil,)))
    )
    assert "<script" not in page
    assert "<b>x</b>" not in page
    assert "<i>Ada" not in page


def test_without_insights_the_page_says_nothing_of_them(make_inputs: MakeInputs) -> None:
    inputs = make_inputs()
    page = render_report(inputs)
    for section in ("slices", "doubts", "shortcut"):
        assert f'id="{section}"' not in page


def test_the_page_says_what_is_taken_for_the_face(with_insights: MakeInputs, make_inputs: MakeInputs) -> None:
    inputs = with_insights(make_inputs())
    for view, oval in (("aligned112", "the same oval on every crop"), ("whole256", "in each photo")):
        seen = dataclasses.replace(inputs.training, view=view)
        assert oval in render_report(dataclasses.replace(inputs, training=seen))
