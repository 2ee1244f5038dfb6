"""Reading the user's own files, which may not hold still."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from facethemodel.storage.local import PART, UnreadableFileError, chunks, digest, read


def test_the_checksums_are_those_that_a_server_states(tmp_path: Path) -> None:
    data = os.urandom(PART + 5)
    (tmp_path / "file").write_bytes(data)
    found = digest(os.fsencode(tmp_path / "file"))
    parts = hashlib.md5(hashlib.md5(data[:PART]).digest() + hashlib.md5(data[PART:]).digest()).hexdigest()
    assert (found.size, found.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert found.etags == {hashlib.md5(data).hexdigest(), f"{parts}-2"}


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(100))
    pieces = chunks(os.fsencode(path), 10)
    next(pieces)
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(UnreadableFileError, match="changed"):
        list(pieces)


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableFileError, match="regular"):
        read(os.fsencode(tmp_path / "pipe"))
    with pytest.raises(UnreadableFileError) as gone:
        read(os.fsencode(tmp_path / "nothing"))
    assert gone.value.gone
