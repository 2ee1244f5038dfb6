"""All that a report and `metrics.json` are made of, gathered by the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from facethemodel.bundle.origin import Backbone, Teacher
from facethemodel.dataset.leaks import LeakReport
from facethemodel.evaluation.battery_figures import BatteryReport
from facethemodel.evaluation.doubts import Doubts
from facethemodel.evaluation.intervals import Rate
from facethemodel.evaluation.metrics import Metrics
from facethemodel.evaluation.rows import Row
from facethemodel.evaluation.shortcut import ShortcutReport
from facethemodel.evaluation.slices import Slices
from facethemodel.evaluation.threshold import Calibration

Thumbnail = Callable[[str, int | None], NDArray[np.uint8] | None]
"""Gives a small picture (H, W, 3) of a photo's face, or of the whole photo for None; None when it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How long a model takes on one core, as medians.

    Attributes:
        face_ms: Milliseconds from a decoded photo and a found face to its score.
        photo_ms: The same with reading, decoding, finding the faces and the gate, for the photo's main face.
        faces: How many were timed.
    """

    face_ms: float
    photo_ms: float
    faces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Another model, judged on the same test part, to stand beside ours.

    Attributes:
        name: Short enough for the head of a column.
        note: What it is, in one sentence.
        metrics: Its figures.
        own_line: Whether it is judged by the line it comes with, not by one drawn on the calibrate part.
        speed: How long it takes, where that was measured.
    """

    name: str
    note: str
    metrics: Metrics
    own_line: bool = False
    speed: Speed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCount:
    """What one part of the split holds; photos but for `identities`, which counts different strangers."""

    part: str
    person: int
    strangers: int
    identities: int
    curveballs: int

    @property
    def photos(self) -> int:
        """All photos of the part."""
        return self.person + self.strangers + self.curveballs


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakCounts:
    """How much the leak check found, by the kinds of `dataset.leaks.LeakReport`."""

    exact: int = 0
    near: int = 0
    copy: int = 0
    identity: int = 0
    group: int = 0
    post: int = 0
    label: int = 0

    @classmethod
    def of(cls, report: LeakReport) -> LeakCounts:
        """Counts what a check found."""
        return cls(**{kind.name: len(getattr(report, kind.name)) for kind in fields(cls)})

    @property
    def clean(self) -> bool:
        """Whether the check found nothing at all."""
        return not any(getattr(self, kind.name) for kind in fields(self))

    @property
    def leaky(self) -> bool:
        """Whether one part knows another: what only has another label by now takes part in nothing."""
        return any(getattr(self, kind.name) for kind in fields(self) if kind.name != "label")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitSummary:
    """How the photos were divided.

    Attributes:
        preset: Name of the preset.
        near_distance: Up to how many differing bits of 64 two photos counted as the same.
        parts: The parts, in their order.
        left_out: Photos that got no part.
        leaks: What the check found.
    """

    preset: str
    near_distance: int
    parts: tuple[PartCount, ...]
    left_out: int
    leaks: LeakCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCount:
    """So many photos of one role came from one place, as the user named it."""

    source: str
    role: str
    photos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSummary:
    """What was trained, and how.

    Attributes:
        network: Its name in the registry.
        summary: What it is, in one sentence.
        parameters: How many numbers were learned.
        view: What it looks at.
        device: Where it was trained.
        precision: In which arithmetic.
        seconds: How long.
        epochs: Passes over the data that were run.
        best_epoch: The pass whose weights were kept.
        seed: The seed.
        person_photos: Photos of the person it learned from.
        stranger_photos: Strangers' photos it learned from.
        stranger_identities: Different strangers among them.
        backbone: What others trained and the model stands on; then only a head was trained, without passes.
        teacher: What others trained and the network learned from beside the labels.
    """

    network: str
    summary: str
    parameters: int
    view: str
    device: str
    precision: str
    seconds: float
    epochs: int
    best_epoch: int
    seed: int
    person_photos: int
    stranger_photos: int
    stranger_identities: int
    backbone: Backbone | None = None
    teacher: Teacher | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInputs:
    """All that a report needs.

    Attributes:
        person: The person's name.
        run: Name of the run.
        created: When the evaluation was made.
        metrics: The figures.
        calibration: How the line was drawn.
        rows: The table of verdicts.
        thumbnail: Where the pictures of the contact sheets come from.
        split: How the photos were divided.
        sources: Where the photos came from.
        training: What was trained.
        openings: How often the test part was opened, this time included.
        rivals: Other models on the same test part.
        speed: How long this model takes, where that was measured.
        versions: Names and versions of the software that matters to the figures.
        notes: Sentences that the reader must know, such as that the people are drawn.
        table_name: File name of the table of verdicts beside the report.
        battery: What the battery found; None where it was not run.
        shortcut: Whether it is the face; None where that was not tested.
        slices: Errors by kind of photo; None where they were not counted.
        doubts: Photos in the order of how doubtful their label is; None where that was not asked.
        consistency: How often the reviewer decided alike about a photo that was shown a second time.
        not_added: Files that could not be added, and so are no photos of the project.
    """

    person: str
    run: str
    created: datetime
    metrics: Metrics
    calibration: Calibration
    rows: tuple[Row, ...]
    thumbnail: Thumbnail
    split: SplitSummary
    sources: tuple[SourceCount, ...]
    training: TrainingSummary
    openings: int
    rivals: tuple[Rival, ...] = ()
    speed: Speed | None = None
    versions: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    table_name: str = "verdicts.csv"
    battery: BatteryReport | None = None
    shortcut: ShortcutReport | None = None
    slices: Slices | None = None
    doubts: Doubts | None = None
    consistency: Rate = field(default_factory=lambda: Rate.of(0, 0))
    not_added: int = 0
