"""How a network is trained: every choice in one place, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from facethemodel.dataset.augment import FaceAugment, SeedAugment
from facethemodel.errors import UsageError

FEWEST_EPOCHS = 3
"""A one-cycle schedule shorter than this has no time to come down."""
_TELLING = 3
"""Passes by which the time of all can be told."""
_LEFT_ALONE = 0.05
"""A plan of passes that is off by no more than this share stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to train one network. Nothing about the machine: the same recipe runs anywhere.

    Attributes:
        epochs: Passes over the training part; where `budget` is set, the passes it was made for.
        most_shown: Crops shown in all passes together, at most: with many photos there are fewer passes. None
            knows no limit.
        most_minutes: Minutes the recipe's own passes may take; a slow machine trains fewer of them. None
            knows no limit, as where a number of passes was asked for.
        budget: Minutes to train for: the passes are made fewer or more to fit; None trains `epochs` passes.
        batch_size: Crops per step.
        optimiser: `sgd` is Nesterov's; `muon` makes the steps of filters orthogonal, see `training.muon`.
        learning_rate: The peak one.
        filter_reach: With `muon`, length of a filter step over the learning rate and the filters' length.
        schedule: `one_cycle` climbs for `warm_up` of the run and comes down to zero along a cosine
            (Smith and Topin, 2018); `constant` stays at the peak.
        weight_decay: On matrices and filters only; biases and batch norms are left alone.
        augment: What is done to the crops at random.
        person_share: Share of the person in each batch; None takes crops as they come.
        per_epoch: Crops shown per pass; None shows as many as there are, but at least `fewest_per_epoch`.
        fewest_per_epoch: Floor of `per_epoch`, so that a small project still gets enough steps.
        label_smoothing: How far the targets 0 and 1 of the person's score are drawn together.
        person_weight: Weight of the person's score in the loss.
        identity_weight: Weight of telling the training identities apart.
        identity_margin: What the right identity's cosine has to win by.
        identity_scale: What cosines are multiplied by before the softmax.
        patience: Stop after this many passes without a better one on the tune part; None runs to the end.
        seed: What all chance is drawn from.
    """

    epochs: int
    most_shown: int | None = None
    most_minutes: float | None = None
    budget: float | None = None
    batch_size: int
    optimiser: Literal["adam", "sgd", "muon"]
    learning_rate: float
    filter_reach: float = 0.3
    momentum: float = 0.9
    schedule: Literal["constant", "one_cycle"]
    warm_up: float = 0.25
    weight_decay: float = 0.0
    augment: SeedAugment | FaceAugment
    person_share: float | None
    per_epoch: int | None = None
    fewest_per_epoch: int = 0
    label_smoothing: float = 0.0
    person_weight: float = 1.0
    identity_weight: float = 0.0
    identity_margin: float = 0.0
    identity_scale: float = 1.0
    patience: int | None = None
    seed: int = 0

    def crops_per_epoch(self, available: int) -> int:
        """Says how many crops one pass shows when `available` different ones are there."""
        return self.per_epoch or max(available, self.fewest_per_epoch)

    def passes(self, crops: int) -> int:
        """Says how many passes there are when each shows `crops` crops."""
        if self.most_shown is None:
            return self.epochs
        return max(FEWEST_EPOCHS, min(self.epochs, self.most_shown // crops))


_RECIPES = {
    # The original's settings. It had as many photos of the person as of others, 3,170 together: batches stay
    # half and half and a pass stays that long. It kept whatever the 50th pass left; we keep the pass that is
    # best on the tune part and stop when ten in a row bring nothing.
    "seed2018": Recipe(
        epochs=50,
        batch_size=32,
        optimiser="adam",
        learning_rate=1e-3,
        schedule="constant",
        augment=SeedAugment(),
        person_share=0.5,
        per_epoch=3_170,
        patience=10,
    ),
    # No early stop: one cycle is at its best when it has come down. Telling the strangers apart is what
    # teaches the network faces; a few hundred photos of one person cannot. Nothing helped as much as many
    # passes, so there are as many as a quarter of an hour on two cores holds (docs/results.md).
    "residual112": Recipe(
        epochs=150,
        most_shown=1_000_000,
        most_minutes=15,
        batch_size=64,
        optimiser="muon",
        learning_rate=0.1,
        schedule="one_cycle",
        weight_decay=5e-4,
        augment=FaceAugment(),
        person_share=0.2,
        fewest_per_epoch=3_000,
        identity_weight=1.0,
        identity_margin=0.35,
        identity_scale=32.0,
    ),
}


def recipe_for(
    network: str, *, epochs: int | None = None, budget: float | None = None, seed: int = 0
) -> Recipe:
    """Gives a network's own recipe.

    Args:
        network: The network's name.
        epochs: Passes instead of the recipe's own; takes precedence over `budget`.
        budget: Minutes to train for instead of a fixed number of passes.
        seed: What all chance is drawn from.

    Raises:
        UsageError: There is no recipe for that network, or a number makes no sense.
    """
    if network not in _RECIPES:
        raise UsageError(
            f"there is no recipe for a network called {network!r}",
            remedy=f"choose one of: {', '.join(_RECIPES)}",
        )
    if epochs is not None and epochs < 1:
        raise UsageError(f"{epochs} passes cannot be trained", remedy="ask for 1 or more")
    if budget is not None and not budget > 0:
        raise UsageError(f"{budget} minutes cannot be trained for", remedy="ask for more than 0")
    recipe = replace(_RECIPES[network], seed=seed)
    if epochs is not None:
        return replace(recipe, epochs=epochs, most_shown=None, most_minutes=None)
    return replace(recipe, budget=budget)


def epochs_that_fit(recipe: Recipe, *, crops: int, tune_crops: int, images_per_second: float) -> int:
    """Says how many passes to run: the recipe's own, or as many as its minutes hold.

    The minutes never cut it below `FEWEST_EPOCHS`. With a budget at most four times the recipe's passes, as
    more only learns the photos by heart; without one never more than the recipe's.

    Args:
        recipe: Says how long it may take.
        crops: Crops shown per pass.
        tune_crops: Crops scored after each pass.
        images_per_second: Speed of the bare training step.
    """
    minutes = _minutes(recipe)
    most = _most_epochs(recipe, crops)
    if minutes is None:
        return most
    seconds = _seconds_per_pass(crops, tune_crops, images_per_second)
    return max(FEWEST_EPOCHS, int(min(most, minutes * 60 / seconds)))


def minutes_of_use(recipe: Recipe, *, crops: int, tune_crops: int, images_per_second: float) -> float | None:
    """Says how long all passes that are of use take, where the budget holds more than those; else None.

    Arguments as for `epochs_that_fit`.
    """
    most = _most_epochs(recipe, crops)
    minutes = _seconds_per_pass(crops, tune_crops, images_per_second) / 60
    return most * minutes if recipe.budget is not None and recipe.budget >= (most + 1) * minutes else None


def epochs_after(recipe: Recipe, *, planned: int, crops: int, seconds: Sequence[float]) -> int:
    """Plans the passes again by what the finished ones took.

    A moment at the start may show a machine faster than it stays when it is warm or shared, or slower.
    Until the peak of the learning rate there may be more or fewer, though never fewer than as many again;
    after it only fewer, where the last passes show that the time would not do: what is left of the schedule
    is then gone through in larger steps (`share_of_schedule`). One or two passes of many tell too little.
    Where no time was set the plan stays.

    Args:
        recipe: Says how long all passes may take.
        planned: Passes planned so far.
        crops: Crops shown per pass.
        seconds: What each finished pass took, at least one of them. Their median counts: one that was
            held up says nothing of the others.
    """
    minutes = _minutes(recipe)
    done, last = len(seconds), max(1, int(recipe.warm_up * planned))
    if minutes is None or done < min(_TELLING, last) or done >= planned:
        return planned
    if done > last:
        left = minutes * 60 - sum(seconds)
        fitting = max(done + 1, int(min(planned, done + left / median(seconds[-_TELLING:]))))
        return planned if planned - fitting <= _LEFT_ALONE * planned else fitting
    fitting = int(min(_most_epochs(recipe, crops), minutes * 60 / median(seconds)))
    fitting = max(FEWEST_EPOCHS, 2 * done, fitting)
    return planned if abs(fitting - planned) <= _LEFT_ALONE * planned else fitting


def share_of_schedule(*, before: float, passes: int, finished: float) -> float:
    """Says how much of the schedule is done, so that it ends with the last pass whenever plans change.

    Args:
        before: The share that was done when the pass began.
        passes: Passes left, this one among them.
        finished: The share of this pass that is done.
    """
    return before + (1.0 - before) * finished / passes


def _seconds_per_pass(crops: int, tune_crops: int, images_per_second: float) -> float:
    # A tenth on top for augmentation, statistics and checkpoint; scoring is a third of a step, twice.
    return (1.1 * crops + 2 / 3 * tune_crops) / images_per_second


def _minutes(recipe: Recipe) -> float | None:
    return recipe.most_minutes if recipe.budget is None else recipe.budget


def _most_epochs(recipe: Recipe, crops: int) -> int:
    return recipe.passes(crops) if recipe.budget is None else 4 * recipe.epochs
