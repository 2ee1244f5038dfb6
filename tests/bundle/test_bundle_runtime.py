from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.bundle.manifest import MODEL, WEIGHTS, BundleFacts
from facethemodel.bundle.runtime import BATCH, Bundle
from facethemodel.bundle.write import write_bundle
from facethemodel.errors import BundleError


def _grey(*levels: int) -> NDArray[np.uint8]:
    return np.stack([np.full((112, 112, 3), level, dtype=np.uint8) for level in levels])


@pytest.mark.parametrize("count", [1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH + 5])
def test_scores_keep_their_order_whatever_the_batch(bundle_dir: Path, count: int) -> None:
    levels = [(7 * index) % 256 for index in range(count)]
    scores = Bundle.load(bundle_dir).score(_grey(*levels))
    assert scores.dtype == np.float32
    assert scores.tolist() == pytest.approx(levels, abs=1e-3)


def test_no_crops_no_scores(bundle_dir: Path) -> None:
    scores = Bundle.load(bundle_dir).score(np.empty((0, 112, 112, 3), dtype=np.uint8))
    assert scores.shape == (0,)


def test_crops_that_are_views_into_something_larger_score_the_same(bundle_dir: Path) -> None:
    wide = np.random.default_rng(0).integers(0, 256, (3, 112, 224, 3), dtype=np.uint8)
    bundle = Bundle.load(bundle_dir, threads=2)
    np.testing.assert_array_equal(bundle.score(wide[:, :, ::2]), bundle.score(wide[:, :, ::2].copy()))


@pytest.mark.parametrize(
    "crops",
    [
        _grey(1).astype(np.float32),
        _grey(1).astype(np.int8),
        _grey(1)[0],
        _grey(1)[:, :100],
        _grey(1).transpose(0, 3, 1, 2),
        np.empty((0,), dtype=np.uint8),
    ],
)
def test_anything_but_uint8_crops_of_the_right_size_is_refused(
    bundle_dir: Path, crops: NDArray[np.uint8]
) -> None:
    with pytest.raises(ValueError, match="crops must"):
        Bundle.load(bundle_dir).score(crops)


@pytest.mark.parametrize("model", [b"", b"no network", b"\x08\x09"])
def test_a_sealed_model_that_is_no_network_is_a_bundle_error(
    tmp_path: Path, facts: BundleFacts, model: bytes
) -> None:
    def fill(folder: Path) -> None:
        (folder / MODEL).write_bytes(model)
        (folder / WEIGHTS).write_bytes(b"")

    write_bundle(tmp_path / "b", facts, fill=fill, version="1")
    with pytest.raises(BundleError, match=MODEL):
        Bundle.load(tmp_path / "b")


def test_a_network_of_another_input_size_is_refused(
    tmp_path: Path, facts: BundleFacts, brightness: Callable[[int], bytes]
) -> None:
    def fill(folder: Path) -> None:
        (folder / MODEL).write_bytes(brightness(96))
        (folder / WEIGHTS).write_bytes(b"")

    write_bundle(tmp_path / "b", facts, fill=fill, version="1")
    with pytest.raises(BundleError, match=r"96.*asks for"):
        Bundle.load(tmp_path / "b")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_network_that_gives_no_numbers_is_refused(
    tmp_path: Path, facts: BundleFacts, brightness: Callable[[int], bytes], number: float
) -> None:
    onnx = pytest.importorskip("onnx")
    network = onnx.load_from_string(brightness(112))
    (thirds,) = (one for one in network.graph.initializer if one.name == "thirds")
    thirds.CopyFrom(onnx.helper.make_tensor("thirds", onnx.TensorProto.FLOAT, [3, 2], [number] * 6))

    def fill(folder: Path) -> None:
        (folder / MODEL).write_bytes(network.SerializeToString())
        (folder / WEIGHTS).write_bytes(b"")

    write_bundle(tmp_path / "b", facts, fill=fill, version="1")
    with pytest.raises(BundleError, match="not a number"):
        Bundle.load(tmp_path / "b").score(_grey(7))


def test_threads_change_no_score(bundle_dir: Path) -> None:
    crops = np.random.default_rng(1).integers(0, 256, (3 * BATCH + 1, 112, 112, 3), dtype=np.uint8)
    one, four = (Bundle.load(bundle_dir, threads=threads).score(crops) for threads in (1, 4))
    np.testing.assert_array_equal(one, four)
