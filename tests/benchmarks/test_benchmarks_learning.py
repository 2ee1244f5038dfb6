"""The divisions behind the learning curves: nobody is on two sides, and few photos are among many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from benchmarks.learning_people import (
    FEWEST_TESTED,
    PHOTOS,
    PHOTOS_BESIDE_STRANGERS,
    Faces,
    divide,
    plans,
    without_near,
)
from benchmarks.learning_run import draw, lessons, missed, run, shares
from benchmarks.learning_summary import chained, curve, spread, track
from hypothesis import given, settings
from hypothesis import strategies as st

from facethemodel.evaluation.expectation import LEVELS
from facethemodel.training.recipe import recipe_for

crowds = st.lists(st.integers(1, 130), min_size=3, max_size=40)


def album(counts: Sequence[int]) -> tuple[list[str], list[str]]:
    """Names and photos of people with so many photos each."""
    who = [f"p{number}" for number, count in enumerate(counts) for _ in range(count)]
    return who, [f"{name}-{position}" for position, name in enumerate(who)]


@settings(deadline=None)
@given(crowds, st.integers(0, 3), st.sampled_from([None, 1, 3]))
def test_nobody_is_on_two_sides(counts: list[int], seed: int, persons: int | None) -> None:
    who, shas = album(counts)
    division = divide(who, shas, seed=seed, tested=10, persons=persons)
    learned, tested, playing = set(division.learned), set(division.tested), set(division.pools)
    assert learned | tested | playing == set(who)
    assert len(learned) + len(tested) + len(playing) == len(set(who))
    for name, pool in division.pools.items():
        judged = division.judged[name]
        assert len(pool) in PHOTOS
        assert len(judged) >= FEWEST_TESTED
        assert sorted((*pool, *judged)) == [place for place, one in enumerate(who) if one == name]
    assert divide(who, shas, seed=seed, tested=10, persons=persons) == division


@settings(deadline=None)
@given(crowds)
def test_every_person_goes_through_all_its_numbers_of_photos(counts: list[int]) -> None:
    division = divide(*album([*counts, 60]), seed=0, tested=10)
    found = plans(division, ["photos"])
    for name, pool in division.pools.items():
        assert {plan.photos[name] for plan in found} == {count for count in PHOTOS if count <= len(pool)}
    assert {plan.strangers for plan in found} == {division.learned}


def test_few_strangers_are_among_many_and_beside_them_the_photos_stay_the_same() -> None:
    division = divide(*album([1] * 400 + [2] * 100 + [30] * 4 + [20] * 3), seed=1, tested=100)
    found = plans(division, ["strangers"])
    assert [plan.others for plan in found] == [50, 100, 200, len(division.learned) + 3]
    assert {tuple(plan.photos.values()) for plan in found} == {(PHOTOS_BESIDE_STRANGERS,) * 4}
    for few, many in pairwise(found):
        assert set(few.strangers) < set(many.strangers)


def test_a_training_sees_no_judged_photo_and_no_tested_stranger() -> None:
    who, shas = album([1] * 60 + [45, 30, 25])
    faces = Faces(images=np.zeros((len(who), 1, 1, 3), np.uint8), who=tuple(who), shas=tuple(shas))
    division = divide(who, shas, seed=0, tested=20)
    for plan in plans(division, ["photos"]):
        lesson = lessons(faces, division, plan)
        shown = set(draw(np.random.default_rng(0), lesson, steps=40, size=16, share=0.25).ravel().tolist())
        assert not shown & {place for own in division.judged.values() for place in own}
        assert not {who[place] for place in shown} & set(division.tested)
        assert {who[place] for place in shown} == {*plan.strangers, *plan.photos}
        assert {len(own) for own in lesson.persons} == set(plan.photos.values())
        assert (lesson.label[sorted(shown)] >= 0).all()


def test_persons_share_their_part_of_a_batch_evenly_whatever_they_have() -> None:
    who, shas = album([1] * 60 + [45, 30])
    faces = Faces(images=np.zeros((len(who), 1, 1, 3), np.uint8), who=tuple(who), shas=tuple(shas))
    division = divide(who, shas, seed=0, tested=20)
    lesson = lessons(faces, division, plans(division, ["photos"])[0])
    order = draw(np.random.default_rng(0), lesson, steps=50, size=16, share=0.25)
    times = [int(np.isin(order, own).sum()) for own in lesson.persons]
    assert times == [100, 100]
    assert order.shape == (50, 16)


@pytest.mark.slow
def test_one_training_judges_everybody_who_plays() -> None:
    who, shas = album([1] * 60 + [32, 25])
    images = np.random.default_rng(0).integers(0, 255, (len(who), 112, 112, 3), dtype=np.uint8)
    faces = Faces(images=images, who=tuple(who), shas=tuple(shas))
    division = divide(who, shas, seed=0, tested=20)
    recipe = replace(recipe_for("residual112", epochs=1), per_epoch=128)
    plan = plans(division, ["photos"])[1]
    found = run(faces, division, plan, recipe=recipe, device="cpu")
    assert found["steps"] == -(-128 // recipe.batch_size)
    assert found["others"] == 41
    results = found["results"]
    assert isinstance(results, list)
    assert [(one["who"], one["photos"], one["judged"]) for one in results] == [
        ("p60", 20, 12),
        ("p61", 10, 15),
    ]
    for one in results:
        assert 0 <= one["missed"][0] <= 1
        # One of 20 strangers is 5 %: there is no line for 1 %.
        assert one["missed"][1:] == [None, None]


def test_a_near_duplicate_of_the_same_person_is_left_out() -> None:
    assert without_near(["a", "a", "b", "a"], [0, 0b11, 0b11, None], distance=2) == [0, 2, 3]


@pytest.mark.parametrize(("level", "share"), [(0.5, 0.25), (0.25, 0.5), (0.1, None)])
def test_the_line_lets_no_more_strangers_pass_than_the_level(level: float, share: float | None) -> None:
    strangers = np.array([5.0, 4.0, 3.0, 2.0])
    person = np.array([6.0, 4.5, 3.5, 1.0])
    assert missed(person, strangers, np.full(4, 0.25), level=level) == share


def test_everybody_counts_the_same() -> None:
    assert shares(["a", "b", "a", "a"]) == pytest.approx([1 / 6, 1 / 2, 1 / 6, 1 / 6])


def test_a_step_is_measured_on_those_who_took_it() -> None:
    found = {10: {"easy": 0.2, "hard": 0.6}, 20: {"hard": 0.3}, 50: {"hard": 0.15}}
    assert chained(found) == pytest.approx([0.4, 0.2, 0.1])
    assert chained({10: {"a": 0.0}, 20: {"a": 0.0}}) == [0.0, 0.0]


def test_two_people_are_no_range() -> None:
    assert spread({"a": 0.1, "b": 0.5}, 0.3).low is None
    assert spread({"a": 0.1, "b": 0.5, "c": 0.2}, 0.05).low == 0.05


def test_lines_become_a_curve_and_a_level_without_figures_stays_empty() -> None:
    lines = [
        {
            "curve": "photos",
            "others": 100,
            "results": [
                {"who": who, "photos": count, "missed": [share / 2, share, None]}
                for who, share in (("a", share), ("b", share + 0.1))
            ],
        }
        for count, share in ((10, 0.4), (20, 0.3), (10, 0.6))
    ]
    found = curve(lines, "photos")
    assert [(point.count, point.people) for point in found.points] == [(10, 2), (20, 2)]
    assert found.beside == 100
    assert all(point.missed[2] is None for point in found.points)
    assert track(lines, "photos", LEVELS[1]).shares[10] == pytest.approx({"a": 0.5, "b": 0.6})
    assert curve(lines, "strangers").points == ()
