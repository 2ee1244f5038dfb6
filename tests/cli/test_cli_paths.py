"""Paths and names that lead nowhere. Empty ones, as of variables that are not set, stand for no default."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from facethemodel.cli.application import application
from facethemodel.cli.options import UserPath
from facethemodel.project import Project

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in `tmp_path/paul`, with the traces of a current run whose bundle is there."""
    project = Project.create(tmp_path / "paul", person="Paul McCartney")
    run = project.runs_dir / "residual112-seed0-0123456789ab"
    (run / "bundle").mkdir(parents=True)
    (run / "trained.json").write_text('{"network": "residual112"}')
    (project.runs_dir / "current").write_text(f"{run.name}\n")
    return project


@pytest.mark.parametrize(
    "words",
    [
        ("add", "", "--as", "person"),
        ("add", "paul", "", "--as", "person"),
        ("curveball", "add", "cats", ""),
        ("predict", ""),
        ("predict", "paul", "--bundle", ""),
        ("predict", "paul", "--project", ""),
        ("status", "--project", ""),
        ("new", "", "--person", "Paul McCartney"),
        ("demo", "--to", ""),
        ("export", "--to", ""),
        ("pull", "s3://bucket/paul", ""),
        ("verify", "s3://bucket/paul", ""),
        ("verify", "s3://bucket/paul", "--project", ""),
        ("decisions", "import", ""),
        ("collect", "urls", "", "--as", "person"),
        ("compare", "--onnx", ""),
    ],
)
def test_an_empty_path_is_not_the_current_folder(
    cli: Run, project: Project, tmp_path: Path, words: tuple[str, ...]
) -> None:
    before = sorted(tmp_path.rglob("*"))
    code, out, err = cli(*words)
    assert (code, out) == (2, "")
    assert "an empty path names no file and no folder" in err
    assert ". stands for the current folder" in err
    assert sorted(tmp_path.rglob("*")) == before


def _commands(group: click.Group) -> Iterator[click.Command]:
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield from _commands(command) if isinstance(command, click.Group) else [command]


def test_no_command_takes_a_path_of_another_kind() -> None:
    parameters = [one for command in _commands(application) for one in command.params]
    paths = [one for one in parameters if isinstance(one.type, click.Path)]
    assert len(paths) > 30
    assert [one.name for one in paths if not isinstance(one.type, UserPath)] == []


@pytest.mark.parametrize("command", ["evaluate", "compare", "doubts"])
def test_an_empty_name_is_not_the_current_run(cli: Run, project: Project, command: str) -> None:
    code, out, err = cli(command, "--run", "")
    assert (code, out) == (2, "")
    assert "there is no trained run called ''" in err
    assert "residual112-seed0-0123456789ab" in err


@pytest.mark.parametrize(("to", "problem"), [("file", "is a file"), ("file/demo", "lies in a file")])
def test_a_file_where_the_demo_should_go(cli: Run, tmp_path: Path, to: str, problem: str) -> None:
    (tmp_path / "file").touch()
    code, out, err = cli("demo", "--to", to)
    assert (code, out) == (2, "")
    assert f"{to} {problem}" in err
    assert "facethemodel demo --to ANOTHER_FOLDER" in err
