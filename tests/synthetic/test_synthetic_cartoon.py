"""Drawn faces that are no people: of one size, the same for the same seed, and found by a detector."""

from __future__ import annotations

import numpy as np
import pytest

from facethemodel.errors import UsageError
from facethemodel.faces.detect import Detector
from facethemodel.synthetic.cartoon import STYLES, draw_cartoon


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [96, 250])
def test_a_cartoon_is_square_rgb_of_the_size_asked_for(style: str, size: int) -> None:
    picture = draw_cartoon(7, style=style, size=size)
    assert picture.shape == (size, size, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 2


@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_gives_the_same_picture_and_another_seed_another(style: str) -> None:
    pictures = [draw_cartoon(seed, style=style).tobytes() for seed in range(10)]
    assert len(set(pictures)) == 10
    assert draw_cartoon(3, style=style).tobytes() == pictures[3]


def test_without_a_style_there_are_many() -> None:
    pictures = {draw_cartoon(seed, size=96).tobytes() for seed in range(30)}
    assert len(pictures) == 30


def test_an_unknown_style_is_refused_with_the_known_ones_named() -> None:
    with pytest.raises(UsageError, match="'oil'") as caught:
        draw_cartoon(1, style="oil")
    assert caught.value.remedy is not None
    assert all(style in caught.value.remedy for style in STYLES)


def test_a_detector_takes_many_of_them_for_faces() -> None:
    """Or they would try nothing."""
    detector = Detector()
    fires = {
        style: sum(bool(detector.detect(draw_cartoon(seed, style=style))) for seed in range(20))
        for style in ("cartoon", "anime", "doll", "mask", "statue")
    }
    assert min(fires.values()) >= 5, fires
