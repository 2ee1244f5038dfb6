"""Nothing gets its name before every byte of it was checked; what stopped goes on."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from facethemodel.errors import RemoteError, SchemaError, StorageError, UsageError
from facethemodel.project import Project
from facethemodel.storage.bucket import Bucket
from facethemodel.storage.fetch import _publish
from facethemodel.storage.held import look, object_name, shard_name
from facethemodel.storage.manifest import Manifest
from facethemodel.storage.pull import MARK, pull
from facethemodel.storage.push import push

BUCKET = "photos"

PULL = """
import sys
from pathlib import Path
from facethemodel.storage.bucket import connect
from facethemodel.storage.location import Location
from facethemodel.storage.pull import pull
place, url, folder = sys.argv[1:]
pull(connect(Location.parse(place), endpoint_url=url), Path(folder))
"""


def contents(bucket: Bucket, version: str | None) -> Manifest:
    return Manifest.parse(bucket.read(f"snapshots/{version}.json"), name=str(version))


def test_a_full_disk(
    project: Project, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/dev/full` is the kernel's own full disk: the file that one photo is fetched into leads there."""
    version = push(project, bucket).snapshot
    sha = contents(bucket, version).photos[5].sha256
    folder = tmp_path / "back"
    download = Bucket.download

    def onto_a_full_disk(self: Bucket, name: str, to: Path) -> tuple[int, str]:
        if name == object_name(sha):
            to.symlink_to("/dev/full")
        return download(self, name, to)

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "download", onto_a_full_disk)
        with pytest.raises(StorageError, match="no space left") as stopped:
            pull(bucket, folder)
    assert "goes on from there" in (stopped.value.remedy or "")
    assert not (folder / "facethemodel.toml").exists()

    (folder / ".incoming-1234-left-by-a-kill").write_bytes(b"some")
    report = pull(bucket, folder)
    assert (report.project, report.files, report.findings) == (True, 14, ())
    assert not [path for path in folder.iterdir() if path.name.startswith(".incoming")]
    assert push(Project.open(folder), bucket).known


def test_a_disk_that_is_full_at_the_start(project: Project, bucket: Bucket, tmp_path: Path) -> None:
    push(project, bucket)
    folder = tmp_path / "back"
    folder.mkdir()
    (folder / f"{MARK}.new").symlink_to("/dev/full")
    with pytest.raises(StorageError, match="no space left"):
        pull(bucket, folder)
    assert not (folder / MARK).exists()

    (folder / f"{MARK}.new").unlink()
    (folder / f"{MARK}.new").write_bytes(b"")
    report = pull(bucket, folder)
    assert (report.project, report.files, report.findings) == (True, 14, ())
    assert not list(folder.glob(f"{MARK}*"))


