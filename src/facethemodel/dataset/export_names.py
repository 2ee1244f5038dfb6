"""Systematic file names for exported photos, the same in every export to one folder.

A ledger in the folder remembers which name each photo has, and is written before the first file: an export
that was interrupted, or repeated after photos were added, gives no photo a second name and no name twice.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from facethemodel.catalogue.records import ROLES, normalise_identity
from facethemodel.errors import ProjectBusyError, SchemaError, StorageError, UsageError

LEDGER = ".facethemodel-export.jsonl"
_FORMAT = 1
_LONGEST = 60
_HASH_DIGITS = 8


def class_folder(name: str) -> str:
    """Makes a folder's name of a person's or a category's: `John_Lennon` -> `john_lennon`.

    Two names that `normalise_identity` tells apart get two folders: where letters had to go, a hash of the
    name stands for them. No name gets the folder of a role.
    """
    normal = normalise_identity(name)
    plain = "".join(sign if sign.isalnum() else "_" for sign in unicodedata.normalize("NFC", normal))
    folder = plain[:_LONGEST].strip("_")
    if folder == normal.replace(" ", "_") and folder not in ROLES:
        return folder
    return f"{folder}_{hashlib.sha256(normal.encode()).hexdigest()[:4]}".lstrip("_")


@dataclass(slots=True)
class Ledger:
    """The names given out in one folder; get it from `open_ledger`."""

    _file: BinaryIO
    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def name(self, wanted: Iterable[tuple[str, str, str]]) -> list[str]:
        """Gives each photo its path below the folder, and remembers the new ones on the disk.

        Args:
            wanted: Class folder, sha256 and suffix of each photo.
        """
        names, lines = [], []
        for folder, sha256, suffix in wanted:
            if (folder, sha256) not in self._names:
                number = self._last[folder] + 1
                self._take(folder, sha256, f"{folder}/{number:04d}_{sha256[:_HASH_DIGITS]}{suffix}", number)
                entry = {"folder": folder, "sha256": sha256, "file": self._names[folder, sha256]}
                lines.append(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            names.append(self._names[folder, sha256])
        self._file.write(b"".join(lines))
        self._file.flush()
        os.fsync(self._file.fileno())
        return names

    def files(self) -> set[str]:
        """Gives every name given out so far."""
        return set(self._names.values())

    def _take(self, folder: str, sha256: str, file: str, number: int) -> None:
        self._names[folder, sha256] = file
        self._last[folder] = max(self._last[folder], number)


@contextmanager
def open_ledger(to: Path, *, shape: dict[str, str]) -> Iterator[Ledger]:
    """Opens a folder for an export and keeps other exports off it meanwhile.

    Args:
        to: An empty folder, one that is not there, or one that was exported to before.
        shape: What decides on the names; must be the same in every export to one folder.

    Raises:
        UsageError: The folder holds something else, or was exported to in another shape.
        SchemaError: Its ledger cannot be read.
        ProjectBusyError: Another export writes to it.
        StorageError: It cannot be written.
    """
    path = to / LEDGER
    try:
        if not path.exists() and to.exists() and (not to.is_dir() or any(to.iterdir())):
            raise UsageError(f"{to} holds something else", remedy="name a new or an empty folder")
        to.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise StorageError(f"{to} cannot be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ProjectBusyError(
                f"another export writes to {to}", remedy="wait for it to finish"
            ) from error
        ledger = Ledger(file)
        _read(ledger, file, path, shape)
        yield ledger


def _read(ledger: Ledger, file: BinaryIO, path: Path, shape: dict[str, str]) -> None:
    file.seek(0)
    data = file.read()
    # What an interruption left of the last line names a file that was not begun yet.
    whole = data[: data.rfind(b"\n") + 1]
    file.truncate(len(whole))
    lines = whole.splitlines()
    if not lines:
        file.write(json.dumps({"format": _FORMAT, **shape}).encode() + b"\n")
        return
    try:
        head = json.loads(lines[0])
        if head.pop("format") != _FORMAT:
            raise SchemaError(f"{path} was written by another version", remedy="export to a new folder")
        for line in lines[1:]:
            entry = json.loads(line)
            number = int(Path(entry["file"]).name.split("_")[0])
            ledger._take(entry["folder"], entry["sha256"], entry["file"], number)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SchemaError(f"{path} is damaged: {error}", remedy="export to a new folder") from error
    if head != shape:
        before = ", ".join(f"{key} {value}" for key, value in sorted(head.items()))
        raise UsageError(
            f"{path.parent} was exported to in another shape: {before}",
            remedy="ask for the same, or export to a new folder",
        )
