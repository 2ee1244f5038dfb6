from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from facethemodel.networks import get_network
from facethemodel.training.features import trained_features


@pytest.mark.parametrize("name", ["residual112", "seed2018"])
def test_maps_and_embeddings_are_the_networks(name: str, tmp_path: Path) -> None:
    spec = get_network(name)
    torch.manual_seed(3)
    network = spec.build(0).eval()
    save_file({key: value.contiguous() for key, value in network.state_dict().items()}, tmp_path / "w")
    images = np.random.default_rng(1).integers(0, 256, (5, spec.size, spec.size, 3), dtype=np.uint8)
    rows = np.array([4, 0, 2], dtype=np.int64)
    seen = trained_features(spec, tmp_path / "w", images, rows)
    dense = next(module for module in network.modules() if isinstance(module, torch.nn.Linear))
    assert seen.maps.shape == (3, dense.in_features)
    assert seen.maps.dtype == np.float16
    with torch.no_grad():
        expected = network.embed(torch.from_numpy(images[rows])).numpy()
    assert seen.embeddings == pytest.approx(expected, abs=1e-4)
    # One photo's map does not depend on which others are asked along.
    alone = trained_features(spec, tmp_path / "w", images, rows[1:2])
    assert np.abs(alone.maps[0].astype(np.float32) - seen.maps[1].astype(np.float32)).max() < 0.05
