"""A run's scores: each photo once, and no more crops than a verdict rests on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.catalogue.records import WHOLE_PHOTO, Face, Inspection, Label
from facethemodel.dataset.samples import Sample
from facethemodel.evaluation.rows import PhotoScores
from facethemodel.inspection.crops import CropStore
from facethemodel.pipeline import calibration
from facethemodel.pipeline.calibration import ScoredPhotos
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.scores import photo_scores
from facethemodel.project import Project


def photo(sha: str, *faces: tuple[float, bool]) -> Sample:
    """One with faces of these detector scores, each accepted or not."""
    return Sample(
        sha256=sha,
        label=Label(sha256=sha, role="stranger"),
        inspection=Inspection(
            sha256=sha,
            width=100,
            height=100,
            format="JPEG",
            mode="RGB",
            frames=1,
            phash=0,
            sharpness=1.0,
            brightness=1.0,
            faces=tuple(
                Face(
                    index=index,
                    box=(0.0, 0.0, 10.0, 10.0),
                    landmarks=(0.0,) * 10,
                    detector_score=score,
                    gate_score=0.9 if accepted else 0.1,
                    accepted=accepted,
                    main=accepted,
                    sharpness=1.0,
                    brightness=1.0,
                )
                for index, (score, accepted) in enumerate(faces)
            ),
        ),
        assignment=None,
        name=sha,
    )


def test_only_crops_that_a_verdict_rests_on_are_scored(tmp_path: Path) -> None:
    store = CropStore(tmp_path)
    store.write("aligned112", [np.full((112, 112, 3), level, np.uint8) for level in range(7)], range(7))
    rows = {("a", 0): 0, ("a", 1): 1, ("a", 2): 2, ("b", 0): 3, ("b", 1): 4, ("b", WHOLE_PHOTO): 5}
    asked: list[int] = []

    def score(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        asked.extend(crops[:, 0, 0, 0].tolist())
        return crops[:, 0, 0, 0].astype(np.float32)

    found = photo_scores(
        [photo("a", (0.7, True), (0.9, False), (0.6, False)), photo("b", (0.8, False), (0.7, False))],
        view="aligned112",
        rows=rows,
        store=store,
        score=score,
    )
    assert sorted(asked) == [0, 1, 3]
    assert found["a"] == PhotoScores(faces={0: 0.0}, main=0, ungated=1.0)
    assert found["b"] == PhotoScores(faces={}, main=None, ungated=3.0)


def test_no_photo_is_scored_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, run = Project.create(tmp_path / "project", person="Pat Drawn"), Run(folder=tmp_path)
    asked: list[str] = []

    def score(project: Project, run: Run, photos: Sequence[Sample], **_: object) -> dict[str, PhotoScores]:
        asked.extend(one.sha256 for one in photos)
        return {one.sha256: PhotoScores(faces={}, ungated=1.0) for one in photos if one.sha256 != "gone"}

    monkeypatch.setattr(calibration, "score_photos", score)
    scored = ScoredPhotos(project, run)
    assert set(scored.of([photo("a"), photo("b")])) == {"a", "b"}
    assert set(scored.of([photo("b"), photo("c"), photo("gone")])) == {"b", "c"}
    assert asked == ["a", "b", "c", "gone"]
