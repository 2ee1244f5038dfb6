"""From drawn photos to verdicts with what others trained: a head on a backbone, a network with a teacher."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from facethemodel.bundle.manifest import FILES, MANIFEST, seal
from facethemodel.bundle.read import read_bundle
from facethemodel.catalogue import openings
from facethemodel.catalogue.photos import all_photos
from facethemodel.dataset.samples import Sample, by_part, samples
from facethemodel.embedders.dlib_resnet import CARRIER, SHA256
from facethemodel.embedders.store import FOLDER
from facethemodel.errors import BundleError, UsageError
from facethemodel.evaluation.rows import read_table
from facethemodel.networks import get_network
from facethemodel.pipeline.build import build
from facethemodel.pipeline.calibration import calibrate, score_photos, write_run_bundle
from facethemodel.pipeline.evaluation import METRICS, TABLE, evaluate
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.training import TrainOptions, train_stage
from facethemodel.project import SETTINGS_FILE, Project
from facethemodel.scoring.predict import predict

missing = importlib.util.find_spec("dlib") is None or importlib.util.find_spec(CARRIER) is None
needs_dlib = pytest.mark.skipif(missing, reason="dlib is not installed: pip install '.[dlib]'")


@pytest.fixture
def project(drawn: Path, tmp_path: Path) -> Project:
    return Project.open(Path(shutil.copytree(drawn, tmp_path / "project")))


def known_of(project: Project) -> list[Sample]:
    with project.database() as db:
        return samples(db, person=project.person)


def bundled(project: Project, run: Run) -> Path:
    write_run_bundle(project, run, calibrate(project, run, known_of(project)))
    return run.bundle


def places(project: Project) -> dict[str, Path]:
    """The file of each photo."""
    with project.database() as db:
        return {one.sha256: Path(os.fsdecode(one.link)) for one in all_photos(db) if one.link is not None}


def scratch_like(project: Project, run: Run, brightness: Callable[[int], bytes]) -> Run:
    """A run from scratch on the same photos, whose score is the brightness of what it sees."""
    made = Run(folder=project.runs_dir / "residual112-seed0-x")
    made.model.mkdir(parents=True)
    (made.model / "model.onnx").write_bytes(brightness(112))
    facts = run.read("trained") or {}
    made.write("learned", run.read("learned") or {})
    made.write("trained", {**facts, "network": "residual112", "backbone": None, "teacher": None, "epochs": 1})
    return made


def pairs_in_order(project: Project, run: Run, asked: list[Sample]) -> float:
    """How many pairs of a photo of the person and one of a stranger have the person's above."""
    scores = score_photos(project, run, asked)
    best: dict[str | None, list[float]] = {"person": [], "stranger": []}
    for one in asked:
        if scores[one.sha256].faces:
            best[one.label.role].append(max(scores[one.sha256].faces.values()))
    return float(np.greater.outer(best["person"], best["stranger"]).mean())


def notes_of(report: Path) -> str:
    return re.sub(r"\s+", " ", report.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "crop", [{}, {"crop": "box", "size": 56, "margin": 0.1}], ids=["our crops", "its own"]
)
def test_a_backbone_goes_the_whole_way_and_predict_says_what_the_table_says(
    project: Project, embedder: Callable[..., Path], crop: dict[str, object]
) -> None:
    path = embedder(**crop)
    options = TrainOptions(backbone=str(path))
    found = build(project, options=options, alone=True)
    assert found is not None
    run = found.run
    assert re.fullmatch("backbone-patches-seed0-[0-9a-f]{12}", run.name)
    # What was trained elsewhere may go: the run and its bundle carry it.
    path.unlink()
    path.with_suffix(".json").unlink()
    rows = [row for row in read_table(run.folder / TABLE) if row.score is not None]
    assert len(rows) >= 15
    verdicts = predict(run.bundle, [places(project)[row.sha256] for row in rows], jobs=1)
    for row, verdict in zip(rows, verdicts, strict=True):
        assert verdict.score == pytest.approx(row.score, abs=1e-4)
        assert verdict.verdict == row.verdict
    manifest = read_bundle(run.bundle)
    assert manifest.backbone is not None
    assert (manifest.backbone.trained_by, manifest.backbone.kind) == ("nobody", "onnx")
    card = (run.bundle / "README.md").read_text(encoding="utf-8")
    assert "not trained from scratch" in card
    assert "trained by nobody on\nnothing | at all" in card
    assert "from scratch with" not in card
    report = notes_of(run.report)
    assert "a head stands on the backbone patches, trained by nobody on nothing | at all" in report
    assert "none was trained on these photos: facethemodel train --network residual112" in report
    assert "parameters, from scratch" not in report
    metrics = json.loads((run.folder / METRICS).read_text(encoding="utf-8"))
    assert metrics["training"]["backbone"]["name"] == "patches"
    assert metrics["shortcut"] is not None
    assert metrics["doubts"]["photos"] > 0


