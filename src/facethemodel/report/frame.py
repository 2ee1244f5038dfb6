"""The frame of a chart with two axes, for wide pages and for phones: type shrinks with its picture."""

from __future__ import annotations

from dataclasses import dataclass

from facethemodel.report.axes import Axis
from facethemodel.report.svg import line, opening, text, turned
from facethemodel.report.wording import setting

LETTER = 6.6
"""About the width of a letter of the type of 12 units, from which it is told whether a label has room."""
APART = 4.0
"""Units that labels keep from one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where things lie, in units of the picture.

    Attributes:
        width: Width of the picture.
        height: Its height.
        left: Where the axis across begins; labels stand before it.
        right: Where it ends.
        top: Where the axis upwards ends.
        floor: Where it begins; labels stand below it.
    """

    width: int
    height: int
    left: int
    right: int
    top: int
    floor: int

    def opened(self, x: Axis, y: Axis, below: str, beside: str, name: str) -> list[str]:
        """Opens a chart called `name`: its grid, its ticks, and its titles below and beside it."""
        parts = [opening(self.width, self.height, name)]
        free = 0.0
        for tick in x.ticks:
            parts.append(line(x.at(tick), y.start, x.at(tick), y.end, "grid"))
            words = setting(tick)
            half = LETTER * len(words) / 2
            if x.at(tick) - half >= free:
                parts.append(text(x.at(tick), y.start + 18, words, "tick middle"))
                free = x.at(tick) + half + APART
        for tick in y.ticks:
            parts.append(line(x.start, y.at(tick), x.end, y.at(tick), "grid"))
            parts.append(text(x.start - 7, y.at(tick) + 4, setting(tick), "tick end"))
        parts.append(text((x.start + x.end) / 2, y.start + 42, below, "tick middle"))
        parts.append(turned(12, (y.start + y.end) / 2, beside, "tick middle"))
        return parts


WIDE = Frame(width=460, height=352, left=62, right=438, top=16, floor=300)
NARROW = Frame(width=330, height=300, left=62, right=312, top=14, floor=250)
SIZES = (WIDE, NARROW)
"""For the page as it is, and for phones."""
