"""The charts: what stands on them has room."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from facethemodel.evaluation.curves import rank
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.report.charts import Curve, Series, det, histograms, roc
from facethemodel.report.frame import NARROW, WIDE, Frame
from facethemodel.report.page import render_report

PHONE = 340
"""Units that a chart may be wide on a phone of 390 pixels, so that its type of 12 units is read."""
LETTER = 6.6
"""Width of a letter or digit of that type."""


def widths(html: str, name: str) -> list[float]:
    found = re.findall(rf'<svg viewBox="0 0 (\d+) \d+" role="img" aria-label="{name}', html)
    return [float(one) for one in found]


@pytest.mark.parametrize(
    "name", ["ROC curve", "DET curve", "Reliability of the probabilities", "Risk against coverage"]
)
def test_phones_get_a_chart_of_their_own(make_inputs: Callable[..., ReportInputs], name: str) -> None:
    wide, narrow = widths(render_report(make_inputs()), name)
    assert narrow <= PHONE < wide


@pytest.mark.parametrize("frame", [WIDE, NARROW])
@pytest.mark.parametrize("draw", [roc, det])
def test_labels_below_a_chart_do_not_touch(draw: Callable[..., str], frame: Frame) -> None:
    rng = np.random.default_rng(1)
    curve = Curve(
        label="A",
        kind="ours",
        points=rank(rng.normal(3, 1, 90).tolist(), rng.normal(0, 1, 900).tolist()).curve,
    )
    drawn = draw([curve], operating=(0.01, 0.1), frame=frame)
    below = re.findall(
        rf'<text x="([\d.]+)" y="{frame.floor + 18}" class="tick middle">([^<]+)</text>', drawn
    )
    ends = [(float(x), len(words) * LETTER / 2) for x, words in below]
    assert len(ends) > 4
    assert all(x + half <= after - other for (x, half), (after, other) in pairwise(ends))
    assert ends[-1][0] + ends[-1][1] <= frame.width


@pytest.mark.parametrize("person_line", [-0.5, 3.5])
def test_the_line_does_not_run_through_the_words_of_a_row(person_line: float) -> None:
    rows = ("Ada", "Curveballs the gate let through")
    drawn = histograms(
        [Series(label=label, kind="person", scores=[-1.0, 1.0, 4.0]) for label in rows],
        person_line=person_line,
        unsure_line=person_line,
        width=360,
    )
    lines = re.findall(
        r'<line x1="([\d.]+)" y1="([\d.]+)" x2="[\d.]+" y2="([\d.]+)" class="threshold"', drawn
    )
    labels = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="label">([^<→]+)</text>', drawn)
    assert [words for *_, words in labels] == ["Ada, 3", "Curveballs the gate let through, 3"]
    for left, base, words in labels:
        for x, top, end in lines:
            beyond = float(x) > float(left) + LETTER * len(words)
            assert beyond or float(end) <= float(base) - 12 or float(top) >= float(base)
    assert sum(float(end) - float(top) for _, top, end in lines) > 200
