"""Photos inside zip and tar files.

Members are read as streams and nothing is unpacked: a member's name is only written down, never used as a
path, so no archive can write anywhere.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import IO, Any, ClassVar, Literal, Self, cast

from facethemodel.catalogue.names import readable
from facethemodel.photos.limits import Limits, UnreadablePhotoError
from facethemodel.photos.store import Readable

ArchiveKind = Literal["zip", "tar", "gz", "bz2", "xz", "zst", "rar", "7z"]

HEAD_BYTES = tarfile.BLOCKSIZE
"""How many first bytes `archive_kind` makes use of."""
NAMES = (".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz", ".tzst", ".tar.zst")
"""Ends of names of archives that are opened where they are met in a folder. Many other files, such as text
documents and programs, are zip files inside; nobody means their pictures."""

_MAGIC: tuple[tuple[bytes, ArchiveKind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
)
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # Also of what it does not implement.
    IndexError,
    OverflowError,
    struct.error,
)
"""What the standard library raises over archives that are cut off, altered or of an unknown make."""
_LOCAL = struct.Struct("<4s5H3L2H")
"""The header of a zip file's member (PKWARE's APPNOTE, section 4.3.7)."""
_ENCRYPTED, _SIZES_BEHIND, _UTF_8 = 0x1, 0x8, 0x800
_SMALL = 10_000_000
_LONG_HEADERS = frozenset(
    {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    }
)
_LONGEST_HEADERS = 1 << 20
"""Bytes of names and facts before one file of a tar file, and of facts about all of its files."""


class ArchiveError(Exception):
    """The rest of an archive cannot be read.

    Args:
        reason: A short text without the archive's name.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """What an archive may expand to. Photos are compressed already, so honest archives stay far below.

    Attributes:
        member_bytes: Size of one member.
        member_ratio: How many times its compressed size a member of a zip file may have, from 10 MB on.
        total_bytes: What may be read of one archive in all, whatever its own size ...
        total_ratio: ... and how many times its own size on top of that.
    """

    member_bytes: int = Limits().max_bytes
    member_ratio: int = 200
    total_bytes: int = 1_000_000_000
    total_ratio: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive, to be read before the next one is asked for.

    Attributes:
        name: As the archive has it, parts divided by `/`.
        reason: Why it is not read; None for those that can be.
        stream: Its bytes; raises `UnreadablePhotoError` where it is damaged, `ArchiveError` where the archive
            has expanded to more than it may.
    """

    name: bytes
    reason: str | None = None
    stream: Readable | None = None

    @property
    def hidden(self) -> bool:
        """Whether it, or a folder it is in, starts with a dot or is a Macintosh's shadow of the others."""
        parts = self.name.split(b"/")
        return parts[0] == b"__MACOSX" or any(part.startswith(b".") for part in parts)


def archive_kind(head: bytes) -> ArchiveKind | None:
    """Names the make of an archive by the first bytes of the file, or of the whole of a shorter one.

    What is compressed may turn out to hold no tar file.
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    try:
        # The header of a tar file carries a checksum, which nothing else has by chance.
        tarfile.TarInfo.frombuf(head[:HEAD_BYTES], "utf-8", "surrogateescape")
    except tarfile.TarError:
        return None
    return "tar"


def named_like_archive(path: bytes) -> bool:
    """Whether the name alone promises an archive that can be opened."""
    return os.fsdecode(path).lower().endswith(NAMES)


def without_suffix(path: bytes) -> str:
    """The archive's file name without what makes it an archive: `Ada_Lovelace.tar.gz` -> `Ada_Lovelace`."""
    name = readable(path.rpartition(b"/")[2])
    end = max((end for end in NAMES if name.lower().endswith(end)), key=len, default="")
    return name.removesuffix(name[len(name) - len(end) :]) if end else name


