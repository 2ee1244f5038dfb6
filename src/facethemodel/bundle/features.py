"""What a trained network sees in a photo before it puts a name to it. Torch has no part in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facethemodel.bundle.runtime import open_session, run_batches
from facethemodel.errors import BundleError

_DENSE = frozenset({"Gemm", "MatMul"})
_AFTER_DENSE = frozenset({"BatchNormalization", "Relu"})
"""What may still follow a dense layer before the next one."""
_AT_ONCE = 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What a network makes of n photos on its way to their scores.

    Attributes:
        maps: What enters its first dense layer, shape (n, D): what the convolutions made.
        embeddings: What its score is taken from, shape (n, E).
    """

    maps: NDArray[np.float16]
    embeddings: NDArray[np.float32]


def trained_features(
    model: bytes, images: NDArray[np.uint8], rows: NDArray[np.int64], *, where: Path, threads: int = 1
) -> Seen:
    """Gives what a trained network sees in crops.

    A network remembers the labels of the photos it learned from, the more so the nearer a layer is to the
    score: embeddings tell people apart best, maps remember least.

    The exported network is asked: it takes half the time that torch does, and what is looked at is what is
    shipped.

    Args:
        model: The bytes of its model.onnx.
        images: Crops (M, S, S, 3), uint8.
        rows: Which of them, shape (n,), at least one.
        where: What to call the file in an error.
        threads: Batches that are looked at at the same time; it changes no number.

    Raises:
        BundleError: The network has no dense layer, or cannot be run.
    """
    session = open_session(_with_features(model, where), where=where)
    maps, embeddings = [], []
    for start in range(0, len(rows), _AT_ONCE):
        crops = np.asarray(images[rows[start : start + _AT_ONCE]])
        for features, embedding in run_batches(session, crops, threads=threads):
            maps.append(features.reshape(len(features), -1).astype(np.float16))
            embeddings.append(embedding)
    return Seen(maps=np.concatenate(maps), embeddings=np.concatenate(embeddings))


def _with_features(model: bytes, where: Path) -> bytes:
    """Makes the network answer with what enters its first dense layer and with what its score is taken from.

    The file itself has the score as its only answer, so that a bundle can be asked for nothing else.
    """
    # Late: only those who train have it.
    import onnx

    changed = onnx.load_from_string(model)
    dense = [one for one in changed.graph.node if _width(changed.graph, one) > 1]
    if not dense:
        raise BundleError(
            f"{where} has no dense layer: nothing tells what the network saw in a photo",
            remedy="train the model again",
        )
    # A network that also looks at the mirrored face does so second.
    outputs = [dense[0].input[0], _end_of(changed.graph, dense[0])]
    del changed.graph.output[:]
    changed.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in outputs)
    data: bytes = changed.SerializeToString()
    return data


def _width(graph: Any, node: Any) -> int:
    """How many numbers a dense layer makes of each photo; 0 for any other layer."""
    if node.op_type not in _DENSE:
        return 0
    shape = next((list(one.dims) for one in graph.initializer if one.name == node.input[1]), [])
    if len(shape) != 2:
        return 0
    turned = any(one.name == "transB" and one.i for one in node.attribute)
    return int(shape[0 if turned else 1])


def _end_of(graph: Any, dense: Any) -> str:
    """Names what the score is taken from: where dense layers end, in comparing or in one number."""
    name: str = dense.output[0]
    while True:
        readers = [one for one in graph.node if name in one.input]
        if len(readers) != 1:
            return name
        if readers[0].op_type not in _AFTER_DENSE and _width(graph, readers[0]) < 2:
            return name
        name = readers[0].output[0]
