from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from facethemodel.catalogue.records import Face, Inspection
from facethemodel.duplicates.best import CHOSEN_BY_USER, Traits, choose, traits


def _traits(sha: str, **values: Any) -> Traits:
    return Traits(
        **{"sha256": sha, "face": 100.0, "sharpness": 400.0, "pixels": 90_000, "density": 0.4, **values}
    )


@pytest.mark.parametrize(
    ("best", "others", "why"),
    [
        ({"face": 240.0, "sharpness": 50.0}, [{"face": 118.0}], "larger face: 240 pixels against 118"),
        ({}, [{"face": 0.0, "pixels": 9_000_000}], "a face was found in it"),
        ({"face": 96.0, "sharpness": 900.0}, [{"face": 100.0}], "sharper: 900 against 400"),
        ({"pixels": 4_000_000}, [{}], "more pixels: 4 million against 0.09"),
        ({"density": 1.0}, [{}], "less compressed: 8 bits a pixel against 3.2"),
        ({"face": 101.0}, [{}], "as good as the others"),
        ({"face": 200.0, "pixels": 400_000}, [{"face": 195.0}, {}], "more pixels: 0.4 million against 0.09"),
    ],
)
def test_the_best_and_the_reason_in_any_order(
    best: dict[str, Any], others: list[dict[str, Any]], why: str
) -> None:
    members = [_traits("a", **best), *(_traits(f"b{place}", **one) for place, one in enumerate(others))]
    for order in permutations(members):
        found = choose(order, {})
        assert (found.sha256, found.why) == ("a", why)


def test_the_users_word_counts_first_and_the_latest_most() -> None:
    members = [_traits("a", face=500.0), _traits("b"), _traits("c")]
    found = choose(members, {"b": 4, "c": 7, "elsewhere": 9})
    assert (found.sha256, found.why) == ("c", CHOSEN_BY_USER)


def test_traits_are_those_of_the_main_face() -> None:
    found = [(900, False, False), (300, True, False), (200, True, True)]
    faces = [
        Face(
            index=index,
            box=(0, 0, size, size),
            landmarks=(0.0,) * 10,
            detector_score=1,
            gate_score=1,
            accepted=accepted,
            main=main,
            sharpness=size,
            brightness=0.5,
        )
        for index, (size, accepted, main) in enumerate(found)
    ]
    inspection = Inspection(sha256="a", width=100, height=50, sharpness=7.0, faces=tuple(faces))
    assert traits(inspection, size=2_500) == Traits(
        sha256="a", face=200.0, sharpness=200.0, pixels=5_000, density=0.5
    )
    faceless = traits(
        Inspection(sha256="a", width=10, height=10, sharpness=7.0, faces=tuple(faces[:1])), size=50
    )
    assert (faceless.face, faceless.sharpness) == (0.0, 7.0)
