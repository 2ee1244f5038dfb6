"""ONNX embedders whose every number is known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from facethemodel.embedders.description import Description

WriteEmbedder = Callable[..., Path]


@pytest.fixture(scope="session")
def write_embedder() -> WriteEmbedder:
    """Writes a network that gives the mean of each colour in each quarter of the image: 12 numbers."""
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto

    def write(
        path: Path,
        *,
        size: int = 112,
        layout: str = "NCHW",
        dtype: str = "float32",
        batch: int | str = "faces",
        outputs: tuple[str, ...] = ("vector",),
    ) -> Path:
        kind = {"float32": kinds.FLOAT, "float16": kinds.FLOAT16, "uint8": kinds.UINT8}[dtype]
        shape = [batch, 3, size, size] if layout == "NCHW" else [batch, size, size, 3]
        order = [0, 1, 2, 3] if layout == "NCHW" else [0, 3, 1, 2]
        half = size // 2
        nodes = [
            helper.make_node("Cast", ["image"], ["values"], to=kinds.FLOAT),
            helper.make_node("Transpose", ["values"], ["planes"], perm=order),
            helper.make_node(
                "AveragePool", ["planes"], ["quarters"], kernel_shape=[half, half], strides=[half, half]
            ),
            *(helper.make_node("Flatten", ["quarters"], [name]) for name in outputs),
        ]
        graph = helper.make_graph(
            nodes,
            "quarters",
            [helper.make_tensor_value_info("image", kind, shape)],
            [helper.make_tensor_value_info(name, kinds.FLOAT, [batch, 12]) for name in outputs],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        path.write_bytes(model.SerializeToString())
        return path

    return write


@pytest.fixture(scope="session")
def describe() -> Callable[..., Description]:
    """A description with a value in every place that needs one."""

    def make(**changes: object) -> Description:
        return Description.model_validate(
            {"name": "quarters", "trained_by": "nobody", "trained_on": "nothing", "size": 112} | changes
        )

    return make
