"""What a manifest and a card say of what others trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from facethemodel.bundle.backbone import Head
from facethemodel.bundle.export_head import export_head
from facethemodel.bundle.manifest import BundleFacts, InputFormat
from facethemodel.bundle.origin import Backbone, Teacher
from facethemodel.bundle.read import read_bundle
from facethemodel.bundle.write import write_bundle
from facethemodel.errors import BundleError
from facethemodel.training.head import TrainedHead

BACKBONE = Backbone(
    name="big *net*",
    trained_by="somebody",
    trained_on="a million <faces>",
    kind="onnx",
    extra=None,
    dimension=4,
    cut_version=1,
    models={"backbone.onnx": "ab" * 32},
)
TEACHER = Teacher(name="big net", trained_by="somebody", trained_on="a million faces")


@pytest.fixture
def on_backbone(facts: BundleFacts) -> BundleFacts:
    return replace(facts, network="backbone", backbone=BACKBONE, input=InputFormat(size=160))


def fill(folder: Path) -> None:
    for name in ("model.onnx", "model.safetensors", "backbone.onnx", "backbone.json"):
        (folder / name).write_bytes(name.encode())


def test_a_backbones_files_are_part_of_the_bundle(on_backbone: BundleFacts, tmp_path: Path) -> None:
    write_bundle(tmp_path / "b", on_backbone, fill=fill, version="1")
    manifest = read_bundle(tmp_path / "b")
    assert manifest.backbone == BACKBONE
    assert {"backbone.onnx", "backbone.json"} < set(manifest.files)
    card = (tmp_path / "b" / "README.md").read_text()
    assert "big \\*net\\* was trained by somebody on\na million \\<faces\\>" in card
    (tmp_path / "b" / "backbone.json").unlink()
    with pytest.raises(BundleError, match=r"backbone\.json is missing"):
        read_bundle(tmp_path / "b")


def test_a_backbone_that_was_not_written_makes_no_bundle(
    on_backbone: BundleFacts, tmp_path: Path, brightness: Callable[[int], bytes]
) -> None:
    def only_the_head(folder: Path) -> None:
        (folder / "model.onnx").write_bytes(brightness(112))
        (folder / "model.safetensors").write_bytes(b"weights")

    with pytest.raises(BundleError, match=r"a bundle takes .*backbone"):
        write_bundle(tmp_path / "b", on_backbone, fill=only_the_head, version="1")


def test_a_teacher_is_named_and_no_backbone_has_one(facts: BundleFacts, on_backbone: BundleFacts) -> None:
    assert replace(facts, teacher=TEACHER).file_names == facts.file_names
    with pytest.raises(ValueError, match="a head on a backbone has none"):
        replace(on_backbone, teacher=TEACHER)
    with pytest.raises(ValueError, match="must be given for the network backbone"):
        replace(facts, backbone=BACKBONE)
    with pytest.raises(ValueError, match="must be given for the network backbone"):
        replace(on_backbone, backbone=None)


def test_a_head_gives_the_same_scores_after_its_export(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    head = TrainedHead(direction=random.normal(size=6) * 9, shift=-2.5, loss=0.0)
    export_head(head, tmp_path)
    vectors = (random.normal(size=(40, 6)) * 3).astype(np.float32)
    model = (tmp_path / "model.onnx").read_bytes()
    exported = Head(model, dimension=6, where=tmp_path)
    np.testing.assert_allclose(exported.score(vectors), head.score(vectors), atol=1e-4)
    assert exported.score(np.zeros((0, 6), np.float32)).shape == (0,)
    with pytest.raises(BundleError, match="not a number"):
        exported.score(np.full((1, 6), np.nan, np.float32))
    with pytest.raises(BundleError, match="its backbone gives vectors of 7 numbers"):
        Head(model, dimension=7, where=tmp_path)
