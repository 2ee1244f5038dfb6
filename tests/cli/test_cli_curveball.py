from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from facethemodel.battery.families import FAMILIES
from facethemodel.cli.application import run
from facethemodel.project import SETTINGS_FILE, Project

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command beside a new project; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    Project.create(tmp_path / "pat", person="Pat Drawn")

    def call(*words: str | Path) -> tuple[int, str, str]:
        code = run([str(word) for word in words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    """A folder of two noisy photos."""
    folder = tmp_path / "cats"
    folder.mkdir()
    for seed in range(2):
        pixels = np.random.default_rng(seed).integers(0, 255, (30, 40, 3), dtype=np.uint8)
        (folder / f"{seed}.jpg").write_bytes(cv2.imencode(".jpg", pixels)[1].tobytes())
    return folder


def test_a_folder_becomes_a_family(cli: Run, cats: Path) -> None:
    code, out, _ = cli("curveball", "add", "my cats", cats, "--link", "--json")
    assert code == 0
    assert json.loads(out)["new"] == 2
    code, out, _ = cli("curveball", "list", "--json")
    assert code == 0
    listed = json.loads(out)
    assert listed["own"] == [{"name": "my cats", "photos": 2}]
    assert [one["name"] for one in listed["built_in"]] == [one.name for one in FAMILIES]
    assert listed["battery"] is True


def test_it_is_the_same_as_add_with_a_category(cli: Run, cats: Path) -> None:
    assert cli("curveball", "add", "cats", cats)[0] == 0
    code, out, _ = cli("add", cats, "--as", "curveball", "--category", "Cats", "--json")
    assert code == 0
    assert (json.loads(out)["new"], json.loads(out)["conflicts"]) == (0, [])


def test_a_name_with_a_slash_is_one(cli: Run, cats: Path) -> None:
    assert cli("curveball", "add", "cats/tabby", cats)[0] == 0
    code, out, _ = cli("add", cats, "--as", "curveball", "--category", "Cats/Tabby", "--json")
    assert (code, json.loads(out)["conflicts"]) == (0, [])
    assert json.loads(cli("curveball", "list", "--json")[1])["own"] == [{"name": "cats/tabby", "photos": 2}]


def test_add_too_refuses_the_name_of_a_built_in_family(cli: Run, cats: Path) -> None:
    code, out, err = cli("add", cats, "--as", "curveball", "--category", "Drawn_People")
    assert (code, out) == (2, "")
    assert "built-in family 'Drawn_People'" in err
    assert "'my Drawn_People'" in err
    assert json.loads(cli("curveball", "list", "--json")[1])["own"] == []


def test_decide_and_collect_refuse_it_as_well(cli: Run, cats: Path, tmp_path: Path) -> None:
    assert cli("curveball", "add", "cats", cats)[0] == 0
    code, _, err = cli("decide", "0.jpg", "--as", "curveball", "--category", "Drawn People")
    assert (code, "built-in family 'Drawn People'" in err) == (2, True)
    (tmp_path / "list.txt").write_text("http://127.0.0.1:9/cat.jpg\n")
    code, _, err = cli(
        "collect", "urls", tmp_path / "list.txt", "--as", "curveball", "--category", "Drawn People"
    )
    assert (code, "built-in family 'Drawn People'" in err) == (2, True)
    assert json.loads(cli("curveball", "list", "--json")[1])["own"] == [{"name": "cats", "photos": 2}]


def test_photos_put_aside_are_not_counted(cli: Run, cats: Path) -> None:
    cli("curveball", "add", "cats", cats)
    assert cli("decide", "0.jpg", "--aside", "duplicate")[0] == 0
    assert json.loads(cli("curveball", "list", "--json")[1])["own"] == [{"name": "cats", "photos": 1}]


def test_people_read_both_kinds_of_families(cli: Run, cats: Path) -> None:
    _, out, err = cli("curveball", "list")
    assert "No curveballs of your own yet." in out
    assert "next: facethemodel curveball add" in err
    cli("curveball", "add", "cats", cats)
    _, out, err = cli("curveball", "list")
    assert "cats" in out
    assert "pages of text" in out
    assert "48 pictures" in err


def test_a_battery_that_is_switched_off_is_said(cli: Run, tmp_path: Path) -> None:
    settings = tmp_path / "pat" / SETTINGS_FILE
    settings.write_text(settings.read_text().replace("[evaluate]", "[evaluate]\nbattery = false"))
    assert "battery is false" in cli("curveball", "list")[2]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("add", "Drawn People", "cats"), "built-in family 'Drawn People'"),
        (("add", "cats", "pat"), "names a folder, and a family's name comes first"),
        (("add", "./cats", "cats"), "'./cats' names a path, and a family's name comes first"),
        (("add", "/no where/cats", "cats"), "facethemodel curveball add NAME '/no where/cats'"),
        (("add", "", "cats"), "the category '' is empty"),
        (("add", " ", "cats"), "the category ' ' is empty"),
        (("add", "wax", "nowhere"), "nowhere is not there"),
        (("add", "wax"), "Missing argument 'PATHS...'"),
        (("lsit",), "No such command 'lsit'"),
    ],
)
def test_what_may_be_typed_wrongly(cli: Run, cats: Path, words: tuple[str, ...], complaint: str) -> None:
    code, out, err = cli("curveball", *words)
    assert code == 2
    assert complaint in err
    assert out == ""


def test_help_has_an_example(cli: Run) -> None:
    for words in (("curveball",), ("curveball", "add"), ("curveball", "list")):
        code, out, _ = cli(*words, "--help")
        assert code == 0
        assert "Example:\n    facethemodel curveball" in out


def test_status_repeats_what_the_battery_found(cli: Run, tmp_path: Path) -> None:
    assert json.loads(cli("status", "--json")[1])["battery"] is None
    folder = tmp_path / "pat" / "runs" / "r1"
    (folder / "bundle").mkdir(parents=True)
    (folder / "evaluated.json").write_text(json.dumps({"battery": "worst family wax: 3 of 48 taken"}))
    (folder.parent / "current").write_text("r1\n")
    assert "battery: worst family wax: 3 of 48 taken" in cli("status")[1]
    assert json.loads(cli("status", "--json")[1])["battery"] == "worst family wax: 3 of 48 taken"
