"""A content that is in several places is there when one of them has its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facethemodel.collect.folder import add_folder
from facethemodel.project import Project
from facethemodel.storage.bucket import Bucket
from facethemodel.storage.held import look, object_name, shard_name
from facethemodel.storage.pull import pull
from facethemodel.storage.push import push
from facethemodel.storage.shards import Shard, pack
from facethemodel.storage.upload import FEW
from facethemodel.storage.verify import verify

BUCKET = "photos"


def archive(bucket: Bucket) -> tuple[str, Shard, bytes]:
    """The only archive that is there: its sha256, what is where in it, and its bytes."""
    ((sha, shard),) = look(bucket).shards.items()
    return sha, shard, bucket.read(shard_name(sha))


def mended_by(shard: Shard, data: bytes, *, wrong: int) -> str:
    """The sha256 of the archive that a `--fix` sends when the last so many photos of another are wrong."""
    photos = [(one.sha256, data[one.offset : one.offset + one.size]) for one in shard.members[-wrong:]]
    return hashlib.sha256(pack(photos)[0]).hexdigest()


@pytest.mark.parametrize("after", [True, False], ids=["last", "first"])
@pytest.mark.parametrize("cut", [True, False], ids=["cut", "same size"])
def test_a_partly_rotten_archive_is_mended_once(
    large_project: Project, bucket: Bucket, s3: Any, tmp_path: Path, after: bool, cut: bool
) -> None:
    """Whether its name comes before or after that of the archive with what was wrong in it."""
    push(large_project, bucket)
    sha, shard, data = archive(bucket)
    count = len(shard.members)
    wrong = next(n for n in range(FEW, count) if (mended_by(shard, data, wrong=n) < sha) == after)
    begin = shard.members[-wrong].offset
    rotten = data[:begin] + (b"" if cut else bytes(len(data) - begin))
    s3.put_object(Bucket=BUCKET, Key=bucket.location.key(shard_name(sha)), Body=rotten)

    report = verify(large_project, bucket, deep=True, fix=True)
    assert (report.fixed, report.differences) == (wrong, [])
    held = look(bucket)
    assert len(held.shards) == 2
    if cut:
        assert all(places[-1] == sha for places in held.archives.values())
    for deep in (False, True):
        assert not verify(large_project, bucket, deep=deep).differences
    assert push(large_project, bucket).known
    restored = pull(bucket, tmp_path / "back")
    assert (restored.project, restored.files, restored.findings) == (True, count + 2, ())


@pytest.mark.parametrize("body", [b"short", bytes(3004)], ids=["other size", "same size"])
def test_an_object_that_is_damaged_and_whole_in_an_archive(
    large_project: Project, bucket: Bucket, s3: Any, tmp_path: Path, body: bytes
) -> None:
    version = push(large_project, bucket).snapshot
    _, shard, _ = archive(bucket)
    key = bucket.location.key(object_name(shard.members[3].sha256))
    s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    for deep in (False, True):
        assert not verify(large_project, bucket, deep=deep).differences
    again = push(large_project, bucket)
    assert (again.snapshot, again.findings) == (version, ())
    assert pull(bucket, tmp_path / "back").findings == ()


def test_damaged_in_every_place(large_project: Project, bucket: Bucket, s3: Any, tmp_path: Path) -> None:
    push(large_project, bucket)
    sha, shard, data = archive(bucket)
    member = shard.members[3]
    damaged = data[: member.offset] + bytes(member.size) + data[member.offset + member.size :]
    s3.put_object(Bucket=BUCKET, Key=bucket.location.key(shard_name(sha)), Body=damaged)
    name = object_name(member.sha256)
    s3.put_object(Bucket=BUCKET, Key=bucket.location.key(name), Body=bytes(member.size))
    for deep in (False, True):
        report = verify(large_project, bucket, deep=deep)
        assert [(one.verdict, one.name[:8]) for one in report.differences] == [("differs", member.sha256[:8])]
    assert [one.verdict for one in pull(bucket, tmp_path / "back").findings] == ["differs"]
    assert not verify(large_project, bucket, fix=True).differences
    assert pull(bucket, tmp_path / "mended").findings == ()


def test_a_photo_that_is_lost_here_and_whole_in_another_place(
    large_project: Project, bucket: Bucket, s3: Any, photos_in: Callable[..., Path], tmp_path: Path
) -> None:
    add_folder(large_project, [photos_in(tmp_path / "linked", 1, seed=8)], role="person", link=True)
    version = push(large_project, bucket).snapshot
    path = tmp_path / "linked" / "0.jpg"
    key = bucket.location.key(object_name(hashlib.sha256(path.read_bytes()).hexdigest()))
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"rotten")
    path.unlink()
    report = push(large_project, bucket)
    assert report.snapshot == version
    (finding,) = report.findings
    assert finding.verdict == "missing here"
    assert "it is whole there" in finding.reason
