"""A drawn evaluation: scores from known distributions, pictures of ellipses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.bundle.decision import VerdictName
from facethemodel.evaluation.inputs import (
    LeakCounts,
    PartCount,
    ReportInputs,
    Rival,
    SourceCount,
    SplitSummary,
    TrainingSummary,
)
from facethemodel.evaluation.metrics import compute_metrics
from facethemodel.evaluation.rows import Row
from facethemodel.evaluation.threshold import choose_threshold

NO_LEAKS = LeakCounts()
MakeInputs = Callable[..., ReportInputs]


def picture(sha256: str, face: int | None) -> NDArray[np.uint8]:
    shade = int(sha256[:2], 16)
    pixels = np.full((150, 112, 3), shade, dtype=np.uint8)
    cv2.ellipse(pixels, (56, 70), (30, 40), 0, 0, 360, (255 - shade, 120, 90), -1)
    return pixels


def row(number: int, score: float | None, line: float, **what: object) -> Row:
    verdict: VerdictName = "no_face" if score is None else "person" if score >= line else "not_person"
    return Row(
        sha256=hashlib.sha256(str(number).encode()).hexdigest(),
        outcome="no_face" if score is None else "judged",
        verdict=verdict,
        score=score,
        best_face=None if score is None else 0,
        faces=0 if score is None else 1,
        **{"name": f"photo {number}.jpg", **what},  # type: ignore[arg-type]
    )


@pytest.fixture
def make_inputs() -> MakeInputs:
    """Draws an evaluation: strangers called `names`, and the person scoring `shift` above them."""

    def make(
        *,
        person: str = "Ada Lovelace",
        names: tuple[str, ...] = ("Grace Hopper", "Mary Somerville", "Emmy Noether"),
        shift: float = 6.0,
        photos: int = 20,
        curveballs: tuple[str, ...] = ("cats", "pages of text"),
        calibrate: int = 400,
        leaks: LeakCounts = NO_LEAKS,
        openings: int = 1,
        rival: bool = False,
    ) -> ReportInputs:
        rng = np.random.default_rng(5)
        calibration = choose_threshold(
            rng.normal(0, 1, calibrate), [f"other {i}" for i in range(calibrate)], rng.normal(shift, 1, 15)
        )
        line = calibration.person
        rows = [
            row(i, None if i == 2 else float(rng.normal(shift, 1)), line, role="person", part="test")
            for i in range(photos)
        ]
        for name in names:
            for _ in range(8):
                score = float(rng.normal(0, 1))
                rows.append(row(len(rows), score, line, role="stranger", identity=name, part="test"))
        for category in curveballs:
            for i in range(10):
                rows.append(
                    row(
                        len(rows),
                        float(rng.normal(0, 2)) if i < 2 else None,
                        line,
                        role="curveball",
                        category=category,
                        part="curveball",
                        ungated_score=float(rng.normal(0, 4)),
                    )
                )
        rows.append(
            Row(
                sha256="f" * 64,
                name="torn.jpg",
                role="stranger",
                outcome="unreadable",
                reason="file ends early",
            )
        )
        metrics = compute_metrics(rows, calibration.thresholds, comparisons={"all": names})
        return ReportInputs(
            person=person,
            run="r1",
            created=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
            metrics=metrics,
            calibration=calibration,
            rows=tuple(rows),
            thumbnail=picture,
            split=SplitSummary(
                preset="standard",
                near_distance=6,
                parts=(PartCount(part="test", person=photos, strangers=8, identities=1, curveballs=0),),
                left_out=1,
                leaks=leaks,
            ),
            sources=(SourceCount(source="a folder", role="person", photos=photos),),
            training=TrainingSummary(
                network="residual112",
                summary="A small network.",
                parameters=1_234_567,
                view="the aligned face",
                device="cpu",
                precision="fp32",
                seconds=200.0,
                epochs=12,
                best_epoch=9,
                seed=0,
                person_photos=100,
                stranger_photos=1000,
                stranger_identities=300,
            ),
            openings=openings,
            rivals=(Rival(name="seed2018", note="the original network.", metrics=metrics),) if rival else (),
            versions=(("facethemodel", "0.1.0"),),
        )

    return make
