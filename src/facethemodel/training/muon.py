"""Steps in which all directions of a layer's filters move alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

_ITERATIONS = 3
_QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients of the iteration: singular values come near 1 soon, not precisely (Jordan et al., 2024)."""


class Muon(torch.optim.Optimizer):
    """Nesterov's momentum, with orthogonal steps for filters (Muon; Jordan et al., 2024).

    A gradient is mostly made of few strong directions. Made orthogonal, a step goes equally far along all of
    them, so that a short training learns from the rare ones, too. A batch norm behind each filter leaves its
    length without meaning: it is kept at one value and knows no weight decay.

    Args:
        filters: Weights (outputs, inputs, H, W) with a batch norm behind them.
        others: Groups of everything else, as `torch.optim.SGD` takes them.
        lr: The rate of `others`, and what `set_learning_rate` gives to all.
        reach: Length of a filter step over the rate and the length of the filters.
        momentum: Of both.
    """

    def __init__(
        self,
        filters: Sequence[Tensor],
        others: Sequence[dict[str, Any]],
        *,
        lr: float,
        reach: float,
        momentum: float,
    ) -> None:
        groups = [{"params": list(filters), "weight_decay": 0.0, "reach": reach}, *others]
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": 0.0, "reach": 0.0})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Makes one step along the gradients that are there."""
        if closure is not None:
            raise ValueError("a step takes no closure")
        for group in self.param_groups:
            for weights in group["params"]:
                if weights.grad is None:
                    continue
                gradient = weights.grad.add(weights, alpha=group["weight_decay"])
                momentum = self.state[weights].get("momentum")
                if momentum is None:
                    momentum = self.state[weights]["momentum"] = torch.zeros_like(weights)
                momentum.mul_(group["momentum"]).add_(gradient)
                ahead = gradient.add_(momentum, alpha=group["momentum"])
                if group["reach"]:
                    _turn(weights, ahead, group["lr"] * group["reach"])
                else:
                    weights.sub_(ahead, alpha=group["lr"])


def orthogonal(matrix: Tensor) -> Tensor:
    """Brings all singular values of a matrix (M, N) near 1 and leaves its directions (Newton and Schulz).

    What comes out has singular values of about 0.7 to 1.2; the smallest may stay below that.
    """
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x: Tensor = wide / wide.norm().clamp(min=1e-12)
    # Each iteration multiplies x by a polynomial of x x^T. These commute, so that they are gathered in small
    # square matrices, and x, many times as wide, is multiplied once.
    gram = x @ x.T
    same = torch.eye(len(x), dtype=x.dtype, device=x.device)
    factor = _factor(gram, same)
    gathered = factor
    for _ in range(_ITERATIONS - 1):
        gram = factor @ factor @ gram
        factor = _factor(gram, same)
        gathered = factor @ gathered
    x = gathered @ x
    return x if matrix.shape[0] <= matrix.shape[1] else x.T


def _factor(gram: Tensor, same: Tensor) -> Tensor:
    first, second, third = _QUINTIC
    return torch.addmm(gram, gram, gram, beta=second, alpha=third).add_(same, alpha=first)


def _turn(filters: Tensor, step: Tensor, share: float) -> None:
    """Moves filters by an orthogonal step, a share of their length, which stays the root of their number."""
    length = len(filters) ** 0.5
    filters.mul_(length / filters.norm().clamp(min=1e-12))
    filters.sub_(orthogonal(step.flatten(1)).view_as(filters), alpha=share)
