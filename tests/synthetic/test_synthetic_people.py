from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.faces.detect import Detector
from facethemodel.faces.gate import Gate
from facethemodel.synthetic.people import Identity, Variation, draw_photo

PLAIN = replace(
    Variation.from_seed(5),
    age=0.3,
    grey_hair=0.0,
    hair_style="side",
    hair_tone=0.0,
    facial_hair="none",
    glasses=False,
    smile=0.1,
    mouth_open=0.0,
    yaw=0.0,
    pitch=0.0,
    roll=0.0,
    warmth=0.5,
    light_azimuth=20.0,
    light_elevation=30.0,
    backdrop="gradient",
    scale=0.32,
    shift_x=0.0,
    shift_y=0.0,
    blur=0.0,
    noise=0.0,
    monochrome=False,
)
SOMEBODY = replace(Identity.from_seed(12), skin=(224.0, 176.0, 148.0), hair=(50.0, 35.0, 26.0))
HEAD, EYES, CHIN, CROWN = (
    (slice(45, 205), slice(60, 190)),
    (slice(110, 145), slice(75, 175)),
    (slice(172, 208), slice(85, 165)),
    (slice(45, 78), slice(85, 165)),
)


def mean_change(first: NDArray[np.uint8], second: NDArray[np.uint8], where: tuple[slice, slice]) -> float:
    return float(np.abs(first[where].astype(float) - second[where].astype(float)).mean())


@pytest.mark.parametrize("size", [64, 250, 301])
def test_a_photo_is_square_rgb_of_the_size_asked_for(size: int) -> None:
    photo = draw_photo(Identity.from_seed(3), 4, size=size)
    assert photo.shape == (size, size, 3)
    assert photo.dtype == np.uint8
    assert photo.std() > 10


def test_the_same_seeds_give_the_same_pixels() -> None:
    first = draw_photo(Identity.from_seed(3), Variation.from_seed(4, identity=Identity.from_seed(3)))
    again = draw_photo(Identity.from_seed(3), 4)
    assert np.array_equal(first, again)


def test_other_seeds_give_other_people_and_other_circumstances() -> None:
    people = [Identity.from_seed(seed) for seed in range(30)]
    assert len(set(people)) == 30
    assert len({Variation.from_seed(seed, identity=people[0]) for seed in range(30)}) == 30


def test_faces_of_two_people_differ_more_than_two_photos_of_a_burst() -> None:
    others = [
        replace(Identity.from_seed(seed), skin=SOMEBODY.skin, hair=SOMEBODY.hair) for seed in range(40, 46)
    ]
    mine = draw_photo(SOMEBODY, PLAIN)
    burst = max(mean_change(mine, draw_photo(SOMEBODY, PLAIN.nearby(seed)), HEAD) for seed in range(4))
    strangers = min(mean_change(mine, draw_photo(other, PLAIN), HEAD) for other in others)
    assert strangers > 1.2 * burst


@pytest.mark.parametrize(
    ("change", "where", "elsewhere"),
    [
        ({"glasses": True}, EYES, CHIN),
        ({"facial_hair": "beard"}, CHIN, CROWN),
        ({"mouth_open": 0.9}, (slice(158, 195), slice(95, 155)), CROWN),
        ({"hair_style": "bald"}, CROWN, CHIN),
        ({"grey_hair": 1.0}, CROWN, CHIN),
    ],
)
def test_a_change_shows_where_it_belongs(
    change: dict[str, object], where: tuple[slice, slice], elsewhere: tuple[slice, slice]
) -> None:
    before = draw_photo(SOMEBODY, PLAIN)
    after = draw_photo(SOMEBODY, replace(PLAIN, **change))  # type: ignore[arg-type]
    assert mean_change(before, after, where) > 4
    assert mean_change(before, after, where) > 2 * mean_change(before, after, elsewhere)


