"""Frees the input size of an ONNX graph, without the `onnx` package.

YuNet is fully convolutional, but its file fixes the input to 1 x 3 x 640 x 640 and every output to the size
that follows from it. ONNX Runtime refuses anything else. Only these declarations have to change, so this
module walks the protobuf wire format down to them and leaves every other byte as it is.

Wire format: https://protobuf.dev/programming-guides/encoding/. Field numbers: `onnx.proto3`, which ONNX
promises not to renumber.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5

_MODEL_GRAPH = 7
_GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE_INFO = 11, 12, 13
_VALUE_TYPE = 2
_TYPE_TENSOR = 1
_TENSOR_SHAPE = 2
_SHAPE_DIM = 1
_DIM_PARAM = 2

_Edit = Callable[[bytes], bytes | None]


def free_shapes(model: bytes, names: tuple[str | None, ...]) -> bytes:
    """Rewrites a model so that its inputs take any size along the named axes.

    Args:
        model: A serialised ONNX model.
        names: One entry per input axis: a name frees the axis, None leaves it as it is.

    Returns:
        The model with freed inputs, outputs without a declared shape, and no declared inner shapes.

    Raises:
        ValueError: The bytes are no protobuf message, or an input has another number of axes.
    """

    def input_shape(shape: bytes) -> bytes:
        axes = [field for field in _fields(shape) if field[0] == _SHAPE_DIM]
        if len(axes) != len(names):
            raise ValueError(f"the model's input has {len(axes)} axes, not {len(names)}")
        return b"".join(
            raw if name is None else _message(_SHAPE_DIM, _message(_DIM_PARAM, name.encode()))
            for (_, _, raw), name in zip(axes, names, strict=True)
        )

    def declared(shape: _Edit) -> _Edit:
        tensor = _edit({_TENSOR_SHAPE: shape})
        return _edit({_VALUE_TYPE: _edit({_TYPE_TENSOR: tensor})})

    graph = _edit(
        {
            _GRAPH_INPUT: declared(input_shape),
            _GRAPH_OUTPUT: declared(_dropped),
            _GRAPH_VALUE_INFO: _dropped,
        }
    )
    return _edit({_MODEL_GRAPH: graph})(model)


def _dropped(_: bytes) -> None:
    return None


def _edit(edits: dict[int, _Edit]) -> Callable[[bytes], bytes]:
    """Makes a function that rewrites the given length-delimited fields of a message; None drops a field."""

    def rewrite(message: bytes) -> bytes:
        parts: list[bytes] = []
        for number, content, raw in _fields(message):
            edit = edits.get(number)
            if edit is None or content is None:
                parts.append(raw)
                continue
            changed = edit(content)
            if changed is not None:
                parts.append(_message(number, changed))
        return b"".join(parts)

    return rewrite


def _fields(message: bytes) -> Iterator[tuple[int, bytes | None, bytes]]:
    """Yields number, content (None unless length-delimited) and raw bytes of each field."""
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        content: bytes | None = None
        if wire == _VARINT:
            _, at = _varint(message, at)
        elif wire == _FIXED64:
            at += 8
        elif wire == _FIXED32:
            at += 4
        elif wire == _LENGTH:
            length, at = _varint(message, at)
            content = message[at : at + length]
            at += length
        else:
            raise ValueError(f"no ONNX model: wire type {wire} at byte {start}")
        if at > len(message):
            raise ValueError(f"no ONNX model: the field at byte {start} ends after the data")
        yield number, content, message[start:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError(f"no ONNX model: a number that does not end at byte {at}")


def _message(number: int, content: bytes) -> bytes:
    return _encoded(number << 3 | _LENGTH) + _encoded(len(content)) + content


def _encoded(value: int) -> bytes:
    parts = bytearray()
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
