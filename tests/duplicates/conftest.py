"""Drawn portraits and what inspection takes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.duplicates.prints import Print, prints
from facethemodel.inspection.examine import Examiner
from facethemodel.synthetic.people import Identity, draw_photo

Picture = NDArray[np.uint8]


@pytest.fixture(scope="session")
def examiner() -> Examiner:
    return Examiner()


@pytest.fixture(scope="session")
def portraits() -> list[Picture]:
    """Six people, one photo each."""
    return [draw_photo(Identity.from_seed(seed), seed) for seed in range(1, 7)]


@pytest.fixture(scope="session")
def print_of(examiner: Examiner) -> Callable[..., Print]:
    """Examines a picture as a JPEG or PNG file and gives its print under a name."""

    def make(name: str, picture: Picture, *, suffix: str = ".png", quality: int = 95) -> Print:
        options = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix == ".jpg" else []
        data = cv2.imencode(suffix, picture[..., ::-1], options)[1].tobytes()
        examined = examiner.examine(data, sha256=name, views=())
        main = {face.index: face.main for face in examined.inspection.faces}
        (found,) = prints(replace(one, main=main.get(one.face, False)) for one in examined.fingerprints)
        return found

    return make
