"""Projects of drawn photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from facethemodel.project import SETTINGS_FILE, Project


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
