"""`compare` on the command line: what is asked for wrongly, each with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from facethemodel.cli.application import run
from facethemodel.cli.compare import _cells
from facethemodel.evaluation.curves import OperatingPoint
from facethemodel.evaluation.intervals import Rate
from facethemodel.report.rivalry import Standing


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert run(["new", str(tmp_path / "pat"), "--person", "Pat Drawn"]) == 0
    return tmp_path / "pat"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--with", "insight"], "there is no embedder called 'insight'"),
        (["--onnx", "a.onnx"], "there is no file a.onnx"),
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


def test_figures_are_rounded_so_that_only_all_or_nothing_reads_so() -> None:
    points = (
        OperatingPoint(
            target_fmr=0.01,
            threshold=0.0,
            fmr=Rate.of(0, 10),
            fnmr=Rate.of(count, 2500),
            resolvable=resolvable,
        )
        for count, resolvable in ((1, True), (2499, False), (0, True))
    )
    standing = Standing(
        model="ours",
        own_line=False,
        points=tuple(points),
        missed=Rate.of(0, 0),
        taken=Rate.of(2500, 2500),
        promise=None,
        speed=None,
    )
    name, few, many, none, missed, taken, took = _cells(standing)
    assert (name, missed, took) == ("ours", "none there", "")
    assert (few.split("\n")[0], many.split("\n")[0], none.split("\n")[0]) == ("0.04 %", "99.96 % *", "0 %")
    assert taken == "100 %\n99.9–100"
