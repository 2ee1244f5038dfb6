"""How a gradient becomes a step, and how long the step is."""

from __future__ import annotations

import math

import torch
from torch import nn

from facethemodel.training.muon import Muon
from facethemodel.training.recipe import Recipe

_COLOURS = 3


def make_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Makes the recipe's optimiser. Weight decay spares biases, batch norms and scales."""
    every = list(network.parameters())
    filters = [one for one in every if recipe.optimiser == "muon" and _sees_features(one)]
    turned = {id(one) for one in filters}
    groups = [
        {
            "params": [one for one in every if one.ndim > 1 and id(one) not in turned],
            "weight_decay": recipe.weight_decay,
        },
        {"params": [one for one in every if one.ndim <= 1], "weight_decay": 0.0},
    ]
    if recipe.optimiser == "muon":
        return Muon(
            filters, groups, lr=recipe.learning_rate, reach=recipe.filter_reach, momentum=recipe.momentum
        )
    if recipe.optimiser == "adam":
        # Keras' epsilon, which `seed2018` was trained with; torch's own is a tenth of it.
        return torch.optim.Adam(groups, lr=recipe.learning_rate, eps=1e-7)
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=recipe.momentum, nesterov=True)


def _sees_features(weights: nn.Parameter) -> bool:
    """Whether these are filters behind the first layer, which looks at colours and stays with the others."""
    return weights.ndim == 4 and weights.shape[1] > _COLOURS


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Gives every group of parameters the same rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def learning_rate(recipe: Recipe, done: float) -> float:
    """Gives the rate when a share `done`, in [0, 1), of all steps is behind us.

    A function of the position alone, so that a resumed run needs no memory of it.
    """
    if recipe.schedule == "constant":
        return recipe.learning_rate
    if done < recipe.warm_up:
        return recipe.learning_rate * done / recipe.warm_up
    fallen = (done - recipe.warm_up) / (1 - recipe.warm_up)
    return recipe.learning_rate * (1 + math.cos(math.pi * fallen)) / 2
