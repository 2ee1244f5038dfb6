"""`compare` on the command line: what is asked for wrongly, each with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from facethemodel.cli.application import run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert run(["new", str(tmp_path / "pat"), "--person", "Pat Drawn"]) == 0
    return tmp_path / "pat"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--with", "insight"], "there is no embedder called 'insight'"),
        (["--onnx", "a.onnx"], "there is no a.toml beside it"),
        (["--onnx", "a.onnx", "--onnx", "b.onnx", "--input", "a.toml"], "2 --onnx but 1 --input"),
        (["--onnx", "a.onnx", "--input", "gone.toml"], "cannot read the description gone.toml"),
        (["--input", "a.toml"], "0 --onnx but 1 --input"),
        (["--nearest", "0"], "0 is not in the range"),
        ([], "has no model yet"),
    ],
)
def test_what_is_asked_for_wrongly_is_told(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert run(["compare", "--project", str(project), *words]) == 2
    assert said in capsys.readouterr().err
