"""Shares in per cent as a person reads them, rounded so that none says more than is known."""

from __future__ import annotations

import math

_PROMISED_DIGITS = 6
"""Significant digits of a promise: whoever asks for a rate writes no more."""


def share(value: float | None) -> str:
    """A share in [0, 1] to the nearest of two decimals; a dash where nothing was counted.

    >>> share(0.0213), share(None)
    ('2.13 %', '-')
    """
    return "-" if value is None else f"{value * 100:.2f} %"


def bound(value: float) -> str:
    """An upper bound in [0, 1] with two decimals, rounded up.

    >>> bound(0.07211)
    '7.22 %'
    """
    return f"{_up(value * 100, 2):.2f} %"


def interval(low: float, high: float) -> str:
    """The ends of an interval in [0, 1] with two decimals, rounded outwards so that it covers no less.

    >>> interval(0.00096, 0.01251)
    '0.09 % to 1.26 %'
    """
    return f"{-_up(-low * 100, 2) + 0.0:.2f} % to {bound(high)}"


def chosen(value: float) -> str:
    """A rate or a confidence in [0, 1] that somebody chose, with no digit but those they wrote.

    >>> chosen(0.05), chosen(0.995)
    ('5 %', '99.5 %')
    """
    return f"{value * 100:.10g} %"


def promised(value: float) -> str:
    """A rate in [0, 1] that somebody asked for, with all its digits and two decimals at least.

    Beyond six significant digits it is rounded up: a smaller promise than the one given would be untrue.

    >>> promised(0.01), promised(0.00014), promised(1 / 3)
    ('1.00 %', '0.014 %', '33.3334 %')
    """
    percent = value * 100
    places = 2
    if percent > 0.0:
        places = min(max(places, _PROMISED_DIGITS - 1 - math.floor(math.log10(percent))), 15)
    whole, _, decimals = f"{_up(percent, places):.{places}f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')} %"


def _up(number: float, places: int) -> float:
    """Rounds up to so many decimals, but not for a stray bit: 100 * 0.07 is a little above 7."""
    scale = 10.0**places
    return math.ceil(number * scale - 1e-6) / scale
