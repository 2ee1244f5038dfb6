from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from facethemodel.bundle.shares import bound, interval, promised, share


def read(text: str) -> list[float]:
    return [float(number) / 100 for number in re.findall(r"[0-9.]+", text)]


@given(st.floats(0, 1))
def test_what_bounds_from_above_is_never_rounded_down(value: float) -> None:
    assert read(bound(value))[0] >= value - 1e-9
    assert value * (1 - 1e-9) - 1e-12 <= read(promised(value))[0] <= value * 1.00002 + 1e-12


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_printed_interval_holds_the_interval_and_the_printed_share(one: float, other: float) -> None:
    low, high = read(interval(min(one, other), max(one, other)))
    assert low <= min(one, other) + 1e-9
    assert max(one, other) - 1e-9 <= high <= 1
    assert low <= read(share((one + other) / 2))[0] <= high


@given(st.integers(1, 9999))
def test_a_rate_is_promised_in_the_digits_in_which_it_was_asked_for(hundredth_thousandths: int) -> None:
    rate = float(f"0.{hundredth_thousandths:05d}")
    assert promised(rate) == f"{hundredth_thousandths / 1000:.3f}".removesuffix("0") + " %"


def test_nothing_and_everything() -> None:
    assert (share(None), promised(0.0), promised(1.0), interval(0.0, 1.0)) == (
        "-",
        "0.00 %",
        "100.00 %",
        "0.00 % to 100.00 %",
    )
