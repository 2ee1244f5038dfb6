from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from facethemodel.battery.changes import CHANGES, HALVES, change, halves, turned
from facethemodel.battery.families import FAMILIES
from facethemodel.battery.subject import Subject
from facethemodel.catalogue.records import Face
from facethemodel.photos.decode import Decoded

MakeSubject = Callable[..., Subject]


@pytest.mark.parametrize("maker", CHANGES)
def test_a_change_leaves_the_photo_itself_alone_and_is_the_same_each_time(
    make_subject: MakeSubject, maker: str
) -> None:
    subject = make_subject()
    before = subject.pixels.copy()
    changed = change(maker, subject, seed=5)
    assert changed.dtype == np.uint8
    assert np.array_equal(changed, change(maker, subject, seed=5))
    assert np.array_equal(subject.pixels, before)


@pytest.mark.parametrize("maker", ["upside_down", "mirrored", "negative"])
def test_done_twice_these_undo_themselves(make_subject: MakeSubject, maker: str) -> None:
    subject = make_subject()
    once = Subject(pixels=change(maker, subject), box=subject.box, landmarks=subject.landmarks)
    assert not np.array_equal(once.pixels, subject.pixels)
    assert np.array_equal(change(maker, once), subject.pixels)


def test_covers_hide_their_part_and_nothing_else(make_subject: MakeSubject) -> None:
    subject = make_subject()
    eyes, mouth = change("eyes_covered", subject), change("mouth_covered", subject)
    for picture, hidden, seen in ((eyes, (0, 1), (3, 4)), (mouth, (3, 4), (0, 1))):
        different = (picture != subject.pixels).any(axis=2)
        for index in hidden:
            x, y = subject.landmarks[index].astype(int)
            assert different[y - 3 : y + 4, x - 3 : x + 4].mean() > 0.9
        for index in seen:
            x, y = subject.landmarks[index].astype(int)
            assert not different[y - 3 : y + 4, x - 3 : x + 4].any()
        assert different.mean() < 0.15


def test_a_mosaic_has_few_colours_in_the_face_and_keeps_the_rest(make_subject: MakeSubject) -> None:
    subject = make_subject()
    picture = change("mosaic", subject)
    x, y, width, height = (int(value) for value in subject.box)
    inside = picture[y : y + height, x : x + width].reshape(-1, 3)
    assert len(np.unique(inside, axis=0)) < 150
    assert np.array_equal(picture[:, :40], subject.pixels[:, :40])


@pytest.mark.parametrize("maker", HALVES)
def test_half_a_face_is_the_others_and_the_rest_of_the_photo_stays(
    make_subject: MakeSubject, maker: str
) -> None:
    dark, light = make_subject(level=60), make_subject(level=200, side=50.0, width=120, height=120)
    picture = halves(maker, dark, light).mean(axis=2)
    x, y = dark.centre.astype(int)
    reach = 18
    parts = {
        "left_half": picture[y - 5 : y + 5, x - reach : x - 4],
        "right_half": picture[y - 5 : y + 5, x + 4 : x + reach],
        "lower_half": picture[y + 16 : y + 30, x - 8 : x + 8],
    }
    upper = picture[y - 30 : y - 10, x - 8 : x + 8]
    for name, part in parts.items():
        if name == maker or (maker != "lower_half" and name == "lower_half"):
            continue
        if maker == "lower_half":
            assert upper.mean() < 100
        else:
            assert part.mean() < 100
    assert parts[maker].mean() > 160
    assert np.array_equal(halves(maker, dark, light)[:, :40], dark.pixels[:, :40])


def test_a_turned_photo_keeps_all_of_itself(make_subject: MakeSubject) -> None:
    subject = make_subject()
    height, width = subject.pixels.shape[:2]
    right = turned(subject, 90)
    assert abs(right.shape[0] - width) <= 1
    assert abs(right.shape[1] - height) <= 1
    # Clockwise: what was on the left is on top.
    marked = subject.pixels.copy()
    marked[:, :30] = 255
    other = Subject(pixels=marked, box=subject.box, landmarks=subject.landmarks)
    assert turned(other, 90)[2:25, 5:-5].mean() > 240
    assert turned(subject, 45).shape[0] > height


def test_prints_and_screens_show_the_whole_photo_in_the_middle(make_subject: MakeSubject) -> None:
    subject = make_subject(level=90)
    smooth = cv2.GaussianBlur(subject.pixels, (0, 0), 3).mean()
    for maker in ("print", "screen"):
        picture = change(maker, subject, seed=2)
        assert picture.shape[0] > subject.pixels.shape[0]
        assert picture.shape[1] > subject.pixels.shape[1]
        middle = picture[picture.shape[0] // 2 - 20 :, picture.shape[1] // 2 - 20 :][:40, :40]
        assert abs(middle.mean() - smooth) < 35


def test_every_family_made_of_photos_has_its_change() -> None:
    makers = {one.maker for one in FAMILIES if one.made_of != "nothing"}
    assert makers == set(CHANGES) | set(HALVES)


def test_a_face_is_brought_to_the_pixels_at_hand() -> None:
    decoded = Decoded(
        pixels=np.zeros((320, 640, 3), np.uint8),
        width=2560,
        height=1280,
        format="JPEG",
        mode="RGB",
        frames=1,
        scale=0.25,
    )
    face = Face(
        index=0,
        box=(400.0, 200.0, 160.0, 240.0),
        landmarks=(440.0, 280.0, 520.0, 280.0, 480.0, 320.0, 450.0, 380.0, 510.0, 380.0),
        detector_score=0.9,
        gate_score=0.9,
        accepted=True,
        main=True,
        sharpness=0.0,
        brightness=0.0,
    )
    subject = Subject.of(decoded, face)
    assert subject.box == (100.0, 50.0, 40.0, 60.0)
    assert subject.eyes.tolist() == [120.0, 70.0]
    assert subject.across.tolist() == [1.0, 0.0]
    assert subject.down.tolist() == [0.0, 1.0]


def test_unknown_changes_are_named(make_subject: MakeSubject) -> None:
    with pytest.raises(ValueError, match="'wig'"):
        change("wig", make_subject())
    with pytest.raises(ValueError, match="'third'"):
        halves("third", make_subject(), make_subject())
