"""The content manifest: what a snapshot holds, in a form whose sha256 is the dataset's version."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import Any, Literal, Self, get_args

from facethemodel.errors import NEWER, RemoteError, SchemaError

Portion = Literal["photos", "catalogue", "bundles"]
PORTIONS: tuple[Portion, ...] = get_args(Portion)
"""What can be kept apart: photos; the catalogue with the settings; trained models with their figures."""

FORMAT = "facethemodel snapshot"
VERSION = 1

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoEntry:
    """One photo.

    Attributes:
        role: What it is for; None while its sources disagree or none says.
        identity: Of a stranger, where known.
        category: Of a curveball.
        group: Photos of one group stay in one part; None before the first split.
        part: Of the split; None where it is in none.
        lost: The catalogue knows the photo, but its bytes could not be had when the snapshot was made.
    """

    sha256: str
    size: int
    role: str | None = None
    identity: str | None = None
    category: str | None = None
    group: str | None = None
    part: str | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A file of the project that is no photo, by its path in the project's folder."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a snapshot holds: photos in the order of their hashes, files in the order of their paths."""

    portions: tuple[Portion, ...]
    photos: tuple[PhotoEntry, ...]
    files: tuple[FileEntry, ...]

    def dump(self) -> bytes:
        """Writes it as canonical JSON: sorted keys, no spaces, no empty values, UTF-8, one line."""
        value = {
            "format": FORMAT,
            "version": VERSION,
            "portions": sorted(self.portions),
            "photos": [_known(one) for one in sorted(self.photos, key=lambda one: one.sha256)],
            "files": [_known(one) for one in sorted(self.files, key=lambda one: one.path)],
        }
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode() + b"\n"

    @property
    def contents(self) -> dict[str, int]:
        """Size of every content that must be there for the snapshot to be whole, by its sha256."""
        held = {one.sha256: one.size for one in self.photos if not one.lost}
        return held | {one.sha256: one.size for one in self.files}

    @classmethod
    def parse(cls, data: bytes, *, name: str) -> Self:
        """Reads what `dump` wrote.

        Args:
            data: The bytes.
            name: The snapshot's name: what they must come to.

        Raises:
            RemoteError: They are not what the snapshot was made of.
            SchemaError: They were written by a version that this one does not know.
        """
        if version_of(data) != name:
            raise RemoteError(
                f"the manifest of snapshot {name[:12]} is damaged: its sha256 is not its name",
                remedy="name another snapshot (facethemodel pull --list), or push again",
            )
        try:
            value = json.loads(data)
            if value["format"] != FORMAT or value["version"] != VERSION:
                raise SchemaError(
                    f"snapshot {name[:12]} has the format {value['format']!r}, version {value['version']}; "
                    f"this facethemodel knows version {VERSION}",
                    remedy=NEWER,
                )
            manifest = cls(
                portions=tuple(one for one in PORTIONS if one in value["portions"]),
                photos=tuple(PhotoEntry(**one) for one in value["photos"]),
                files=tuple(FileEntry(**one) for one in value["files"]),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise SchemaError(f"snapshot {name[:12]} holds no manifest of facethemodel") from error
        manifest._check(name)
        return manifest

    def _check(self, name: str) -> None:
        """Refuses a manifest that would lead out of the folder it is restored into."""
        entries: tuple[PhotoEntry | FileEntry, ...] = (*self.photos, *self.files)
        for one in entries:
            if not _SHA256.fullmatch(one.sha256) or not isinstance(one.size, int) or one.size < 0:
                raise SchemaError(f"snapshot {name[:12]} names {one.sha256!r}, which is no content")
        for file in self.files:
            path = PurePosixPath(file.path)
            if path.is_absolute() or ".." in path.parts or "\0" in file.path or str(path) != file.path:
                raise SchemaError(f"snapshot {name[:12]} holds {file.path!r}, which is no path in a project")


def version_of(data: bytes) -> str:
    """The name of the snapshot with this manifest."""
    return hashlib.sha256(data).hexdigest()


def _known(entry: PhotoEntry | FileEntry) -> dict[str, Any]:
    # Not `asdict`, which copies deeply: it took most of the time of a large manifest.
    values = ((one.name, getattr(entry, one.name)) for one in fields(entry))
    return {name: value for name, value in values if value is not None and value is not False}
