"""`verify` never says "same" of what is not, and `fix` mends what can be mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facethemodel.catalogue import photos
from facethemodel.collect.folder import add_folder
from facethemodel.project import Project
from facethemodel.storage.bucket import Bucket
from facethemodel.storage.held import look, object_name
from facethemodel.storage.pull import pull
from facethemodel.storage.push import push
from facethemodel.storage.verdicts import VerifyReport
from facethemodel.storage.verify import verify

BUCKET = "photos"


def found(report: VerifyReport) -> list[tuple[str, str]]:
    return [(one.verdict, one.name[:8]) for one in report.differences]


def shas(project: Project) -> list[str]:
    with project.database() as db:
        return [photo.sha256 for photo in photos.all_photos(db)]


def altered(data: bytes) -> bytes:
    return data[:100] + bytes([data[100] ^ 1]) + data[101:]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "one bit": altered,
    "cut": lambda data: data[:-1],
    "empty": lambda data: b"",
    "longer": lambda data: data + b"x",
    "other": lambda data: bytes(len(data)),
}


def test_objects_with_wrong_bytes(project: Project, bucket: Bucket, s3: Any) -> None:
    push(project, bucket)
    assert not verify(project, bucket, deep=True).differences
    damaged = shas(project)[: len(DAMAGES)]
    for sha, damage in zip(damaged, DAMAGES.values(), strict=True):
        body = damage(bucket.read(object_name(sha)))
        s3.put_object(Bucket=BUCKET, Key=bucket.location.key(object_name(sha)), Body=body)
    for deep in (False, True):
        report = verify(project, bucket, deep=deep)
        assert sorted(found(report)) == [("differs", sha[:8]) for sha in damaged]
        assert report.counts["same"] == 15 - len(DAMAGES)

    mended = verify(project, bucket, deep=True, fix=True)
    assert (mended.fixed, mended.differences) == (len(DAMAGES), [])


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_an_archive_with_wrong_bytes(
    large_project: Project, bucket: Bucket, s3: Any, damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    push(large_project, bucket)
    (name,) = (name for name in bucket.list() if name.endswith(".tar"))
    whole = bucket.read(name)
    s3.put_object(Bucket=BUCKET, Key=bucket.location.key(name), Body=damage(whole))
    (shard,) = look(bucket).shards.values()
    damaged = damage(whole)
    wrong = {
        one.sha256[:8]
        for one in shard.members
        if damaged[one.offset : one.offset + one.size] != whole[one.offset : one.offset + one.size]
    }
    for deep in (False, True):
        report = verify(large_project, bucket, deep=deep)
        assert set(found(report)) == {("differs", sha) for sha in wrong}
    assert not verify(large_project, bucket, fix=True).differences
    assert not pull(bucket, tmp_path / "back").findings


def test_a_header_in_an_archive_is_not_a_photo(large_project: Project, bucket: Bucket, s3: Any) -> None:
    """What no photo is made of may be damaged; the photos are still the same, byte for byte."""
    push(large_project, bucket)
    (name,) = (name for name in bucket.list() if name.endswith(".tar"))
    data = bucket.read(name)
    s3.put_object(Bucket=BUCKET, Key=bucket.location.key(name), Body=b"X" + data[1:])
    assert not verify(large_project, bucket).differences


def test_a_damaged_index_is_written_anew(large_project: Project, bucket: Bucket, s3: Any) -> None:
    push(large_project, bucket)
    (name,) = (name for name in bucket.list() if name.endswith(".json") and name.startswith("shards/"))
    s3.put_object(Bucket=BUCKET, Key=bucket.location.key(name), Body=b"{}")
    counts = verify(large_project, bucket).counts
    assert (counts["differs"], counts["missing there"]) == (1, 60)
    assert not verify(large_project, bucket, fix=True).differences


def test_an_index_that_lies(large_project: Project, bucket: Bucket, s3: Any) -> None:
    """It names a photo that the archive does not hold, and all else about it is in order."""
    push(large_project, bucket)
    held = look(bucket)
    ((sha, shard),) = held.shards.items()
    old = shard.members[0].sha256
    index = shard.dump().replace(old.encode(), b"ab" * 32)
    s3.put_object(Bucket=BUCKET, Key=bucket.location.key(f"shards/{sha}.json"), Body=index)
    assert found(verify(large_project, bucket)) == [("missing there", old[:8])]
    assert not verify(large_project, bucket, fix=True).differences


def test_everything_is_in_one_place(
    project: Project, bucket: Bucket, s3: Any, photos_in: Callable[..., Path], tmp_path: Path
) -> None:
    push(project, bucket)
    pull(bucket, tmp_path / "back")
    add_folder(project, [photos_in(tmp_path / "more", 1, seed=9)], role="person")
    push(project, bucket)
    back = Project.open(tmp_path / "back")
    new = next(sha for sha in shas(project) if sha not in shas(back))
    lost, gone = shas(back)[:2]
    (back.photos_dir / lost[:2] / lost).unlink()
    s3.delete_object(Bucket=BUCKET, Key=bucket.location.key(object_name(gone)))
    odd = ["notes.txt", "snapshots/notes.json", "shards/a.tar", "objects/ab/", "history/", "a b/é\n+%41"]
    for name in odd:
        s3.put_object(Bucket=BUCKET, Key=bucket.location.key(name), Body=b"mine" * (not name.endswith("/")))

    report = verify(back, bucket)
    assert set(found(report)) == {
        ("missing here", lost[:8]),
        ("missing here", new[:8]),
        ("missing there", gone[:8]),
        *(("extra", name[:8]) for name in odd),
    }
    assert report.counts["same"] == 13
    mended = verify(back, bucket, fix=True)
    assert {verdict for verdict, _ in found(mended)} == {"missing here", "extra"}
    assert not verify(project, bucket).counts["missing there"]


def test_a_project_that_moved_on(
    project: Project, bucket: Bucket, photos_in: Callable[..., Path], tmp_path: Path
) -> None:
    push(project, bucket)
    add_folder(project, [photos_in(tmp_path / "more", 2, seed=9)], role="person")
    report = verify(project, bucket)
    # Two photos, the catalogue, and the manifest of the project as it is now.
    assert report.counts["missing there"] == 4
    assert not verify(project, bucket, fix=True).differences
    assert push(project, bucket).known


def test_a_damaged_manifest(project: Project, bucket: Bucket, s3: Any) -> None:
    name = f"snapshots/{push(project, bucket).snapshot}.json"
    s3.put_object(Bucket=BUCKET, Key=bucket.location.key(name), Body=bucket.read(name) + b" ")
    assert ("differs", "snapshot") in found(verify(project, bucket))
    assert push(project, bucket).snapshot is None
    assert not verify(project, bucket, fix=True).differences


def test_a_photo_altered_here(project: Project, bucket: Bucket) -> None:
    push(project, bucket)
    with project.database() as db:
        photo = next(photo for photo in photos.all_photos(db) if photo.link)
    Path((photo.link or b"").decode()).write_bytes(b"\xff\xd8\xff\xe0" + bytes(3000))
    report = verify(project, bucket, fix=True)
    assert found(report) == [("differs", photo.sha256[:8])]
    assert "whole there" in report.differences[0].reason
    assert report.fixed == 0


def test_one_part_of_a_project(project: Project, bucket: Bucket) -> None:
    push(project, bucket, portions=["photos"])
    assert Counter(one.verdict for one in verify(project, bucket, portions=["photos"]).findings) == {
        "same": 12
    }
    assert verify(project, bucket).counts["missing there"] == 3