def test_a_build_also_trains_one_from_scratch_to_stand_beside_it(
    project: Project, embedder: Callable[..., Path]
) -> None:
    settings = project.root / SETTINGS_FILE
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[train]\n", "[train]\nepochs = 1\n"), encoding="utf-8")
    project, options = Project.open(project.root), TrainOptions(backbone=str(embedder()))
    assert build(project, options=options, alone=True) is not None
    found = build(project, options=options)
    assert found is not None
    assert found.run.name.startswith("backbone-patches")
    (scratch,) = project.runs_dir.glob("residual112-*")
    assert (Run(folder=scratch).read("trained") or {})["epochs"] == 1
    (beside,) = json.loads((found.run.folder / METRICS).read_text(encoding="utf-8"))["rivals"]
    assert beside["name"] == "from scratch"
    assert "none was trained on these photos" not in notes_of(found.run.report)
    # With both there, nothing is left to do, nor where it is all the same what stands beside it.
    assert build(project, options=options) is None
    assert build(project, options=options, alone=True) is None
    # Evaluated alone, or stopped between the second training and the evaluation: nothing stands beside it.
    evaluated = found.run.read("evaluated") or {}
    found.run.write("evaluated", {**evaluated, "beside": None})
    assert build(project, options=options, alone=True) is None
    again = build(project, options=options)
    assert again is not None
    assert [rival.name for rival in again.rivals] == ["from scratch"]
    # What was altered is built again, as the error that names it advises.
    with (found.run.bundle / "README.md").open("a", encoding="utf-8") as card:
        card.write("x")
    assert build(project, options=options) is not None
    read_bundle(found.run.bundle)


@needs_dlib
@pytest.mark.slow
def test_a_head_on_dlib_goes_the_whole_way_too(project: Project) -> None:
    found = build(project, options=TrainOptions(backbone="dlib"), alone=True)
    assert found is not None
    manifest = read_bundle(found.run.bundle)
    assert manifest.backbone is not None
    assert (manifest.backbone.extra, manifest.backbone.models) == ("dlib", dict(SHA256))
    assert {one.name for one in found.run.bundle.iterdir()} == {*FILES, MANIFEST}
    rows = [row for row in read_table(found.run.folder / TABLE) if row.score is not None]
    verdicts = predict(found.run.bundle, [places(project)[row.sha256] for row in rows], jobs=1)
    for row, verdict in zip(rows, verdicts, strict=True):
        assert verdict.score == pytest.approx(row.score, abs=1e-3)
    assert "\npip install '.[dlib]'\n" in (found.run.bundle / "README.md").read_text(encoding="utf-8")


