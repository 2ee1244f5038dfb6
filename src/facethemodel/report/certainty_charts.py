"""Two charts of certainty: are the probabilities true, and what does silence buy."""

from __future__ import annotations

import math

from markupsafe import Markup

from facethemodel.evaluation.reliability import Reliability
from facethemodel.evaluation.unsure import Abstention
from facethemodel.report.axes import linear
from facethemodel.report.frame import Frame
from facethemodel.report.svg import circle, line, rect, text

LARGEST_DOT = 11.0
SMALLEST_DOT = 3.0
BAND_NAME_NEEDS = 54
"""Pixels that the word in the band takes."""


def reliability(found: Reliability, frame: Frame) -> Markup:
    """What the probabilities say against what was so; a dot's area is the bin's share of the photos."""
    x = linear(0.0, 1.0, start=frame.left, end=frame.right, steps=5)
    y = linear(0.0, 1.0, start=frame.floor, end=frame.top, steps=5)
    parts = frame.opened(
        x, y, "the probability says", "the person, in truth", "Reliability of the probabilities"
    )
    parts.append(line(x.at(0.0), y.at(0.0), x.at(1.0), y.at(1.0), "ideal"))
    for one in found.bins:
        if one.predicted is None or one.observed.value is None:
            continue
        middle = x.at(one.predicted)
        parts.append(line(middle, y.at(one.observed.low), middle, y.at(one.observed.high), "whisker person"))
        radius = max(SMALLEST_DOT, LARGEST_DOT * math.sqrt(one.weight))
        parts.append(circle(middle, y.at(one.observed.value), radius, "dot person"))
    parts.append("</svg>")
    return Markup("".join(parts))


def abstention(found: Abstention, frame: Frame) -> Markup:
    """Wrong answers against the share of photos answered; the band in use is marked."""
    low = _left_edge(found)
    drawn = [point for point in found.curve if point.coverage >= low]
    risks = [point.risk for point in drawn]
    marked = [share.value for share in (found.risk, found.risk_without) if share.value is not None]
    top = max([0.01, *risks, *marked]) * 1.15
    x = linear(low, 1.0, start=frame.left, end=frame.right, steps=5)
    y = linear(0.0, top, start=frame.floor, end=frame.top, steps=5)
    parts = frame.opened(x, y, "photos answered", "answers that are wrong", "Risk against coverage")
    silent = x.at(1.0) - x.at(found.coverage)
    if silent > 0.5:
        parts.append(rect(x.at(found.coverage), y.end, silent, y.start - y.end, "band"))
        if silent > BAND_NAME_NEEDS:
            parts.append(text(x.at((1.0 + found.coverage) / 2), y.end + 16, "unsure", "tick middle"))
        else:
            parts.append(text(x.at(found.coverage) - 6, y.end + 16, "unsure", "tick end"))
    path = "L".join(f"{x.at(point.coverage):g} {y.at(point.risk):g}" for point in drawn)
    parts.append(f'<path d="M{path}" class="curve ours"/>')
    if found.risk_without.value is not None:
        parts.append(circle(x.at(1.0), y.at(found.risk_without.value), 5, "without"))
    if found.risk.value is not None:
        parts.append(circle(x.at(found.coverage), y.at(found.risk.value), 6, "operating"))
    parts.append("</svg>")
    return Markup("".join(parts))


def _left_edge(found: Abstention) -> float:
    """Where the axis of coverage begins, in whole tenths: a good way left of the band little happens."""
    return max(0.0, math.floor((1.0 - max(0.15, 4.0 * (1.0 - found.coverage))) * 10.0) / 10.0)
