"""What a listing says is there, and what a deep look at an archive finds behind a checksum."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from facethemodel.errors import UsageError
from facethemodel.progress import SILENT
from facethemodel.storage.bucket import Stored
from facethemodel.storage.compare import compare
from facethemodel.storage.contents import Content
from facethemodel.storage.held import Held, object_name, shard_name, snapshot_name
from facethemodel.storage.shards import pack

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def stored(size: int, etag: str = "x") -> Stored:
    return Stored(size=size, etag=etag, modified=datetime(2026, 1, 1, tzinfo=UTC))


def held(listed: dict[str, Stored], **archives: Any) -> Held:
    return Held(**({"listed": listed, "shards": {}, "archives": {}, "damaged": {}} | archives))


def test_a_content_of_another_size_is_lacking() -> None:
    found = held({object_name(A): stored(3), object_name(B): stored(2)})
    assert found.lacking({A: 3, B: 3, C: 3}) == [B, C]


def test_a_beginning_that_several_snapshots_have_names_none() -> None:
    first, second = "ab" * 32, "ab" + "cd" * 31
    found = held({snapshot_name(one): stored(1) for one in (first, second)})
    assert found.snapshot("abc") == second
    for beginning in ("ab", ""):
        with pytest.raises(UsageError, match="2 snapshots begin"):
            found.snapshot(beginning)


def test_only_a_deep_look_sees_what_an_archive_has_lost_behind_its_checksum(tmp_path: Path) -> None:
    photos = {
        hashlib.sha256(data).hexdigest(): data
        for data in (b"\xff\xd8\xff\xe0" + bytes([number]) * 300 for number in range(2))
    }
    archive, shard = pack(list(photos.items()))
    contents = {}
    for sha, data in photos.items():
        (tmp_path / sha).write_bytes(data)
        contents[sha] = Content(sha256=sha, size=len(data), path=bytes(tmp_path / sha), name=sha, photo=True)
    name, lost = hashlib.sha256(archive).hexdigest(), min(photos)
    found = held(
        {shard_name(name): stored(len(archive), hashlib.md5(archive).hexdigest())},
        shards={name: shard},
        archives=dict.fromkeys(photos, (name,)),
    )
    # A server that states the checksum of what it was given.
    rotten: Any = SimpleNamespace(
        stop=SimpleNamespace(set=lambda: None, clear=lambda: None),
        read=lambda name: archive.replace(photos[lost], bytes(len(photos[lost]))),
    )
    for deep, wrong in ((False, set()), (True, {lost})):
        checks = compare(rotten, found, contents, deep=deep, progress=SILENT)
        assert {sha for sha, one in checks.items() if one.verdict != "same"} == wrong
