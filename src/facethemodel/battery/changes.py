"""What is done to a whole photo before anybody looks for a face in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.battery.subject import Subject
from facethemodel.faces.align import similarity
from facethemodel.faces.warp import GREY
from facethemodel.synthetic.curveballs import draw_curveball

Pixels = NDArray[np.uint8]

BLOCKS = 8
"""Squares of a mosaic across the width of a face, as faces are made unrecognisable in the news."""
BLACK = (20, 20, 20)
MASK = (156, 190, 205)
"""The blue of a surgical mask."""


def change(maker: str, subject: Subject, *, seed: int = 0) -> Pixels:
    """Changes a photo.

    Args:
        maker: One of `CHANGES`.
        subject: The photo; it stays as it is.
        seed: Fixes the table that a print lies on.

    Returns:
        RGB pixels; of the photo's size, but for prints and screens.

    Raises:
        ValueError: There is no such change.
    """
    if maker not in CHANGES:
        raise ValueError(f"no change is called {maker!r}; known are {', '.join(CHANGES)}")
    return np.ascontiguousarray(CHANGES[maker](subject, seed))


def halves(maker: str, subject: Subject, other: Subject) -> Pixels:
    """Puts half of another face over a face, each feature where the first has it.

    The other photo is turned, scaled and shifted by the landmarks of both. Hair and all around the face
    remain the first photo's.

    Args:
        maker: Which half becomes the other's: `left_half`, `right_half` (of the picture) or `lower_half`.
        subject: Whose photo it is.
        other: Whose half face is put in.

    Raises:
        ValueError: There is no such half.
    """
    if maker not in HALVES:
        raise ValueError(f"no half is called {maker!r}; known are {', '.join(HALVES)}")
    height, width = subject.pixels.shape[:2]
    matrix = similarity(other.landmarks, subject.landmarks)
    put = np.asarray(
        cv2.warpAffine(other.pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
    reach = np.ones(other.pixels.shape[:2], np.uint8)
    covered = np.asarray(cv2.warpAffine(reach, matrix, (width, height)), np.uint8)
    across, down = _own_axes(subject)
    side = HALVES[maker](subject, across, down)
    mask = (side & _oval(subject, across, down) & (covered > 0))[..., None]
    return np.asarray(np.where(mask, put, subject.pixels), np.uint8)


def _upside_down(subject: Subject, seed: int) -> Pixels:
    return subject.pixels[::-1, ::-1]


def _mirrored(subject: Subject, seed: int) -> Pixels:
    return subject.pixels[:, ::-1]


def _negative(subject: Subject, seed: int) -> Pixels:
    return np.asarray(255 - subject.pixels, np.uint8)


def _mosaic(subject: Subject, seed: int) -> Pixels:
    picture = subject.pixels.copy()
    x, y, width, height = subject.box
    rows = _within(y - 0.1 * height, y + 1.1 * height, picture.shape[0])
    columns = _within(x - 0.1 * width, x + 1.1 * width, picture.shape[1])
    part = picture[rows, columns]
    block = max(2.0, width / BLOCKS)
    few = (max(1, round(part.shape[1] / block)), max(1, round(part.shape[0] / block)))
    small = cv2.resize(part, few, interpolation=cv2.INTER_AREA)
    picture[rows, columns] = cv2.resize(small, part.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return picture


def _eyes_covered(subject: Subject, seed: int) -> Pixels:
    return _bar(subject, subject.eyes, wide=1.25, up=0.38, low=0.38, colour=BLACK)


def _mouth_covered(subject: Subject, seed: int) -> Pixels:
    nose = float((subject.landmarks[2] - subject.mouth) @ subject.down)
    up = max(-0.55 * nose / subject.reach, 0.2)
    return _bar(subject, subject.mouth, wide=1.1, up=up, low=0.85, colour=MASK)


def _print(subject: Subject, seed: int) -> Pixels:
    """A glossy print with a white edge, photographed a little askew on a table."""
    rng = np.random.default_rng([seed, 72])
    edge = max(4, round(0.04 * max(subject.pixels.shape[:2])))
    paper = cv2.copyMakeBorder(
        subject.pixels, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(246, 245, 240)
    )
    ground = draw_curveball("textures", seed)
    picture = _laid(np.asarray(paper, np.uint8), ground, rng, room=0.25, lean=0.04).astype(np.float32)
    # Paper reaches neither black nor white, and the light of a room leaves a shine on one side.
    shine = np.linspace(0, 18, picture.shape[1], dtype=np.float32)[None, :, None]
    picture = 14 + picture * 0.9 + (shine if rng.random() < 0.5 else shine[:, ::-1])
    soft = cv2.GaussianBlur(picture, (0, 0), 0.6)
    return np.asarray(np.clip(soft + rng.normal(0, 2.5, soft.shape), 0, 255), np.uint8)


def _screen(subject: Subject, seed: int) -> Pixels:
    """A photo on a lit screen with a dark rim: bluish, with the bands that two grids of pixels make."""
    rng = np.random.default_rng([seed, 73])
    rim = max(6, round(0.06 * max(subject.pixels.shape[:2])))
    lit = cv2.copyMakeBorder(subject.pixels, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(18, 18, 20))
    room = np.full((8, 8, 3), rng.integers(30, 90, 3), np.uint8)
    picture = _laid(np.asarray(lit, np.uint8), room, rng, room=0.15, lean=0.03).astype(np.float32)
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    bands = 1 + 0.05 * np.sin(0.9 * x + 0.11 * y) + 0.05 * np.sin(1.05 * y - 0.07 * x)
    picture *= bands[..., None] * np.array([0.94, 1.0, 1.08], np.float32)
    grain = rng.normal(0, 2.0, picture.shape)
    return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)


CHANGES: Mapping[str, Callable[[Subject, int], Pixels]] = {
    "upside_down": _upside_down,
    "mirrored": _mirrored,
    "negative": _negative,
    "mosaic": _mosaic,
    "eyes_covered": _eyes_covered,
    "mouth_covered": _mouth_covered,
    "print": _print,
    "screen": _screen,
}

_Side = Callable[[Subject, NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]


def _below_the_middle(
    subject: Subject, across: NDArray[np.float64], down: NDArray[np.float64]
) -> NDArray[np.bool_]:
    middle = float((subject.mouth - subject.eyes) @ subject.down) / 2
    return np.asarray(down > middle)


HALVES: Mapping[str, _Side] = {
    "left_half": lambda subject, across, down: np.asarray(across < 0),
    "right_half": lambda subject, across, down: np.asarray(across > 0),
    "lower_half": _below_the_middle,
}


def _own_axes(subject: Subject) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places of all pixels along the face's own axes, from the point between the eyes, in pixels."""
    height, width = subject.pixels.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x, y = x - subject.eyes[0], y - subject.eyes[1]
    along, down = subject.across, subject.down
    return x * along[0] + y * along[1], x * down[0] + y * down[1]


