"""Real photos of every set: all decode, whatever their name says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from facethemodel.photos.decode import UnreadablePhotoError, decode
from facethemodel.photos.fingerprint import FLAT, perceptual_hash

pytestmark = pytest.mark.real

SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})


def images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def reasons(paths: list[Path]) -> dict[Path, str]:
    """Decodes all and gives the reasons of those that cannot be."""
    refused = {}
    for path in paths:
        try:
            found = decode(path.read_bytes())
        except UnreadablePhotoError as error:
            refused[path] = error.reason
        else:
            assert perceptual_hash(found.pixels) != FLAT, path
    return refused


def test_a_sample_of_all_sets_decodes(shared_data: Path) -> None:
    paths = images(shared_data)
    sample = np.random.default_rng(0).choice(len(paths), size=400, replace=False)
    assert reasons([paths[index] for index in sample]) == {}


def test_odd_files_of_facescrub_decode(shared_data: Path) -> None:
    found = {path: decode(path.read_bytes()) for path in images(shared_data / "facescrub" / "images")}
    assert len(found) == 553
    assert {photo.mode for photo in found.values()} >= {"RGB", "L"}
    # What the bytes are, whatever the name says.
    assert Counter(photo.format for photo in found.values()) == {"JPEG": 550, "PNG": 3}


@pytest.mark.slow
def test_every_file_decodes(shared_data: Path) -> None:
    paths = images(shared_data)
    assert len(paths) > 12_000
    assert reasons(paths) == {}
