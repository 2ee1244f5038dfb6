"""Facts of the project that the report states beside the figures."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from facethemodel.catalogue import photos
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.names import readable
from facethemodel.catalogue.rechecks import consistency
from facethemodel.catalogue.records import PARTS, normalise_identity
from facethemodel.dataset.leaks import find_leaks
from facethemodel.dataset.samples import Sample, by_part
from facethemodel.duplicates.search import Match
from facethemodel.evaluation.inputs import (
    LeakCounts,
    PartCount,
    SourceCount,
    SplitSummary,
    TrainingSummary,
)
from facethemodel.evaluation.intervals import Rate
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.scorers import backbone_of, teacher_of
from facethemodel.pipeline.training import network_of
from facethemodel.project import Project

SOFTWARE = ("facethemodel", "torch", "onnxruntime", "opencv-python-headless", "numpy")


def split_summary(
    db: Database, project: Project, known: Sequence[Sample], found: Sequence[Match]
) -> SplitSummary:
    """How the photos were divided, and what the leak check finds; `found` are the photos made of one."""
    settings = project.settings.split
    leaks = find_leaks(
        known,
        photos.posts(db),
        person=project.person,
        near_distance=settings.near_distance,
        matches=found,
    )
    counts = []
    for part in PARTS:
        inside = by_part(known, part)
        roles = Counter(sample.label.role for sample in inside)
        counts.append(
            PartCount(
                part=part,
                person=roles["person"],
                strangers=roles["stranger"],
                identities=len({sample.draw for sample in inside if sample.label.role == "stranger"}),
                curveballs=roles["curveball"],
            )
        )
    return SplitSummary(
        preset=settings.preset,
        near_distance=settings.near_distance,
        parts=tuple(counts),
        left_out=sum(sample.part is None for sample in known),
        leaks=LeakCounts.of(leaks),
    )


def source_counts(db: Database, known: Sequence[Sample]) -> tuple[SourceCount, ...]:
    """Where the photos came from: a folder, or the one above it where each folder is one person."""
    counts: Counter[tuple[str, str]] = Counter()
    for sample in known:
        first = photos.sources(db, sample.sha256)[0]
        counts[_place(first.origin, sample.identity), sample.label.role or "no role"] += 1
    return tuple(
        SourceCount(source=place, role=role, photos=count) for (place, role), count in counts.most_common()
    )


def reviewer_consistency(db: Database, *, confidence: float) -> Rate:
    """How often the same reviewer decided alike about a photo that was shown a second time."""
    found = consistency(db)
    return Rate.of(found.same, found.twice, confidence=confidence)


def training_summary(run: Run) -> TrainingSummary:
    """What was trained, and how."""
    facts = run.read("trained") or {}
    spec = network_of(run)
    return TrainingSummary(
        network=spec.name,
        summary=spec.summary,
        parameters=spec.parameters,
        view=spec.view,
        device=facts["device"],
        precision=facts["precision"],
        seconds=facts["seconds"],
        epochs=facts["epochs"],
        best_epoch=facts["best_epoch"],
        seed=facts["seed"],
        person_photos=facts["person_photos"],
        stranger_photos=facts["stranger_photos"],
        stranger_identities=facts["strangers"],
        backbone=backbone_of(run),
        teacher=teacher_of(run),
    )


def software() -> tuple[tuple[str, str], ...]:
    """Names and versions of what the figures depend on."""
    return (("Python", platform.python_version()), *((name, version(name)) for name in SOFTWARE))


def _place(origin: bytes, identity: str | None) -> str:
    folder = Path(os.fsdecode(origin)).parent
    if identity is not None and normalise_identity(readable(os.fsencode(folder.name))) == identity:
        folder = folder.parent
    # Two names tell folders apart, and keep the rest of the owner's disk out of a report that is passed on.
    return readable(bytes(Path(*folder.parts[-2:])))
