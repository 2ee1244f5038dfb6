"""`split` says what it takes before it can divide anything, and `train` what waits for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

Run = Callable[..., tuple[int, str, str]]


def add_photos(cli: Run, tmp_path: Path, name: str, count: int, *words: str) -> None:
    """Adds so many noisy photos of that name."""
    folder = tmp_path / name
    folder.mkdir()
    for number in range(count):
        seed = int.from_bytes(f"{name} {number}".encode())
        pixels = np.random.default_rng(seed).integers(0, 255, (20, 20, 3), dtype=np.uint8)
        assert cv2.imwrite(str(folder / f"{number}.png"), pixels)
    assert cli("add", name, *words)[0] == 0


@pytest.fixture(autouse=True)
def project(cli: Run, tmp_path: Path) -> None:
    """A project of enough photos that nobody has looked at."""
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    add_photos(cli, tmp_path, "person", 20, "--as", "person")
    add_photos(cli, tmp_path, "strangers", 40, "--as", "stranger")


def test_a_split_before_the_inspection_is_refused(cli: Run) -> None:
    code, out, error = cli("split")
    assert (code, out) == (5, "")
    assert "no photo was inspected yet" in error
    assert "facethemodel inspect, or facethemodel build" in error
    assert "facethemodel train" not in error
    code, out, error = cli("split", "--check")
    assert (code, "no photo was inspected yet" in error, "no leak" in out) == (5, True, False)
    code, _, error = cli("train")
    assert code == 2
    assert "not divided into parts yet" in error
    assert "facethemodel inspect, then facethemodel split; or facethemodel build" in error


def test_photos_that_came_after_the_inspection_are_told_of(cli: Run, tmp_path: Path) -> None:
    assert cli("inspect", "--jobs", "1")[0] == 0
    code, _, error = cli("split")
    assert (code, "next: facethemodel train" in error) == (0, True)
    add_photos(cli, tmp_path, "more", 1, "--as", "person")
    code, _, error = cli("split")
    assert code == 0
    assert "1 photo left out: not inspected (facethemodel inspect, then facethemodel split)" in error


def test_parts_that_hold_nothing_prove_nothing(cli: Run, tmp_path: Path) -> None:
    assert cli("inspect", "--jobs", "1")[0] == 0
    for folder in ("person", "strangers"):
        for photo in (tmp_path / folder).iterdir():
            assert cli("decide", f"{folder}/{photo.name}", "--aside", "blurred")[0] == 0
    code, _, error = cli("split")
    assert code == 0
    assert "60 photos left out: put aside" in error
    assert "facethemodel train" not in error
    code, out, error = cli("split", "--check")
    assert code == 5
    assert "no photo is in any part" in error
    assert "no leak" not in out
