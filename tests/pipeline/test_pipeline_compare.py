"""Rivals on a small drawn project: same faces, same parts, same way to the line."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import save_file

from facethemodel.catalogue import crops, openings, skips
from facethemodel.catalogue.photos import all_photos
from facethemodel.catalogue.records import Part, Role, View
from facethemodel.dataset.samples import Sample, by_part, crop_key, samples, training_arrays
from facethemodel.embedders.description import Description
from facethemodel.embedders.embedder import FaceKey
from facethemodel.embedders.onnx_model import OnnxSource
from facethemodel.embedders.run import embed_faces
from facethemodel.errors import SettingsError, UsageError
from facethemodel.evaluation.metrics import compute_metrics
from facethemodel.evaluation.threshold import choose_threshold
from facethemodel.networks import get_network
from facethemodel.pipeline.compare import compare, rivals_for
from facethemodel.pipeline.enrolled import Enrolled, judge_enrolled, side_by_side
from facethemodel.pipeline.evaluation import Beside
from facethemodel.pipeline.runs import Run, digest
from facethemodel.pipeline.training import labels_of
from facethemodel.project import Project

FACTS = {
    "network": "residual112",
    "seed": 0,
    "device": "cpu",
    "precision": "fp32",
    "seconds": 1.0,
    "epochs": 1,
    "best_epoch": 1,
    "person_photos": 1,
    "stranger_photos": 1,
    "strangers": 1,
    "tune_person_photos": 1,
    "tune_stranger_photos": 1,
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory, divided_project: Callable[..., Path]) -> Path:
    """A project with drawn photos, inspected and split."""
    return divided_project(tmp_path_factory.mktemp("compare"), person_photos=24, strangers=14)


@pytest.fixture
def project(drawn: Path, tmp_path: Path) -> Project:
    return Project.open(Path(shutil.copytree(drawn, tmp_path / "project")))


@pytest.fixture
def run(project: Project, brightness: Callable[[int], bytes]) -> Run:
    """A run whose network's score is the brightness of what it sees."""
    return trained(project, "residual112-seed0-x", brightness(112))


def trained(project: Project, name: str, model: bytes, **facts: object) -> Run:
    made = Run(folder=project.runs_dir / name)
    made.model.mkdir(parents=True)
    (made.model / "model.onnx").write_bytes(model)
    network = get_network(str({**FACTS, **facts}["network"])).build(0)
    save_file(network.state_dict(), made.model / "model.safetensors")
    made.write("learned", {"shas": []})
    made.write("trained", FACTS | facts)
    return made


