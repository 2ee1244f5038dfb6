"""A picture that is there twice counts once, and both files are accounted for."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from facethemodel.catalogue import photos, rulings
from facethemodel.catalogue.records import Part, Role
from facethemodel.collect.folder import add_folder
from facethemodel.dataset.once import samples_once
from facethemodel.dataset.samples import Sample
from facethemodel.dataset.split import split
from facethemodel.evaluation.metrics import Metrics, compute_metrics
from facethemodel.evaluation.rows import Row, check_complete
from facethemodel.evaluation.threshold import Calibration
from facethemodel.inspection.run import inspect
from facethemodel.photos.store import PhotoStore
from facethemodel.pipeline.evaluation import judge_all
from facethemodel.pipeline.freshness import evaluation_inputs
from facethemodel.pipeline.runs import Run
from facethemodel.project import Project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, divided_project: Callable[..., Path]) -> Project:
    root = tmp_path_factory.mktemp("copies")
    return Project.open(divided_project(root, person_photos=30, strangers=30))


def known_of(project: Project) -> list[Sample]:
    with project.database() as db:
        return samples_once(db, person=project.person)


def judged(project: Project, model: bytes) -> tuple[Calibration, list[Row], Metrics]:
    run = Run(folder=project.runs_dir / "brightness")
    run.model.mkdir(parents=True, exist_ok=True)
    (run.model / "model.onnx").write_bytes(model)
    run.write("trained", {"network": "residual112"})
    known = known_of(project)
    calibration, rows = judge_all(project, run, known)
    check_complete(rows, [one.sha256 for one in known])
    return calibration, rows, compute_metrics(rows, calibration.thresholds)


def add_copy(
    project: Project, folder: Path, part: Part, role: Role, *, scale: float = 0.7
) -> tuple[str, str]:
    """Adds a photo of the part once more, smaller and worse, and gives both by their sha256."""
    one = next(one for one in known_of(project) if one.part == part and one.label.role == role)
    with project.database() as db:
        before = {photo.sha256 for photo in photos.all_photos(db)}
        (file,) = [photo for photo in photos.all_photos(db) if photo.sha256 == one.sha256]
    picture = cv2.imread(os.fsdecode(PhotoStore(project.photos_dir).path(file)))
    assert picture is not None
    folder.mkdir()
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(folder / "again.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 60])
    label = one.label
    add_folder(project, [folder], role=role, identity=label.identity, category=label.category, link=True)
    inspect(project, views=("aligned112",), jobs=1)
    with project.database() as db:
        split(db, person=project.person, settings=project.settings.split)
        (copy,) = {photo.sha256 for photo in photos.all_photos(db)} - before
    return one.sha256, copy


def test_a_copy_counts_once_wherever_it_is_measured(
    project: Project, brightness: Callable[[int], bytes], tmp_path: Path
) -> None:
    model = brightness(112)
    line, _, plain = judged(project, model)
    _, tested = add_copy(project, tmp_path / "p", "test", "person")
    _, drawn_with = add_copy(project, tmp_path / "s", "calibrate", "stranger")
    first, thrown = add_copy(project, tmp_path / "c", "curveball", "curveball")

    calibration, rows, metrics = judged(project, model)
    of = {row.sha256: row for row in rows}
    assert (of[tested].part, of[tested].outcome) == ("test", "copy")
    assert (of[thrown].part, of[thrown].outcome) == ("curveball", "copy")
    assert of[thrown].reason == f"the same picture as {first[:12]}, which counts"
    assert (of[drawn_with].part, of[drawn_with].outcome) == ("calibrate", "not_judged")
    assert metrics.person == plain.person
    assert metrics.curveballs == plain.curveballs
    assert metrics.ranking == plain.ranking
    assert calibration == line
    # Nothing is lost from sight.
    assert metrics.counts.photos == plain.counts.photos + 3
    assert metrics.counts.outcomes["copy"] == plain.counts.outcomes["copy"] + 2
    assert Counter(row.outcome for row in rows) == Counter(metrics.counts.outcomes)


def test_what_the_user_calls_different_counts_twice(
    project: Project, brightness: Callable[[int], bytes], tmp_path: Path
) -> None:
    first, second = add_copy(project, tmp_path / "p", "test", "person", scale=0.6)
    _, _, once = judged(project, brightness(112))
    inputs = evaluation_inputs(project)
    others = {one.sha256 for one in known_of(project) if one.copy_of in (first, second)} | {first, second}
    with project.database() as db:
        rulings.record(db, [rulings.different(a, b) for a in others for b in others if a < b])
    assert evaluation_inputs(project) != inputs
    _, rows, twice = judged(project, brightness(112))
    assert twice.person.photos == once.person.photos + len(others) - 1
    assert {row.outcome for row in rows if row.sha256 in others} == {"judged"}
