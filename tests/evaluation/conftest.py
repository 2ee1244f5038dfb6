"""A drawn evaluation: scores from known distributions, pictures of ellipses."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.battery.families import FAMILIES
from facethemodel.battery.ladders import LADDERS
from facethemodel.battery.shots import Shot, Whose
from facethemodel.bundle.decision import VerdictName
from facethemodel.catalogue.records import normalise_identity
from facethemodel.evaluation.battery import compute_battery
from facethemodel.evaluation.battery_figures import BatteryPictures, BatteryReport, Judged
from facethemodel.evaluation.doubts import Doubt, Doubts
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
from facethemodel.evaluation.shortcut import (
    CONDITIONS,
    Example,
    JudgedFaces,
    ShortcutReport,
    measure_shortcut,
)
from facethemodel.evaluation.slices import Facts, measure_slices
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
        evidence = calibration.evidence
        if evidence is not None:
            rows = [
                one if one.score is None else replace(one, probability=evidence.probability([one.score]))
                for one in rows
            ]
        metrics = compute_metrics(rows, calibration.thresholds, comparisons={"all": names}, evidence=evidence)
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


@pytest.fixture
def with_battery() -> MakeInputs:
    """Gives an evaluation a battery of every family and ladder, made of its own test photos.

    With `taken` everything that has a face is taken for the person.
    """

    def add(inputs: ReportInputs, *, taken: bool) -> ReportInputs:
        test = [one for one in inputs.rows if one.part == "test"]
        person = next(one.sha256 for one in test if one.role == "person")
        stranger = next(one.sha256 for one in test if one.role == "stranger")
        score = inputs.calibration.person + (1.0 if taken else -1.0)
        judged = []
        for one in FAMILIES:
            photo = {"nothing": None, "strangers": stranger}.get(one.made_of, person)
            far = one.kind == "far"
            judged.append(
                Judged(
                    shot=Shot(name=one.name, photo=photo),
                    verdict="no_face" if far else "person" if taken else "unsure",
                    score=None if far else score,
                )
            )
        subjects: tuple[tuple[Whose, str], ...] = (("person", person), ("strangers", stranger))
        for ladder in LADDERS:
            for place, rung in enumerate(ladder.rungs):
                for whose, photo in subjects:
                    found = place < 3 and (whose == "person" or taken)
                    judged.append(
                        Judged(
                            shot=Shot(name=ladder.name, rung=rung, whose=whose, photo=photo),
                            verdict="person" if found else "no_face",
                            score=inputs.calibration.person + 1 if found else None,
                        )
                    )
        pixels = np.full((120, 90, 3), 70, np.uint8)
        figures = compute_battery(judged, inputs.rows, person_line=inputs.calibration.person, seconds=12.5)
        pictures = BatteryPictures(
            worst=pixels,
            families={one.name: pixels for one in FAMILIES},
            as_it_is=pixels,
            rungs={(ladder.name, rung): pixels for ladder in LADDERS for rung in ladder.rungs},
        )
        return dataclasses.replace(inputs, battery=BatteryReport(figures=figures, pictures=pictures))

    return add


@pytest.fixture
def with_insights() -> MakeInputs:
    """Gives an evaluation a test of shortcuts, figures by kind of photo and a list of doubts.

    With `shortcut` no face is needed, and with `broken` thirty bearded strangers are taken for the person.
    """

    def add(inputs: ReportInputs, *, shortcut: bool = False, broken: bool = False) -> ReportInputs:
        rng = np.random.default_rng(1)
        test = [one for one in inputs.rows if one.part == "test" and one.score is not None]
        is_person = np.array([one.role == "person" for one in test], dtype=np.bool_)
        apart = {"whole": 6.0, "only_face": 5.0, "evened": 4.0, "surroundings": 1.0}
        scores = {
            name: rng.normal(0, 1, len(test)) + is_person * apart.get(name, 5.0 if shortcut else 0.0)
            for name in CONDITIONS
        }
        draws = [normalise_identity(one.identity or one.sha256) for one in test]
        figures = measure_shortcut(
            JudgedFaces(is_person=is_person, draws=draws, scores=scores), {"the first": draws[-1:]}
        )
        crop = np.full((112, 112, 3), 90, np.uint8)
        example = Example(who=inputs.person, name="a.jpg", pixels=(crop,) * 4, scores=(4.0, 1.0, 3.0, 2.0))
        facts = {one.sha256: Facts(tags=("odd" if i % 2 else "even",)) for i, one in enumerate(test)}
        some = [
            dataclasses.replace(test[-1], sha256=f"{i:064d}", identity=f"s{i}", verdict="person")
            for i in range(30)
        ]
        crowd = [*inputs.rows, *(some if broken else ())]
        facts |= {one.sha256: Facts(tags=("bearded",)) for one in some}
        doubt = Doubt(
            sha256=test[0].sha256 if test else "0" * 64,
            name="b.jpg",
            role="person",
            identity=None,
            part="train",
            face=0,
            suspicion=2.5,
            near_person=0.1,
            near_strangers=0.3,
            score=1.0,
            learned=True,
        )
        stranger = dataclasses.replace(doubt, role="stranger", identity="Grace Hopper", suspicion=-0.04)
        return dataclasses.replace(
            inputs,
            shortcut=None
            if figures is None
            else ShortcutReport(figures=figures, examples=(example, example)),
            slices=measure_slices(crowd, facts, promise=inputs.calibration.promise),
            doubts=Doubts(person=(doubt,) * 9, strangers=(stranger,), looked_at=40),
        )

    return add
