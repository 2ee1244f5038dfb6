"""One photo is spoken of in the singular."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from facethemodel.cli.collect import show_yield
from facethemodel.cli.output import Output
from facethemodel.collect.report import LabelConflict
from facethemodel.collect.yields import YIELDS, CollectReport

Run = Callable[..., tuple[int, str, str]]


def test_a_project_of_one_photo(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    pixels = np.random.default_rng(1).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    assert cv2.imwrite(str(tmp_path / "photos" / "one.png"), pixels)
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    assert cli("add", "photos", "--as", "person")[0] == 0
    assert "\n1 photo not checked yet: " in "\n" + cli("flags")[2]
    said = cli("add", "photos", "--as", "stranger", "--identity", "Bo Derek")[2]
    assert "1 photo in a label conflict, part of nothing until that is decided" in said
    assert "1 photo in a label conflict" in cli("decide", "--list")[2]
    assert "1 photo left out: " in cli("split")[2]


def test_one_conflict_among_what_was_collected(capsys: pytest.CaptureFixture[str]) -> None:
    report = CollectReport(
        collector="urls",
        counts={one: int(one == "kept") for one in YIELDS},
        problems=(),
        conflicts=(LabelConflict(sha256="0" * 64, name="a.jpg", conflict="person and stranger"),),
        settled=0,
        requests=1,
        seconds=1.0,
        error=None,
        interrupted=False,
        dry_run=False,
    )
    assert show_yield(report, Output()) == 1
    said = capsys.readouterr().err
    assert "1 photo in a label conflict, part of nothing until that is decided (facethemodel decide)" in said
