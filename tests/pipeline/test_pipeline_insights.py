"""Shortcuts, kinds of photos and doubts on a small drawn project; the score is the brightness of a crop."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest

from facethemodel.bundle.decision import Thresholds
from facethemodel.catalogue import photos, tags
from facethemodel.catalogue.records import Role
from facethemodel.collect.folder import add_folder
from facethemodel.dataset.samples import Sample, samples
from facethemodel.dataset.split import split
from facethemodel.evaluation.doubts import TABLE, read_doubts
from facethemodel.evaluation.metrics import Metrics, compute_metrics
from facethemodel.evaluation.rows import Row, row_for
from facethemodel.inspection.run import inspect
from facethemodel.pipeline.calibration import score_photos
from facethemodel.pipeline.freshness import evaluation_inputs
from facethemodel.pipeline.insights import Insights, look_closer
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.shortcut import BACKBONE_FACES, _Judged, _some_of_each_kind
from facethemodel.project import SETTINGS_FILE, Project
from facethemodel.synthetic.album import write_album

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    project: Project
    run: Run
    known: list[Sample]
    rows: list[Row]
    metrics: Metrics

    @property
    def judged(self) -> list[Row]:
        return [row for row in self.rows if row.part == "test" and row.outcome == "judged"]

    @property
    def persons(self) -> int:
        return sum(row.role == "person" for row in self.judged)

    def closer(self) -> Insights:
        return look_closer(self.project, self.run, self.known, self.rows, self.metrics)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, drawn_project: Callable[[Path], Project]) -> Project:
    """30 photos of the person, half of them tagged when they were added, and two of each of 30 strangers."""
    root = tmp_path_factory.mktemp("insights")
    drawn = write_album(
        root / "photos",
        seed=4,
        person_photos=30,
        strangers=30,
        photos_per_stranger=2,
        curveballs_per_family=1,
        jobs=1,
    )
    made = drawn_project(root / "project")
    files = sorted(drawn.person_dir.iterdir())
    add_folder(made, [drawn.person_dir], role="person", link=True)
    add_folder(made, files[::2], role="person", link=True, words=["Half"])
    add_folder(made, [drawn.strangers_dir], role="stranger", identity_from="folder", link=True)
    inspect(made, views=("aligned112", "whole256"), jobs=1)
    with made.database() as db:
        split(db, person=made.person, settings=made.settings.split)
    return made


def with_dense_layer(model: bytes) -> bytes:
    """Gives the brightness network a layer that doubts can be learned from; the score stays what it was."""
    changed = onnx.load_from_string(model)
    helper, kinds = onnx.helper, onnx.TensorProto
    directions = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    changed.graph.node.extend(
        [
            helper.make_node("ReduceMean", ["values", "plane"], ["colour"], keepdims=0),
            helper.make_node("MatMul", ["colour", "directions"], ["embedding"]),
        ]
    )
    changed.graph.initializer.extend(
        [
            helper.make_tensor("plane", kinds.INT64, [2], [1, 2]),
            helper.make_tensor("directions", kinds.FLOAT, [3, 8], directions.ravel().tolist()),
        ]
    )
    return bytes(changed.SerializeToString())


def tried(project: Project, network: str, model: bytes) -> Tried:
    run = Run(folder=project.runs_dir / network)
    run.model.mkdir(parents=True, exist_ok=True)
    (run.model / "model.onnx").write_bytes(with_dense_layer(model))
    run.write("trained", {"network": network})
    with project.database() as db:
        known = samples(db, person=project.person)
    lines = Thresholds(
        person=110.0, unsure=100.0, target_fmr=0.01, confidence=0.95, promise=None, strangers=0
    )
    scores = score_photos(project, run, [one for one in known if one.part == "test"])
    rows = [row_for(one, scores=scores.get(one.sha256), thresholds=lines) for one in known]
    return Tried(project=project, run=run, known=known, rows=rows, metrics=compute_metrics(rows, lines))


def test_every_judged_test_photo_is_looked_at(project: Project, brightness: Callable[[int], bytes]) -> None:
    one = tried(project, "residual112", brightness(112))
    found = one.closer()
    assert found.shortcut is not None
    judged, persons = one.judged, one.persons
    everyone = found.shortcut.figures.against[0]
    assert found.shortcut.figures.person_photos == persons > 0
    assert everyone.photos == len(judged) - persons
    assert everyone.whole.auc == pytest.approx(one.metrics.ranking.auc)
    assert found.shortcut.examples[0].who == "Pat Drawn"
    assert found.shortcut.examples[0].pixels[0].shape == (112, 112, 3)

    half = next(slice_ for slice_ in found.slices.person if slice_.slice.name == "half")
    borne = {sample.sha256 for sample in one.known if sample.tags == ("half",)}
    assert half.fnmr.total == sum(row.sha256 in borne for row in judged)
    for kind in ("face size", "brightness", "colour"):
        whole = [slice_ for slice_ in found.slices.strangers if slice_.slice.kind == kind]
        assert sum(slice_.fmr.total for slice_ in whole) in (0, len(judged) - persons)

    assert found.doubts is not None
    listed = read_doubts(one.run.folder / TABLE)
    assert listed == [*found.doubts.person, *found.doubts.strangers]
    ours = [sample for sample in one.known if sample.label.role == "person" and sample.part is not None]
    assert {entry.sha256 for entry in found.doubts.person} <= {sample.sha256 for sample in ours}
    assert len(found.doubts.person) >= len(ours) - 2
    assert {entry.learned for entry in found.doubts.person} == {True, False}


def test_a_network_of_whole_photos_is_shown_photos_painted_over(
    project: Project, brightness: Callable[[int], bytes]
) -> None:
    one = tried(project, "seed2018", brightness(256))
    found = one.closer()
    assert found.shortcut is not None
    judged, persons = one.judged, one.persons
    everyone = found.shortcut.figures.against[0]
    assert (found.shortcut.figures.person_photos, everyone.photos) == (persons, len(judged) - persons)
    assert everyone.whole.auc == pytest.approx(one.metrics.ranking.auc)
    assert found.doubts is None
    assert any(slice_.slice.kind == "sharpness" for slice_ in found.slices.strangers)
    for example in found.shortcut.examples:
        # The score of this network is the mean of the picture, so that each says what was shown.
        assert [picture.shape for picture in example.pixels] == [(256, 256, 3)] * 4
        assert example.scores == pytest.approx([picture.mean() for picture in example.pixels], abs=0.01)
        as_it_is, without_face, only_face, evened = (picture.astype(int) for picture in example.pixels)
        changed = (without_face != as_it_is).any(axis=2)
        assert 0.02 < changed.mean() < 0.9
        assert (only_face == as_it_is)[changed].mean() > 0.9
        assert (np.ptp(evened, axis=2) == 0).all()


def test_a_photo_that_is_gone_is_left_out_of_the_test_of_shortcuts(
    project: Project, brightness: Callable[[int], bytes]
) -> None:
    shutil.rmtree(project.cache_dir / "embeddings", ignore_errors=True)
    one = tried(project, "seed2018", brightness(256))
    gone = next(row for row in one.judged if row.role == "stranger")
    with project.database() as db:
        photo = photos.get(db, gone.sha256)
    assert photo is not None
    assert photo.link is not None
    place = Path(os.fsdecode(photo.link))
    place.rename(place.with_suffix(".away"))
    try:
        found = one.closer().shortcut
    finally:
        place.with_suffix(".away").rename(place)
    assert found is not None
    assert found.figures.against[0].photos == len(one.judged) - one.persons - 1


def test_a_new_tag_asks_for_a_new_evaluation(project: Project) -> None:
    before = evaluation_inputs(project)
    with project.database() as db:
        sha = photos.all_photos(db)[0].sha256
        tags.add(db, [sha], ["hat"])
    assert evaluation_inputs(project) != before
    with project.database() as db:
        tags.remove(db, [sha], ["hat"])
    assert evaluation_inputs(project) == before


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("evaluate", "battery = false"),
        ("split", 'test_identities = ["Ringo Starr"]'),
        ("split", "near_distance = 3"),
    ],
)
def test_settings_that_change_the_report_ask_for_a_new_evaluation(
    tmp_path: Path, section: str, line: str
) -> None:
    project = Project.create(tmp_path / "p", person="Pat")
    before = evaluation_inputs(project)
    settings = project.root / SETTINGS_FILE
    text = settings.read_text()
    head = f"[{section}]"
    settings.write_text(
        text.replace(head, f"{head}\n{line}") if head in text else f"{text}\n{head}\n{line}\n"
    )
    assert evaluation_inputs(Project.open(project.root)) != before


def test_another_name_of_the_person_asks_for_a_new_evaluation(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", person="Pat")
    before = evaluation_inputs(project)
    settings = project.root / SETTINGS_FILE
    settings.write_text(settings.read_text().replace("Pat", "Pat Drawn"))
    assert evaluation_inputs(Project.open(project.root)) != before


def test_a_backbone_looks_at_strangers_in_proportion_and_at_more_of_the_named_ones() -> None:
    def one(role: Role, name: str | None, number: int) -> _Judged:
        sha = f"{role} {name} {number}"
        row = Row(sha256=sha, name=sha, role=role, outcome="not_judged", identity=name)
        return _Judged(row=row, sample=None, face=SimpleNamespace(index=0))  # type: ignore[arg-type]

    judged = [one("person", None, number) for number in range(700)]
    judged += [
        one("stranger", "Ringo Starr" if number % 90 == 0 else None, number) for number in range(9_000)
    ]
    some, more = _some_of_each_kind(judged, ["ringo starr"])
    strangers = [each for each in some if each.row.role == "stranger"]
    named = [each for each in strangers if each.row.identity]
    assert len(some) - len(strangers) == BACKBONE_FACES
    assert len(named) == 100
    assert {each.key for each in named} >= more
    everyone = [each for each in strangers if each.key not in more]
    assert len(everyone) == BACKBONE_FACES
    assert sum(each.row.identity is not None for each in everyone) <= 10
