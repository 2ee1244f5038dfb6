"""Bringing a file, or the members of an archive, into the store."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

from facethemodel.catalogue.names import last_part, readable
from facethemodel.catalogue.records import Photo
from facethemodel.collect import archives
from facethemodel.collect.archives import ArchiveError, ArchiveKind, Member
from facethemodel.collect.walk import cannot_open
from facethemodel.errors import StorageError
from facethemodel.photos import formats
from facethemodel.photos.limits import UnreadablePhotoError
from facethemodel.photos.store import PhotoStore, Received

_AT_ONCE = 32
"""Members of an archive that are waited for at the same time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a photo was found.

    Attributes:
        origin: The file's path; for a member of an archive the archive's, `!/` and the member's name.
        folder: The name of the folder it is in; for what lies at the top of an archive the archive's own.
    """

    origin: bytes
    folder: str

    @classmethod
    def of_file(cls, path: bytes) -> Place:
        """A file on the disk."""
        return cls(path, readable(last_part(path.rpartition(b"/")[0])))

    @classmethod
    def of_member(cls, archive: bytes, name: bytes) -> Place:
        """A file in an archive."""
        folder = name.rpartition(b"/")[0]
        return cls(
            archive + b"!/" + name,
            readable(last_part(folder)) if folder else archives.without_suffix(archive),
        )


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """An archive that was met."""

    path: bytes
    kind: ArchiveKind

    @property
    def name(self) -> str:
        """Its file name, fit to be shown on one line."""
        return readable(last_part(self.path))


@dataclass(frozen=True, slots=True)
class Hidden:
    """A member of an archive that is left alone because its name starts with a dot."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """An archive of which nothing more can be read."""

    reason: str


Kept = Photo | ArchiveFile | Hidden | Stopped | StorageError | str
"""What became of a file; a string tells why it is no photo.

A `StorageError` is handed on instead of raised, so that what was kept before it is entered all the same.
"""


def keep_file(store: PhotoStore, path: bytes, *, link: bool, named: bool) -> Kept:
    """Brings one file into the store, or says what it is instead of a photo.

    Args:
        store: Where to.
        path: The file.
        link: Whether to refer to it where it lies.
        named: Whether it was named by the user, not met in a folder: then it is opened as an archive
            whatever it is called.
    """
    head = read_head(path)
    if isinstance(head, str):
        return head
    if not head:
        return "empty file"
    if formats.sniff(head) is None:
        like_archive = archives.named_like_archive(path)
        kind = archives.archive_kind(head) if named or like_archive else None
        if kind is None:
            return "neither an image nor an archive" if like_archive else formats.otherwise(head)
        return "an archive, whose photos cannot be linked to" if link else ArchiveFile(path, kind)
    try:
        return store.refer(path) if link else store.put(path)
    except UnreadablePhotoError as error:
        return error.reason
    except StorageError as error:
        return error


def keep_members(
    store: PhotoStore, archive: ArchiveFile, pool: ThreadPoolExecutor
) -> Iterator[tuple[Place, Kept]]:
    """Brings the photos of an archive into the store, in its order.

    They are read one after the other; that they are on the disk is waited for by the threads of `pool`.
    """
    waiting: deque[tuple[Place, Future[Kept]]] = deque()
    for place, result in _receive_members(store, archive):
        future = pool.submit(_keep, store, result) if isinstance(result, Received) else _done(result)
        waiting.append((place, future))
        if len(waiting) > _AT_ONCE:
            first, kept = waiting[0][0], waiting.popleft()[1].result()
            yield first, kept
            if isinstance(kept, StorageError):
                break
    for place, future in waiting:
        yield place, future.result()


def _receive_members(
    store: PhotoStore, archive: ArchiveFile
) -> Iterator[tuple[Place, Received | Hidden | Stopped | StorageError | str]]:
    members = archives.members(archive.path, archive.kind)
    for number in count():
        try:
            member = next(members, None)
            if member is None:
                return
            place = Place.of_member(archive.path, member.name)
            result = _receive_member(store, member)
        except ArchiveError as error:
            before = f" (after {number:,} of its files)" if number else ""
            yield Place.of_file(archive.path), Stopped(error.reason + before)
            return
        yield place, result
        if isinstance(result, StorageError):
            return


def _keep(store: PhotoStore, received: Received) -> Kept:
    try:
        return store.keep(received)
    except StorageError as error:
        return error


def _done(result: Kept) -> Future[Kept]:
    future: Future[Kept] = Future()
    future.set_result(result)
    return future


def read_head(path: bytes) -> bytes | str:
    """Reads a file's first bytes; a string tells why they cannot be read."""
    try:
        # Without O_NONBLOCK a named pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return cannot_open(error)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return "not a regular file"
        return os.read(descriptor, max(formats.HEAD_BYTES, archives.HEAD_BYTES))
    except OSError as error:
        return cannot_open(error)
    finally:
        os.close(descriptor)


def _receive_member(store: PhotoStore, member: Member) -> Received | Hidden | StorageError | str:
    if member.stream is None:
        return member.reason or "not a regular file"
    if member.hidden:
        return Hidden()
    try:
        head = member.stream.read(archives.HEAD_BYTES)
        if not head:
            return "empty file"
        if formats.sniff(head) is None:
            inner = archives.archive_kind(head) and archives.named_like_archive(member.name)
            return "an archive inside the archive: unpack it first" if inner else formats.otherwise(head)
        return store.receive(_Rest(head, member.stream.read))
    except UnreadablePhotoError as error:
        return error.reason
    except StorageError as error:
        return error


class _Rest:
    """A stream whose first bytes were read already."""

    def __init__(self, head: bytes, read: Callable[[int], bytes]) -> None:
        self._head = head
        self._read = read

    def read(self, size: int, /) -> bytes:
        head, self._head = self._head, b""
        return head or self._read(size)
