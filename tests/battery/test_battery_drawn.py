from __future__ import annotations

import numpy as np
import pytest

from facethemodel.battery.drawn import MAKERS, SIDE, draw
from facethemodel.battery.families import FAMILIES, is_built_in


@pytest.mark.parametrize("maker", MAKERS)
def test_a_seed_fixes_a_picture_and_another_seed_gives_another(maker: str) -> None:
    first = draw(maker, 3)
    assert first.shape == (SIDE, SIDE, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, draw(maker, 3))
    assert not np.array_equal(first, draw(maker, 4))


def test_noise_is_noise_and_flat_is_flat() -> None:
    assert all(len(np.unique(draw("flat_colour", seed).reshape(-1, 3), axis=0)) == 1 for seed in range(5))
    levels = np.concatenate([draw("uniform_noise", seed).ravel() for seed in range(8)])
    counts = np.bincount(levels, minlength=256) / levels.size
    assert np.abs(counts * 256 - 1).max() < 0.25
    assert 15 < draw("gaussian_noise", 1).std() < 90


def test_every_drawn_family_has_a_maker_and_every_name_is_its_own() -> None:
    assert {one.maker for one in FAMILIES if one.made_of == "nothing"} == set(MAKERS)
    assert len({one.name for one in FAMILIES}) == len(FAMILIES)
    assert is_built_in("Drawn_People")
    assert not is_built_in("cats")


def test_an_unknown_maker_is_named() -> None:
    with pytest.raises(ValueError, match="'waves'"):
        draw("waves", 0)
