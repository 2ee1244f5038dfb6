"""A few of the battery's pictures, made once more for people to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.battery.families import family
from facethemodel.battery.shots import Shot
from facethemodel.evaluation.battery_figures import NO_FACE, Battery, BatteryPictures, Judged
from facethemodel.photos.decode import decode
from facethemodel.photos.limits import UnreadablePhotoError
from facethemodel.pipeline.bench import Box, Studio, Task
from facethemodel.project import Project

SIDE = 192
"""Long side of a picture, in pixels: twice what the report gives it, for fine screens."""
AROUND = 0.5
"""What is shown around a face, in faces."""


def take_pictures(
    project: Project, figures: Battery, judged: Sequence[Judged], tasks: Sequence[Task]
) -> BatteryPictures:
    """Makes the pictures that the report shows.

    A photo that has gone in the meantime leaves its pictures out.
    """
    best: dict[str, Judged] = {}
    for one in judged:
        if one.shot.rung is None and _level(one) > _level(best.get(one.shot.name)):
            best[one.shot.name] = one
    climber = _climber(tasks)
    steps = [] if climber is None else [shot for shot in climber.shots if shot.rung is not None]
    # Of a print or a screen the edge is to be seen, of all else the face.
    wanted = {
        one.shot: None if family(one.shot.name).kind == "shown" else one.box for one in best.values()
    } | dict.fromkeys(steps)
    made = dict(_make(project, tasks, wanted))
    worst = figures.worst
    return BatteryPictures(
        # The worst picture is the best one of its family, unless it is a photo of the user's own.
        worst=None if worst is None or worst.kind == "own" else made.get(best[worst.family].shot),
        families={name: made[one.shot] for name, one in best.items() if one.shot in made},
        as_it_is=None if climber is None else _as_it_is(project, climber),
        rungs={
            (shot.name, shot.rung): made[shot] for shot in steps if shot.rung is not None and shot in made
        },
    )


def _level(one: Judged | None) -> tuple[int, float, str, int]:
    """Whether there is a picture at all, then its score, and of equal ones which the figures name."""
    if one is None:
        return 0, NO_FACE, "", 0
    return 1, NO_FACE if one.score is None else one.score, one.shot.photo or "", one.shot.seed


def _climber(tasks: Sequence[Task]) -> Task | None:
    """The photo of the person on the ladders whose face fills most of it: so that small pictures show it."""

    def share(task: Task) -> float:
        assert task.of is not None
        return task.of.face.size / max(task.of.width, task.of.height)

    climbers = [task for task in tasks if any(shot.whose == "person" for shot in task.shots)]
    return max(climbers, key=share, default=None)


def _make(
    project: Project, tasks: Sequence[Task], wanted: dict[Shot, Box | None]
) -> Iterator[tuple[Shot, NDArray[np.uint8]]]:
    studio = Studio(project.photos_dir, project.settings.inspect)
    for task in tasks:
        shots = tuple(shot for shot in task.shots if shot in wanted)
        if not shots:
            continue
        try:
            for shot, data in zip(shots, studio.make_all(replace(task, shots=shots)), strict=True):
                if data is not None:
                    yield shot, _small(decode(data, limits=studio.limits).pixels, wanted[shot])
        except UnreadablePhotoError:
            continue


def _as_it_is(project: Project, task: Task) -> NDArray[np.uint8] | None:
    studio = Studio(project.photos_dir, project.settings.inspect)
    assert task.of is not None
    try:
        return _small(studio.subject(task.of).pixels, None)
    except UnreadablePhotoError:
        return None


def _small(pixels: NDArray[np.uint8], box: Box | None) -> NDArray[np.uint8]:
    """The face with what is around it, or without a box the whole picture, at most `SIDE` pixels long."""
    height, width = pixels.shape[:2]
    if box is not None:
        x, y = (box[0] + box[2] / 2) * width, (box[1] + box[3] / 2) * height
        reach = (0.5 + AROUND) * max(box[2] * width, box[3] * height)
        top, bottom = max(0, round(y - reach)), min(height, max(round(y + reach), round(y - reach) + 1, 1))
        left, right = max(0, round(x - reach)), min(width, max(round(x + reach), round(x - reach) + 1, 1))
        pixels = pixels[top:bottom, left:right]
        height, width = pixels.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
