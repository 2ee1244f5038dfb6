"""The learned check: does this crop show a human face, as a camera sees one?

A network of 71 thousand numbers, trained from scratch by `benchmarks/train_gate.py` on faces and on what the
detector takes for faces: animals, drawings, statues, things. It sees a little more than the crop that the
classifier gets, hair, ears and chin, because there people and animals differ most. Its weights are this
package's own (`face_check.onnx`); docs/gate.md says what they learned from and where they fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from facethemodel.faces.align import ALIGNED_SIDE, TEMPLATE, similarity
from facethemodel.faces.detect import Detection
from facethemodel.faces.model_file import CHECK_SHA256
from facethemodel.faces.warp import warp
from facethemodel.faces.weights import read_weights

CHECK_NAME = "face_check.onnx"
CHECK_SIDE = 64
"""Side of the crops it looks at, in pixels."""
MARGIN = 1.2
"""How much more those show than aligned crops do."""
NO_FACE = -20.0
"""What stands for the answer about a candidate that cannot be cut out."""
_FACES_AT_ONCE = 8


class FaceCheck:
    """The loaded network. Safe to call from several threads.

    Args:
        threads: Threads that one call uses.

    Raises:
        SettingsError: The package's own file is missing or damaged.
    """

    def __init__(self, *, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            read_check(), options, providers=["CPUExecutionProvider"]
        )

    def logits(self, pixels: NDArray[np.uint8], detections: Sequence[Detection]) -> NDArray[np.float32]:
        """Looks at each candidate, plain and mirrored.

        Args:
            pixels: The RGB photo they were found in.
            detections: The candidates.

        Returns:
            (n,) means of both logits in the order given: above 0 means rather a face. `NO_FACE` where all
            landmarks fall on one point.
        """
        found = np.full(len(detections), NO_FACE, np.float32)
        crops: list[NDArray[np.uint8]] = []
        places: list[int] = []
        for place, detection in enumerate(detections):
            try:
                crops.append(square(pixels, detection.landmarks, size=CHECK_SIDE, margin=MARGIN))
            except ValueError:
                continue
            places.append(place)
        for start in range(0, len(crops), _FACES_AT_ONCE):
            batch = crops[start : start + _FACES_AT_ONCE]
            both = np.stack([*batch, *(crop[:, ::-1] for crop in batch)])
            (answers,) = self._session.run(None, {"pixels": both})
            found[places[start : start + _FACES_AT_ONCE]] = answers.reshape(2, -1).mean(axis=0)
        return found


def square(
    pixels: NDArray[np.uint8], landmarks: Sequence[float], *, size: int, margin: float
) -> NDArray[np.uint8]:
    """Cuts out a face as `align` does, but with more around it, and grey where the photo ends.

    Grey because a repeated edge draws streaks, which look like fur.

    Args:
        pixels: The RGB image the landmarks refer to.
        landmarks: Ten numbers, x and y of five points.
        size: Side of the crop.
        margin: How many times as much as an aligned crop it shows in each direction.

    Returns:
        (size, size, 3).

    Raises:
        ValueError: The landmarks all fall on one point.
    """
    points = np.asarray(landmarks, np.float64).reshape(5, 2)
    target = (TEMPLATE - ALIGNED_SIDE / 2) * (size / (ALIGNED_SIDE * margin)) + size / 2
    return warp(pixels, similarity(points, target), size=size, outside_grey=True)


def read_check() -> bytes:
    """Reads the weights and makes sure that they are the ones this version was measured with.

    Raises:
        SettingsError: The file is missing, or its SHA-256 is another one.
    """
    return read_weights(
        files("facethemodel.faces").joinpath(CHECK_NAME),
        sha256=CHECK_SHA256,
        what="face check",
        remedy="install facethemodel again",
    )
