"""Descriptions of ONNX embedders: what is wrong in one is named with its value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from facethemodel.embedders.description import Description, description_beside, read_description
from facethemodel.errors import SettingsError

GOOD = {"name": "net", "trained_by": "its makers", "trained_on": "a million faces", "size": 112}


def written(path: Path, values: dict[str, object]) -> Path:
    if path.suffix == ".json":
        path.write_text(json.dumps(values))
    else:
        path.write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items()))
    return path


@pytest.mark.parametrize("ending", [".toml", ".json"])
def test_what_is_left_out_has_a_default(tmp_path: Path, ending: str) -> None:
    found = read_description(written(tmp_path / f"net{ending}", GOOD | {"mean": 127.5, "std": [1, 2, 3]}))
    assert found == Description(**GOOD, mean=(127.5,) * 3, std=(1.0, 2.0, 3.0))  # type: ignore[arg-type]
    assert (found.crop, found.layout, found.colour, found.dtype) == ("five points", "NCHW", "RGB", "float32")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colours": "RGB"}, "unknown key colours; did you mean colour?"),
        ({"zebra": 1}, "unknown key zebra; known are name"),
        ({"layout": "CHWN"}, "layout = 'CHWN'"),
        ({"size": 4}, "size = 4"),
        ({"std": 0}, "std divides"),
        ({"std": [1, 2]}, "std"),
        ({"mean": float("inf")}, "mean"),
        ({"margin": 0.2}, 'margin is for crop = "box"'),
        ({"dtype": "uint8", "mean": 127.5}, "takes pixels as they are"),
        ({"dtype": "int8"}, "dtype = 'int8'"),
        ({"tolerance": -1}, "tolerance = -1"),
        ({"trained_on": ""}, "trained_on = ''"),
        ({"name": None}, "name"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, change: dict[str, object], said: str) -> None:
    path = written(tmp_path / "net.json", GOOD | change)
    with pytest.raises(SettingsError) as raised:
        read_description(path)
    assert said in raised.value.what
    assert str(path) in raised.value.what


def test_what_must_be_said_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="trained_by is missing; trained_on is missing; size is missing"):
        read_description(written(tmp_path / "net.toml", {"name": "net"}))


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", b"size 112"), ("a.json", b"[1, 2]"), ("a.json", b"{"), ("a.toml", b"\xff")]
)
def test_a_file_that_is_no_description(tmp_path: Path, name: str, text: bytes) -> None:
    (tmp_path / name).write_bytes(text)
    with pytest.raises(SettingsError, match=name):
        read_description(tmp_path / name)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read the description .*nowhere\.toml"):
        read_description(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("name", ["", "/"])
def test_no_name_is_the_name_of_no_file(name: str) -> None:
    with pytest.raises(SettingsError, match="is the name of no file"):
        description_beside(Path(name))


def test_the_description_beside_a_model(tmp_path: Path) -> None:
    model = tmp_path / "net.onnx"
    with pytest.raises(SettingsError, match=r"there is no file .*net\.onnx"):
        description_beside(model)
    model.touch()
    with pytest.raises(SettingsError, match=r"there is no net\.toml beside it"):
        description_beside(model)
    (tmp_path / "net.json").touch()
    assert description_beside(model) == tmp_path / "net.json"
    (tmp_path / "net.toml").touch()
    assert description_beside(model) == tmp_path / "net.toml"