def _oval(subject: Subject, across: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The pixels of the face itself: an ellipse a little larger than its box."""
    offset = subject.centre - subject.eyes
    u, v = across - offset @ subject.across, down - offset @ subject.down
    _, _, width, height = subject.box
    return np.asarray((u / (0.6 * width)) ** 2 + (v / (0.6 * height)) ** 2 <= 1)


def _bar(
    subject: Subject,
    place: NDArray[np.float64],
    *,
    wide: float,
    up: float,
    low: float,
    colour: tuple[int, int, int],
) -> Pixels:
    """Covers a rectangle that is turned with the face; measures are in distances of the eyes."""
    along, down = subject.across * subject.reach, subject.down * subject.reach
    corners = [place + s * wide * along + t * down for s, t in ((-1, -up), (1, -up), (1, low), (-1, low))]
    picture = subject.pixels.copy()
    cv2.fillConvexPoly(picture, np.round(np.array(corners)).astype(np.int32), colour, cv2.LINE_AA)
    return picture


def _laid(photo: Pixels, ground: Pixels, rng: np.random.Generator, *, room: float, lean: float) -> Pixels:
    """Lays a photo onto a ground, seen a little from the side; `room` and `lean` are shares of its size."""
    height, width = photo.shape[:2]
    left, top = round(room * width), round(room * height)
    size = (width + 2 * left, height + 2 * top)
    scene = np.asarray(cv2.resize(ground, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    shaken = rng.uniform(-lean, lean, (4, 2)) * (width, height)
    target = np.asarray(corners + shaken + np.array([left, top]), np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    cv2.warpPerspective(photo, matrix, size, dst=scene, borderMode=cv2.BORDER_TRANSPARENT)
    return scene


def _within(low: float, high: float, limit: int) -> slice:
    start = min(max(int(low), 0), limit - 1)
    return slice(start, min(max(int(np.ceil(high)), start + 1), limit))


def turned(subject: Subject, degrees: float) -> Pixels:
    """Turns a photo clockwise about its face; the picture grows so that nothing is cut off, into grey."""
    height, width = subject.pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D(subject.centre.tolist(), -degrees, 1.0)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    moved = corners @ matrix[:, :2].T + matrix[:, 2]
    low, high = moved.min(axis=0), moved.max(axis=0)
    matrix[:, 2] -= low
    size = tuple(np.maximum(np.ceil(high - low), 1).astype(int).tolist())
    return np.asarray(cv2.warpAffine(subject.pixels, matrix, size, borderValue=GREY), np.uint8)
