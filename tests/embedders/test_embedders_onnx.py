"""An ONNX embedder gets the pixels that its description says, and what does not fit is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.embedders.cuts import cut_box
from facethemodel.embedders.description import Description
from facethemodel.embedders.embedder import Spot
from facethemodel.embedders.onnx_model import BATCH, OnnxEmbedder
from facethemodel.errors import SettingsError
from facethemodel.faces.align import align, centre_square

Describe = Callable[..., Description]
WriteEmbedder = Callable[..., Path]
POINTS = (80.0, 90.0, 130.0, 88.0, 106.0, 118.0, 86.0, 146.0, 126.0, 145.0)


@pytest.fixture
def photo() -> NDArray[np.uint8]:
    return np.random.default_rng(2).integers(0, 256, (240, 220, 3), dtype=np.uint8)


def crops(count: int, size: int = 112) -> list[NDArray[np.uint8]]:
    generator = np.random.default_rng(1)
    return [generator.integers(0, 256, (size, size, 3), dtype=np.uint8) for _ in range(count)]


def quarters(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the test's network gives for a crop as it is, (12,)."""
    half = crop.shape[0] // 2
    means = crop.reshape(2, half, 2, half, 3).astype(np.float64).mean(axis=(1, 3))
    return np.asarray(means.transpose(2, 0, 1).reshape(-1), np.float32)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8"])
@pytest.mark.parametrize("batch", ["faces", 1])
def test_pixels_arrive_in_every_layout_and_type(
    tmp_path: Path,
    write_embedder: WriteEmbedder,
    describe: Describe,
    layout: str,
    dtype: str,
    batch: str | int,
) -> None:
    path = write_embedder(tmp_path / "net.onnx", layout=layout, dtype=dtype, batch=batch)
    embedder = OnnxEmbedder(path, describe(layout=layout, dtype=dtype))
    assert embedder.card.dimension == 12
    shown = crops(3)
    np.testing.assert_allclose(embedder.embed(shown), [quarters(crop) for crop in shown], atol=0.05)


def test_colours_and_scaling_are_those_described(
    tmp_path: Path, write_embedder: WriteEmbedder, describe: Describe
) -> None:
    path = write_embedder(tmp_path / "net.onnx")
    embedder = OnnxEmbedder(path, describe(colour="BGR", mean=[10, 20, 30], std=[1, 2, 4]))
    (crop,) = crops(1)
    blue_first = quarters(np.ascontiguousarray(crop[..., ::-1])).reshape(3, 4)
    expected = (blue_first - [[10], [20], [30]]) / [[1], [2], [4]]
    np.testing.assert_allclose(embedder.embed([crop])[0], expected.reshape(-1), atol=1e-3)


def test_more_faces_than_one_batch_keep_their_order(
    tmp_path: Path, write_embedder: WriteEmbedder, describe: Describe
) -> None:
    embedder = OnnxEmbedder(write_embedder(tmp_path / "net.onnx"), describe())
    shown = crops(2 * BATCH + 3)
    np.testing.assert_allclose(embedder.embed(shown), [quarters(crop) for crop in shown], atol=1e-3)
    assert embedder.embed([]).shape == (0, 12)


def test_our_own_crops_serve_where_they_are_what_is_wanted(
    tmp_path: Path, write_embedder: WriteEmbedder, describe: Describe, photo: NDArray[np.uint8]
) -> None:
    spot = Spot(box=(70.0, 60.0, 70.0, 100.0), landmarks=POINTS)
    ours = OnnxEmbedder(write_embedder(tmp_path / "a.onnx"), describe())
    assert ours.view == "aligned112"
    assert ours.cut(photo, spot).tobytes() == align(photo, POINTS).tobytes()
    larger = OnnxEmbedder(write_embedder(tmp_path / "b.onnx", size=160), describe(size=160))
    assert larger.view is None
    assert larger.cut(photo, spot).tobytes() == align(photo, POINTS, size=160).tobytes()
    boxed = OnnxEmbedder(tmp_path / "a.onnx", describe(crop="box", margin=0.1))
    assert boxed.view is None
    assert boxed.cut(photo, spot).tobytes() == cut_box(photo, spot, margin=0.1, size=112).tobytes()
    assert boxed.cut(photo, None).tobytes() == centre_square(photo).tobytes()


