"""How good a pass is, on photos that no step has seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from facethemodel.networks.face import FaceNetwork
from facethemodel.training.recipe import Recipe

_HARDEST = 0.1
_FEWEST_HARD = 20
_TARGET_FMR = 0.05
_WATCHED = 4
"""One pass of so many is judged where that is only to be watched: it takes a twentieth of a pass's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneFigures:
    """What a pass does on the tune part.

    Attributes:
        hard_pair_loss: What passes are compared by; smaller is better. See `judge`.
        auc: Chance that a photo of the person scores above one of a stranger.
        fnmr: Share of the person's photos lost when 5 % of strangers' photos slip through.
    """

    hard_pair_loss: float
    auc: float
    fnmr: float


def judge(scores: NDArray[np.float32], is_person: NDArray[np.bool_]) -> TuneFigures:
    """Judges scores (n,) against the truth (n,); both kinds must be there.

    The pass is chosen by the mean of log(1 + exp(stranger - person)) over all pairs of a photo of the person
    and one of the hardest tenth of the strangers' photos (at least 20). Error rates at a threshold take few
    values on a small tune part and the area under the curve soon stands still at 1; this keeps moving, needs
    no threshold, does not care for a shift of the scores, and looks where the threshold will be.
    """
    person = scores[is_person].astype(np.float64)
    strangers = np.sort(scores[~is_person].astype(np.float64))[::-1]
    hard = strangers[: max(_FEWEST_HARD, int(_HARDEST * len(strangers)))]
    ordered = strangers[::-1]
    below = np.searchsorted(ordered, person, side="left")
    not_above = np.searchsorted(ordered, person, side="right")
    allowed = int(_TARGET_FMR * len(strangers))
    return TuneFigures(
        hard_pair_loss=float(np.logaddexp(0, hard[None, :] - person[:, None]).mean()),
        auc=float((below + not_above).mean() / (2 * len(strangers))),
        fnmr=float((person <= strangers[allowed]).mean()),
    )


def score_crops(
    network: FaceNetwork,
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    *,
    autocast: AbstractContextManager[object],
    batch_size: int = 128,
) -> NDArray[np.float32]:
    """Scores the given rows of `images` (M, S, S, 3) in evaluation mode: logits (n,) in their order."""
    network.eval()
    device = next(network.parameters()).device
    scores = np.empty(len(rows), np.float32)
    with torch.no_grad(), autocast:
        for start in range(0, len(rows), batch_size):
            pixels = torch.from_numpy(images[rows[start : start + batch_size]]).to(device)
            scores[start : start + batch_size] = network(pixels).float().cpu().numpy()
    return scores


def best_epoch(history: Sequence[Mapping[str, Any]]) -> int:
    """Names the pass with the smallest loss on hard pairs, counted from 1; the earliest of equals."""
    return 1 + min(range(len(history)), key=lambda index: history[index]["tune"]["hard_pair_loss"])


def is_judged(epoch: int, *, planned: int, recipe: Recipe) -> bool:
    """Says whether a pass is judged: each where the best is kept; else the first, the last, some between.

    Args:
        epoch: The pass, counted from 1.
        planned: Passes planned.
        recipe: Decides which pass is kept.
    """
    chosen_by_it = recipe.schedule != "one_cycle" or recipe.patience is not None
    return chosen_by_it or epoch == planned or epoch % _WATCHED == 1


def kept_epoch(history: Sequence[Mapping[str, Any]], recipe: Recipe) -> int:
    """Names the pass whose weights are kept, counted from 1: the best one on the tune part.

    The last one that was judged where the learning rate comes down to zero: before that the weights have not
    settled, and on a tune part where nearly nothing is missed the loss on hard pairs tells more of the
    scores' scale.
    """
    if recipe.schedule == "one_cycle":
        return max(at for at, record in enumerate(history, start=1) if "tune" in record)
    return best_epoch(history)


def patience_is_over(history: Sequence[Mapping[str, Any]], recipe: Recipe) -> bool:
    """Says whether the recipe's number of passes went by without a better one."""
    if recipe.patience is None or not history:
        return False
    return len(history) - best_epoch(history) >= recipe.patience
