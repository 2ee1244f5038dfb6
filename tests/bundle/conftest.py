"""A bundle whose network is one line long, so that every score is known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facethemodel.bundle.manifest import MODEL, WEIGHTS, BundleFacts
from facethemodel.bundle.write import write_bundle


@pytest.fixture
def fill(brightness: Callable[[int], bytes]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / MODEL).write_bytes(brightness(112))
        (folder / WEIGHTS).write_bytes(b"weights")

    return write


@pytest.fixture
def bundle_dir(tmp_path: Path, facts: BundleFacts, fill: Callable[[Path], None]) -> Path:
    """A fresh bundle that a test may damage."""
    folder = tmp_path / "ada"
    write_bundle(folder, facts, fill=fill, version="9.9.9", created=datetime(2026, 1, 2, tzinfo=UTC))
    return folder
