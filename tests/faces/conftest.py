"""Drawn faces, and the detector that all tests of this room share."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.faces.detect import Detector
from facethemodel.faces.gate import Gate
from facethemodel.synthetic.people import Identity, draw_photo


@pytest.fixture(scope="session")
def detector() -> Detector:
    return Detector()


@pytest.fixture(scope="session")
def gate(detector: Detector) -> Gate:
    return Gate(detector)


@pytest.fixture(scope="session")
def portraits() -> list[NDArray[np.uint8]]:
    return [draw_photo(Identity.from_seed(seed), seed) for seed in range(8)]


@pytest.fixture(scope="session")
def faceless() -> list[NDArray[np.uint8]]:
    """Noise, stripes and plain colour."""
    generator = np.random.default_rng(5)
    noise = generator.integers(0, 256, (200, 300, 3), dtype=np.uint8)
    stripes = np.zeros((240, 240, 3), np.uint8)
    stripes[:, ::12] = 255
    return [noise, stripes, np.full((250, 250, 3), 90, np.uint8)]
