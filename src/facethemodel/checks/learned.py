"""The learned part: is something before the face, and is the picture a drawing?

A small network, trained from scratch by `benchmarks/train_flags.py` on photos with things before faces, most
of them painted, on photos made into drawings and on drawn faces. It answers both questions about one crop.
Its weights are this package's own (`photo_checks.onnx`); docs/checks.md says what they learned from and where
they fail.
"""

from __future__ import annotations

from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.checks.sight import Sight
from facethemodel.faces.weights import read_weights
from facethemodel.onnx_session import open_on_one_thread

MODEL_NAME = "photo_checks.onnx"
MODEL_SHA256 = "8d588c90db628d1c1a6ee1db51324a4d13f408f2d94981ab5e47f8f2b1aee16c"
LOOK_SIDE = 56
"""Side of the crops it looks at: aligned crops at half their size."""


class LearnedChecks:
    """The loaded network.

    Raises:
        SettingsError: The package's own file is missing or damaged.
    """

    def __init__(self) -> None:
        self._session = open_on_one_thread(read_network())

    def logits(self, crop: NDArray[np.uint8]) -> tuple[float, float]:
        """Looks at one crop.

        Args:
            crop: (112, 112, 3) RGB, as `faces.align` cuts them.

        Returns:
            Logits of "obstructed" and "drawn": above 0 means rather yes.
        """
        small = cv2.resize(crop, (LOOK_SIDE, LOOK_SIDE), interpolation=cv2.INTER_AREA)
        (answers,) = self._session.run(None, {"pixels": np.asarray(small, np.uint8)[None]})
        obstructed, drawn = answers[0].tolist()
        return obstructed, drawn


def read_network() -> bytes:
    """Reads the weights and makes sure that they are the ones this version was measured with.

    Raises:
        SettingsError: The file is missing, or its SHA-256 is another one.
    """
    return read_weights(
        files("facethemodel.checks").joinpath(MODEL_NAME),
        sha256=MODEL_SHA256,
        what="network of the photo checks",
        remedy="install facethemodel again",
    )


def obstructed(sight: Sight) -> float | None:
    """The network's logit that something hides eyes, nose or mouth of the face."""
    return None if sight.main is None else sight.obstructed


def drawn(sight: Sight) -> float:
    """The network's logit that the picture is a drawing."""
    return sight.drawn