def members(path: bytes, kind: ArchiveKind, *, limits: ArchiveLimits = ArchiveLimits()) -> Iterator[Member]:
    """Gives the files of an archive in its own order; folders are passed over.

    Links, devices, and names that are absolute or lead out of the archive are given with a reason. So are
    archives inside the archive, once somebody reads them: they are no photos.

    Args:
        path: The archive.
        kind: What `archive_kind` said.
        limits: Where to stop.

    Raises:
        ArchiveError: The archive, or the rest of it, cannot be read.
    """
    try:
        budget = _Budget(limits.total_bytes + limits.total_ratio * os.stat(path).st_size)  # noqa: PTH116
        if kind == "zip":
            yield from _zip_members(path, limits, budget)
        elif kind in ("rar", "7z"):
            raise ArchiveError(
                f"{'a RAR' if kind == 'rar' else 'a 7z'} archive: unpack it and add the folder"
            )
        else:
            yield from _tar_members(path, kind, limits, budget)
    except _DAMAGE as error:
        raise ArchiveError(f"damaged archive: {_said(error)}") from error


@dataclass(slots=True)
class _Budget:
    """How many more bytes an archive may expand to."""

    left: int

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise ArchiveError("expands to far more than photos do, so reading it was stopped: a zip bomb?")


@dataclass(slots=True)
class _Stream:
    """Bytes out of an archive, counted."""

    source: IO[bytes]
    budget: _Budget
    inside: bool = True

    def read(self, size: int, /) -> bytes:
        try:
            data = self.source.read(size)
        except _DAMAGE as error:
            if not self.inside:
                raise
            raise UnreadablePhotoError(f"damaged in the archive: {_said(error)}") from error
        self.budget.spend(len(data))
        return data


def _zip_members(path: bytes, limits: ArchiveLimits, budget: _Budget) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(os.fsdecode(path))
    except zipfile.BadZipFile:
        yield from _rescued(path, limits, budget)
        raise ArchiveError("damaged archive: cut off") from None
    with archive:
        for info in archive.infolist():
            if _is_folder(info):
                continue
            try:
                yield from _zip_member(info, partial(archive.open, info), limits, budget)
            except _DAMAGE as error:
                name = os.fsencode(info.filename)
                yield Member(name=name, reason=f"damaged in the archive: {_said(error)}")


def _zip_member(
    info: zipfile.ZipInfo, opener: Callable[[], Any], limits: ArchiveLimits, budget: _Budget
) -> Iterator[Member]:
    name, reason = _checked(os.fsencode(info.filename))
    reason = reason or _zip_reason(info, limits)
    if reason is not None:
        yield Member(name=name, reason=reason)
        return
    with opener() as file:
        yield Member(name=name, stream=_Stream(file, budget))


def _rescued(path: bytes, limits: ArchiveLimits, budget: _Budget) -> Iterator[Member]:
    """Reads a zip file without the list of contents at its end, by the header that each member begins with.

    Where a program wrote the sizes behind the members, as it does when it cannot know them, this ends.
    """
    with open(path, "rb") as file:  # noqa: PTH123
        while len(header := file.read(_LOCAL.size)) == _LOCAL.size:
            magic, _, flags, method, _, _, crc, packed, size, name, extra = _LOCAL.unpack(header)
            if magic != b"PK\x03\x04" or flags & _SIZES_BEHIND or 0xFFFFFFFF in (packed, size):
                return
            info = zipfile.ZipInfo(file.read(name).decode("utf-8" if flags & _UTF_8 else "cp437", "replace"))
            info.flag_bits, info.compress_type, info.CRC = flags, method, crc
            info.compress_size, info.file_size = packed, size
            start = file.seek(extra, os.SEEK_CUR)
            if not _is_folder(info):
                yield from _zip_member(info, lambda: zipfile.ZipExtFile(file, "r", info), limits, budget)  # noqa: B023
            file.seek(start + packed)


def _is_folder(info: zipfile.ZipInfo) -> bool:
    # `ZipInfo.is_dir` stumbles over members without a name.
    return info.filename.endswith("/")


def _zip_reason(info: zipfile.ZipInfo, limits: ArchiveLimits) -> str | None:
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return "a link inside the archive" if stat.S_ISLNK(mode) else "not a regular file"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted in the archive: unpack it with its password first"
    if info.file_size > _SMALL and info.file_size > limits.member_ratio * info.compress_size:
        return f"expands to more than {limits.member_ratio} times its size: a zip bomb?"
    return _too_large(info.file_size, limits)


