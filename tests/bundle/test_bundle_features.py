from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray

from facethemodel.bundle.export import export
from facethemodel.bundle.features import trained_features
from facethemodel.bundle.manifest import MODEL
from facethemodel.errors import BundleError
from facethemodel.networks import get_network

WHERE = Path("model.onnx")


@pytest.mark.parametrize("name", ["residual112", "seed2018"])
def test_maps_and_embeddings_lead_to_the_networks_scores(name: str, tmp_path: Path) -> None:
    spec = get_network(name)
    torch.manual_seed(3)
    network = spec.build(0).eval()
    export(network, spec, tmp_path)
    model = (tmp_path / MODEL).read_bytes()
    images = np.random.default_rng(1).integers(0, 256, (5, spec.size, spec.size, 3), dtype=np.uint8)
    rows = np.array([4, 0, 2], dtype=np.int64)
    seen = trained_features(model, images, rows, where=WHERE)
    dense = next(module for module in network.modules() if isinstance(module, torch.nn.Linear))
    assert seen.maps.shape == (3, dense.in_features)
    assert seen.maps.dtype == np.float16
    with torch.no_grad():
        expected = network.embed(torch.from_numpy(images[rows])).numpy()
        # The maps are what the first dense layer takes: it makes the same of them.
        made = dense(torch.from_numpy(seen.maps.astype(np.float32))).numpy()
        entering: list[NDArray[np.float32]] = []
        watch = dense.register_forward_hook(lambda module, given, out: entering.append(out.numpy()))
        network.embed(torch.from_numpy(images[rows]))
        watch.remove()
    assert np.abs(seen.embeddings - expected).max() < 1e-3
    assert np.abs(made - entering[0]).max() < 1e-2


def test_batches_threads_and_company_change_nothing(tmp_path: Path) -> None:
    spec = get_network("residual112")
    torch.manual_seed(4)
    export(spec.build(0).eval(), spec, tmp_path)
    model = (tmp_path / MODEL).read_bytes()
    images = np.random.default_rng(2).integers(0, 256, (70, 112, 112, 3), dtype=np.uint8)
    rows = np.arange(70)[::-1].copy()
    one = trained_features(model, images, rows, where=WHERE)
    two = trained_features(model, images, rows, where=WHERE, threads=3)
    alone = trained_features(model, images, rows[40:41], where=WHERE)
    assert np.array_equal(one.maps, two.maps)
    assert np.array_equal(one.embeddings, two.embeddings)
    assert np.abs(one.embeddings[40:41] - alone.embeddings).max() < 1e-3


def test_a_network_without_a_dense_layer_is_refused() -> None:
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [helper.make_node("Cast", ["pixels"], ["score"], to=kinds.FLOAT)],
        "flat",
        [helper.make_tensor_value_info("pixels", kinds.UINT8, ["photos", 4, 4, 3])],
        [helper.make_tensor_value_info("score", kinds.FLOAT, ["photos", 4, 4, 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    with pytest.raises(BundleError, match=r"model\.onnx has no dense layer"):
        trained_features(
            model.SerializeToString(), np.zeros((1, 4, 4, 3), np.uint8), np.array([0]), where=WHERE
        )
