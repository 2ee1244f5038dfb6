"""What holds for every check: names, scales, odd pictures, and what it costs to leave the checks out."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.catalogue.records import CheckScore
from facethemodel.checks import CHECKS, check_called
from facethemodel.checks.check import Scale
from facethemodel.inspection.examine import Examiner

Ask = Callable[[NDArray[np.uint8]], dict[str, CheckScore]]
NAMES = [check.name for check in CHECKS]


def test_names_are_unique_and_found_in_any_spelling() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert check_called("Blurred  Face") is check_called("blurred_face") is check_called("blurred-face")
    assert check_called("blurred") is None


@pytest.mark.parametrize("check", CHECKS, ids=NAMES)
def test_the_documented_line_is_a_score_of_one_half(check: object) -> None:
    scale: Scale = check.scale  # type: ignore[attr-defined]
    assert scale.score(scale.clear) == 0
    assert scale.score(scale.line) == 0.5
    assert scale.score(scale.sure) == 1
    away = scale.sure - scale.line
    assert scale.score(scale.sure + away) == 1
    assert scale.score(scale.line + 0.01 * away) > 0.5 > scale.score(scale.line - 0.01 * away)


def test_a_fine_portrait_bears_no_flag(ask: Ask, person: NDArray[np.uint8]) -> None:
    found = ask(person)
    assert list(found) == NAMES
    assert [name for name, check in found.items() if check.score >= 0.5] == []


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 300), (300, 1), (2, 2), (7, 900), (90, 20), (1400, 30)], ids=str
)
@pytest.mark.parametrize("kind", ["flat", "noise", "stripes"])
def test_no_picture_is_too_odd(ask: Ask, shape: tuple[int, int], kind: str) -> None:
    rng = np.random.default_rng(3)
    pixels = np.full((*shape, 3), 255, np.uint8)
    if kind == "noise":
        pixels = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    elif kind == "stripes":
        pixels[:, ::2] = 0
    for check in ask(pixels).values():
        assert 0 <= check.score <= 1
        assert check.measure is None or np.isfinite(check.measure)


def test_what_is_about_a_face_has_no_measure_without_one(ask: Ask) -> None:
    found = ask(np.full((80, 120, 3), 140, np.uint8))
    assert found["no-face"].score == 1
    for name in ("small-face", "blurred-face", "extreme-pose", "obstructed-face"):
        assert found[name] == CheckScore(name=name, score=0.0, measure=None)


def test_who_only_wants_faces_does_not_load_the_checks(person: NDArray[np.uint8]) -> None:
    examiner = Examiner()
    data = cv2.imencode(".png", person)[1].tobytes()
    assert examiner.examine(data, measure=False).checks == ()
    assert "_checker" not in vars(examiner)
    assert examiner.examine(data).checks
    assert "_checker" in vars(examiner)
