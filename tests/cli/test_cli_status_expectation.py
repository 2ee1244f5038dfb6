"""`status` says what to expect where it knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from facethemodel.evaluation.expectation import Curve, Expectation, Missed, Point
from facethemodel.pipeline import expectation

Run = Callable[..., tuple[int, str, str]]


def curves() -> Expectation:
    def point(count: int, share: float) -> Point:
        return Point(count=count, people=9, missed=(Missed(value=share),) * 3)

    return Expectation(
        source="LFW",
        network="residual112",
        passes=14,
        seeds=1,
        measured="2026-11-24",
        photos=Curve(beside=3000, points=(point(10, 0.5), point(100, 0.1))),
        strangers=Curve(beside=20, points=(point(50, 0.8), point(500, 0.6))),
    )


@pytest.fixture
def project(cli: Run, tmp_path: Path) -> Path:
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    return tmp_path / "paul"


def add_photos(cli: Run, tmp_path: Path, count: int, *words: str) -> None:
    folder = tmp_path / words[-1]
    folder.mkdir()
    for number in range(count):
        seed = int.from_bytes(f"{words[-1]} {number}".encode())
        pixels = np.random.default_rng(seed).integers(0, 255, (20, 20, 3), dtype=np.uint8)
        (folder / f"{number}.jpg").write_bytes(cv2.imencode(".jpg", pixels)[1].tobytes())
    assert cli("add", folder, *words)[0] == 0


@pytest.mark.usefixtures("project")
def test_what_to_expect_is_told_in_words_and_fields(
    cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expectation, "packaged", curves)
    assert json.loads(cli("status", "--json")[1])["expected"] is None
    add_photos(cli, tmp_path, 50, "--as", "person")
    add_photos(cli, tmp_path, 2, "--as", "stranger", "--identity", "Ann Other")
    add_photos(cli, tmp_path, 3, "--as", "stranger", "--identity", "Bob Other")
    out = cli("status")[1].replace("\u00a0", " ")
    assert "expected: With 30 of 50 photos of Paul McCartney to learn from" in out
    assert "55 photos were not looked at yet (facethemodel inspect): all this holds if they are usable." in (
        " ".join(out.split())
    )
    assert "fewer than were tried" in " ".join(out.split())
    told = out[out.index("expected: ") :]
    assert max(map(len, told.splitlines())) <= 80
    found = json.loads(cli("status", "--json")[1])["expected"]
    assert found["measured_on"] == "LFW"
    assert found["photos"]["learned"] == 30
    assert found["uninspected"] == 55
    assert found["photos"]["more"] == 117
    assert found["strangers"]["read_at"] == 50


@pytest.mark.usefixtures("project")
def test_without_curves_or_for_another_network_nothing_is_said(
    cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_photos(cli, tmp_path, 12, "--as", "person")
    monkeypatch.setattr(expectation, "packaged", lambda: None)
    assert "expected" not in cli("status")[1]
    monkeypatch.setattr(expectation, "packaged", curves)
    monkeypatch.setenv("FACETHEMODEL_TRAIN__NETWORK", "seed2018")
    assert "expected" not in cli("status")[1]
    assert json.loads(cli("status", "--json")[1])["expected"] is None
