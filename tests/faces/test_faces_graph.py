"""The freed graph is the old one but for its declared sizes."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.faces.graph import free_shapes
from facethemodel.faces.model_file import read_model

NAMES = ("batch", None, "height", "width")


def _sizes(value: onnx.ValueInfoProto) -> list[int | str]:
    return [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]


def test_only_declared_sizes_change() -> None:
    before = onnx.load_from_string(read_model())
    after = onnx.load_from_string(free_shapes(read_model(), NAMES))
    assert [_sizes(value) for value in after.graph.input] == [["batch", 3, "height", "width"]]
    assert not any(value.type.tensor_type.HasField("shape") for value in after.graph.output)
    assert not after.graph.value_info
    before.graph.ClearField("value_info")
    for model in (before, after):
        for value in (*model.graph.input, *model.graph.output):
            value.type.tensor_type.ClearField("shape")
    assert after == before


def test_declared_inner_sizes_go_and_other_fields_stay() -> None:
    tensor = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Relu", ["x"], ["y"]), onnx.helper.make_node("Relu", ["y"], ["z"])],
        "two steps " + "with a name longer than one length byte can tell " * 10,
        [tensor("x", onnx.TensorProto.FLOAT, [1, 2])],
        [tensor("z", onnx.TensorProto.FLOAT, [1, 2])],
        value_info=[tensor("y", onnx.TensorProto.FLOAT, [1, 2])],
    )
    opset = onnx.helper.make_opsetid("", 17)
    model = onnx.helper.make_model(graph, doc_string="kept", opset_imports=[opset], ir_version=8)
    data = free_shapes(model.SerializeToString(), ("n", None))
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (answer,) = session.run(None, {"x": np.array([[-1, 2], [3, -4], [5, 6]], np.float32)})
    np.testing.assert_array_equal(answer, [[0, 2], [3, 0], [5, 6]])
    freed = onnx.load_from_string(data)
    assert not freed.graph.value_info
    assert _sizes(freed.graph.input[0]) == ["n", 2]
    assert (freed.doc_string, freed.graph.name) == (model.doc_string, model.graph.name)
    assert list(freed.graph.node) == list(model.graph.node)


def test_another_number_of_axes_is_refused() -> None:
    with pytest.raises(ValueError, match="4 axes, not 2"):
        free_shapes(read_model(), ("batch", None))


@pytest.mark.parametrize("length", [1, 100, 5_000, 200_000])
def test_a_cut_off_model_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="no ONNX model"):
        free_shapes(read_model()[:length], NAMES)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_rewritten_once_and_for_all(data: bytes) -> None:
    try:
        freed = free_shapes(data, NAMES)
    except ValueError:
        return
    assert free_shapes(freed, NAMES) == freed
