from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from facethemodel.battery.drawn import draw
from facethemodel.battery.ladders import LADDERS, climb
from facethemodel.battery.shots import Shot, as_file, chosen, make, one_of_each, seed_of
from facethemodel.battery.subject import Subject
from facethemodel.photos.decode import decode

MakeSubject = Callable[..., Subject]


def pixels_of(made: object) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    if isinstance(made, bytes):
        return decode(made).pixels
    assert isinstance(made, np.ndarray)
    return made


@pytest.mark.parametrize("name", ["blur", "JPEG", "darker", "brighter", "noise"])
def test_each_rung_is_farther_from_the_photo(make_subject: MakeSubject, name: str) -> None:
    portrait = draw("people", 3)
    subject = replace(make_subject(width=250, height=250), pixels=portrait)
    (ladder,) = (one for one in LADDERS if one.name == name)
    away = [
        float(np.abs(pixels_of(climb(name, rung, subject)).astype(float) - subject.pixels).mean())
        for rung in ladder.rungs
    ]
    assert away[0] > 0
    assert away == sorted(away)


def test_a_stop_halves_the_light() -> None:
    grey = np.full((4, 4, 3), 188, np.uint8)
    subject = Subject(pixels=grey, box=(0.0, 0.0, 4.0, 4.0), landmarks=np.zeros((5, 2)))
    # sRGB 188 is half of the light of white, sRGB 137 a quarter.
    assert pixels_of(climb("darker", 1, subject))[0, 0, 0] == pytest.approx(137, abs=1)
    assert pixels_of(climb("brighter", 1, subject))[0, 0, 0] == pytest.approx(255, abs=1)


def test_a_small_face_has_no_rung_of_a_larger_one(make_subject: MakeSubject) -> None:
    subject = make_subject(side=50.0)
    assert climb("size", 56, subject) is None
    small = pixels_of(climb("size", 25, subject))
    assert small.shape == (80, 100, 3)


def test_blur_is_told_for_a_face_of_one_size(make_subject: MakeSubject) -> None:
    near, far = make_subject(side=100.0), make_subject(side=20.0)
    left = [float(pixels_of(climb("blur", 3, one)).std()) for one in (near, far)]
    assert left[0] < left[1]


def test_a_file_holds_the_very_pixels(make_subject: MakeSubject) -> None:
    subject = make_subject(width=31, height=17, side=10.0)
    assert np.array_equal(decode(as_file(subject.pixels)).pixels, subject.pixels)


def test_a_shot_becomes_the_same_file_each_time(make_subject: MakeSubject) -> None:
    subject, other = make_subject(), make_subject(level=60)
    for shot in (
        Shot(name="gradients", seed=3),
        Shot(name="the person mirrored", photo="a"),
        Shot(name="left half a stranger", photo="a", other="b"),
        Shot(name="noise", rung=20, whose="person", photo="a", seed=9),
    ):
        first = make(shot, subject, other)
        assert first is not None
        assert first == make(shot, subject, other)
    assert make(Shot(name="gradients", seed=3)) != make(Shot(name="gradients", seed=4))
    with pytest.raises(ValueError, match="made of a photo"):
        make(Shot(name="the person mirrored", photo="a"))


def test_a_choice_does_not_hang_on_what_else_is_there() -> None:
    shas = [f"{number:064x}" for number in range(60)]
    few = chosen(shas, 10)
    assert few == chosen(reversed(shas), 10)
    assert set(chosen(shas[:40], 40)) == set(shas[:40])
    kept = [sha for sha in shas if sha not in few[:3]]
    assert chosen(kept, 7) == few[3:]


def test_each_draw_is_chosen_once() -> None:
    shas = [f"{number:064x}" for number in range(9)]
    draws = ["a", "a", "a", "b", "b", "\0burst", "\0burst", "\0alone", "c"]
    picked = one_of_each(shas, draws)
    assert sorted(draws[shas.index(sha)] for sha in picked) == ["\0alone", "\0burst", "a", "b", "c"]
    assert picked == one_of_each(shas, draws)


def test_seeds_differ_by_name() -> None:
    assert len({seed_of(name, number) for name in "abc" for number in range(50)}) == 150
    assert seed_of("a", 1) == seed_of("a", 1)
