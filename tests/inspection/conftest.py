"""A project with drawn photos, one of them broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.catalogue import photos as catalogue_photos
from facethemodel.catalogue.records import Claim, Source
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project
from facethemodel.synthetic.people import Identity, draw_photo

Encode = Callable[[NDArray[np.uint8]], bytes]


@pytest.fixture(scope="session")
def encode() -> Encode:
    def to_png(pixels: NDArray[np.uint8]) -> bytes:
        done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        assert done
        return data.tobytes()

    return to_png


@pytest.fixture(scope="session")
def portrait() -> NDArray[np.uint8]:
    return draw_photo(Identity.from_seed(1), 1)


@pytest.fixture
def add(tmp_path: Path) -> Callable[[Project, bytes], str]:
    """Adds a file of these bytes to a project and gives its sha256."""

    def put(project: Project, data: bytes) -> str:
        incoming = tmp_path / "incoming"
        incoming.write_bytes(data)
        photo = PhotoStore(project.photos_dir).put(incoming)
        with project.database() as db:
            source = Source(origin=f"/photos/{photo.sha256}".encode())
            catalogue_photos.add(db, photo, source=source, claim=Claim(role="person"))
        return photo.sha256

    return put


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project", person="Drawn Person")


@pytest.fixture
def filled(
    project: Project, add: Callable[[Project, bytes], str], encode: Encode, portrait: NDArray[np.uint8]
) -> Project:
    """Twelve portraits, a plain wall, and a file that is no image."""
    for shade in range(12):
        add(project, encode(np.clip(portrait.astype(int) + shade, 0, 255).astype(np.uint8)))
    add(project, encode(np.full((80, 120, 3), 140, np.uint8)))
    add(project, b"not an image at all")
    return project
