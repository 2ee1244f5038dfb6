"""Archives of many small photos: plain tar files that WebDataset reads, with an index of what is where.

A photo is the member `<sha256>.jpg` (or whatever format it is), so that its key in WebDataset is its hash,
under which the snapshot's manifest tells role, identity, group and part. The bytes of an archive follow from
its members alone: whoever has the photos can tell, without reading it back, which checksum it must have.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from facethemodel.errors import NEWER, SchemaError
from facethemodel.photos.formats import HEAD_BYTES, sniff

FORMAT = "facethemodel shard"
VERSION = 1

BLOCK = 512
END = bytes(2 * BLOCK)
"""What a tar file ends with."""

_SUFFIXES = {"JPEG": "jpg", "TIFF": "tif"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One photo in an archive: `size` bytes from `offset` on."""

    name: str
    offset: int
    size: int

    @property
    def sha256(self) -> str:
        """The photo's hash, which is its name without the ending."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Shard:
    """What is where in an archive."""

    members: tuple[Member, ...]

    @property
    def size(self) -> int:
        """Bytes of the whole archive."""
        last = self.members[-1]
        return last.offset + last.size + _padding(last.size) + len(END)

    def dump(self) -> bytes:
        """Writes the index as canonical JSON."""
        members = [{"name": one.name, "offset": one.offset, "size": one.size} for one in self.members]
        value = {"format": FORMAT, "version": VERSION, "members": members}
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def parse(cls, data: bytes, *, name: str) -> Self:
        """Reads an index.

        Raises:
            SchemaError: It is none, it was written by a version that this one does not know, or what it says
                cannot be.
        """
        try:
            value = json.loads(data)
            if value["format"] != FORMAT or value["version"] != VERSION:
                raise SchemaError(
                    f"{name} has the format {value['format']!r}, version {value['version']}; this "
                    f"facethemodel knows version {VERSION}",
                    remedy=NEWER,
                )
            found = [(str(one["name"]), int(one["offset"]), int(one["size"])) for one in value["members"]]
        except (ValueError, TypeError, KeyError) as error:
            raise SchemaError(f"{name} is no index of an archive") from error
        shard = cls(lay_out((name, size) for name, _, size in found))
        if not found or [(one.name, one.offset, one.size) for one in shard.members] != found:
            raise SchemaError(f"{name} is damaged: what it says cannot be")
        return shard


def index_of(archive: bytes) -> Shard:
    """Reads from an archive itself what is where in it.

    Raises:
        SchemaError: It is no archive of this kind.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            shard = Shard(lay_out((info.name, info.size) for info in tar))
    except tarfile.TarError as error:
        raise SchemaError("this is no archive") from error
    if not shard.members or shard.size != len(archive):
        raise SchemaError("this is no archive of facethemodel")
    return shard


def lay_out(files: Iterable[tuple[str, int]]) -> tuple[Member, ...]:
    """Gives each file, by name and size, its place in an archive that holds them in this order."""
    members: list[Member] = []
    offset = 0
    for name, size in files:
        members.append(Member(name=name, offset=offset + BLOCK, size=size))
        offset += BLOCK + size + _padding(size)
    return tuple(members)


def frame(member: Member) -> tuple[bytes, bytes]:
    """What stands in the archive before and after the bytes of a member."""
    info = tarfile.TarInfo(member.name)
    info.size = member.size
    return info.tobuf(tarfile.USTAR_FORMAT), bytes(_padding(member.size))


def pack(photos: Sequence[tuple[str, bytes]]) -> tuple[bytes, Shard]:
    """Puts photos, as sha256 and bytes, into an archive."""
    shard = Shard(lay_out((f"{sha}.{_suffix(data)}", len(data)) for sha, data in photos))
    pieces: list[bytes] = []
    for member, (_, data) in zip(shard.members, photos, strict=True):
        before, after = frame(member)
        pieces += (before, data, after)
    return b"".join((*pieces, END)), shard


def _padding(size: int) -> int:
    return -size % BLOCK


def _suffix(data: bytes) -> str:
    kind = sniff(data[:HEAD_BYTES])
    return "bin" if kind is None else _SUFFIXES.get(kind, kind.lower())
