"""A photo with a face whose place is known: no detector is asked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from facethemodel.battery.subject import Subject

MakeSubject = Callable[..., Subject]


@pytest.fixture
def make_subject() -> MakeSubject:
    """Makes a photo of noise around `level`, its face `side` pixels wide."""

    def make(*, level: int = 128, side: float = 80.0, width: int = 200, height: int = 160) -> Subject:
        rng = np.random.default_rng(level)
        pixels = np.clip(rng.normal(level, 20, (height, width, 3)), 0, 255).astype(np.uint8)
        middle = np.array([width / 2, height / 2])
        points = side * np.array([[-0.22, -0.12], [0.22, -0.12], [0, 0.08], [-0.18, 0.28], [0.18, 0.28]])
        return Subject(
            pixels=pixels,
            box=(middle[0] - side / 2, middle[1] - side / 2, side, side),
            landmarks=points + middle,
        )

    return make
