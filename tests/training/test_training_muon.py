"""Orthogonal steps: what they do to filters, and what they leave alone."""

from __future__ import annotations

import copy
import io
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from facethemodel.networks import NetworkSpec
from facethemodel.training.muon import Muon, orthogonal
from facethemodel.training.optimiser import make_optimiser, set_learning_rate
from facethemodel.training.recipe import Recipe


@pytest.fixture
def muon(recipe: Recipe) -> Recipe:
    return replace(recipe, optimiser="muon", filter_reach=0.3)


@pytest.mark.parametrize("shape", [(8, 8), (8, 50), (50, 8)])
def test_all_directions_of_an_orthogonal_step_count_alike(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    matrix = torch.randn(shape)
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    # Of very unequal strength: the weakest a fifth of the strongest.
    unequal = left @ torch.diag(torch.linspace(5, 1, len(values))) @ right
    found = orthogonal(unequal)
    assert torch.linalg.svdvals(found).min() > 0.6
    assert torch.linalg.svdvals(found).max() < 1.3
    # The directions are the gradient's own.
    inner = left.T @ found @ right.T
    assert (inner - torch.diag(inner.diagonal())).abs().max() < 1e-4
    assert (inner.diagonal() > 0).all()


def test_an_orthogonal_step_is_what_three_iterations_of_the_quintic_give() -> None:
    torch.manual_seed(0)
    matrix = torch.randn(20, 70)
    x = matrix / matrix.norm()
    for _ in range(3):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    torch.testing.assert_close(orthogonal(matrix), x, atol=1e-4, rtol=1e-3)


def test_a_gradient_of_nothing_is_no_step() -> None:
    assert torch.equal(orthogonal(torch.zeros(3, 7)), torch.zeros(3, 7))


def _step(network: nn.Module, optimiser: torch.optim.Optimizer, pixels: Tensor) -> None:
    optimiser.zero_grad()
    network(pixels).square().mean().backward()
    optimiser.step()


def _convolutions() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, bias=False),
        nn.BatchNorm2d(16),
    )


def _filters(network: nn.Sequential) -> Tensor:
    layer = network[3]
    assert isinstance(layer, nn.Conv2d)
    return layer.weight


def test_filters_keep_their_length_and_go_as_far_as_asked(muon: Recipe) -> None:
    network = _convolutions()
    filters = _filters(network)
    optimiser = make_optimiser(network, muon)
    set_learning_rate(optimiser, 0.1)
    _step(network, optimiser, torch.randn(4, 3, 9, 9))
    before = filters.detach().clone()
    for _ in range(3):
        _step(network, optimiser, torch.randn(4, 3, 9, 9))
        length = float(filters.detach().norm())
        assert length == pytest.approx(4.0, rel=0.05)
        moved = float((filters.detach() - before * 4.0 / before.norm()).norm())
        assert moved == pytest.approx(0.1 * 0.3 * 4.0, rel=0.25)
        before = filters.detach().clone()


def test_all_but_the_filters_moves_as_with_momentum_alone(muon: Recipe) -> None:
    ours, theirs = _convolutions(), _convolutions()
    # What follows the filters sees what they do, so only they differ when their rate is next to nothing.
    still = replace(muon, filter_reach=1e-12)
    for weights in (_filters(ours), _filters(theirs)):
        weights.data.mul_(4.0 / weights.data.norm())
    _filters(theirs).requires_grad = False
    optimisers = make_optimiser(ours, still), make_optimiser(theirs, replace(muon, optimiser="sgd"))
    for turn in range(4):
        pixels = torch.randn(4, 3, 9, 9, generator=torch.Generator().manual_seed(turn))
        for network, optimiser in zip((ours, theirs), optimisers, strict=True):
            _step(network, optimiser, pixels)
    for name, tensor in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], tensor, msg=name)


def test_first_layer_and_dense_layers_are_no_filters(tiny: NetworkSpec, muon: Recipe) -> None:
    network = tiny.build(5)
    optimiser = make_optimiser(network, muon)
    assert isinstance(optimiser, Muon)
    turned = {id(one) for one in optimiser.param_groups[0]["params"]}
    for name, weights in network.named_parameters():
        assert (id(weights) in turned) == (weights.ndim == 4 and weights.shape[1] > 3), name
    held = [id(one) for group in optimiser.param_groups for one in group["params"]]
    assert sorted(held) == sorted(id(one) for one in network.parameters())


def test_its_state_is_kept_and_taken_up(muon: Recipe) -> None:
    network = _convolutions()
    optimiser = make_optimiser(network, muon)
    pixels = torch.randn(4, 3, 9, 9)
    _step(network, optimiser, pixels)
    file = io.BytesIO()
    torch.save(optimiser.state_dict(), file)
    file.seek(0)
    other = copy.deepcopy(network)
    resumed = make_optimiser(other, muon)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    for one, its in ((network, optimiser), (other, resumed)):
        _step(one, its, pixels)
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), other.parameters(), strict=True))


def test_it_learns(muon: Recipe) -> None:
    network = _convolutions()
    optimiser = make_optimiser(network, muon)
    set_learning_rate(optimiser, 0.1)
    torch.manual_seed(1)
    pixels, wanted = torch.randn(32, 3, 9, 9), torch.arange(32) % 16
    losses = []
    for _ in range(30):
        optimiser.zero_grad()
        loss = F.cross_entropy(network(pixels).mean(dim=(2, 3)), wanted)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]
