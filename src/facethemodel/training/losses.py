"""What training makes small."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from facethemodel.networks.face import FaceNetwork
from facethemodel.training.recipe import Recipe


def training_loss(
    network: FaceNetwork,
    embedding: Tensor,
    is_person: Tensor,
    identity: Tensor,
    *,
    recipe: Recipe,
    taught: Tensor | None = None,
    teacher_weight: float = 0.0,
) -> Tensor:
    """Adds up the tasks: is it the person, who is it and, with a teacher, what does that one say.

    Args:
        network: Gives the heads.
        embedding: Shape (N, D).
        is_person: Shape (N,), bool.
        identity: Shape (N,), the stranger's number or -1 where it is not known (or is the person).
        recipe: Gives the weights.
        taught: The teacher's vectors, (N, T), zeros where there is none; None without a teacher.
        teacher_weight: Their weight.

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
    if taught is not None and network.projection is not None:
        loss = loss + teacher_weight * teacher_loss(network.projection(embedding), taught)
    return loss


def person_loss(score: Tensor, is_person: Tensor, *, smoothing: float) -> Tensor:
    """Binary cross-entropy of the person's logits (N,)."""
    target = is_person.to(score.dtype) * (1 - smoothing) + smoothing / 2
    return F.binary_cross_entropy_with_logits(score, target)


def teacher_loss(said: Tensor, taught: Tensor) -> Tensor:
    """How far vectors (N, T) point away from the teacher's: the mean of 1 - cosine, over those there are.

    Passed on like this a small network learns what a large one sees (Hinton et al., 2015, "Distilling the
    knowledge in a neural network"; on vectors instead of classes).

    Args:
        said: The network's.
        taught: The teacher's; rows of zeros are left out.
    """
    there = taught.abs().sum(dim=1) > 0
    apart = 1 - F.cosine_similarity(said, taught)
    return (apart * there).sum() / there.sum().clamp(min=1)


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
