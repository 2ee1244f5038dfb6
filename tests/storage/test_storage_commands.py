"""The commands as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facethemodel.cli.application import run
from facethemodel.project import Project
from facethemodel.storage.bucket import Bucket

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str], project: Project, monkeypatch: pytest.MonkeyPatch, server: Any
) -> Run:
    """Runs one command in the project's folder; gives exit code, stdout and stderr."""
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)

    def call(*words: str | Path) -> tuple[int, str, str]:
        code = run([str(word) for word in words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def test_there_and_back(cli: Run, bucket: Bucket, tmp_path: Path) -> None:
    place = str(bucket.location)
    code, out, _ = cli("verify", place)
    assert code == 1
    assert "missing there" in out
    code, out, _ = cli("push", place, "--json")
    pushed = json.loads(out)
    assert (code, pushed["sent"]) == (0, 14)
    code, out, _ = cli("verify", place, "--deep", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["counts"] | {"same": 15} == report["counts"]
    assert (report["findings"], report["deep"], report["snapshot"]) == ([], True, pushed["snapshot"])
    assert "every byte read back" in cli("verify", place, "--deep")[1]
    code, out, _ = cli("pull", place, "--list", "--json")
    assert [one["snapshot"] for one in json.loads(out)] == [pushed["snapshot"]]
    assert cli("pull", place, tmp_path / "back")[0] == 0
    code, out, _ = cli("status", "--project", tmp_path / "back", "--json")
    assert json.loads(out)["total"]["photos"] == 12
    code, _, err = cli("pull", place, tmp_path / "back")
    assert code == 2
    assert "not an empty folder" in err


def test_a_folder_without_a_project(
    cli: Run, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photos_in: Callable[..., Path]
) -> None:
    monkeypatch.chdir(tmp_path)
    photos_in(tmp_path / "some", 3)
    place = str(bucket.location)
    assert cli("verify", place, "some")[0] == 1
    assert cli("verify", place, "some", "--fix")[0] == 0
    bucket.put("more.jpg", b"more")
    code, out, _ = cli("verify", place, "some", "--json")
    assert code == 1
    assert json.loads(out)["findings"] == [{"verdict": "missing here", "name": "more.jpg", "reason": ""}]
    assert cli("verify", place, "some", "--only", "photos")[0] == 2


@pytest.mark.parametrize("command", ["push", "verify", "pull"])
def test_no_secret_is_ever_shown(
    cli: Run, bucket: Bucket, tmp_path: Path, aws: Callable[..., None], command: str, caplog: Any
) -> None:
    aws("writer", "the-wrong-one/QmFzZTY0")
    caplog.set_level("DEBUG")
    more = [tmp_path / "back"] if command == "pull" else []
    code, out, err = cli(command, str(bucket.location), *more, "--debug", "-v")
    assert code == 3
    assert "refused the access key" in err
    assert "QmFzZTY0" not in out + err + caplog.text
    assert not any("QmFzZTY0" in path.read_text("latin-1") for path in tmp_path.rglob("*.toml"))


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["push", "photos/x"], 2, "s3://bucket/prefix"),
        (["push", "s3://nowhere-at-all/x"], 4, "no bucket"),
        (["push", "s3://photos/x", "--profile", "none"], 3, "no AWS profile"),
        (["push", "s3://photos/x", "--endpoint-url", "nonsense"], 2, "no address of a server"),
        (["pull", "s3://photos/empty-place", "there"], 2, "no snapshot"),
        (["pull", "s3://photos/x"], 2, "needs a folder"),
        (["verify", "s3://photos/x", "not-there"], 2, "not a folder"),
        (["push", "s3://photos/x", "--project", "/"], 2, "not a project"),
    ],
)
def test_bad_input(cli: Run, words: list[str], code: int, part: str) -> None:
    given, _, err = cli(*words)
    assert given == code
    assert part in err
    assert "Traceback" not in err
