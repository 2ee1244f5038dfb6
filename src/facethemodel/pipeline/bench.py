"""Where the battery's pictures are made, examined as photos are, and scored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facethemodel.battery.shots import Shot, make
from facethemodel.battery.subject import Subject
from facethemodel.catalogue.records import WHOLE_PHOTO, Face, Photo
from facethemodel.inspection.examine import Examiner
from facethemodel.photos.decode import decode
from facethemodel.photos.limits import Limits, UnreadablePhotoError
from facethemodel.photos.store import PhotoStore
from facethemodel.pipeline.scorers import ScorerSource
from facethemodel.settings import InspectSettings

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A photo that pictures are made of, its full size in pixels, and its main face."""

    photo: Photo
    width: int
    height: int
    face: Face


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The pictures that are made of one photo, or some that are drawn.

    Attributes:
        shots: What to make.
        of: The photo; None for what is drawn.
        others: For halves, the other photos by their sha256.
    """

    shots: tuple[Shot, ...]
    of: Material | None = None
    others: Mapping[str, Material] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of one picture.

    Attributes:
        made: Whether there was one: a small photo has no rung of a larger size.
        score: The highest logit among its accepted faces; None without one.
        box: Where that face lies: x, y, width, height as shares of the picture's width and height.
    """

    made: bool
    score: float | None = None
    box: Box | None = None


class Bench:
    """What a worker process does: pictures made, examined and scored.

    Args:
        photos_dir: Where the project's photos lie.
        settings: How photos are examined.
        source: Where what scores faces comes from.
    """

    def __init__(self, photos_dir: Path, settings: InspectSettings, source: ScorerSource) -> None:
        self._studio = Studio(photos_dir, settings)
        self._examiner = Examiner(
            detector_model=settings.detector,
            gate_threshold=settings.gate_threshold,
            limits=self._studio.limits,
        )
        self._scorer = source.open()

    def __call__(self, tasks: Sequence[Task]) -> list[tuple[Seen, ...] | None]:
        """What came of the pictures of each task; None where a photo is gone or damaged."""
        return [self._work(task) for task in tasks]

    def _work(self, task: Task) -> tuple[Seen, ...] | None:
        try:
            looks = [None if data is None else self._look(data) for data in self._studio.make_all(task)]
        except UnreadablePhotoError:
            return None
        crops = [crop for look in looks if look is not None for crop, _ in look]
        scores: list[float] = self._scorer.score(crops).tolist() if crops else []
        seen = []
        for look in looks:
            if not look:
                seen.append(Seen(made=look is not None))
                continue
            own, scores = scores[: len(look)], scores[len(look) :]
            if np.isnan(own).all():
                seen.append(Seen(made=True))
                continue
            best = int(np.nanargmax(own))
            seen.append(Seen(made=True, score=own[best], box=look[best][1]))
        return tuple(seen)

    def _look(self, data: bytes) -> list[tuple[NDArray[np.uint8], Box]]:
        """The crops that a verdict on this picture rests on, each with its place."""
        examined = self._examiner.examine(
            data, views=self._scorer.views, measure=False, keep_pixels=self._scorer.needs_pixels
        )
        faces = {face.index: face for face in examined.inspection.faces}
        sides = np.tile([examined.inspection.width, examined.inspection.height], 2)
        found = []
        for index, crop in self._scorer.crops(examined).items():
            if index == WHOLE_PHOTO:
                found.append((crop, (0.0, 0.0, 1.0, 1.0)))
                continue
            x, y, width, height = (np.array(faces[index].box) / sides).tolist()
            found.append((crop, (x, y, width, height)))
        return found


class Studio:
    """Reads the photos of tasks and makes their pictures."""

    def __init__(self, photos_dir: Path, settings: InspectSettings) -> None:
        self.limits = Limits(max_bytes=settings.max_bytes, max_pixels=settings.max_pixels)
        self._store = PhotoStore(photos_dir)

    def make_all(self, task: Task) -> Iterator[bytes | None]:
        """Makes the pictures of a task, in the order of its shots.

        Raises:
            UnreadablePhotoError: A photo is gone or has changed.
        """
        subject = None if task.of is None else self.subject(task.of)
        others = {sha: self.subject(other) for sha, other in task.others.items()}
        for shot in task.shots:
            yield make(shot, subject, others.get(shot.other or ""))

    def subject(self, material: Material) -> Subject:
        """Decodes a photo.

        Raises:
            UnreadablePhotoError: It is gone or has changed.
        """
        data = self._store.read(material.photo, max_bytes=self.limits.max_bytes)
        return Subject.of(decode(data, limits=self.limits), material.face)