def test_a_box_is_cut_where_it_lies(photo: NDArray[np.uint8]) -> None:
    """A box of 80 x 40 is the square of 80 around its middle, and at its own size nothing changes."""
    spot = Spot(box=(30.0, 60.0, 80.0, 40.0), landmarks=POINTS)
    np.testing.assert_array_equal(cut_box(photo, spot, margin=0.0, size=80), photo[40:120, 30:110])
    wide = cut_box(photo, spot, margin=0.25, size=120)
    np.testing.assert_array_equal(wide, photo[20:140, 10:130])
    halved = cut_box(photo, spot, margin=0.0, size=40)
    expected = photo[40:120, 30:110].reshape(40, 2, 40, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(halved[2:-2, 2:-2], expected[2:-2, 2:-2], atol=1)


def test_a_box_over_the_edge_repeats_it() -> None:
    photo = np.full((50, 50, 3), 90, np.uint8)
    cut = cut_box(photo, Spot(box=(-30.0, -30.0, 60.0, 60.0), landmarks=POINTS), margin=0.5, size=64)
    assert (cut == 90).all()


def test_the_fingerprint_follows_what_changes_the_vectors(
    tmp_path: Path, write_embedder: WriteEmbedder, describe: Describe
) -> None:
    one, other = write_embedder(tmp_path / "a.onnx"), write_embedder(tmp_path / "b.onnx", batch=1)

    def fingerprint(path: Path, **changes: object) -> str:
        return OnnxEmbedder(path, describe(**changes)).card.fingerprint

    same = fingerprint(one)
    assert fingerprint(one, name="another", trained_on="else", metric="euclidean", tolerance=0.3) == same
    others = [
        fingerprint(other),
        fingerprint(one, colour="BGR"),
        fingerprint(one, std=2),
        fingerprint(one, crop="box"),
    ]
    assert len({same, *others}) == 5


@pytest.mark.parametrize(
    ("built", "described", "said"),
    [
        ({}, {"dtype": "uint8"}, 'it takes float32, and the description says dtype = "uint8"'),
        ({"layout": "NHWC"}, {}, 'layout = "NCHW" and size = 112'),
        ({"size": 128}, {}, "['faces', 3, 128, 128]"),
        ({"batch": 4}, {}, "exactly 4 images at once"),
        ({"outputs": ("low", "high")}, {}, "it has the outputs low, high"),
        ({}, {"output": "embedding"}, 'no output "embedding", only vector'),
    ],
)
def test_what_does_not_fit_is_told(
    tmp_path: Path,
    write_embedder: WriteEmbedder,
    describe: Describe,
    built: dict[str, object],
    described: dict[str, object],
    said: str,
) -> None:
    path = write_embedder(tmp_path / "net.onnx", **built)
    with pytest.raises(SettingsError) as raised:
        OnnxEmbedder(path, describe(**described))
    assert said in raised.value.what
    assert str(path) in raised.value.what


def test_one_of_several_outputs(tmp_path: Path, write_embedder: WriteEmbedder, describe: Describe) -> None:
    path = write_embedder(tmp_path / "net.onnx", outputs=("low", "high"))
    assert OnnxEmbedder(path, describe(output="high")).card.dimension == 12


def test_one_that_takes_only_one_face_after_all_gets_one_at_a_time(
    tmp_path: Path, describe: Describe
) -> None:
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [
            helper.make_node("AveragePool", ["image"], ["means"], kernel_shape=[56, 56], strides=[56, 56]),
            helper.make_node("Reshape", ["means", "one row"], ["vector"]),
        ],
        "any number by its own account",
        [helper.make_tensor_value_info("image", kinds.FLOAT, ["faces", 3, 112, 112])],
        [helper.make_tensor_value_info("vector", kinds.FLOAT, ["faces", "numbers"])],
        [onnx.numpy_helper.from_array(np.array([1, -1]), "one row")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    found = OnnxEmbedder(tmp_path / "net.onnx", describe(mean=0, std=1)).embed(crops(3))
    np.testing.assert_allclose(found, [quarters(crop) for crop in crops(3)], rtol=1e-5)


def test_weights_beside_the_file_are_refused_wherever_one_stands(
    tmp_path: Path, describe: Describe, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    weights = onnx.numpy_helper.from_array(np.ones((3 * 112 * 112, 4), np.float32), "weights")
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["vector"]),
        ],
        "heavy",
        [helper.make_tensor_value_info("image", kinds.FLOAT, ["faces", 3, 112, 112])],
        [helper.make_tensor_value_info("vector", kinds.FLOAT, ["faces", 4])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save_model(model, str(tmp_path / "whole.onnx"))
    onnx.save_model(model, str(tmp_path / "net.onnx"), save_as_external_data=True, location="net.data")
    assert (tmp_path / "net.data").exists()
    monkeypatch.chdir(tmp_path)
    assert OnnxEmbedder(Path("whole.onnx"), describe()).card.dimension == 4
    with pytest.raises(SettingsError, match="cannot be run") as raised:
        OnnxEmbedder(Path("net.onnx"), describe())
    assert "holds its weights itself" in str(raised.value.remedy)


def test_a_file_that_is_no_network(tmp_path: Path, describe: Describe) -> None:
    (tmp_path / "net.onnx").write_bytes(b"not a network")
    with pytest.raises(SettingsError, match="cannot be run"):
        OnnxEmbedder(tmp_path / "net.onnx", describe())
    with pytest.raises(SettingsError, match="cannot read the embedder"):
        OnnxEmbedder(tmp_path / "gone.onnx", describe())
