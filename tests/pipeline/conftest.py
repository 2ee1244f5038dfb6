"""Projects of drawn photos."""

from __future__ import annotations

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
