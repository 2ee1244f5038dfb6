"""Scales and ticks of the charts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import ndtri

FLOOR = 1e-4
"""The lowest rate a logarithmic or probit axis shows; 0 is drawn there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Maps values to pixels.

    Attributes:
        low: Value at `start`.
        high: Value at `end`.
        start: Pixel of the low end.
        end: Pixel of the high end.
        ticks: Values to mark.
        bend: What makes the scale linear.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    bend: Callable[[float], float] = float

    def at(self, value: float) -> float:
        """The pixel of a value; what lies beyond an end is put at that end."""
        inside = min(max(value, self.low), self.high)
        way = (self.bend(inside) - self.bend(self.low)) / (self.bend(self.high) - self.bend(self.low))
        return round(self.start + way * (self.end - self.start), 2)


def linear(low: float, high: float, *, start: float, end: float, steps: int = 6) -> Axis:
    """A plain scale with about `steps` round ticks."""
    return Axis(low=low, high=high, start=start, end=end, ticks=_round_ticks(low, high, steps))


def logarithmic(low: float, high: float, *, start: float, end: float) -> Axis:
    """A scale by powers of ten, for rates."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    ticks = tuple(10.0**power for power in range(first, last + 1))
    return Axis(low=low, high=high, start=start, end=end, ticks=ticks, bend=math.log10)


def probit(low: float, high: float, *, start: float, end: float) -> Axis:
    """The normal-deviate scale of DET charts, on which two normal score distributions give a straight line.

    Source: Martin et al., "The DET curve in assessment of detection task performance", Eurospeech 1997.
    """
    ticks = tuple(t for t in (0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8) if low <= t <= high)
    return Axis(low=low, high=high, start=start, end=end, ticks=ticks, bend=lambda value: float(ndtri(value)))


def _round_ticks(low: float, high: float, steps: int) -> tuple[float, ...]:
    rough = (high - low) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return tuple(round(i * step, 10) + 0.0 for i in range(first, math.floor(high / step + 1e-9) + 1))