def test_what_was_done_since_a_pull_that_was_killed_at_its_very_end(
    project: Project, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(project, bucket)
    folder = tmp_path / "back"
    unlink = Path.unlink

    def killed(self: Path, *, missing_ok: bool = False) -> None:
        if self.name == MARK:
            raise KeyboardInterrupt
        unlink(self, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            pull(bucket, folder)
    settings = folder / "facethemodel.toml"
    settings.write_text(settings.read_text() + "# changed since\n")

    with pytest.raises(UsageError, match="is a project: the pull into it was finished"):
        pull(bucket, folder)
    assert settings.read_text().endswith("# changed since\n")
    assert not (folder / MARK).exists()


@pytest.mark.parametrize("mark", [b"", b"{", b"[]", b'{"other": 1}', b'{"snapshot": 1}', b"\xff"])
def test_a_mark_that_cannot_be_read(project: Project, bucket: Bucket, tmp_path: Path, mark: bytes) -> None:
    push(project, bucket)
    folder = tmp_path / "back"
    folder.mkdir()
    (folder / MARK).write_bytes(mark)
    report = pull(bucket, folder)
    assert (report.project, report.files, report.findings) == (True, 14, ())
    assert push(Project.open(folder), bucket).known


def test_a_second_pull_into_the_same_folder_is_refused(
    project: Project, bucket: Bucket, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(project, bucket)
    folder = tmp_path / "back"
    seconds: list[subprocess.CompletedProcess[str]] = []
    words = [sys.executable, "-c", PULL, str(bucket.location), server.url, str(folder)]
    names: list[str] = []
    download, turn = Bucket.download, threading.Lock()

    def meanwhile(self: Bucket, name: str, to: Path) -> tuple[int, str]:
        with turn:
            names.append(to.name)
            if not seconds:
                seconds.append(subprocess.run(words, capture_output=True, text=True, check=False))
        return download(self, name, to)

    monkeypatch.setattr(Bucket, "download", meanwhile)
    report = pull(bucket, folder)
    assert (report.project, report.findings) == (True, ())
    assert seconds[0].returncode != 0
    assert f"'pull' (process {os.getpid()}) is at work on {folder}" in seconds[0].stderr
    assert all(f"-{os.getpid()}-" in name for name in names)
    assert push(Project.open(folder), bucket).known


def test_a_folder_of_somebody_else_is_left_as_it_is(project: Project, bucket: Bucket, tmp_path: Path) -> None:
    push(project, bucket)
    (tmp_path / "letter.txt").write_text("dear reader")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UsageError, match="not an empty folder"):
        pull(bucket, tmp_path)
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_damaged_there_stops_nothing(
    large_project: Project, bucket: Bucket, s3: Any, tmp_path: Path
) -> None:
    version = push(large_project, bucket).snapshot
    ((shard_sha, shard),) = look(bucket).shards.items()
    data = bytearray(bucket.read(shard_name(shard_sha)))
    member = shard.members[7]
    data[member.offset + 10] ^= 1
    s3.put_object(Bucket=BUCKET, Key=bucket.location.key(shard_name(shard_sha)), Body=bytes(data))
    report = pull(bucket, tmp_path / "back")
    assert (report.project, report.files) == (True, 61)
    assert [one.name for one in report.findings] == [f"photos/{member.sha256[:2]}/{member.sha256}"]
    stored = [path for path in (tmp_path / "back" / "photos").rglob("*") if path.is_file()]
    assert len(stored) == 59
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in stored)
    assert report.snapshot == version


def test_only_the_owner_may_read_what_came(tmp_path: Path) -> None:
    temporary = tmp_path / ".incoming"
    temporary.write_bytes(b"photo")
    temporary.chmod(0o644)
    paths = [tmp_path / "photos" / name / "x" for name in ("ab", "cd")]
    _publish(temporary, paths)
    assert [path.read_bytes() for path in paths] == [b"photo", b"photo"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert {stat.S_IMODE(path.parent.stat().st_mode) for path in paths} == {0o700}


@pytest.mark.parametrize("gone", [True, False])
def test_without_its_catalogue_nothing_is_a_project(
    project: Project, bucket: Bucket, s3: Any, tmp_path: Path, gone: bool
) -> None:
    version = push(project, bucket).snapshot
    sha = next(one.sha256 for one in contents(bucket, version).files if one.path == "catalogue.db")
    key = bucket.location.key(object_name(sha))
    if gone:
        s3.delete_object(Bucket=BUCKET, Key=key)
    else:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"other")
    with pytest.raises(RemoteError, match=r"catalogue\.db of this snapshot cannot be had"):
        pull(bucket, tmp_path / "back")
    assert not (tmp_path / "back" / "facethemodel.toml").exists()
    assert not (tmp_path / "back" / "catalogue.db").exists()


def test_only_into_a_new_folder(project: Project, bucket: Bucket, tmp_path: Path) -> None:
    push(project, bucket)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear reader")
    for place in (tmp_path / "full", tmp_path / "full" / "letter.txt", project.root):
        with pytest.raises(UsageError, match="not an empty folder"):
            pull(bucket, place)
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / MARK).write_text('{"snapshot": "abc"}')
    with pytest.raises(UsageError, match="was begun with"):
        pull(bucket, tmp_path / "begun")


def test_which_snapshot(project: Project, bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no snapshot there"):
        pull(bucket, tmp_path / "back")
    push(project, bucket)
    with pytest.raises(UsageError, match="no snapshot begins"):
        pull(bucket, tmp_path / "back", snapshot="xyz")
    assert not (tmp_path / "back").exists()


def test_a_manifest_of_another_version(bucket: Bucket, tmp_path: Path) -> None:
    data = b'{"format":"facethemodel snapshot","version":99}'
    bucket.put(f"snapshots/{hashlib.sha256(data).hexdigest()}.json", data)
    with pytest.raises(SchemaError, match="version 99"):
        pull(bucket, tmp_path / "back")