def test_a_backbone_is_trained_once_and_learns_nothing_from_the_parts_that_judge_it(
    project: Project, embedder: Callable[..., Path]
) -> None:
    path = embedder()
    run = train_stage(project, options=TrainOptions(backbone=str(path)))
    facts = run.read("trained") or {}
    assert facts["network"] == "backbone"
    known = known_of(project)
    learned_from = {one.sha256 for part in ("train", "tune") for one in by_part(known, part)}
    (vectors,) = (project.cache_dir / FOLDER).iterdir()
    size = 32 + 4 + 4 * 147 + 4
    data = vectors.read_bytes()
    embedded = {data[start : start + 32].hex() for start in range(0, len(data), size)}
    assert embedded
    assert embedded <= learned_from
    assert pairs_in_order(project, run, by_part(known, "train")) > 0.9
    assert facts["tune"]["auc"] == pytest.approx(pairs_in_order(project, run, by_part(known, "tune")))
    before = (run.model / "model.onnx").stat().st_mtime_ns
    again = train_stage(project, options=TrainOptions(backbone=str(path)))
    assert (again, (run.model / "model.onnx").stat().st_mtime_ns) == (run, before)
    with project.database() as db:
        assert openings.count(db) == 0


def test_the_run_from_scratch_stands_beside_the_backbone(
    project: Project, embedder: Callable[..., Path], brightness: Callable[[int], bytes]
) -> None:
    run = train_stage(project, options=TrainOptions(backbone=str(embedder())))
    scratch_like(project, run, brightness)
    found = evaluate(project, run, why="test")
    assert [rival.name for rival in found.rivals] == ["from scratch"]
    assert found.speed is not None
    assert found.rivals[0].speed is not None
    assert "a head on the backbone patches (trained by nobody" in notes_of(run.report)


@pytest.mark.slow
def test_a_network_with_a_teacher_ships_nothing_of_it_and_says_who_it_was(
    project: Project, embedder: Callable[..., Path], brightness: Callable[[int], bytes]
) -> None:
    path = embedder()
    run = train_stage(
        project, options=TrainOptions(epochs=1, device="cpu", precision="fp32", teacher=str(path))
    )
    assert run.name.startswith("residual112-taught-by-patches-seed0-")
    with safe_open(run.model / "model.safetensors", framework="np") as weights:
        assert set(weights.keys()) == set(get_network("residual112").build(0).state_dict())
    scratch_like(project, run, brightness)
    path.unlink()
    found = evaluate(project, run, why="test")
    assert [rival.name for rival in found.rivals] == ["from scratch"]
    manifest = read_bundle(run.bundle)
    assert manifest.network == "residual112"
    assert manifest.backbone is None
    assert manifest.teacher is not None
    assert manifest.teacher.trained_on == "nothing | at all"
    assert "trained with a teacher, patches" in (run.bundle / "README.md").read_text(encoding="utf-8")
    report = notes_of(run.report)
    assert "This model had a teacher" in report
    assert "with a teacher</dd>" in report
    photo = next(iter(places(project).values()))
    assert [one.verdict is not None for one in predict(run.bundle, [photo])] == [True]


def test_a_bundle_whose_backbone_was_changed_is_refused(
    project: Project, embedder: Callable[..., Path]
) -> None:
    run = train_stage(project, options=TrainOptions(backbone=str(embedder())))
    folder = bundled(project, run)
    data = (folder / "backbone.onnx").read_bytes()
    (folder / "backbone.onnx").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(BundleError, match=r"backbone\.onnx was altered"):
        predict(folder, [folder / "README.md"])
    (folder / "backbone.onnx").write_bytes(data)
    document = json.loads((folder / MANIFEST).read_text())
    document["backbone"]["cut_version"] += 1
    (folder / MANIFEST).write_text(json.dumps(seal(document)))
    with pytest.raises(BundleError, match="its promise does not hold for those"):
        predict(folder, [folder / "README.md"])


def test_a_bundle_on_dlib_is_refused_where_dlib_is_missing(
    project: Project, embedder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bundled(project, train_stage(project, options=TrainOptions(backbone=str(embedder()))))
    document = json.loads((folder / MANIFEST).read_text())
    document["backbone"] |= {"name": "dlib", "kind": "dlib", "extra": "dlib", "models": dict(SHA256)}
    for name in ("backbone.onnx", "backbone.json"):
        del document["files"][name]
        (folder / name).unlink()
    (folder / MANIFEST).write_text(json.dumps(seal(document)))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="backbone dlib, which is not installed") as caught:
        predict(folder, [folder / "README.md"])
    assert caught.value.remedy == "in the repository of facethemodel: pip install '.[dlib]'"


