from __future__ import annotations

import copy
import dataclasses
import logging
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from facethemodel.bundle.export import export
from facethemodel.bundle.export_head import export_head
from facethemodel.bundle.manifest import KNOWN_NETWORKS, MODEL, VIEW_SIZES, WEIGHTS, BundleFacts
from facethemodel.bundle.origin import BACKBONE_NETWORK
from facethemodel.bundle.read import read_bundle
from facethemodel.bundle.runtime import Bundle
from facethemodel.bundle.write import write_bundle
from facethemodel.errors import BundleError
from facethemodel.networks import NETWORKS, NetworkSpec, get_network
from facethemodel.networks.face import FaceNetwork
from facethemodel.training.head import TrainedHead


class Tiny(FaceNetwork):
    """A network with everything that exporting must get right, and an identity head."""

    def __init__(self, identities: int) -> None:
        super().__init__()
        self.convolution = torch.nn.Conv2d(3, 4, 3, stride=8, bias=False)
        self.norm = torch.nn.BatchNorm2d(4)
        self.drop = torch.nn.Dropout(0.5)
        self.last = torch.nn.Linear(4, 1)
        if identities:
            self.strangers = torch.nn.Parameter(torch.randn(identities, 4))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        pooled: torch.Tensor = self.norm(self.convolution(x)).relu().mean(dim=(2, 3))
        return pooled

    def head(self, embedding: torch.Tensor) -> torch.Tensor:
        logit: torch.Tensor = self.last(self.drop(embedding))[:, 0]
        return logit


TINY = NetworkSpec(
    name="residual112",
    view="aligned112",
    size=112,
    parameters=121,
    build=Tiny,
    learns_identities=True,
    summary="for tests",
)


def _trained(spec: NetworkSpec, identities: int) -> FaceNetwork:
    """Weights and running statistics far from where they start, in training mode as a loop leaves them."""
    torch.manual_seed(3)
    network = spec.build(identities)
    pixels = torch.randint(0, 256, (8, spec.size, spec.size, 3), dtype=torch.uint8)
    for _ in range(3):
        network(pixels)
    return network.train()


def _assert_agrees(network: FaceNetwork, spec: NetworkSpec, folder: Path, facts: BundleFacts) -> None:
    write_bundle(folder, facts, fill=lambda to: export(network, spec, to), version="1")
    bundle = Bundle.load(folder)
    pixels = np.random.default_rng(5).integers(0, 256, (7, spec.size, spec.size, 3), dtype=np.uint8)
    with torch.no_grad():
        expected = copy.deepcopy(network).eval()(torch.from_numpy(pixels)).numpy()
    np.testing.assert_allclose(bundle.score(pixels), expected, atol=1e-4)
    np.testing.assert_allclose(bundle.score(pixels[:1]), expected[:1], atol=1e-4)


def test_onnx_gives_the_scores_of_torch(
    tmp_path: Path, facts: BundleFacts, capfd: pytest.CaptureFixture[str]
) -> None:
    network = _trained(TINY, 5)
    before = copy.deepcopy(network.state_dict())
    level = logging.getLogger("torch.onnx").level
    _assert_agrees(network, TINY, tmp_path / "b", facts)
    assert network.training
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert logging.getLogger("torch.onnx").level == level
    assert capfd.readouterr() == ("", "")


def test_neither_file_tells_of_the_strangers_or_of_the_machine(tmp_path: Path) -> None:
    export(_trained(TINY, 5), TINY, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {MODEL, WEIGHTS}
    assert set(load_file(tmp_path / WEIGHTS)) == set(Tiny(0).state_dict())
    data = (tmp_path / MODEL).read_bytes()
    for trace in (b".py", str(Path(__file__).parent).encode(), b"site-packages", b"strangers"):
        assert trace not in data


def test_a_folder_may_have_any_name_that_the_disk_takes(tmp_path: Path) -> None:
    network = _trained(TINY, 4)
    odd = tmp_path / os.fsdecode(b"caf\xe9 \n")
    for folder in (odd, tmp_path / "plain"):
        folder.mkdir()
        export(network, TINY, folder)
        head = folder / "head"
        head.mkdir()
        export_head(TrainedHead(direction=np.array([0.6, 0.8]), shift=0.5, loss=0.0), head)
    for name in (MODEL, WEIGHTS, f"head/{MODEL}", f"head/{WEIGHTS}"):
        assert (odd / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    network = _trained(TINY, 0)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        export(network, TINY, tmp_path / name)
    for name in (MODEL, WEIGHTS):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_network_that_behaves_otherwise_than_its_weights_is_refused(tmp_path: Path) -> None:
    class Off(Tiny):
        def head(self, embedding: torch.Tensor) -> torch.Tensor:
            return super().head(embedding) + 0.01

    with pytest.raises(BundleError, match=r"differs from torch by 0\.0"):
        export(Off(0), TINY, tmp_path)


def test_a_network_that_gives_nan_is_refused(tmp_path: Path) -> None:
    network = Tiny(0)
    torch.nn.init.constant_(network.last.bias, float("nan"))
    with pytest.raises(BundleError, match="nan"):
        export(network, TINY, tmp_path)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = Tiny(0)
    other.last = torch.nn.Linear(4, 2)
    with pytest.raises(BundleError, match="not those of residual112"):
        export(other, TINY, tmp_path)


def test_a_bundle_knows_every_network_and_its_view() -> None:
    trained_here = {name: view for name, view in KNOWN_NETWORKS.items() if name != BACKBONE_NETWORK}
    assert {spec.name: spec.view for spec in NETWORKS.values()} == trained_here
    assert all(spec.size == VIEW_SIZES[spec.view] for spec in NETWORKS.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_every_real_network_exports(tmp_path: Path, facts: BundleFacts, name: str) -> None:
    spec = get_network(name)
    own = dataclasses.replace(
        facts,
        network=name,
        view=spec.view,
        input=dataclasses.replace(facts.input, size=spec.size),
    )
    _assert_agrees(_trained(spec, 6), spec, tmp_path / "b", own)
    assert read_bundle(tmp_path / "b").network == name
