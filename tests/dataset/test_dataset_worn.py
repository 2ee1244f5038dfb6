"""Things put on aligned faces: what they cover, and that nothing of the face shines through."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.dataset.worn import EACH, WORN, Overlay, overlays, put_on

EYE, NOSE, MOUTH, FOREHEAD, COLLAR = (38, 52), (56, 72), (56, 92), (56, 8), (56, 109)
"""Places in an aligned crop, x and y."""


def _of(kind: str) -> list[Overlay]:
    first = WORN.index(kind) * EACH
    return list(overlays(112)[first : first + EACH])


def _hidden(thing: Overlay) -> NDArray[np.floating]:
    """What is covered of a face, as shares: shape (S, S)."""
    return np.asarray(1 - thing.kept[:, :, 0] / 255)


def _covered(kind: str, place: tuple[int, int]) -> float:
    x, y = place
    return float(np.mean([_hidden(one)[y - 2 : y + 3, x - 2 : x + 3].mean() for one in _of(kind)]))


@pytest.mark.parametrize(
    ("kind", "hidden", "seen"),
    [
        ("sunglasses", EYE, MOUTH),
        ("hat", FOREHEAD, MOUTH),
        ("mask", MOUTH, EYE),
        ("scarf", COLLAR, EYE),
        ("fringe", FOREHEAD, NOSE),
    ],
)
def test_each_thing_is_where_it_is_worn(kind: str, hidden: tuple[int, int], seen: tuple[int, int]) -> None:
    assert _covered(kind, hidden) > 0.8
    assert _covered(kind, seen) < 0.05


def test_glasses_frame_the_eyes_and_a_beard_leaves_them() -> None:
    assert 0.1 < _covered("glasses", (38, 62)) < 0.9
    assert _covered("glasses", MOUTH) < 0.01
    assert _covered("beard", (56, 105)) > 0.6
    assert _covered("beard", EYE) < 0.01


def test_what_is_covered_looks_the_same_on_any_face() -> None:
    seen = [np.full((1, 112, 112, 3), level, np.uint8) for level in (0, 255)]
    for face in seen:
        put_on(face, 1.0, np.random.default_rng(5))
    apart = np.abs(seen[0][0].astype(int) - seen[1][0]).mean(axis=2)
    assert apart.min() <= 2
    assert apart.max() >= 253


def test_a_share_of_the_faces_wears_something_and_the_others_stay_as_they_are() -> None:
    images = np.random.default_rng(0).integers(0, 256, (300, 112, 112, 3), dtype=np.uint8)
    worn, again = images.copy(), images.copy()
    for some in (worn, again):
        put_on(some, 0.25, np.random.default_rng(1))
    np.testing.assert_array_equal(worn, again)
    changed = (worn != images).any(axis=(1, 2, 3))
    assert 50 < changed.sum() < 100


@pytest.mark.parametrize("kind", WORN)
def test_smaller_crops_get_smaller_things(kind: str) -> None:
    first = WORN.index(kind) * EACH
    large, small = (
        np.mean([_hidden(one).mean() for one in overlays(side)[first : first + EACH]]) for side in (112, 64)
    )
    assert small == pytest.approx(large, rel=0.15)