@pytest.mark.parametrize("blind", ["zeros", "no number"])
def test_a_face_that_the_backbone_cannot_take_is_none_in_the_table_and_for_predict(
    project: Project, embedder: Callable[..., Path], blind: str
) -> None:
    """Of the darkest quarter of the faces the embedder says nothing."""
    onnx = pytest.importorskip("onnx")
    helper, path = onnx.helper, embedder()
    crops = np.fromfile(project.cache_dir / "aligned112.u8", np.uint8).reshape(-1, 112, 112, 3)
    line = float(np.quantile(crops.mean(axis=(1, 2, 3)) / 127.5 - 1, 0.25))
    model = onnx.load(str(path))
    model.graph.node[-1].output[0] = "patches"
    model.graph.initializer.extend(
        onnx.numpy_helper.from_array(np.array(value, np.float32), name)
        for name, value in (("third", np.full((3, 1), 1 / 3)), ("line", line))
    )
    model.graph.node.extend(
        [
            helper.make_node("GlobalAveragePool", ["x"], ["means"]),
            helper.make_node("Flatten", ["means"], ["colours"]),
            helper.make_node("MatMul", ["colours", "third"], ["light"]),
            helper.make_node("Sub", ["light", "line"], ["above"]),
            helper.make_node("Relu", ["above"], ["positive"]),
            helper.make_node("Sign", ["positive"], ["seen"]),
            helper.make_node("Mul", ["patches", "seen"], ["vector" if blind == "zeros" else "shown"]),
        ]
    )
    if blind == "no number":
        model.graph.node.append(helper.make_node("Div", ["shown", "seen"], ["vector"]))
    path.write_bytes(model.SerializeToString())
    run = train_stage(project, options=TrainOptions(backbone=str(path)))
    known = by_part(known_of(project), "test")
    scores = score_photos(project, run, known)
    asked = [places(project)[one.sha256] for one in known]
    found = list(predict(bundled(project, run), asked, jobs=1))
    said = [verdict.score is not None for verdict in found]
    assert said == [bool(scores[one.sha256].faces) for one in known]
    assert {True, False} <= set(said)
    unseen = [verdict for verdict, spoke in zip(found, said, strict=True) if not spoke and verdict.faces]
    assert unseen
    assert {verdict.verdict for verdict in unseen} == {"no_face"}


def test_photos_that_the_backbone_cannot_take_are_told_and_count_as_without_a_face(
    project: Project, embedder: Callable[..., Path]
) -> None:
    run = train_stage(project, options=TrainOptions(backbone=str(embedder(crop="box", size=56))))
    known = by_part(known_of(project), "test")
    (gone,) = [one for one in known if one.label.role == "person"][:1]
    place = places(project)[gone.sha256]
    moved = place.with_name("gone")
    place.rename(moved)
    try:
        scores = score_photos(project, run, known)
    finally:
        moved.rename(place)
    assert scores[gone.sha256].faces == {}
    assert any(found.faces for found in scores.values())


def test_vectors_survive_a_stop_and_the_next_run_goes_on(
    project: Project, embedder: Callable[..., Path]
) -> None:
    path = embedder()
    run = train_stage(project, options=TrainOptions(backbone=str(path)))
    first = np.frombuffer((run.model / "model.safetensors").read_bytes(), np.uint8)
    (vectors,) = (project.cache_dir / FOLDER).iterdir()
    whole = vectors.read_bytes()
    vectors.write_bytes(whole[: len(whole) // 2])
    shutil.rmtree(run.folder)
    again = train_stage(project, options=TrainOptions(backbone=str(path)))
    assert again == run
    assert 0 < (again.read("trained") or {})["new_vectors"] < len(whole) // (32 + 4 + 4 * 147 + 4)
    assert np.array_equal(first, np.frombuffer((again.model / "model.safetensors").read_bytes(), np.uint8))
