from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.duplicates.prints import Print
from facethemodel.duplicates.search import Match, find_matches

Picture = NDArray[np.uint8]
Make = Callable[..., Print]


def _resized(picture: Picture, scale: float) -> Picture:
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _grey(picture: Picture) -> Picture:
    return np.asarray(np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2), np.uint8)


def _marked(picture: Picture) -> Picture:
    place = (len(picture) // 2, len(picture) - 12)
    marked = cv2.putText(picture.copy(), "(c) photos", place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255))
    return np.asarray(marked, np.uint8)


def _framed(picture: Picture) -> Picture:
    return np.pad(picture, ((12, 12), (12, 12), (0, 0)), constant_values=255)


def _edge(picture: Picture, share: float) -> int:
    return round(len(picture) * share)


CHANGES: dict[str, tuple[Callable[[Picture], Picture], str]] = {
    "mirrored": (lambda one: one[:, ::-1], "same picture, mirrored"),
    "quarter turn": (np.rot90, "same picture, turned"),
    "upside down": (lambda one: one[::-1, ::-1], "same picture, turned"),
    "all sides cut": (lambda one: one[(e := _edge(one, 0.06)) : -e, e:-e], "same picture, cropped"),
    "bottom cut": (lambda one: one[: -_edge(one, 0.1)], "same picture, cropped"),
    "half the size": (lambda one: _resized(one, 0.5), "same picture"),
    "grey": (_grey, "same picture"),
    "brighter": (lambda one: np.clip(one * 1.3, 0, 255).astype(np.uint8), "same picture"),
    "watermark": (_marked, "same picture"),
    "border": (
        lambda one: np.pad(one, ((12, 12), (12, 12), (0, 0)), constant_values=255),
        "same picture, cropped",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_and_nobody_else(
    change: str, portraits: list[Picture], print_of: Make
) -> None:
    make, words = CHANGES[change]
    others = [print_of(f"{place}", picture) for place, picture in enumerate(portraits)]
    copy = print_of("copy", np.ascontiguousarray(make(portraits[2])), suffix=".jpg", quality=85)
    (match,) = find_matches([*others, copy])
    assert (match.first, match.second, match.words) == ("2", "copy", words)
    assert match.likeness > 0.9


def test_equal_pixels_in_another_format(portraits: list[Picture], print_of: Make) -> None:
    files = [
        print_of("a", portraits[0]),
        print_of("b", portraits[0], suffix=".bmp"),
        print_of("c", portraits[1]),
    ]
    (match,) = find_matches(files)
    assert (match.first, match.second, match.kind, match.likeness) == ("a", "b", "pixels", 1.0)


@pytest.mark.parametrize("who", [0, 1, 2])
def test_one_face_in_two_crops(who: int, portraits: list[Picture], print_of: Make) -> None:
    room = np.random.default_rng(0).integers(0, 255, (400, 700, 3), dtype=np.uint8)
    wide = np.asarray(cv2.GaussianBlur(room, (0, 0), 20), np.uint8)
    wide[100:350, 60:310] = portraits[who]
    found = find_matches([print_of("wide", wide), print_of("tight", portraits[who])])
    assert [(one.kind, one.copies, one.same_subject) for one in found] == [("face", True, True)]


def test_two_people_cut_from_one_photo_are_tied_but_no_copies(
    portraits: list[Picture], print_of: Make
) -> None:
    both = np.concatenate([portraits[0], portraits[1]], axis=1)
    crops = [print_of("0 left", portraits[0]), print_of("1 right", portraits[1]), print_of("2 both", both)]
    assert crops[2].main is None
    found = find_matches(crops)
    assert [(one.first, one.second, one.kind) for one in found] == [
        ("0 left", "2 both", "scene"),
        ("1 right", "2 both", "scene"),
    ]
    assert not any(one.copies for one in found)


def test_neither_the_order_nor_the_company_changes_a_match(portraits: list[Picture], print_of: Make) -> None:
    files = [print_of(f"{place}", picture) for place, picture in enumerate(portraits)]
    files += [print_of(f"{place} copy", _resized(portraits[place], 0.6), suffix=".jpg") for place in (1, 4)]
    expected = find_matches(files)
    assert [(one.first, one.second) for one in expected] == [("1", "1 copy"), ("4", "4 copy")]
    random = np.random.default_rng(0)
    for _ in range(5):
        assert find_matches([files[place] for place in random.permutation(len(files))]) == expected
    assert find_matches([files[1], files[6]]) == expected[:1]
    # Photos that come last take nothing from the others, whichever they are, and are found all the same.
    for number in range(0, 2 ** len(files), 7):
        last = {one.sha256 for place, one in enumerate(files) if number >> place & 1}
        found = find_matches(files, last=last)
        rest = find_matches([one for one in files if one.sha256 not in last])
        assert tuple(one for one in found if not {one.first, one.second} & last) == rest
        assert all(one.first < one.second for one in found)
        assert {sha for one in found for sha in (one.first, one.second)} == {
            sha for one in expected for sha in (one.first, one.second)
        }


def test_a_crowd_of_copies_hangs_together(portraits: list[Picture], print_of: Make) -> None:
    one = print_of("x", portraits[0])
    crowd = [replace(one, sha256=f"{number:03d}", digest=f"{number}") for number in range(60)]
    found = find_matches(crowd)
    assert _reached(found, "000") == {copy.sha256 for copy in crowd}
    assert len(found) < 60 * 20


def _reached(matches: tuple[Match, ...], start: str) -> set[str]:
    reached = {start}
    while (
        more := {
            sha for one in matches for sha in (one.first, one.second) if {one.first, one.second} & reached
        }
        - reached
    ):
        reached |= more
    return reached


@pytest.mark.parametrize("level", [0, 200])
def test_flat_pictures_match_only_by_their_pixels(level: int, print_of: Make) -> None:
    flat = [print_of(f"{side}", np.full((side, side, 3), level, np.uint8)) for side in (100, 120)]
    assert find_matches(flat) == ()
    assert find_matches([]) == ()
