"""Drawn people as the checks see them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.catalogue.records import CheckScore
from facethemodel.inspection.examine import Examiner
from facethemodel.synthetic.people import Identity, draw_photo

Pixels = NDArray[np.uint8]
Ask = Callable[[Pixels], dict[str, CheckScore]]


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Inspects a picture and gives what each check says of it."""
    examiner = Examiner()

    def look(pixels: Pixels) -> dict[str, CheckScore]:
        data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
        return {check.name: check for check in examiner.examine(data).checks}

    return look


@pytest.fixture(scope="session")
def person() -> Pixels:
    """A drawn portrait of 250 x 250 that no check flags."""
    return draw_photo(Identity.from_seed(1), 1)