@pytest.fixture
def source(tmp_path: Path, brightness: Callable[[int], bytes]) -> Callable[..., OnnxSource]:
    """An embedder that is trained on nothing: all colours of a crop, averaged over patches of 28 x 28."""
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [
            helper.make_node("AveragePool", ["x"], ["p"], kernel_shape=[28, 28], strides=[28, 28]),
            helper.make_node("Flatten", ["p"], ["vector"]),
        ],
        "patches",
        [helper.make_tensor_value_info("x", kinds.FLOAT, ["n", 3, 112, 112])],
        [helper.make_tensor_value_info("vector", kinds.FLOAT, ["n", 48])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    (tmp_path / "patches.onnx").write_bytes(model.SerializeToString())

    def make(**changes: object) -> OnnxSource:
        values: dict[str, object] = {
            "name": "patches",
            "trained_by": "nobody",
            "trained_on": "nothing at all",
            "size": 112,
            "mean": 127.5,
            "std": 127.5,
            "metric": "euclidean",
            "tolerance": 1.5,
        }
        return OnnxSource(
            path=tmp_path / "patches.onnx", description=Description.model_validate(values | changes)
        )

    return make


def known_of(project: Project) -> list[Sample]:
    with project.database() as db:
        return samples(db, person=project.person)


def learned_from(project: Project, view: View) -> str:
    known = known_of(project)
    with project.database() as db:
        rows = crops.rows(db, view)
    train = training_arrays(by_part(known, "train"), rows, view=view)
    return digest(labels_of(train, training_arrays(by_part(known, "tune"), rows, view=view)))


def opened(project: Project) -> int:
    with project.database() as db:
        return openings.count(db)


def main_faces(known: list[Sample], part: Part, role: Role) -> list[FaceKey]:
    chosen = [one for one in known if one.part == part and one.label.role == role]
    return [key for one in chosen if (key := crop_key(one, "aligned112")) is not None]


@pytest.mark.parametrize("nearest", [1, 10])
def test_a_rival_is_judged_by_the_nearest_train_photos_and_our_rule(
    project: Project, source: Callable[..., OnnxSource], nearest: int
) -> None:
    """Scores and line are computed again here, the plain way: photos of one face each."""
    known = known_of(project)
    rival = side_by_side(source(), nearest=nearest)[0]
    thresholds, rows, remark = judge_enrolled(project, rival, known)
    assert remark == ""
    enrolled = main_faces(known, "train", "person")
    judged = {row.sha256: row for row in rows if row.outcome == "judged"}
    assert {row.sha256 for row in rows} == {one.sha256 for one in known}
    assert enrolled
    assert judged
    keys = [
        key
        for part in ("test", "calibrate")
        for role in ("person", "stranger")
        for key in main_faces(known, part, role)
    ]
    vectors = embed_faces(project, rival.source, [*enrolled, *keys]).vectors

    def score(key: FaceKey) -> float:
        distances = sorted(float(np.linalg.norm(vectors[key] - vectors[one])) for one in enrolled)
        return -float(np.mean(distances[:nearest]))

    one_face = {
        one.sha256 for one in known if one.inspection and sum(f.accepted for f in one.inspection.faces) == 1
    }
    checked = [key for key in keys if key[0] in judged and key[0] in one_face]
    assert len(checked) > 5
    for key in checked:
        assert judged[key[0]].score == pytest.approx(score(key), abs=1e-5)
    identity = {one.sha256: one.identity for one in known}
    lined = main_faces(known, "calibrate", "stranger")
    persons = main_faces(known, "calibrate", "person")
    assert {sha for sha, _ in [*lined, *persons]} <= one_face
    expected = choose_threshold(
        [score(key) for key in lined],
        [identity[sha] for sha, _ in lined],
        [score(key) for key in persons],
        stranger_keys=[sha for sha, _ in lined],
    )
    assert thresholds.person == pytest.approx(expected.person, abs=1e-5)


def test_as_it_comes_one_near_photo_is_enough(project: Project, source: Callable[..., OnnxSource]) -> None:
    ours, as_it_comes = side_by_side(source(tolerance=1.25))
    assert (as_it_comes.own_line, as_it_comes.nearest) == (True, 1)
    thresholds, rows, _ = judge_enrolled(project, as_it_comes, known_of(project))
    assert (thresholds.person, thresholds.unsure, thresholds.promise) == (-1.25, -1.25, None)
    assert all((row.verdict == "person") == (row.score is not None and row.score >= -1.25) for row in rows)
    assert side_by_side(source(tolerance=None)) == [
        Enrolled(source=source(tolerance=None), name=ours.name, note=ours.note)
    ]


def test_a_rival_that_cannot_take_a_photo_misses_it(
    project: Project, source: Callable[..., OnnxSource]
) -> None:
    rival, as_it_comes = side_by_side(source(crop="box"))
    known = known_of(project)
    with project.database() as db:
        links = {one.sha256: Path(os.fsdecode(one.link)) for one in all_photos(db) if one.link is not None}
    gone = [next(one.sha256 for one in by_part(known, "test") if one.label.role == "person")]
    gone.append(next(one.sha256 for one in by_part(known, "test") if one.label.role == "stranger"))
    for sha in gone:
        links[sha].rename(links[sha].with_suffix(".away"))
    try:
        judged = [judge_enrolled(project, one, known) for one in (rival, as_it_comes)]
    finally:
        for sha in gone:
            links[sha].with_suffix(".away").rename(links[sha])
    for thresholds, rows, remark in judged:
        assert "cannot take faces of 2 photos" in remark
        scores = {row.sha256: row.score for row in rows if row.score is not None}
        assert {scores[sha] for sha in gone} == {min(scores.values())}
        assert len({score for sha, score in scores.items() if sha not in gone}) > 5
        assert all(row.verdict == "not_person" for row in rows if row.sha256 in gone)
        metrics = compute_metrics(rows, thresholds)
        missed = metrics.person.fnmr
        assert missed.total == sum(row.part == "test" and row.role == "person" for row in rows)


def test_compare_leaves_report_figures_and_one_opening(
    project: Project, run: Run, source: Callable[..., OnnxSource], brightness: Callable[[int], bytes]
) -> None:
    photos = learned_from(project, "whole256")
    trained(project, "seed2018-seed0-x", brightness(256), network="seed2018", photos=photos)
    with project.database() as db:
        skips.record(db, [(b"/photos/torn.jpg", "not an image")])
    found = compare(project, run, sources=[source()], networks=["seed2018"])
    assert [one.name for one in found.rivals] == ["patches", "patches as it comes", "seed2018"]
    assert found.openings == opened(project) == 1
    assert found.speed is not None
    assert all(one.speed is not None and one.speed.photo_ms >= one.speed.face_ms > 0 for one in found.rivals)
    ours = found.metrics
    for rival in found.rivals:
        assert rival.metrics.person.judged == ours.person.judged
        assert rival.metrics.strangers.judged == ours.strangers.judged
        assert rival.metrics.curveballs_pooled.gate == ours.curveballs_pooled.gate
        assert rival.metrics.curveballs_pooled.without_gate.total == ours.curveballs_pooled.without_gate.total
    document = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    assert [(one["name"], one["own_line"]) for one in document["rivals"]] == [
        ("patches", False),
        ("patches as it comes", True),
        ("seed2018", False),
    ]
    page = run.report.read_text(encoding="utf-8")
    assert "trained by nobody on nothing at all" in page
    assert "Beside other models" in page
    assert "file could not be added" in page


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({}, UsageError, "nothing to compare with"),
        ({"networks": ["seed2018"]}, UsageError, "seed2018 was not trained yet"),
        ({"networks": ["residual112"]}, UsageError, "is itself a run of residual112"),
        ({"sources": 2}, UsageError, "two rivals are called 'patches'"),
        ({"sources": "broken"}, SettingsError, "does not fit its description"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_looked_at(
    project: Project,
    run: Run,
    source: Callable[..., OnnxSource],
    arguments: dict[str, object],
    error: type[Exception],
    said: str,
) -> None:
    if arguments.get("sources") == 2:
        arguments = {"sources": [source(), source()]}
    elif arguments.get("sources") == "broken":
        arguments = {"sources": [source(size=64)]}
    with pytest.raises(error, match=said):
        compare(project, run, **arguments)  # type: ignore[arg-type]
    assert opened(project) == 0


def test_crops_that_are_gone_from_the_cache_are_cut_before_a_run_is_looked_for(
    project: Project, run: Run, brightness: Callable[[int], bytes]
) -> None:
    photos = learned_from(project, "whole256")
    trained(project, "seed2018-seed0-a", brightness(256), network="seed2018", photos=photos)
    with project.database() as db, db.write() as connection:
        connection.execute("DELETE FROM crop WHERE view = 'whole256'")
    found = compare(project, run, networks=["seed2018"])
    assert [rival.name for rival in found.rivals] == ["seed2018"]


def test_only_a_run_on_the_same_photos_stands_beside(
    project: Project, run: Run, brightness: Callable[[int], bytes]
) -> None:
    trained(project, "seed2018-seed0-a", brightness(256), network="seed2018", photos="others")
    with pytest.raises(UsageError, match="only on other photos"):
        rivals_for(project, run, networks=["seed2018"])
    photos = learned_from(project, "whole256")
    trained(project, "seed2018-seed5-b", brightness(256), network="seed2018", seed=5, photos=photos)
    (beside,) = rivals_for(project, run, networks=["seed2018"])
    assert isinstance(beside, Beside)
    assert beside.run.name == "seed2018-seed5-b"
    same_seed = trained(project, "seed2018-seed0-c", brightness(256), network="seed2018", photos=photos)
    (beside,) = rivals_for(project, run, networks=["seed2018"])
    assert isinstance(beside, Beside)
    assert beside.run == same_seed
