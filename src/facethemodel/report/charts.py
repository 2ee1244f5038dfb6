"""The report's charts, drawn as SVG that takes its colours from the page's style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from facethemodel.evaluation.curves import CurvePoint
from facethemodel.evaluation.intervals import Rate
from facethemodel.report.axes import FLOOR, Axis, linear, logarithmic, probit
from facethemodel.report.frame import Frame
from facethemodel.report.svg import line as _line
from facethemodel.report.svg import opening as _open
from facethemodel.report.svg import rect as _rect
from facethemodel.report.svg import text as _text
from facethemodel.report.wording import percent

LETTER = 7.2
"""About the width of a letter of a label: 12 units high, semi-bold."""
ABOVE, BELOW = 13, 6
"""Units that a label takes above its base line and below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Scores of one kind of photo; `kind` is the style class that colours it."""

    label: str
    kind: str
    scores: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One model's ROC or DET curve; `kind` is the style class that colours it."""

    label: str
    kind: str
    points: Sequence[CurvePoint]


def histograms(series: Sequence[Series], *, person_line: float, unsure_line: float, width: int) -> Markup:
    """Score histograms, one below the other on one axis, with the line and the unsure band.

    Each row is scaled to its own highest bar: it shows where the scores lie, not how many photos there are.
    """
    filled = [one for one in series if len(one.scores)]
    if not filled:
        return Markup("")
    row, gap, top, side = 118, 6, 30, 14
    values = np.concatenate([np.asarray(one.scores, dtype=np.float64) for one in filled])
    low, high = min(float(values.min()), unsure_line), max(float(values.max()), person_line)
    margin = (high - low or 1.0) * 0.03
    axis = linear(low - margin, high + margin, start=side, end=width - side, steps=max(3, width // 110))
    edges = np.linspace(axis.low, axis.high, max(20, width // 12) + 1)
    floor = top + len(filled) * (row + gap)
    line, unsure = axis.at(person_line), axis.at(unsure_line)
    parts = [_open(width, floor + 42, "Histograms of the scores")]
    if line - unsure > 0.5:
        parts.append(_rect(unsure, 22, line - unsure, floor - 22, "band"))
    for index, one in enumerate(filled):
        base = top + index * (row + gap) + gap + row - 6
        parts.append(_bars(np.asarray(one.scores), edges, axis, base, row - 34, one.kind))
        parts.append(_line(side, base, width - side, base, "axis"))
    labels = [
        (top + index * (row + gap) + gap + 16, f"{one.label}, {len(one.scores):,}")
        for index, one in enumerate(filled)
    ]
    parts += _threshold(line, 18, floor, [at for at, words in labels if line < side + LETTER * len(words)])
    parts += [_text(side, at, words, "label") for at, words in labels]
    parts += _line_labels(line, unsure, width)
    for tick in axis.ticks:
        parts.append(_text(axis.at(tick), floor + 16, f"{tick:g}".replace("-", "\u2212"), "tick middle"))
    parts.append(_text(width / 2, floor + 36, "score: the higher, the more like the person", "tick middle"))
    parts.append("</svg>")
    return Markup("".join(parts))


def roc(curves: Sequence[Curve], *, operating: tuple[float, float] | None, frame: Frame) -> Markup:
    """Share of the person's photos found, against strangers taken, on a logarithmic axis."""
    x = logarithmic(FLOOR, 1.0, start=frame.left, end=frame.right)
    y = linear(0.0, 1.0, start=frame.floor, end=frame.top, steps=5)
    drawn = [(curve, [(x.at(p.fmr), y.at(1.0 - p.fnmr)) for p in curve.points]) for curve in curves]
    point = None if operating is None else (x.at(operating[0]), y.at(1.0 - operating[1]))
    parts = frame.opened(x, y, "strangers taken for the person", "person found", "ROC curve")
    return _finished(parts, drawn, point)


def det(curves: Sequence[Curve], *, operating: tuple[float, float] | None, frame: Frame) -> Markup:
    """Misses against strangers taken, both on normal-deviate axes."""
    x = probit(FLOOR, 0.8, start=frame.left, end=frame.right)
    y = probit(FLOOR * 10, 0.8, start=frame.floor, end=frame.top)
    drawn = [(curve, [(x.at(p.fmr), y.at(p.fnmr)) for p in curve.points]) for curve in curves]
    point = None if operating is None else (x.at(operating[0]), y.at(operating[1]))
    parts = frame.opened(x, y, "strangers taken for the person", "person missed", "DET curve")
    return _finished(parts, drawn, point)


def whisker(rate: Rate, *, kind: str, before: Rate | None = None) -> Markup:
    """A share and its interval on a bar from 0 to 100 %, for a table cell; `before` adds a hollow dot."""
    axis = linear(0.0, 1.0, start=4, end=116)
    parts = [_open(120, 16, f"{percent(rate.value)}, interval {percent(rate.low)} to {percent(rate.high)}")]
    parts.append(_line(4, 8, 116, 8, "axis"))
    if before is not None and before.value is not None:
        parts.append(f'<circle cx="{axis.at(before.value)}" cy="8" r="3.5" class="hollow {kind}"/>')
    parts.append(_line(axis.at(rate.low), 8, axis.at(rate.high), 8, f"whisker {kind}"))
    if rate.value is not None:
        parts.append(f'<circle cx="{axis.at(rate.value)}" cy="8" r="4" class="dot {kind}"/>')
    parts.append("</svg>")
    return Markup("".join(parts))


def _finished(
    parts: list[str],
    curves: Sequence[tuple[Curve, list[tuple[float, float]]]],
    point: tuple[float, float] | None,
) -> Markup:
    for curve, pixels in curves:
        if pixels:
            path = "M" + "L".join(f"{px:g} {py:g}" for px, py in pixels)
            parts.append(f'<path d="{path}" class="curve {escape(curve.kind)}"/>')
    if point is not None:
        parts.append(f'<circle cx="{point[0]}" cy="{point[1]}" r="6" class="operating"/>')
    parts.append("</svg>")
    return Markup("".join(parts))


def _bars(
    scores: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    edges: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    axis: Axis,
    base: float,
    height: float,
    kind: str,
) -> str:
    """One path of bars; a single photo among thousands still shows, as errors are what one looks for."""
    counts, _ = np.histogram(scores, bins=edges)
    pieces = []
    for count, left, right in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if count:
            tall = max(2.0, height * count / float(counts.max()))
            start, end = axis.at(left), axis.at(right)
            pieces.append(f"M{start:g} {base:g}V{base - tall:.1f}H{end - 1:g}V{base:g}Z")
    return f'<path d="{"".join(pieces)}" class="bars {escape(kind)}"/>'


def _threshold(x: float, start: float, end: float, labels: Sequence[float]) -> list[str]:
    """The line from top to bottom, but not through the labels that lie in its way."""
    parts = []
    for label in labels:
        parts.append(_line(x, start, x, label - ABOVE, "threshold"))
        start = label + BELOW
    return [*parts, _line(x, start, x, end, "threshold")]


def _line_labels(line: float, unsure: float, width: int) -> list[str]:
    """Names the line and the band on whichever side has the room."""
    labels = []
    right = line + 70 < width
    labels.append(_text(line + (5 if right else -5), 14, "person \u2192", "label" if right else "label end"))
    if line - unsure > 56:
        labels.append(_text((line + unsure) / 2, 14 if right else 34, "unsure", "tick middle"))
    elif line - unsure > 0.5 and right and unsure > 60:
        labels.append(_text(unsure - 4, 14, "unsure", "tick end"))
    return labels
