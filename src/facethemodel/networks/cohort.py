"""A few directions that stand for all strangers of the training part: what a face is scored against."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

COHORT = 256
"""Most directions in a cohort."""
FEWEST_EACH = 6
"""Strangers that one of them stands for on average, at least."""
FEWEST_OF_ONE = 3
"""Strangers that any one of them stands for, at least: no single stranger's direction is shipped."""
NEAREST = 3
"""How many of the cohort are taken off a score, the nearest ones."""
_ROUNDS = 20


def make_cohort(directions: Tensor) -> Tensor:
    """Draws strangers' directions together by spherical k-means (Dhillon and Modha, 2001).

    Args:
        directions: Shape (strangers, D).

    Returns:
        Shape (COHORT, D): unit vectors, and rows of zeros, which take nothing off any score, where there are
        too few strangers for so many.
    """
    count = min(COHORT, len(directions) // FEWEST_EACH)
    cohort = directions.new_zeros(COHORT, directions.shape[1])
    if count == 0:
        return cohort
    units = F.normalize(directions)
    start = torch.randperm(len(units), generator=torch.Generator().manual_seed(0))[:count]
    centres = units[start.to(units.device)]
    for _ in range(_ROUNDS):
        nearest = (units @ centres.T).argmax(dim=1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, units)
        # A centre that nobody is nearest to stays where it is.
        centres = F.normalize(torch.where(sums.any(dim=1, keepdim=True), sums, centres))
    members = torch.bincount(nearest, minlength=count)
    cohort[:count] = centres * (members >= FEWEST_OF_ONE)[:, None]
    return cohort


def likeness_to_cohort(faces: Tensor, cohort: Tensor) -> Tensor:
    """Means of unit embeddings' (N, D) cosines to the nearest of a cohort (COHORT, D): (N,).

    Taken off the cosine to the person, it asks whether a face is more like the person than like others, and
    not only how much it is like an average face: an adaptive score normalisation (Sturim and Reynolds, 2005)
    with the mean alone.
    """
    return (faces @ cohort.T).topk(NEAREST, dim=1).values.mean(dim=1)
