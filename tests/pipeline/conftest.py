"""Projects of drawn photos."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from facethemodel.collect.folder import add_folder
from facethemodel.dataset.split import split
from facethemodel.inspection.run import inspect
from facethemodel.project import SETTINGS_FILE, Project
from facethemodel.synthetic.album import write_album


@pytest.fixture(scope="session")
def drawn_project() -> Callable[[Path], Project]:
    """Makes empty projects in which drawings are faces, whatever the gate thinks; without the battery."""

    def make(folder: Path) -> Project:
        Project.create(folder, person="Pat Drawn")
        settings = folder / SETTINGS_FILE
        text = settings.read_text(encoding="utf-8")
        text = text.replace("[inspect]\n", "[inspect]\njobs = 1\ngate_threshold = 0.1\n")
        text = text.replace("[evaluate]\n", "[evaluate]\nbattery = false\n")
        settings.write_text(text, encoding="utf-8")
        return Project.open(folder)

    return make


@pytest.fixture(scope="session")
def divided_project(drawn_project: Callable[[Path], Project]) -> Callable[..., Path]:
    """Makes a project with so many drawn photos, inspected and split, in a folder of `root`."""

    def make(root: Path, *, person_photos: int, strangers: int) -> Path:
        album = write_album(
            root / "photos",
            seed=5,
            person_photos=person_photos,
            strangers=strangers,
            photos_per_stranger=2,
            curveballs_per_family=1,
            jobs=1,
        )
        project = drawn_project(root / "project")
        add_folder(project, [album.person_dir], role="person", link=True)
        add_folder(project, [album.strangers_dir], role="stranger", identity_from="folder", link=True)
        add_folder(project, [album.curveball_dirs["text"]], role="curveball", category="text", link=True)
        inspect(project, views=("aligned112", "whole256"), jobs=1)
        with project.database() as db:
            split(db, person=project.person, settings=project.settings.split)
        return root / "project"

    return make


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory, divided_project: Callable[..., Path]) -> Path:
    """A project with drawn photos, inspected and split."""
    return divided_project(tmp_path_factory.mktemp("backbones"), person_photos=30, strangers=40)


@pytest.fixture
def embedder(tmp_path: Path) -> Callable[..., Path]:
    """Writes an embedder that is trained on nothing, the colours of a crop in 7 x 7 patches, described."""
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto

    def write(name: str = "patches", **changes: object) -> Path:
        size = int(str(changes.get("size", 112)))
        side = size // 7
        graph = helper.make_graph(
            [
                helper.make_node(
                    "AveragePool", ["x"], ["p"], kernel_shape=[side, side], strides=[side, side]
                ),
                helper.make_node("Flatten", ["p"], ["vector"]),
            ],
            "patches",
            [helper.make_tensor_value_info("x", kinds.FLOAT, ["n", 3, size, size])],
            [helper.make_tensor_value_info("vector", kinds.FLOAT, ["n", 147])],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        path = tmp_path / f"{name}.onnx"
        path.write_bytes(model.SerializeToString())
        described = {
            "name": name,
            "trained_by": "nobody",
            "trained_on": "nothing | at all",
            "size": size,
            "mean": 127.5,
            "std": 127.5,
        } | changes
        path.with_suffix(".json").write_text(json.dumps(described), encoding="utf-8")
        return path

    return write
