"""Each check flags what was done to a picture, and only the right one of two pictures."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.catalogue.records import CheckScore, Face
from facethemodel.checks.people import HEAD, turned_away
from facethemodel.checks.sight import Sight
from facethemodel.inspection.examine import Examiner
from facethemodel.synthetic.cartoon import draw_cartoon
from facethemodel.synthetic.people import Identity, draw_photo

Pixels = NDArray[np.uint8]
Ask = Callable[[Pixels], dict[str, CheckScore]]


def lit(pixels: Pixels, gain: float, offset: float = 0) -> Pixels:
    return np.asarray(np.clip(pixels.astype(np.float32) * gain + offset, 0, 255), np.uint8)


def resized(pixels: Pixels, scale: float) -> Pixels:
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=method), np.uint8)


def beside(first: Pixels, second: Pixels) -> Pixels:
    return np.ascontiguousarray(np.hstack([first, second]))


def other_person() -> Pixels:
    return draw_photo(Identity.from_seed(7), 4)


def signed(pixels: Pixels) -> Pixels:
    made = resized(pixels, 2)
    cv2.putText(
        made, "EXAMPLE PRESS", (20, 480), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (250, 250, 250), 2, cv2.LINE_AA
    )
    return made


def dark_glasses(pixels: Pixels) -> Pixels:
    """Two black lenses with a bridge, where the detector sees the eyes."""
    made = pixels.copy()
    data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
    (face,) = Examiner().examine(data, measure=False).inspection.faces
    eyes = np.array(face.landmarks).reshape(5, 2)[:2]
    apart = float(np.hypot(*(eyes[1] - eyes[0])))
    for eye in eyes:
        centre, axes = (
            np.round(eye + np.array([0, 0.06 * apart])).astype(int).tolist(),
            (round(0.42 * apart), round(0.34 * apart)),
        )
        cv2.ellipse(made, centre, axes, 0, 0, 360, (22, 20, 18), -1, cv2.LINE_AA)
    ends = [tuple(np.round(eye).astype(int).tolist()) for eye in eyes]
    cv2.line(made, ends[0], ends[1], (22, 20, 18), max(1, round(0.08 * apart)), cv2.LINE_AA)
    return made


@pytest.mark.parametrize(
    ("flag", "change"),
    [
        ("several-faces", lambda person: beside(person, other_person())),
        ("small-face", lambda person: resized(person, 0.35)),
        ("blurred-face", lambda person: cv2.GaussianBlur(person, (0, 0), 2.5)),
        ("dark", lambda person: lit(person, 0.35)),
        ("bright", lambda person: lit(person, 3.0, 30)),
        ("low-contrast", lambda person: lit(person, 0.3, 90)),
        ("obstructed-face", dark_glasses),
        ("drawing", lambda person: draw_cartoon(3, style="cartoon")),
        ("collage", lambda person: beside(lit(person, 0.6), lit(person[:, ::-1], 0.8, 50))),
        ("odd-shape", lambda person: np.vstack([person, person, person])),
        ("text", signed),
        ("no-face", lambda person: np.ascontiguousarray(person[170:])),
    ],
)
def test_a_change_brings_its_flag(
    ask: Ask, person: Pixels, flag: str, change: Callable[[Pixels], Pixels]
) -> None:
    before, after = ask(person)[flag].score, ask(np.asarray(change(person), np.uint8))[flag].score
    assert before < 0.5 <= after


def test_blur_is_measured_on_the_face_at_one_size(ask: Ask, person: Pixels) -> None:
    large = resized(person, 5)
    assert ask(large)["blurred-face"].score < 0.5
    wall = cv2.GaussianBlur(person, (0, 0), 8)
    height, width = person.shape[:2]
    wall[height // 6 : -height // 8, width // 5 : -width // 5] = person[
        height // 6 : -height // 8, width // 5 : -width // 5
    ]
    assert ask(np.asarray(wall, np.uint8))["blurred-face"].measure == pytest.approx(
        ask(person)["blurred-face"].measure, abs=0.03
    )


def test_a_dark_skin_in_good_light_is_not_dark(ask: Ask) -> None:
    darkest = min((Identity.from_seed(seed) for seed in range(40)), key=lambda one: sum(one.skin))
    for moment in range(6):
        photo = draw_photo(darkest, moment)
        # Something white stands beside the person: the light was enough.
        photo[:40] = 240
        assert ask(photo)["dark"].score < 0.5
        assert ask(lit(photo, 0.25))["dark"].score >= 0.5


@pytest.mark.parametrize("degrees", [0, 30, 60])
def test_the_angle_of_a_turned_head_is_found(degrees: float) -> None:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    tilt = np.array([[0.8, -0.6], [0.6, 0.8]])
    points = (HEAD @ turn.T)[:, :2] @ tilt.T * 3 + 200
    face = Face(
        index=0,
        box=(0, 0, 90, 90),
        landmarks=tuple(points.ravel().tolist()),
        detector_score=0.9,
        gate_score=0.9,
        accepted=True,
        main=True,
        sharpness=0,
        brightness=0,
    )
    blank = np.zeros((112, 112, 3), np.uint8)
    sight = Sight(
        grey=blank[..., 0],
        small=blank[..., 0],
        width=112,
        height=112,
        faces=(face,),
        crop=blank,
        obstructed=0,
        drawn=0,
    )
    assert turned_away(sight) == pytest.approx(degrees, abs=0.5)
