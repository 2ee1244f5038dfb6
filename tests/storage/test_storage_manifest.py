"""A manifest's name follows from what it holds, and nothing else is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.errors import RemoteError, SchemaError
from facethemodel.storage.manifest import FileEntry, Manifest, PhotoEntry, version_of

SHA = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
WORD = st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
PHOTOS = st.lists(
    st.builds(
        PhotoEntry,
        sha256=SHA,
        size=st.integers(0, 10**9),
        role=st.none() | st.sampled_from(["person", "stranger", "curveball"]),
        identity=WORD,
        group=WORD,
        lost=st.booleans(),
    ),
    unique_by=lambda one: one.sha256,
    max_size=5,
)


def manifest(**changes: object) -> Manifest:
    values: dict[str, object] = {"portions": ("photos",), "photos": (), "files": ()}
    return Manifest(**(values | changes))  # type: ignore[arg-type]


@given(PHOTOS, st.randoms())
def test_it_reads_back_and_does_not_depend_on_order(photos: list[PhotoEntry], chance: object) -> None:
    data = manifest(photos=tuple(photos)).dump()
    chance.shuffle(photos)  # type: ignore[attr-defined]
    assert manifest(photos=tuple(photos)).dump() == data
    back = Manifest.parse(data, name=version_of(data))
    assert set(back.photos) == set(photos)
    assert back.dump() == data


def test_one_changed_byte_is_noticed() -> None:
    data = manifest(files=(FileEntry(path="catalogue.db", sha256="ab" * 32, size=3),)).dump()
    with pytest.raises(RemoteError, match="damaged"):
        Manifest.parse(data.replace(b'"size":3', b'"size":4'), name=version_of(data))


@pytest.mark.parametrize(
    ("key", "value"), [("version", 2), ("format", "something else"), ("photos", [{"sha": "x"}]), ("files", 7)]
)
def test_another_version_is_refused(key: str, value: object) -> None:
    data = json.dumps(json.loads(manifest().dump()) | {key: value}).encode()
    with pytest.raises(SchemaError):
        Manifest.parse(data, name=version_of(data))


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "runs/../../x", "runs//x", "./x", "a\0b"])
def test_no_path_leads_out_of_the_folder(path: str) -> None:
    data = manifest(files=(FileEntry(path=path, sha256="ab" * 32, size=3),)).dump()
    with pytest.raises(SchemaError, match="no path"):
        Manifest.parse(data, name=version_of(data))


@pytest.mark.parametrize(
    ("sha256", "size"),
    [("../../../outside", 3), ("AB" * 32, 3), ("ab" * 31, 3), ("ab" * 32, -1), ("ab" * 32, "3")],
)
def test_what_is_no_content_is_refused(sha256: str, size: Any) -> None:
    for entry in (
        {"photos": (PhotoEntry(sha256=sha256, size=size),)},
        {"files": (FileEntry(path="catalogue.db", sha256=sha256, size=size),)},
    ):
        data = manifest(**entry).dump()
        with pytest.raises(SchemaError, match="which is no content"):
            Manifest.parse(data, name=version_of(data))