def _tar_members(path: bytes, kind: ArchiveKind, limits: ArchiveLimits, budget: _Budget) -> Iterator[Member]:
    with (
        _decompressed(path, kind) as data,
        closing(_open_tar(_Stream(data, budget, inside=False), kind)) as archive,
    ):
        inside = _Budget(budget.left)
        while (info := archive.next()) is not None:
            # A stream cannot go back, so what was read need not be remembered.
            archive.members.clear()  # type: ignore[attr-defined]
            if info.isdir():
                continue
            name, reason = _checked(os.fsencode(info.name))
            if reason is None and (info.issym() or info.islnk()):
                reason = "a link inside the archive"
            reason = reason or (None if info.isfile() else "not a regular file")
            reason = reason or _too_large(info.size, limits)
            file = None if reason else archive.extractfile(info)
            yield Member(name=name, reason=reason, stream=None if file is None else _Stream(file, inside))


class _Header(tarfile.TarInfo):
    """Says of a damaged header that it is damaged, where the standard library takes it for the end.

    It also ends an archive whose long headers, which the standard library holds in memory whole, have no end.
    To be derived from for each archive, as the classes count.
    """

    for_one: ClassVar[int] = 0
    for_all: ClassVar[int] = 0

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        info = super().frombuf(buf, encoding, errors)
        if info.type == tarfile.XGLTYPE:
            cls.for_all += info.size
        # One long header may follow another before the file that they are about.
        cls.for_one = cls.for_one + info.size if info.type in _LONG_HEADERS else 0
        if max(cls.for_one, cls.for_all) > _LONGEST_HEADERS:
            raise tarfile.ReadError(f"headers of more than {_LONGEST_HEADERS:,} bytes")
        return info

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(archive)
        except tarfile.HeaderError as error:
            if type(error).__name__ in ("EOFHeaderError", "EmptyHeaderError"):
                raise
            raise tarfile.ReadError(str(error)) from error


def _open_tar(data: _Stream, kind: ArchiveKind) -> tarfile.TarFile:
    try:
        return tarfile.open(
            fileobj=cast("IO[bytes]", data),
            mode="r|",
            tarinfo=type("_Counted", (_Header,), {}),
            encoding="utf-8",
            errors="surrogateescape",
        )
    except tarfile.ReadError as error:
        if kind == "tar":
            raise
        raise ArchiveError("compressed, but no tar file: unpack it first") from error


def _decompressed(path: bytes, kind: ArchiveKind) -> AbstractContextManager[IO[bytes]]:
    if kind == "zst" and find_spec("compression") is None:
        raise ArchiveError("compressed with zstd, which takes Python 3.14: unpack it and add the folder")
    openers: dict[str, Callable[..., Any]] = {"tar": open, "gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}
    opener = openers.get(kind) or import_module("compression.zstd").open
    return cast("AbstractContextManager[IO[bytes]]", opener(path, "rb"))


def _checked(name: bytes) -> tuple[bytes, str | None]:
    """Tidies a member's name, and says what is wrong with it."""
    if not name:
        return name, "has no name in the archive"
    # Zip files made on Windows may divide names by backslashes.
    parts = re.split(rb"[/\\]", name)
    if not parts[0] or re.fullmatch(rb"[A-Za-z]:", parts[0]):
        return name, "has an absolute path in the archive"
    if b".." in parts:
        return name, "has a path that leads out of the archive"
    return b"/".join(part for part in name.split(b"/") if part not in (b"", b".")), None


def _too_large(size: int, limits: ArchiveLimits) -> str | None:
    if size <= limits.member_bytes:
        return None
    return f"{size:,} bytes, more than the limit of {limits.member_bytes:,}"


def _said(error: Exception) -> str:
    if isinstance(error, EOFError) or "unexpected end" in str(error):
        return "cut off"
    return str(error).lower() or type(error).__name__
