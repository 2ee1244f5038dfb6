"""Every registered network keeps the same promises."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from facethemodel.errors import UsageError
from facethemodel.networks import NETWORKS, NetworkSpec, get_network
from facethemodel.networks.cohort import FEWEST_EACH, NEAREST, make_cohort
from facethemodel.networks.residual import Residual112
from facethemodel.training.batchnorm import recalibrate
from facethemodel.training.step import arithmetic

each_network = pytest.mark.parametrize("spec", NETWORKS.values(), ids=lambda spec: spec.name)


def pixels(count: int, side: int, *, seed: int = 0) -> torch.Tensor:
    # Smooth blobs, not white noise: their statistics differ from image to image, as a photo's do.
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)
    return torch.from_numpy(coarse.repeat(side // 4, axis=1).repeat(side // 4, axis=2))


def build(spec: NetworkSpec, *, identities: int = 0, seed: int = 0) -> torch.nn.Module:
    torch.manual_seed(seed)
    return spec.build(identities)


@each_network
def test_turns_crops_into_one_finite_score_each(spec: NetworkSpec) -> None:
    network = spec.build(0).eval()
    scores = network(pixels(3, spec.size))
    assert scores.shape == (3,)
    assert scores.dtype == torch.float32
    assert torch.isfinite(scores).all()
    assert network.embed(pixels(3, spec.size)).ndim == 2


@each_network
def test_has_the_parameters_its_spec_states(spec: NetworkSpec) -> None:
    assert sum(parameter.numel() for parameter in spec.build(0).parameters()) == spec.parameters


@each_network
def test_one_seed_gives_one_start_however_many_strangers(spec: NetworkSpec) -> None:
    first = build(spec, seed=5).state_dict()
    again = build(spec, seed=5, identities=7).state_dict()
    other = build(spec, seed=6).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


@each_network
def test_scores_do_not_depend_on_the_company(spec: NetworkSpec) -> None:
    network = spec.build(0).eval()
    together = network(pixels(6, spec.size))
    alone = torch.cat([network(one[None]) for one in pixels(6, spec.size)])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


@each_network
def test_evaluation_agrees_with_training_mode_once_recalibrated(spec: NetworkSpec) -> None:
    network = spec.build(0)
    crops = pixels(64, spec.size)
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            # As far off as averages that lagged behind the weights.
            module.running_var.fill_(50.0)  # type: ignore[union-attr]
    recalibrate(network, crops.numpy(), np.arange(64), autocast=arithmetic(torch.device("cpu"), "fp32"))
    with torch.no_grad():
        in_use = network.eval().embed(crops)
        in_training = network.train().embed(crops)
    # Training divides by n and the running variance by n - 1: with 64 crops they differ by under a percent.
    torch.testing.assert_close(in_use, in_training, atol=0.05 * float(in_training.std()), rtol=0.05)


@each_network
def test_ships_without_the_strangers(spec: NetworkSpec) -> None:
    trained = build(spec, identities=4)
    assert isinstance(trained, torch.nn.Module)
    shipped = spec.build(0)
    shipped.load_state_dict(trained.shipped_weights())  # type: ignore[operator]
    torch.testing.assert_close(
        shipped.eval()(pixels(2, spec.size)), trained.eval()(pixels(2, spec.size)), atol=0, rtol=0
    )


@each_network
def test_compares_with_every_stranger_and_last_with_the_person(spec: NetworkSpec) -> None:
    network = spec.build(4).eval()
    embedding = network.embed(pixels(5, spec.size))
    cosines = network.identity_cosines(embedding)
    if not spec.learns_identities:
        assert cosines is None
        return
    assert cosines is not None
    assert cosines.shape == (5, 5)
    assert float(cosines.detach().abs().max()) <= 1.0 + 1e-6
    # The score is a rising function of the last column.
    assert torch.equal(cosines[:, -1].argsort(), network.head(embedding).argsort())


def test_a_likeness_to_the_cohort_is_taken_off() -> None:
    network = build(get_network("residual112"), identities=600).eval()
    crops = pixels(4, 112)
    plain = network(crops)
    assert isinstance(network, Residual112)
    network.settle()
    assert 30 < (network.cohort.norm(dim=1) > 0.99).sum() <= 600 // FEWEST_EACH
    face = F.normalize(F.normalize(network.embed(crops)) + F.normalize(network.embed(crops.flip(2))))
    nearest = (face @ network.cohort.T).sort(dim=1).values[:, -NEAREST:].mean(dim=1)
    torch.testing.assert_close(network(crops), plain - network.person.stretch * nearest)


def test_a_cohort_finds_the_crowds_and_names_nobody() -> None:
    torch.manual_seed(3)
    crowds = F.normalize(torch.randn(10, 128))
    directions = (crowds[:, None] + 0.02 * torch.randn(10, 40, 128)).reshape(-1, 128)
    cohort = make_cohort(directions)
    assert float((crowds @ cohort.T).max(dim=1).values.min()) > 0.9
    assert float((cohort @ F.normalize(directions).T).max()) < 1 - 1e-6
    assert not make_cohort(directions[: FEWEST_EACH - 1]).any()


def test_ours_scores_a_face_as_its_mirror_image() -> None:
    network = get_network("residual112").build(0).eval()
    crops = pixels(4, 112)
    torch.testing.assert_close(network(crops), network(crops.flip(2)), atol=1e-5, rtol=1e-5)
    assert not torch.allclose(network.embed(crops), network.embed(crops.flip(2)), atol=1e-2)


def test_the_original_keeps_its_size() -> None:
    assert get_network("seed2018").parameters == 1_122_593


def test_the_original_starts_as_keras_starts_it() -> None:
    network = get_network("seed2018").build(0)
    for layer in network.modules():
        if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d):
            receptive = layer.weight[0][0].numel()
            fan = (layer.weight.shape[0] + layer.weight.shape[1]) * receptive
            assert float(layer.weight.detach().abs().max()) <= (6 / fan) ** 0.5
            assert layer.bias is not None
            assert float(layer.bias.detach().abs().max()) == 0.0


def test_an_unknown_network_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="resnet50") as caught:
        get_network("resnet50")
    assert "residual112" in str(caught.value.remedy)


def test_the_list_of_networks_needs_no_torch() -> None:
    code = "import sys, facethemodel.networks, facethemodel.training.recipe; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
