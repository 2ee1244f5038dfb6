"""How alike two faces are, measured with what strangers teach about one person's photos."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

DIRECTIONS = 300
"""Directions of the features that are kept."""
ENOUGH = 1_500
"""At most so many photos say which directions these are; the time goes with the cube of their number."""
SHRINK = 0.1
"""Part of the mean variance that is added in every direction, so that none is believed to be free of it."""
NEIGHBOURS = 5

_AT_ONCE = 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Likeness:
    """Maps features to directions in which photos of one person lie close together.

    Attributes:
        middle: Mean of each feature, shape (D,).
        directions: Shape (D, K).
    """

    middle: NDArray[np.float32]
    directions: NDArray[np.float32]

    def place(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        """Gives features (n, D) their places (n, K), each of length 1: likeness is the cosine."""
        found = (features.astype(np.float32) - self.middle) @ self.directions
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.maximum(lengths, 1e-12), dtype=np.float32)


def learn_likeness(features: NDArray[np.floating], identities: Sequence[str | None]) -> Likeness:
    """Learns from strangers alone what photos of one and the same person differ in.

    Principal components, then the directions are shrunk by how much the photos of one stranger vary along
    them: within-class covariance normalisation (A. Hatch, S. Kajarekar and A. Stolcke, "Within-class
    covariance normalization for SVM-based speaker recognition", Interspeech 2006). No label of the person's
    photos takes part, so that a wrong one can be found.

    Args:
        features: Strangers' photos (n, D), at least two of them.
        identities: Who is on each; None is known from no other photo.

    Raises:
        ValueError: Fewer than two photos, or lengths that differ.
    """
    if len(features) < 2 or len(features) != len(identities):
        raise ValueError(f"{len(features)} photos of strangers and {len(identities)} identities")
    found = features.astype(np.float32)
    middle, spread = found.mean(axis=0), found.std(axis=0)
    scale = np.where(spread < 1e-6, 0.0, 1.0 / np.maximum(spread, 1e-6)).astype(np.float32)
    scaled = (found - middle) * scale
    some = scaled[:: math.ceil(len(scaled) / ENOUGH)]
    count = min(DIRECTIONS, len(some) - 1, some.shape[1])
    # Whichever is smaller: the features' products with one another, or the photos'.
    by_feature = some.shape[1] <= len(some)
    products = some.T @ some if by_feature else some @ some.T
    strength, mixing = eigh(
        products.astype(np.float64), subset_by_index=(len(products) - count, len(products) - 1)
    )
    solid = strength > 1e-6 * strength.max()
    if by_feature:
        basis = mixing[:, solid].astype(np.float32)
    else:
        basis = some.T @ (mixing[:, solid] / np.sqrt(strength[solid])).astype(np.float32)
    inner = _within((scaled @ basis).astype(np.float64), identities)
    variance, axes = np.linalg.eigh(inner + SHRINK * np.trace(inner) / len(inner) * np.eye(len(inner)))
    directions = (scale[:, None] * basis) @ (axes / np.sqrt(np.maximum(variance, 1e-12))).astype(np.float32)
    return Likeness(middle=middle, directions=directions.astype(np.float32))


def _within(places: NDArray[np.float64], identities: Sequence[str | None]) -> NDArray[np.float64]:
    """Covariance of the photos of one stranger; without two photos of anyone, the same in all directions."""
    of: dict[str, list[int]] = {}
    for row, identity in enumerate(identities):
        if identity is not None:
            of.setdefault(identity, []).append(row)
    several = [places[rows] - places[rows].mean(axis=0) for rows in of.values() if len(rows) > 1]
    if not several:
        return np.eye(places.shape[1])
    rest = np.concatenate(several)
    return np.asarray(rest.T @ rest / len(rest), dtype=np.float64)


def nearest(
    places: NDArray[np.float32],
    others: NDArray[np.float32],
    *,
    own: Sequence[object],
    other: Sequence[object],
) -> NDArray[np.float64]:
    """Mean likeness to the `NEIGHBOURS` nearest of others that are not of the photo's own group.

    Args:
        places: Shape (n, K).
        others: Shape (m, K).
        own: The group of each of the first, length n.
        other: The group of each of the others, length m.

    Returns:
        Shape (n,), in [-1, 1]; -1 where there is no other group.
    """
    groups = {group: number for number, group in enumerate(dict.fromkeys((*own, *other)))}
    ours = np.array([groups[group] for group in own], dtype=np.int64)
    theirs = np.array([groups[group] for group in other], dtype=np.int64)
    found = np.full(len(places), -1.0)
    for start in range(0, len(places) if len(others) else 0, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        likeness = (places[some] @ others.T).astype(np.float64)
        likeness[ours[some, None] == theirs] = np.nan
        # NaN sorts to the end, so that the nearest come first among the negated.
        closest = -np.sort(np.partition(-likeness, min(NEIGHBOURS, len(others)) - 1), axis=1)
        closest = closest[:, :NEIGHBOURS]
        counted = ~np.isnan(closest)
        sums = np.where(counted, closest, 0.0).sum(axis=1)
        count = counted.sum(axis=1)
        found[some] = np.where(count > 0, sums / np.maximum(count, 1), -1.0)
    return found
