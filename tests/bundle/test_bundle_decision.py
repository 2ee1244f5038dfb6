from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.bundle.decision import Thresholds, VerdictName, decide

GOOD: dict[str, Any] = {
    "person": 2.0,
    "unsure": 1.0,
    "target_fmr": 0.01,
    "confidence": 0.95,
    "promise": None,
    "strangers": 40,
}
LINE = Thresholds(**GOOD)


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        ([], "no_face"),
        ([2.0], "person"),
        ([math.nextafter(2.0, 0.0)], "unsure"),
        ([1.0], "unsure"),
        ([math.nextafter(1.0, 0.0)], "not_person"),
        ([-9.0, 5.0, -9.0], "person"),
        ([-9.0, 1.5], "unsure"),
        ([-math.inf], "not_person"),
        ([math.inf], "person"),
    ],
)
def test_best_face_decides_and_lines_belong_to_the_verdict_above(
    scores: list[float], verdict: VerdictName
) -> None:
    assert decide(scores, LINE) == verdict


@pytest.mark.parametrize("scores", [[math.nan], [5.0, math.nan], [math.nan, 5.0]])
def test_a_score_that_is_no_number_is_refused_wherever_it_stands(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="not a number"):
        decide(scores, LINE)


@given(st.lists(st.floats(allow_nan=False), min_size=1), st.floats(allow_nan=False))
def test_one_more_face_never_makes_the_verdict_weaker(scores: list[float], more: float) -> None:
    strength = {"not_person": 0, "unsure": 1, "person": 2}
    assert strength[decide([*scores, more], LINE)] >= strength[decide(scores, LINE)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("person", math.nan),
        ("person", math.inf),
        ("unsure", -math.inf),
        ("unsure", 2.5),
        ("target_fmr", 0.0),
        ("target_fmr", 1.0),
        ("confidence", 1.0),
        ("confidence", math.nan),
        ("promise", 1.5),
        ("promise", math.nan),
        ("strangers", -1),
    ],
)
def test_thresholds_that_make_no_sense_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Thresholds(**{**GOOD, name: value})
