from __future__ import annotations

import pytest

from facethemodel.faces.find import hinted_face

Box = tuple[float, float, float, float]
LEFT: Box = (0, 0, 40, 40)
RIGHT: Box = (60, 0, 40, 40)


@pytest.mark.parametrize(
    ("boxes", "hints", "meant"),
    [
        ([LEFT, RIGHT], [(62, 3, 40, 40)], 1),
        ([LEFT, RIGHT], [(0, 0, 95, 40)], 0),
        ([LEFT, RIGHT], [(62, 3, 40, 40), (58, 0, 44, 44)], 1),
        ([LEFT, RIGHT], [RIGHT, LEFT], None),
        ([LEFT, RIGHT], [RIGHT, (0, 60, 40, 40)], None),
        ([LEFT], [RIGHT], None),
        ([LEFT], [(0, 0, 0, 0)], None),
        ([(0, 0, 0, 0)], [(0, 0, 0, 0)], None),
        ([], [LEFT], None),
    ],
    ids=[
        "one of two",
        "overlaps both",
        "two hints agree",
        "two hints differ",
        "one of them is nowhere",
        "another face",
        "empty hint",
        "empty everything",
        "no face",
    ],
)
def test_the_face_that_is_meant(boxes: list[Box], hints: list[Box], meant: int | None) -> None:
    assert hinted_face(boxes, hints) == meant
