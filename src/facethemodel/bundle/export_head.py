"""A trained head to the two model files of a bundle; torch has no part in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from facethemodel.bundle.manifest import MODEL, WEIGHTS
from facethemodel.bundle.origin import BACKBONE_NETWORK
from facethemodel.errors import BundleError
from facethemodel.training.head import TrainedHead

TOLERANCE = 1e-4
"""Largest difference between our own score and ONNX Runtime's, relative to the score where it is above 1."""


def export_head(head: TrainedHead, to: Path) -> None:
    """Writes model.safetensors and model.onnx, and proves that the latter gives the head's scores.

    Args:
        head: The trained head.
        to: An existing folder.

    Raises:
        BundleError: ONNX Runtime gives other scores.
    """
    # Late: only those who train have them.
    import onnx
    from safetensors.numpy import save

    direction = head.direction.astype(np.float32)
    shift = np.array([head.shift], np.float32)
    weights = save({"direction": direction, "shift": shift}, metadata={"network": BACKBONE_NETWORK})
    (to / WEIGHTS).write_bytes(weights)
    helper, kinds = onnx.helper, onnx.TensorProto
    size = len(direction)
    graph = helper.make_graph(
        [
            helper.make_node("ReduceL2", ["vector", "axis"], ["length"], keepdims=1),
            helper.make_node("Max", ["length", "least"], ["divisor"]),
            helper.make_node("Div", ["vector", "divisor"], ["unit"]),
            helper.make_node("MatMul", ["unit", "direction"], ["stretched"]),
            helper.make_node("Add", ["stretched", "shift"], ["score"]),
        ],
        "head",
        [helper.make_tensor_value_info("vector", kinds.FLOAT, ["faces", size])],
        [helper.make_tensor_value_info("score", kinds.FLOAT, ["faces"])],
        [
            helper.make_tensor("axis", kinds.INT64, [1], [1]),
            helper.make_tensor("least", kinds.FLOAT, [1], [1e-12]),
            helper.make_tensor("direction", kinds.FLOAT, [size], direction.tolist()),
            helper.make_tensor("shift", kinds.FLOAT, [1], shift.tolist()),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    written = model.SerializeToString(deterministic=True)
    (to / MODEL).write_bytes(written)
    _prove(head, written, size)


def _prove(head: TrainedHead, model: bytes, size: int) -> None:
    probes = np.random.default_rng(0).normal(size=(16, size)).astype(np.float32)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (given,) = session.run(None, {"vector": probes})
    expected = head.score(probes)
    worst = np.max(np.abs(given - expected) / np.maximum(1.0, np.abs(expected)))
    # Written so that a NaN on either side fails too.
    if given.shape != expected.shape or not worst <= TOLERANCE:
        raise BundleError(
            f"the ONNX form of the head differs from what was trained by {worst:.2g} in score",
            remedy="try other onnx and onnxruntime versions; `pip list` shows the ones in use",
        )
