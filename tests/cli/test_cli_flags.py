"""`flags` and `status` tell what the inspection found, and `flags` lists it, the worst first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.evaluation.doubts import Doubt, Doubts, write_doubts
from facethemodel.synthetic.people import Identity, draw_photo

Run = Callable[..., tuple[int, str, str]]


def write(path: Path, pixels: NDArray[np.uint8]) -> None:
    path.parent.mkdir(exist_ok=True)
    assert cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))


@pytest.fixture
def project(cli: Run, tmp_path: Path) -> Path:
    """A fine photo, two blurred ones, a wall, and a file that is damaged; not inspected yet."""
    person = draw_photo(Identity.from_seed(1), 1)
    write(tmp_path / "photos" / "fine.png", person)
    for name, width in (("soft", 2.2), ("softer", 4.0)):
        write(
            tmp_path / "photos" / f"{name}.png", np.asarray(cv2.GaussianBlur(person, (0, 0), width), np.uint8)
        )
    write(tmp_path / "photos" / "wall.png", np.full((90, 300, 3), 150, np.uint8))
    damaged = (tmp_path / "photos" / "fine.png").read_bytes()[:3000]
    (tmp_path / "photos" / "damaged.png").write_bytes(damaged)
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    assert cli("add", "photos", "--as", "person")[0] == 0
    return tmp_path / "paul"


@pytest.fixture
def inspected(cli: Run, project: Path) -> Path:
    assert cli("inspect", "--jobs", "1")[0] == 1
    return project


@pytest.mark.usefixtures("project")
def test_photos_wait_for_the_inspection(cli: Run) -> None:
    code, out, error = cli("flags", "--json")
    assert code == 0
    assert json.loads(out)["unchecked"] == 5
    assert "facethemodel inspect" in error
    assert json.loads(cli("status", "--json")[1])["flags"] == {}
    _, out, error = cli("flags", "dark")
    assert out == "no photo is flagged as dark\n"
    assert "5 photos not checked yet: facethemodel inspect" in error
    assert json.loads(cli("flags", "dark", "--json")[1])["unchecked"] == 5


@pytest.mark.usefixtures("inspected")
def test_flags_are_counted_and_listed_the_worst_first(cli: Run) -> None:
    code, out, error = cli("flags", "--json")
    assert code == 0
    counts = {one["name"]: one["photos"] for one in json.loads(out)["flags"]}
    assert (counts["blurred-face"], counts["no-face"], counts["odd-shape"], counts["another-person"]) == (
        2,
        1,
        1,
        0,
    )
    assert json.loads(out)["unchecked"] == 0
    assert "flags blurred-face" in error
    listed = json.loads(cli("flags", "Blurred_face", "--json")[1])
    assert [one["name"] for one in listed["photos"]] == ["softer.png", "soft.png"]
    assert json.loads(cli("flags", "blurred-face", "--limit", "1", "--json")[1])["flagged"] == 2
    shown = cli("flags", "blurred-face", "--limit", "1")
    assert "softer.png" in shown[1]
    assert "not checked yet" not in shown[2]
    assert "1 more" in shown[2]
    assert "2 blurred-face" in cli("status")[1]
    assert "odd-shape" in cli("flags")[1]


@pytest.mark.usefixtures("inspected")
def test_what_was_put_aside_leaves_the_list(cli: Run) -> None:
    assert cli("decide", "softer.png", "--aside", "blurred-face")[0] == 0
    listed = json.loads(cli("flags", "blurred-face", "--json")[1])
    assert ([one["name"] for one in listed["photos"]], listed["aside"]) == (["soft.png"], 1)
    (one,) = [one for one in json.loads(cli("flags", "--json")[1])["flags"] if one["name"] == "blurred-face"]
    assert (one["photos"], one["aside"]) == (1, 1)


@pytest.mark.usefixtures("inspected")
def test_an_unknown_flag_is_named_with_the_known_ones(cli: Run) -> None:
    code, _, error = cli("flags", "ugly")
    assert code == 2
    assert "'ugly'" in error
    assert "blurred-face" in error


def test_doubted_labels_are_a_flag_once_there_is_a_model(cli: Run, inspected: Path) -> None:
    shas = {one["name"]: one["sha256"] for one in json.loads(cli("tag", "fine.png", "wall.png", "--json")[1])}

    def doubt(sha: str, suspicion: float) -> Doubt:
        return Doubt(
            sha256=sha,
            name="x",
            role="person",
            identity=None,
            part="train",
            face=0,
            suspicion=suspicion,
            near_person=0.1,
            near_strangers=0.2,
            score=None,
            learned=True,
        )

    run = inspected / "runs" / "r"
    (run / "bundle").mkdir(parents=True)
    (inspected / "runs" / "current").write_text("r\n")
    assert json.loads(cli("flags", "another-person", "--json")[1])["photos"] == []
    # The last one was erased after the evaluation.
    doubts = (doubt(shas["wall.png"], 3.0), doubt(shas["fine.png"], 1.0), doubt("ef" * 32, 0.5))
    write_doubts(Doubts(person=doubts, strangers=(), looked_at=0), run / "doubts.csv")
    listed = json.loads(cli("flags", "another person", "--json")[1])["photos"]
    assert [(one["name"], one["measure"]) for one in listed] == [("wall.png", 3.0), ("fine.png", 1.0)]
    assert listed[0]["score"] > listed[1]["score"] >= 0.5
