from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from facethemodel.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project", person="Paul McCartney")


@pytest.fixture(scope="session")
def picture() -> Callable[[int], bytes]:
    """Makes the bytes of a small PNG; each number gives another one."""

    def make(number: int) -> bytes:
        target = BytesIO()
        Image.new("RGB", (4, 4), (number % 256, number // 256 % 256, number // 65536)).save(target, "PNG")
        return target.getvalue()

    return make
