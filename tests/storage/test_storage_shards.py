"""Archives are plain tar files that WebDataset reads, and their index tells the truth."""

from __future__ import annotations

import hashlib
import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.errors import SchemaError
from facethemodel.storage.shards import Shard, index_of, pack

HEADS = (b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"nothing known")


def photos(contents: list[bytes]) -> list[tuple[str, bytes]]:
    return [(hashlib.sha256(data).hexdigest(), data) for data in contents]


@given(st.lists(st.builds(lambda head, rest: head + rest, st.sampled_from(HEADS), st.binary()), min_size=1))
def test_an_archive_holds_what_went_in_where_the_index_says(contents: list[bytes]) -> None:
    archive, shard = pack(photos(contents))
    assert len(archive) == shard.size
    for member, data in zip(shard.members, contents, strict=True):
        assert archive[member.offset : member.offset + member.size] == data
        assert member.sha256 == hashlib.sha256(data).hexdigest()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert [(info.name, info.size) for info in tar] == [(one.name, one.size) for one in shard.members]
    assert Shard.parse(shard.dump(), name="index") == shard
    assert index_of(archive) == shard


def test_the_key_of_a_photo_in_webdataset_is_its_hash() -> None:
    (sha, _), *_ = chosen = photos([HEADS[0] + b"a", HEADS[1] + b"b"])
    _, shard = pack(chosen)
    # WebDataset takes what stands before the first dot for the key and the rest for the kind.
    assert [one.name.split(".", 1)[1] for one in shard.members] == ["jpg", "png"]
    assert shard.members[0].name == f"{sha}.jpg"


@pytest.mark.parametrize(
    "damage",
    [
        lambda index: b"",
        lambda index: b"[]",
        lambda index: index.replace(b'"offset":512', b'"offset":511'),
        lambda index: index.replace(b'"version":1', b'"version":2'),
        lambda index: b'{"format":"facethemodel shard","version":1,"members":[]}',
    ],
)
def test_an_index_that_cannot_be_is_refused(damage: object) -> None:
    _, shard = pack(photos([HEADS[0] + b"a"]))
    with pytest.raises(SchemaError):
        Shard.parse(damage(shard.dump()), name="index")  # type: ignore[operator]


def test_a_cut_archive_has_no_index() -> None:
    archive, _ = pack(photos([HEADS[0] + bytes(2000)]))
    for length in (0, 100, 600, len(archive) - 512):
        with pytest.raises(SchemaError):
            index_of(archive[:length])
