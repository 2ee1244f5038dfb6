from __future__ import annotations

import numpy as np
import pytest

from facethemodel.errors import UsageError
from facethemodel.faces.detect import Detector
from facethemodel.faces.gate import Gate
from facethemodel.synthetic.curveballs import FAMILIES, draw_curveball


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [96, 250])
def test_a_curveball_is_square_rgb_of_the_size_asked_for(family: str, size: int) -> None:
    picture = draw_curveball(family, 7, size=size)
    assert picture.shape == (size, size, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 2


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_gives_the_same_picture_and_another_seed_another(family: str) -> None:
    pictures = [draw_curveball(family, seed).tobytes() for seed in range(12)]
    assert len(set(pictures)) == 12
    assert draw_curveball(family, 3).tobytes() == pictures[3]


def test_an_unknown_family_is_refused_with_the_known_ones_named() -> None:
    with pytest.raises(UsageError, match="'plants'") as caught:
        draw_curveball("plants", 1)
    assert caught.value.remedy is not None
    assert all(family in caught.value.remedy for family in FAMILIES)


def accepted_share(family: str, count: int) -> float:
    detector = Detector()
    gate = Gate(detector)
    accepted = 0
    for seed in range(count):
        picture = draw_curveball(family, 30_000 + seed)
        accepted += max(gate.scores(picture, detector.detect(picture)), default=0.0) >= gate.threshold
    return accepted / count


@pytest.mark.parametrize("family", FAMILIES)
def test_the_gate_sees_no_people_in_curveballs(family: str) -> None:
    assert accepted_share(family, 25) <= 0.04


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_the_gate_accepts_fewer_than_one_curveball_in_a_hundred(family: str) -> None:
    assert accepted_share(family, 300) < 0.01
