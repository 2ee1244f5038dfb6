"""What is made small, what is chosen by, and how long the steps are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import pytest
import torch

from facethemodel.errors import UsageError
from facethemodel.networks import NETWORKS, NetworkSpec
from facethemodel.training.losses import cosine_margin_loss, person_loss, training_loss
from facethemodel.training.optimiser import learning_rate, make_optimiser
from facethemodel.training.recipe import (
    Recipe,
    epochs_after,
    epochs_that_fit,
    minutes_of_use,
    recipe_for,
    share_of_schedule,
)
from facethemodel.training.tune import is_judged, judge


def test_cosine_margin_loss_is_the_papers_equation() -> None:
    cosines = torch.tensor([[0.9, 0.1, -0.3], [0.2, 0.5, 0.4]])
    right = [0, 2]
    scale, margin = 10.0, 0.2
    expected = 0.0
    for row, target in zip(cosines.tolist(), right, strict=True):
        own = math.exp(scale * (row[target] - margin))
        others = sum(math.exp(scale * value) for index, value in enumerate(row) if index != target)
        expected -= math.log(own / (own + others)) / 2
    loss = cosine_margin_loss(cosines, torch.tensor(right), margin=margin, scale=scale)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_photos_of_strangers_whom_nobody_named_do_not_count() -> None:
    cosines = torch.tensor([[0.9, 0.1], [0.2, 0.5]], requires_grad=True)
    one = cosine_margin_loss(cosines[:1], torch.tensor([0]), margin=0.1, scale=4.0)
    both = cosine_margin_loss(cosines, torch.tensor([0, -1]), margin=0.1, scale=4.0)
    none = cosine_margin_loss(cosines, torch.tensor([-1, -1]), margin=0.1, scale=4.0)
    assert float(both.detach()) == pytest.approx(float(one.detach()))
    assert float(none.detach()) == 0.0
    (gradient,) = torch.autograd.grad(none, cosines)
    assert torch.equal(gradient, torch.zeros_like(gradient))


def test_smoothing_draws_the_targets_together() -> None:
    sure = torch.tensor([20.0, -20.0])
    is_person = torch.tensor([True, False])
    assert float(person_loss(sure, is_person, smoothing=0.0)) < 1e-6
    assert float(person_loss(sure, is_person, smoothing=0.2)) == pytest.approx(2.0, rel=1e-3)


def test_the_tasks_are_added_up_and_the_person_is_the_last_class(recipe: Recipe) -> None:
    cosines = torch.tensor([[0.9, 0.1, 0.3], [0.2, 0.5, -0.4], [0.3, 0.3, 0.8], [0.1, 0.7, 0.2]])
    score = torch.tensor([1.0, -2.0, 0.5, -0.1])
    network: Any = SimpleNamespace(
        head=lambda embedding: score, identity_cosines=lambda embedding: cosines, projection=None
    )
    is_person, identity = torch.tensor([True, False, False, False]), torch.tensor([-1, 1, 0, -1])
    asked = replace(recipe, person_weight=2.0, identity_weight=0.5, label_smoothing=0.1)
    found = training_loss(network, torch.zeros(4, 2), is_person, identity, recipe=asked)
    # The person is the class behind the strangers; nobody knows who is on the last photo.
    told = cosine_margin_loss(
        cosines, torch.tensor([2, 1, 0, -1]), margin=asked.identity_margin, scale=asked.identity_scale
    )
    person = person_loss(score, is_person, smoothing=0.1)
    assert float(found) == pytest.approx(2.0 * float(person) + 0.5 * float(told))


def test_judge_agrees_with_counting() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=300).astype(np.float32).round(1)
    is_person = np.arange(300) < 100
    scores[is_person] += np.float32(1)
    figures = judge(scores, is_person)
    person, strangers = scores[is_person], scores[~is_person]
    pairs = [(float(p > s) + float(p == s) / 2) for p in person for s in strangers]
    assert figures.auc == pytest.approx(np.mean(pairs))
    # Of 200 strangers ten may slip through: who scores no higher than the eleventh is lost.
    assert figures.fnmr == pytest.approx(float(np.mean(person <= np.sort(strangers)[-11])))
    hard = np.sort(strangers)[-20:]
    expected = np.mean([math.log1p(math.exp(s - p)) for p in person for s in hard])
    assert figures.hard_pair_loss == pytest.approx(expected, rel=1e-6)


def test_judge_does_not_care_for_a_shift_and_sees_what_the_curve_does_not() -> None:
    is_person = np.array([True] * 3 + [False] * 3)
    near = judge(np.array([3, 2, 1, 0, -1, -2], np.float32), is_person)
    shifted = judge(np.array([8, 7, 6, 5, 4, 3], np.float32), is_person)
    wide = judge(np.array([6, 5, 4, 0, -1, -2], np.float32), is_person)
    assert near == shifted
    assert near.auc == wide.auc == 1.0
    assert wide.hard_pair_loss < near.hard_pair_loss


def test_only_some_passes_are_judged_where_the_last_one_is_kept() -> None:
    cycle, seed = recipe_for("residual112"), recipe_for("seed2018")
    judged = [epoch for epoch in range(1, 13) if is_judged(epoch, planned=12, recipe=cycle)]
    assert judged == [1, 5, 9, 12]
    assert all(is_judged(epoch, planned=12, recipe=seed) for epoch in range(1, 13))


def test_one_cycle_climbs_to_the_peak_and_comes_down_to_nothing() -> None:
    recipe = recipe_for("residual112")
    rates = [learning_rate(recipe, step / 1000) for step in range(1000)]
    peak = rates.index(max(rates))
    assert peak == round(1000 * recipe.warm_up)
    assert max(rates) == pytest.approx(recipe.learning_rate)
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] < 1e-4 * recipe.learning_rate


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_has_a_recipe_of_its_own(network: str) -> None:
    recipe = recipe_for(network, epochs=7, budget=3.0, seed=4)
    assert (recipe.epochs, recipe.budget, recipe.seed) == (7, None, 4)
    assert recipe_for(network, budget=3.0).budget == 3.0


def test_only_ours_has_a_limit_of_time() -> None:
    """As the README, `train --help` and docs/settings.md promise."""
    assert recipe_for("residual112").most_minutes == 15
    assert recipe_for("seed2018").most_minutes is None


def test_the_originals_recipe_is_the_originals() -> None:
    recipe = recipe_for("seed2018")
    assert (recipe.optimiser, recipe.learning_rate, recipe.batch_size, recipe.epochs) == (
        "adam",
        1e-3,
        32,
        50,
    )
    assert {learning_rate(recipe, done / 10) for done in range(10)} == {1e-3}


@pytest.mark.parametrize("optimiser", ["sgd", "adam", "muon"])
def test_only_matrices_and_filters_decay(
    tiny: NetworkSpec, recipe: Recipe, optimiser: Literal["sgd", "adam", "muon"]
) -> None:
    network = tiny.build(5)
    made = make_optimiser(network, replace(recipe, optimiser=optimiser, weight_decay=0.01))
    decays = {id(one): group["weight_decay"] for group in made.param_groups for one in group["params"]}
    for name, weights in network.named_parameters():
        # Filters that are turned keep their length by themselves.
        turned = optimiser == "muon" and weights.ndim == 4 and weights.shape[1] > 3
        assert decays[id(weights)] == (0.01 if weights.ndim > 1 and not turned else 0.0), name
    if optimiser == "adam":
        # That of Keras, as in 2018.
        assert made.defaults["eps"] == 1e-7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"epochs": 0}, "0 passes"), ({"budget": 0.0}, "0.0 minutes"), ({"budget": math.nan}, "nan minutes")],
)
def test_senseless_numbers_are_refused(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        recipe_for("residual112", **arguments)  # type: ignore[arg-type]


def test_a_network_without_recipe_is_named() -> None:
    with pytest.raises(UsageError, match="resnet50"):
        recipe_for("resnet50")


def test_many_photos_are_shown_less_often() -> None:
    recipe = replace(recipe_for("residual112"), epochs=40, most_shown=100_000)
    assert [recipe.passes(crops) for crops in (1_000, 2_500, 10_000, 90_000)] == [40, 40, 10, 3]
    assert replace(recipe, most_shown=None).passes(90_000) == 40


def test_asked_for_passes_are_what_one_gets() -> None:
    recipe = recipe_for("residual112", epochs=9)
    assert epochs_that_fit(recipe, crops=1_000_000, tune_crops=0, images_per_second=1.0) == 9


def test_a_slow_machine_gets_fewer_passes_and_a_fast_one_no_more() -> None:
    recipe = replace(recipe_for("residual112"), epochs=40, most_shown=None, most_minutes=10)

    def passes(speed: float) -> int:
        return epochs_that_fit(recipe, crops=10_000, tune_crops=1_500, images_per_second=speed)

    assert passes(200.0) == 10
    assert passes(1.0) == 3
    assert passes(1e6) == 40


def test_a_budget_buys_passes_in_proportion_to_speed() -> None:
    recipe = recipe_for("residual112", budget=10)

    def passes(speed: float) -> int:
        return epochs_that_fit(recipe, crops=10_000, tune_crops=1_500, images_per_second=speed)

    # 10,000 crops with a tenth on top and 1,500 scored twice at three times the speed: 12,000 units a pass.
    assert passes(200.0) == 10
    assert passes(400.0) == 20
    assert passes(1.0) == 3
    # As the README, `train --help` and docs/settings.md say.
    assert passes(1e6) == 4 * recipe.epochs == 600
    assert 4 * recipe_for("seed2018").epochs == 200


@pytest.mark.parametrize(
    ("planned", "seconds", "after"),
    [
        pytest.param(40, [15.0] * 3, 40, id="as measured"),
        pytest.param(40, [15.7] * 3, 40, id="off by less than a twentieth"),
        pytest.param(40, [16.0] * 3, 37, id="off by more"),
        pytest.param(40, [20.0] * 3, 30, id="slower"),
        pytest.param(40, [20.0] * 2, 40, id="two passes tell little"),
        pytest.param(20, [15.0] * 3, 40, id="faster"),
        pytest.param(20, [1.0] * 3, 40, id="never more than the recipe has"),
        pytest.param(40, [15.0, 15.0, 500.0], 40, id="one held up"),
        pytest.param(40, [30.0] * 10, 20, id="at the peak"),
        pytest.param(40, [30.0] * 11, 20, id="after the peak"),
        pytest.param(40, [15.0] * 20 + [30.0] * 3, 30, id="slower half way"),
        pytest.param(40, [15.0] * 20 + [30.0], 40, id="half way one held up"),
        pytest.param(40, [15.0] * 20 + [5.0] * 3, 40, id="after the peak never more"),
        pytest.param(40, [15.0] * 30 + [1e6] * 2, 33, id="no time left"),
        pytest.param(40, [15.0] * 38 + [1e6] * 2, 40, id="finished"),
        pytest.param(40, [100.0] * 5, 10, id="time to come down"),
        pytest.param(40, [1e6] * 3, 6, id="hopeless"),
        pytest.param(3, [15.0], 40, id="a short plan after its first pass"),
    ],
)
def test_passes_are_planned_anew_by_what_the_first_ones_take(
    planned: int, seconds: list[float], after: int
) -> None:
    recipe = replace(recipe_for("residual112"), epochs=40, most_shown=None, most_minutes=10)
    assert epochs_after(recipe, planned=planned, crops=10_000, seconds=seconds) == after


def test_the_schedule_ends_with_the_last_pass_however_plans_change() -> None:
    def through(plans: Sequence[int]) -> list[float]:
        done, found = 0.0, []
        for number, planned in enumerate(plans):
            found.append(share_of_schedule(before=done, passes=planned - number, finished=0.5))
            done = share_of_schedule(before=done, passes=planned - number, finished=1.0)
        return [*found, done]

    assert through([4] * 4) == pytest.approx([0.125, 0.375, 0.625, 0.875, 1.0])
    changed = through([8, 8, 8, 8, 6, 6])
    assert changed[3] == pytest.approx(3.5 / 8)
    assert changed[-1] == 1.0
    steps = np.diff(changed[:-1])
    assert (steps > 0).all()
    assert steps[-1] == pytest.approx(2 / 8)


def test_a_number_of_passes_that_was_asked_for_is_not_planned_anew() -> None:
    recipe = recipe_for("residual112", epochs=9)
    assert epochs_after(recipe, planned=9, crops=10_000, seconds=[1e6]) == 9


@pytest.mark.parametrize("minutes", [1e308, float("inf")])
def test_no_end_of_minutes_is_as_many_passes_as_are_of_use(minutes: float) -> None:
    recipe = recipe_for("residual112", budget=minutes)
    most = 4 * recipe.epochs
    assert epochs_that_fit(recipe, crops=10_000, tune_crops=0, images_per_second=100.0) == most
    assert epochs_after(recipe, planned=most, crops=10_000, seconds=[12.0] * 3) == most
    late = [12.0] * (most // 2)
    assert epochs_after(recipe, planned=most, crops=10_000, seconds=late) == most


def test_minutes_that_hold_more_than_is_of_use_are_told() -> None:
    def told(minutes: float | None) -> float | None:
        recipe = recipe_for("residual112", budget=minutes)
        return minutes_of_use(recipe, crops=10_000, tune_crops=1_500, images_per_second=2_000.0)

    # 600 passes of 6 seconds are an hour; another one has no place in it.
    assert [told(minutes) for minutes in (None, 30, 60)] == [None] * 3
    assert [told(minutes) for minutes in (60.2, 600, float("inf"))] == [pytest.approx(60)] * 3


def test_a_budget_is_planned_anew_beyond_the_recipes_own_passes() -> None:
    recipe = recipe_for("residual112", budget=60)
    most = 4 * recipe.epochs
    assert epochs_after(recipe, planned=recipe.epochs, crops=10_000, seconds=[12.0] * 3) == 300
    assert epochs_after(recipe, planned=recipe.epochs, crops=10_000, seconds=[1.0] * 3) == most
