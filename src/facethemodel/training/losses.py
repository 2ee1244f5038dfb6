"""What training makes small."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from facethemodel.networks.face import FaceNetwork
from facethemodel.training.recipe import Recipe


def training_loss(
    network: FaceNetwork, embedding: Tensor, is_person: Tensor, identity: Tensor, *, recipe: Recipe
) -> Tensor:
    """Adds up the two tasks: is it the person, and who is it.

    Args:
        network: Gives the heads.
        embedding: Shape (N, D).
        is_person: Shape (N,), bool.
        identity: Shape (N,), the stranger's number or -1 where it is not known (or is the person).
        recipe: Gives the weights.

    Returns:
        One number.
    """
    loss = recipe.person_weight * person_loss(
        network.head(embedding), is_person, smoothing=recipe.label_smoothing
    )
    cosines = network.identity_cosines(embedding) if recipe.identity_weight else None
    if cosines is not None:
        person = cosines.shape[1] - 1
        target = torch.where(is_person, person, identity)
        loss = loss + recipe.identity_weight * cosine_margin_loss(
            cosines, target, margin=recipe.identity_margin, scale=recipe.identity_scale
        )
    return loss


def person_loss(score: Tensor, is_person: Tensor, *, smoothing: float) -> Tensor:
    """Binary cross-entropy of the person's logits (N,)."""
    target = is_person.to(score.dtype) * (1 - smoothing) + smoothing / 2
    return F.binary_cross_entropy_with_logits(score, target)


def cosine_margin_loss(cosines: Tensor, target: Tensor, *, margin: float, scale: float) -> Tensor:
    """Softmax cross-entropy in which the right class has to win by a margin.

    Wang et al., 2018, "CosFace: Large Margin Cosine Loss for Deep Face Recognition", equation 4.

    Args:
        cosines: Shape (N, C), in [-1, 1].
        target: Shape (N,), the right class; -1 leaves that row out.
        margin: Taken off the right class's cosine.
        scale: What the cosines are multiplied by.

    Returns:
        The mean over the rows that count; 0 when there is none.
    """
    known = target >= 0
    handicap = margin * F.one_hot(target.clamp(min=0), cosines.shape[1])
    losses = F.cross_entropy(scale * (cosines - handicap), target.clamp(min=0), reduction="none")
    return (losses * known).sum() / known.sum().clamp(min=1)
