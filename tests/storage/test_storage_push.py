"""A snapshot holds everything, twice sent is not sent twice, and nothing there is ever written over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facethemodel.catalogue import parts, photos
from facethemodel.catalogue.parts import Assignment
from facethemodel.collect.folder import add_folder
from facethemodel.errors import CredentialsError, UsageError
from facethemodel.project import Project
from facethemodel.storage.bucket import Bucket
from facethemodel.storage.held import object_name
from facethemodel.storage.location import Location
from facethemodel.storage.pull import pull, snapshots
from facethemodel.storage.push import push

BUCKET = "photos"


def assign(project: Project) -> None:
    with project.database() as db:
        rows = [
            Assignment(sha256=photo.sha256, part="test" if number % 3 else "train", group=f"g{number}")
            for number, photo in enumerate(photos.all_photos(db))
        ]
        parts.replace(db, rows)


def a_photo(project: Project, *, linked: bool) -> tuple[str, Path]:
    """The sha256 of a photo, and where its bytes lie."""
    with project.database() as db:
        found = next(photo for photo in photos.all_photos(db) if (photo.link is not None) == linked)
    if found.link is not None:
        return found.sha256, Path(found.link.decode())
    return found.sha256, project.photos_dir / found.sha256[:2] / found.sha256


def test_what_comes_back_is_the_same_project(project: Project, bucket: Bucket, tmp_path: Path) -> None:
    assign(project)
    first = push(project, bucket)
    assert (first.contents, first.sent, first.known, first.findings) == (14, 14, False, ())

    report = pull(bucket, tmp_path / "back")
    assert report.project
    assert report.snapshot == first.snapshot
    back = Project.open(tmp_path / "back")
    with project.database() as ours, back.database() as theirs:
        assert parts.assignments(theirs) == parts.assignments(ours)
        assert all(photo.link is None for photo in photos.all_photos(theirs))
    again = push(back, bucket)
    assert (again.snapshot, again.sent, again.known) == (first.snapshot, 0, True)


def test_a_second_push_sends_only_what_is_new(
    project: Project, bucket: Bucket, photos_in: Callable[..., Path], tmp_path: Path
) -> None:
    first = push(project, bucket)
    add_folder(project, [photos_in(tmp_path / "more", 2, seed=9)], role="person")
    second = push(project, bucket)
    assert second.snapshot != first.snapshot
    assert (second.contents, second.sent) == (16, 3)  # Two photos, and the catalogue that knows them.
    assert [one.name for one in snapshots(bucket)] == [second.snapshot, first.snapshot]

    pull(bucket, tmp_path / "back", snapshot=str(first.snapshot)[:8])
    assert push(Project.open(tmp_path / "back"), bucket).known
    assert [one.name for one in snapshots(bucket)] == [first.snapshot, second.snapshot]


def test_many_small_photos_go_in_archives(large_project: Project, bucket: Bucket, tmp_path: Path) -> None:
    assert push(large_project, bucket).sent == 62
    listed = bucket.list()
    assert sum(name.startswith("objects/") for name in listed) == 2
    assert sum(name.endswith(".tar") for name in listed) == 1
    assert push(large_project, bucket).sent == 0
    report = pull(bucket, tmp_path / "back")
    assert (report.files, report.findings) == (62, ())
    assert push(Project.open(tmp_path / "back"), bucket).known


def test_without_archives_each_photo_is_an_object(large_project: Project, bucket: Bucket) -> None:
    push(large_project, bucket, packing=False)
    assert sum(name.startswith("objects/") for name in bucket.list()) == 62


def test_a_part_of_the_project(project: Project, bucket: Bucket, tmp_path: Path) -> None:
    run = project.runs_dir / "residual112-seed0-abc"
    (run / "bundle").mkdir(parents=True)
    (run / "checkpoints").mkdir()
    for name in (
        "trained.json",
        "doubts.csv",
        "bundle/bundle.json",
        "bundle/model.onnx",
        "checkpoints/last.pt",
    ):
        (run / name).write_text(name)
    (project.runs_dir / "current").write_text(run.name)
    assert push(project, bucket, portions=["bundles"]).contents == 5
    report = pull(bucket, tmp_path / "model")
    assert not report.project
    assert (
        tmp_path / "model" / "runs" / run.name / "bundle" / "model.onnx"
    ).read_text() == "bundle/model.onnx"
    assert (tmp_path / "model" / "runs" / run.name / "doubts.csv").read_text() == "doubts.csv"
    assert not (tmp_path / "model" / "runs" / run.name / "checkpoints").exists()
    push(project, bucket)
    assert pull(bucket, tmp_path / "only", portions=["bundles"]).files == 5


@pytest.mark.parametrize("size", [3004, 3003], ids=["same size", "other size"])
def test_wrong_bytes_behind_a_right_name_are_not_written_over(
    project: Project, bucket: Bucket, s3: Any, size: int
) -> None:
    sha, _ = a_photo(project, linked=False)
    key = bucket.location.key(object_name(sha))
    s3.put_object(Bucket=BUCKET, Key=key, Body=bytes(size))
    report = push(project, bucket)
    assert report.snapshot is None
    assert [one.verdict for one in report.findings] == ["differs"]
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == bytes(size)
    assert not [name for name in bucket.list() if name.startswith("snapshots/")]


def test_a_linked_photo_that_is_gone_stops_nothing(project: Project, bucket: Bucket, tmp_path: Path) -> None:
    _, path = a_photo(project, linked=True)
    path.unlink()
    report = push(project, bucket)
    assert report.snapshot is not None
    assert (report.contents, report.sent) == (13, 13)
    assert [one.verdict for one in report.findings] == ["missing here"]
    restored = pull(bucket, tmp_path / "back")
    assert restored.project
    assert [one.reason for one in restored.findings] == ["lost before the snapshot was made"]


def test_a_photo_that_was_altered_here_is_not_sent(project: Project, bucket: Bucket) -> None:
    sha, path = a_photo(project, linked=True)
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(3000))
    report = push(project, bucket)
    assert [(one.verdict, one.name[:8]) for one in report.findings] == [("unreadable", sha[:8])]
    assert object_name(sha) not in bucket.list()


def test_a_photo_that_is_lost_here_but_whole_there_stays(project: Project, bucket: Bucket) -> None:
    first = push(project, bucket)
    _, path = a_photo(project, linked=True)
    path.unlink()
    second = push(project, bucket)
    assert second.snapshot == first.snapshot
    assert [one.verdict for one in second.findings] == ["missing here"]


def test_who_may_only_read_is_told_so(
    project: Project, server: Any, prefix: str, aws: Callable[..., None], bucket: Bucket
) -> None:
    from facethemodel.storage.bucket import connect

    aws("reader")
    reader = connect(Location(bucket=BUCKET, prefix=f"{prefix}/"), endpoint_url=server.url)
    with pytest.raises(CredentialsError, match="not allowed to write"):
        push(project, reader)
    assert not bucket.list()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("photos/paul", "no address"),
        ("https://photos/paul", "no address"),
        ("s3://", "cannot be the name"),
        ("s3://UPPER/x", "cannot be the name"),
        ("s3://photos/a//b", "empty part"),
        ("s3://photos/a/../b", "'..'"),
        ("s3://photos/a\\b", "backslash"),
    ],
)
def test_addresses_that_are_none(text: str, part: str) -> None:
    with pytest.raises(UsageError, match=part.replace(".", r"\.")):
        Location.parse(text)
