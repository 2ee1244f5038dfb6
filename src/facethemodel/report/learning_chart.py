"""The learning curves as one picture that stands alone: it brings its own style, for light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from facethemodel.evaluation.expectation import LEVELS, USUAL, Curve, Expectation, Missed, Point
from facethemodel.report.axes import Axis, linear
from facethemodel.report.svg import circle, line, opening, text, turned

WIDTH, HEIGHT = 880, 400
_TOP, _FLOOR = 64, 306
_ROOM = 44
"""A label takes so much of the axis."""
_STYLE = """
svg { --paper: #ffffff; --ink: #1c1b19; --soft: #5d5a55; --rule: #c9c5bc; --grid: #ebe8e2;
  --main: #0a6e69; --easy: #6a45a8; --hard: #a8480a;
  font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0d1117; --ink: #ecebe7; --soft: #a9a69f; --rule: #4a4d52; --grid: #25282c;
    --main: #4cc0b5; --easy: #b9a0f2; --hard: #f0a05c; }
}
.paper { fill: var(--paper); } text { fill: var(--soft); }
.head { fill: var(--ink); font-size: 16px; font-weight: 650; } .value { fill: var(--ink); font-weight: 600;
  paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.middle { text-anchor: middle; } .end { text-anchor: end; } .tiny { font-size: 11.5px; }
.grid { stroke: var(--grid); } .axis { stroke: var(--rule); }
.band { fill: var(--main); opacity: 0.14; } .one { fill: none; stroke: var(--main); opacity: 0.22; }
.curve { fill: none; stroke-width: 2; } .main { stroke: var(--main); stroke-width: 3; }
.easy { stroke: var(--easy); stroke-dasharray: 2 4; stroke-linecap: round; }
.hard { stroke: var(--hard); stroke-dasharray: 8 5; }
.dot { fill: var(--main); stroke: var(--paper); stroke-width: 2; }
"""
_KINDS = dict(zip(LEVELS, ("easy", "main", "hard"), strict=True))

Lines = Sequence[Mapping[int, float]]
"""For each person the share missed, by count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    curve: Curve
    people: Lines
    title: str
    under: str
    x: Axis
    y: Axis


def learning_chart(curves: Expectation, *, people: Lines = (), beside: Lines = ()) -> str:
    """Draws both curves, (880, 400) units, as an SVG document.

    The line and the numbers are for the usual share of strangers let through; dotted and dashed lines are
    for the other shares. The shaded band is where most people lie, thin lines are people by themselves.

    Args:
        curves: What was measured.
        people: People's own lines over photos of the person.
        beside: People's own lines over strangers.
    """
    drawn = [share for lines in (people, beside) for one in lines for share in one.values()]
    top = max([0.1, *drawn, *(_highest(curve) for curve in (curves.photos, curves.strangers))])
    y = linear(0.0, min(1.0, math.ceil(top * 10) / 10), start=_FLOOR, end=_TOP, steps=5)
    panels = [
        _Panel(
            curve=curve,
            people=lines,
            title=title,
            under=under,
            x=Axis(
                low=min(point.count for point in curve.points),
                high=max(point.count for point in curve.points),
                start=start,
                end=end,
                ticks=tuple(float(point.count) for point in curve.points),
                bend=math.log10,
            ),
            y=y,
        )
        for curve, lines, title, under, start, end in (
            (
                curves.photos,
                people,
                "Photos of the person",
                f"and {curves.photos.beside:,} other people to learn from",
                74,
                430,
            ),
            (
                curves.strangers,
                beside,
                "Other people to learn from",
                f"and {curves.strangers.beside} photos of the person",
                520,
                856,
            ),
        )
        if len(curve.points) > 1
    ]
    parts = [
        opening(WIDTH, HEIGHT, _spoken(curves)).replace(
            "<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" ', 1
        ),
        f"<style>{_STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" class="paper"/>',
        *(piece for panel in panels for piece in _drawn(panel)),
        turned(12, (_TOP + _FLOOR) / 2, "the person's photos missed", "middle"),
        *_legend(),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _drawn(panel: _Panel) -> list[str]:
    x, y = panel.x, panel.y
    parts = [
        text(x.start, 26, panel.title, "head"),
        text(x.start, 45, panel.under, ""),
    ]
    for tick in y.ticks:
        parts.append(line(x.start - 12, y.at(tick), x.end + 8, y.at(tick), "grid"))
        parts.append(text(x.start - 18, y.at(tick) + 4, f"{100 * tick:.0f} %", "end"))
    parts += [
        _path([(x.at(count), y.at(one[count])) for count in sorted(one)], "one")
        for one in panel.people
        if len(one) > 1
    ]
    parts.append(_band(panel))
    parts += [
        _path(_places(panel, level), f"curve {_KINDS[level]}")
        for level in sorted(LEVELS, key=lambda level: level == USUAL)
    ]
    parts += [circle(px, py, 5, "dot") for px, py in _places(panel, USUAL)]
    labelled = _with_room(panel)
    for point, (px, py) in zip(panel.curve.measured(USUAL), _places(panel, USUAL), strict=True):
        if point.count in labelled:
            parts.append(text(px + 2, py - 11, _percent(_figure(point, USUAL).value), "value middle"))
    parts.append(line(x.start - 12, _FLOOR, x.end + 8, _FLOOR, "axis"))
    for point in panel.curve.points:
        parts.append(line(x.at(point.count), _FLOOR, x.at(point.count), _FLOOR + 5, "axis"))
        if point.count not in labelled:
            continue
        parts.append(text(x.at(point.count), _FLOOR + 20, f"{point.count:,}", "middle"))
        parts.append(text(x.at(point.count), _FLOOR + 36, f"n = {point.people}", "middle tiny"))
    return parts


def _with_room(panel: _Panel) -> set[int]:
    """The counts that can be labelled without one label lying on the next; the last one always is."""
    kept: list[int] = []
    for point in reversed(panel.curve.points):
        if not kept or panel.x.at(kept[-1]) - panel.x.at(point.count) >= _ROOM:
            kept.append(point.count)
    return set(kept)


def _legend() -> list[str]:
    words = {0.05: "5 % of strangers let through", 0.01: "1 % (band: most people)", 0.001: "0.1 %"}
    parts, left = [], 74.0
    for level in LEVELS:
        parts.append(line(left, 378, left + 30, 378, f"curve {_KINDS[level]}"))
        parts.append(text(left + 38, 382, words[level], ""))
        left += 38 + 7.2 * len(words[level]) + 16
    parts.append(text(WIDTH - 24, 382, "n: people who played the person", "end"))
    return parts


def _places(panel: _Panel, level: float) -> list[tuple[float, float]]:
    return [
        (panel.x.at(point.count), panel.y.at(_figure(point, level).value))
        for point in panel.curve.measured(level)
    ]


def _band(panel: _Panel) -> str:
    """Where most people lie, as far as there are enough of them."""
    ends = [
        (panel.x.at(point.count), panel.y.at(figure.low), panel.y.at(figure.high))
        for point in panel.curve.measured(USUAL)
        if (figure := _figure(point, USUAL)).low is not None and figure.high is not None
    ]
    if len(ends) < 2:
        return ""
    around = [(px, high) for px, _, high in ends] + [(px, low) for px, low, _ in reversed(ends)]
    return _path(around, "band", closed=True)


def _path(places: Sequence[tuple[float, float]], kind: str, *, closed: bool = False) -> str:
    if not places:
        return ""
    words = "M" + "L".join(f"{px:g} {py:g}" for px, py in places) + ("Z" if closed else "")
    return f'<path d="{words}" class="{kind}"/>'


def _figure(point: Point, level: float) -> Missed:
    found = _maybe(point, level)
    assert found is not None, "asked only of points that have it"
    return found


def _maybe(point: Point, level: float) -> Missed | None:
    return point.missed[LEVELS.index(level)]


def _highest(curve: Curve) -> float:
    """The highest place of a curve or of the band."""
    figures = [figure for point in curve.points for figure in point.missed if figure is not None]
    bands = [figure.high or 0.0 for point in curve.points if (figure := _maybe(point, USUAL)) is not None]
    return max([*(figure.value for figure in figures), *bands], default=0.0)


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %" if value < 0.0995 else f"{100 * value:.0f} %"


def _spoken(curves: Expectation) -> str:
    said = []
    for what, curve in (("photos of the person", curves.photos), ("other people", curves.strangers)):
        points = [
            f"{point.count}: {_percent(_figure(point, USUAL).value)}" for point in curve.measured(USUAL)
        ]
        said.append(f"by {what}: {', '.join(points)}")
    return f"Share of the person's photos missed when 1 % of strangers are let through, {'; '.join(said)}"
