from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.cli.predict import percent


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.5, "50%"), (0.00002, "<0.1%"), (0.0432, "4.3%"), (0.9988, "99.9%"), (0.99999, ">99.9%")],
)
def test_probabilities_in_a_few_characters(probability: float, words: str) -> None:
    assert percent(probability) == words


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_nothing_reads_as_certain_and_all_fits_its_column(probability: float) -> None:
    words = percent(probability)
    assert words not in ("0%", "0.0%", "100%", "100.0%")
    assert len(words) <= 6
