from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from facethemodel.evaluation.doubts import Doubt, Doubts, write_doubts

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def three_photos(cli: Run, tmp_path: Path) -> None:
    """A project with three photos lies in `tmp_path`."""
    for seed, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        pixels = np.random.default_rng(seed).integers(0, 255, (60, 50, 3), dtype=np.uint8)
        path = tmp_path / "photos" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(cv2.imencode(".jpg", pixels)[1].tobytes())
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    assert cli("add", "photos", "--as", "person", "--tag", "Beard", "--tag", "old")[0] == 0


def test_tags_are_added_removed_and_counted(cli: Run) -> None:
    code, out, _ = cli("tag", "a.jpg", "b.jpg", "--add", "Dark_Glasses", "--remove", "old", "--json")
    assert code == 0
    assert [one["tags"] for one in json.loads(out)] == [["beard", "dark glasses"]] * 2
    code, out, _ = cli("status", "--json")
    assert {one["tag"]: one["photos"] for one in json.loads(out)["tags"]} == {
        "beard": 3,
        "dark glasses": 2,
        "old": 1,
    }
    assert "dark glasses" in cli("status")[1]
    assert "beard, old" in cli("tag", "c.jpg")[1]


def test_photos_that_are_known_get_the_tags_of_a_second_add(cli: Run) -> None:
    assert cli("add", "photos/a.jpg", "--as", "person", "--tag", "hat")[0] == 0
    assert json.loads(cli("tag", "a.jpg", "--json")[1])[0]["tags"] == ["beard", "hat", "old"]


def test_a_tag_that_nobody_bears_is_told_of(cli: Run) -> None:
    code, _, error = cli("tag", "a.jpg", "--remove", "Beerd", "--remove", "old")
    assert code == 0
    assert "a.jpg does not bear the tag 'beerd'" in error
    assert "'old'" not in error
    # One of the photos has it.
    assert "note" not in cli("tag", "a.jpg", "b.jpg", "--remove", "old")[2]
    assert "none of them bears the tag 'old'" in cli("tag", "a.jpg", "b.jpg", "--remove", "old")[2]


def test_the_way_to_a_photo_depends_on_what_was_typed(cli: Run) -> None:
    for name in ("zzzz", "d.jpg", "0123456789"):
        error = cli("tag", name)[2]
        assert "facethemodel review" in error
        assert "digits" not in error
    sha = json.loads(cli("tag", "a.jpg", "--json")[1])[0]["sha256"]
    assert "give more digits of its sha256" in cli("tag", sha[:3])[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tag", "d.jpg", "--add", "x"), "no photo called 'd.jpg'"),
        (("tag", "a.jpg", "--add", "x, y"), "cannot be used"),
        (("tag", "a.jpg", "--add", "fine", "--remove", " "), "is empty"),
        (("add", "photos", "--as", "person", "--tag", "a" * 41), "at most 40 letters"),
    ],
)
def test_a_mistake_changes_nothing(cli: Run, words: tuple[str, ...], said: str) -> None:
    code, _, error = cli(*words)
    assert code == 2
    assert said in error
    assert json.loads(cli("tag", "a.jpg", "--json")[1])[0]["tags"] == ["beard", "old"]


def test_doubts_lists_what_the_evaluation_wrote(cli: Run, tmp_path: Path) -> None:
    folder = tmp_path / "paul" / "runs" / "r"
    (folder / "bundle").mkdir(parents=True)
    (tmp_path / "paul" / "runs" / "current").write_text("r\n")
    code, _, error = cli("doubts")
    assert (code, "no list of doubts" in error, "facethemodel evaluate" in error) == (2, True, True)
    trained = {"network": "seed2018", "parameters": 1}
    (folder / "trained.json").write_text(json.dumps(trained))
    code, _, error = cli("doubts")
    assert (code, "r looks at whole photos" in error, "evaluate" in error) == (2, True, False)
    (folder / "trained.json").unlink()
    write_doubts(Doubts(person=(), strangers=(), looked_at=0), folder / "doubts.csv")
    code, out, _ = cli("doubts")
    assert (code, "The list is empty" in out) == (0, True)
    one = Doubt(
        sha256="ab" * 32,
        name="b.jpg",
        role="person",
        identity=None,
        part="train",
        face=0,
        suspicion=2.345,
        near_person=0.1,
        near_strangers=0.2,
        score=None,
        learned=True,
    )
    write_doubts(Doubts(person=(one, one, one), strangers=(), looked_at=0), folder / "doubts.csv")
    code, out, _ = cli("doubts", "2", "--json")
    assert code == 0
    assert [entry["suspicion"] for entry in json.loads(out)["person"]] == [2.345, 2.345]
    shown = cli("doubts")[1]
    assert "abababab" in shown
    assert "+2.3" in shown
