"""The ladders as small multiples: what becomes of the person's photos from rung to rung."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup, escape

from facethemodel.bundle.decision import VerdictName
from facethemodel.evaluation.battery_figures import LadderFigures

STACK: tuple[VerdictName, ...] = ("person", "unsure", "not_person", "no_face")
"""From the bottom up: as verdicts get worse."""

WIDTH, TALL, GAP = 308, 84, 4
"""Width of a panel, height of its columns, space between them, in units of the picture."""


def panel(ladder: LadderFigures, pictures: Mapping[float | None, str]) -> Markup:
    """One ladder: a column per rung, shared out among the verdicts, and a photo below as it looks there.

    A rung without photos, as where all faces are smaller, has a dash for a column.

    Args:
        ladder: Its figures.
        pictures: Data addresses of one photo of the person, by rung; None for the photo as it is.
    """
    columns = ladder.person
    step = WIDTH / len(columns)
    side = step - GAP
    height = TALL + (side + GAP if pictures else 0) + 18
    parts = [f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(_spoken(ladder))}">']
    for index, rung in enumerate(columns):
        left = index * step + GAP / 2
        floor = float(TALL)
        for verdict in STACK:
            tall = rung.share(verdict) * TALL
            if tall > 0:
                floor -= tall
                parts.append(_rect(left, floor, side, tall, f"v-{verdict}"))
        if not rung.photos:
            parts.append(f'<text x="{left + side / 2:.1f}" y="{TALL - GAP}" class="tick middle">–</text>')
        if rung.rung in pictures:
            parts.append(
                f'<image href="{pictures[rung.rung]}" x="{left:.1f}" y="{TALL + GAP}" width="{side:.1f}" '
                f'height="{side:.1f}" preserveAspectRatio="xMidYMid slice"/>'
            )
        label = "as is" if rung.rung is None else f"{rung.rung:g}"
        parts.append(f'<text x="{left + side / 2:.1f}" y="{height - 4:g}" class="tick middle">{label}</text>')
    parts.append("</svg>")
    return Markup("".join(parts))


def _spoken(ladder: LadderFigures) -> str:
    found = ", ".join(
        f"{'as they are' if rung.rung is None else f'{rung.rung:g}'}: {rung.share('person'):.0%}"
        for rung in ladder.person
        if rung.photos
    )
    return f"{ladder.name} ({ladder.unit}), share found: {found or 'no photo'}"


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.2f}" width="{width:.1f}" height="{height:.2f}" class="{kind}"/>'
