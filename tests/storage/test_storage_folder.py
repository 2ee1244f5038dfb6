"""Any folder against any place, whatever files and objects are called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from facethemodel.errors import UsageError
from facethemodel.storage.bucket import Bucket
from facethemodel.storage.folder import verify_folder
from facethemodel.storage.verdicts import VerifyReport

BUCKET = "photos"
ODD = [
    "with space.jpg",
    "percent%41.jpg",
    "plus+and&.jpg",
    "café.jpg",
    "cafe\u0301.jpg",
    "日本/写真.jpg",
    "line\nend.jpg",
    "tab\t.jpg",
    "..hidden/...jpg",
    ".dot",
    "question?#.jpg",
    "empty",
]


def found(report: VerifyReport) -> dict[str, str]:
    return {one.name: one.verdict for one in report.differences}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "folder"
    for number, name in enumerate(ODD):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(b"" if name == "empty" else b"%d" % number * 50)
    return top


@pytest.mark.parametrize("deep", [False, True])
def test_odd_names(folder: Path, bucket: Bucket, s3: Any, deep: bool) -> None:
    assert found(verify_folder(folder, bucket)) == dict.fromkeys(ODD, "missing there")
    report = verify_folder(folder, bucket, fix=True, deep=deep)
    assert report.fixed == len(ODD)
    assert report.differences == []
    assert report.counts["same"] == len(ODD)
    assert set(bucket.list()) == set(ODD)

    for name in ("with space.jpg", "line\nend.jpg", "empty"):
        s3.put_object(Bucket=BUCKET, Key=bucket.location.key(name), Body=b"else")
    s3.delete_object(Bucket=BUCKET, Key=bucket.location.key("plus+and&.jpg"))
    (folder / "日本/写真.jpg").unlink()
    assert found(verify_folder(folder, bucket, deep=deep)) == {
        "with space.jpg": "differs",
        "line\nend.jpg": "differs",
        "empty": "differs",
        "plus+and&.jpg": "missing there",
        "日本/写真.jpg": "missing here",
    }
    assert found(verify_folder(folder, bucket, fix=True)) == {"日本/写真.jpg": "missing here"}


def test_keys_that_no_file_can_have(tmp_path: Path, bucket: Bucket, s3: Any) -> None:
    (tmp_path / "folder" / "held").mkdir(parents=True)
    for key, body in {"held/": b"", "marked/": b"", "full/": b"x", "a.jpg": b"x"}.items():
        s3.put_object(Bucket=BUCKET, Key=bucket.location.key(key), Body=body)
    assert found(verify_folder(tmp_path / "folder", bucket)) == {
        "marked/": "extra",
        "full/": "extra",
        "a.jpg": "missing here",
    }


def test_keys_that_lead_out_of_the_folder(tmp_path: Path, bucket: Bucket, monkeypatch: Any) -> None:
    """This server refuses such keys; others list them."""
    from datetime import UTC, datetime

    from facethemodel.storage.bucket import Stored

    (tmp_path / "folder").mkdir()
    (tmp_path / "outside.jpg").write_bytes(b"x")
    stored = Stored(size=1, etag="9dd4e461268c8034f5c8564e155c67a6", modified=datetime.now(UTC))
    keys = ["../outside.jpg", "a/../../outside.jpg", "/etc/passwd", "a//b", "./a"]
    monkeypatch.setattr(bucket, "list", lambda below="": dict.fromkeys(keys, stored))
    assert found(verify_folder(tmp_path / "folder", bucket)) == dict.fromkeys(keys, "extra")


def test_what_cannot_be_read_is_named(tmp_path: Path, bucket: Bucket) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "good.jpg").write_bytes(b"good")
    os.mkfifo(folder / "pipe")
    (folder / "nowhere").symlink_to(tmp_path / "nothing")
    (folder / "round").symlink_to(folder)
    Path(os.fsdecode(os.fsencode(folder) + b"/not utf-8 \xff.jpg")).write_bytes(b"x")
    report = verify_folder(folder, bucket, fix=True)
    assert found(report) == dict.fromkeys(["pipe", "nowhere", "round", "not utf-8 \\xff.jpg"], "unreadable")
    assert report.counts["same"] == 1


def test_a_backslash_in_a_name_is_not_sent(tmp_path: Path, bucket: Bucket, monkeypatch: Any) -> None:
    """This server would keep it as `a/b`; one that keeps such names has them compared as all others."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a\\b").write_bytes(b"x")
    (folder / "c").write_bytes(b"x")
    for _ in range(2):
        assert found(verify_folder(folder, bucket, fix=True)) == {"a\\b": "unreadable"}
        assert set(bucket.list()) == {"c"}

    listed = bucket.list()
    monkeypatch.setattr(bucket, "list", lambda below="": listed | {"a\\b": listed["c"]})
    assert verify_folder(folder, bucket).counts["same"] == 2


def test_what_others_uploaded_in_parts_is_read_back(tmp_path: Path, bucket: Bucket, s3: Any) -> None:
    """An ETag that does not follow from the bytes says nothing, and so the bytes are asked for."""
    from boto3.s3.transfer import TransferConfig

    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "big").write_bytes(os.urandom(12 << 20))
    five = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    s3.upload_file(str(folder / "big"), BUCKET, bucket.location.key("big"), Config=five)
    assert verify_folder(folder, bucket).counts["same"] == 1
    data = bytearray((folder / "big").read_bytes())
    data[7 << 20] ^= 1
    (folder / "big").write_bytes(data)
    assert found(verify_folder(folder, bucket)) == {"big": "differs"}


def test_no_folder(tmp_path: Path, bucket: Bucket) -> None:
    with pytest.raises(UsageError, match="not a folder"):
        verify_folder(tmp_path / "nothing", bucket)
