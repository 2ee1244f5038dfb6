"""The pieces that charts are put together from; colours come from the page's style."""

from __future__ import annotations

from markupsafe import escape


def opening(width: float, height: float, name: str) -> str:
    """The opening tag of a chart; `name` is what a screen reader says."""
    return f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(name)}">'


def text(x: float, y: float, words: str, kind: str) -> str:
    """Words at a place."""
    return f'<text x="{x:g}" y="{y:g}" class="{kind}">{escape(words)}</text>'


def turned(x: float, y: float, words: str, kind: str) -> str:
    """Words that run upwards."""
    return (
        f'<text x="{x:g}" y="{y:g}" class="{kind}" transform="rotate(-90 {x:g} {y:g})">{escape(words)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" class="{kind}"/>'


def rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" class="{kind}"/>'


def circle(x: float, y: float, radius: float, kind: str) -> str:
    """A dot."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:.1f}" class="{kind}"/>'