@pytest.mark.parametrize(
    "change",
    [
        {"yaw": 25.0},
        {"pitch": 14.0},
        {"roll": -12.0},
        {"light_azimuth": -60.0},
        {"age": 1.0},
        {"smile": 1.0},
        {"exposure": 1.25},
        {"backdrop": "shelf"},
        {"warmth": -1.0},
        {"noise": 9.0},
        {"blur": 2.0},
    ],
)
def test_every_other_circumstance_is_visible(change: dict[str, object]) -> None:
    before = draw_photo(SOMEBODY, PLAIN)
    after = draw_photo(SOMEBODY, replace(PLAIN, **change))  # type: ignore[arg-type]
    assert mean_change(before, after, (slice(0, 250), slice(0, 250))) > 0.7


@pytest.mark.parametrize("shift", [(0.9, 0.0), (-0.9, 0.0), (0.0, 0.6), (0.0, -0.9), (3.0, 3.0), (0.3, 0.31)])
@pytest.mark.parametrize("scale", [0.04, 0.3, 0.6])
def test_a_head_may_leave_the_picture(shift: tuple[float, float], scale: float) -> None:
    away = replace(PLAIN, shift_x=shift[0], shift_y=shift[1], scale=scale, glasses=True, facial_hair="beard")
    assert draw_photo(SOMEBODY, away, size=80).shape == (80, 80, 3)


def test_light_from_the_right_brightens_the_right_cheek() -> None:
    left, right = (slice(135, 165), slice(78, 100)), (slice(135, 165), slice(150, 172))
    from_right = draw_photo(SOMEBODY, replace(PLAIN, light_azimuth=55.0, ambient=0.35))
    from_left = draw_photo(SOMEBODY, replace(PLAIN, light_azimuth=-55.0, ambient=0.35))
    assert from_right[right].mean() > from_right[left].mean() + 10
    assert from_left[left].mean() > from_left[right].mean() + 10


def test_a_black_and_white_photo_has_no_colour() -> None:
    photo = draw_photo(SOMEBODY, replace(PLAIN, monochrome=True, noise=5.0)).astype(int)
    assert np.abs(photo[..., 0] - photo[..., 2]).max() <= 1


def test_beards_and_grey_hair_depend_on_the_person() -> None:
    people = [Identity.from_seed(seed) for seed in range(60)]
    for person in people:
        drawn = [Variation.from_seed(seed, identity=person) for seed in range(25)]
        grown = any(variation.facial_hair != "none" for variation in drawn)
        assert grown == person.grows_beard
        assert all(variation.grey_hair == 0 for variation in drawn if variation.age <= 0.5)


@pytest.mark.parametrize(
    ("field", "low", "high"),
    [("yaw", -30, 30), ("pitch", -15, 15), ("roll", -15, 15), ("jpeg_quality", 50, 97)],
)
def test_circumstances_stay_within_their_bounds(field: str, low: float, high: float) -> None:
    values = np.array([getattr(Variation.from_seed(seed), field) for seed in range(300)])
    assert values.min() >= low
    assert values.max() <= high
    assert values.std() > 0.1 * (high - low)


def test_no_colour_alone_tells_people_apart() -> None:
    skins = np.array([Identity.from_seed(seed).skin for seed in range(300)])
    nearest = np.array([np.sort(np.linalg.norm(skins - skin, axis=1))[3] for skin in skins])
    # Three others at least are within the change that a warmer lamp makes.
    assert np.mean(nearest < 15) > 0.9


def accepted_share(count: int) -> float:
    detector = Detector()
    gate = Gate(detector)
    accepted = 0
    for seed in range(count):
        photo = draw_photo(Identity.from_seed(70_000 + seed), 80_000 + seed)
        scores = gate.scores(photo, detector.detect(photo))
        accepted += max(scores, default=0.0) >= gate.threshold
    return accepted / count


def test_the_gate_takes_drawn_people_for_people() -> None:
    assert accepted_share(40) >= 0.92


@pytest.mark.slow
def test_the_gate_takes_nearly_all_drawn_people_for_people() -> None:
    assert accepted_share(500) >= 0.98
