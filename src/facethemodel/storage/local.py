"""Reading the user's side: files as bytes and as the checksums that a server states of them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO

from facethemodel.errors import FacethemodelError

PART = 8 << 20
"""Bytes to a part of a large upload, as the AWS command line has it."""
LARGE = 4 * PART
"""Files of more bytes than this are sent in parts."""

_CHUNK = 1 << 20


class UnreadableFileError(FacethemodelError):
    """A file that cannot be read, or did not hold still.

    Args:
        reason: Why, in a few words.
        gone: Whether there is no such file at all.
    """

    exit_code = 1

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.gone = gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What a file's bytes come to.

    Attributes:
        etags: The ETags that a server gives to these bytes: their MD5, and that of an upload in parts of
            `PART` bytes.
    """

    size: int
    sha256: str
    etags: frozenset[str]


def digest(path: bytes) -> Digest:
    """Reads a file once.

    Raises:
        UnreadableFileError: It is gone, no regular file, not permitted, or changed meanwhile.
    """
    sha, whole, size = hashlib.sha256(), _md5(), 0
    parts: list[bytes] = []
    with _steady(path) as file:
        while chunk := file.read(PART):
            sha.update(chunk)
            whole.update(chunk)
            parts.append(_md5(chunk).digest() if size else whole.copy().digest())
            size += len(chunk)
    etags = {whole.hexdigest()}
    if size > PART:
        etags.add(etag_of_parts(parts))
    return Digest(size=size, sha256=sha.hexdigest(), etags=frozenset(etags))


def read(path: bytes) -> bytes:
    """Reads a file into memory.

    Raises:
        UnreadableFileError: As for `digest`.
    """
    with _steady(path) as file:
        return file.read()


def chunks(path: bytes, size: int) -> Iterator[bytes]:
    """Reads a file piece by piece.

    Raises:
        UnreadableFileError: As for `digest`; that it changed is known only at its end.
    """
    with _steady(path) as file:
        while chunk := file.read(size):
            yield chunk


def md5(data: bytes) -> str:
    """The MD5 of bytes: the ETag of what was sent in one piece. A checksum here, no protection."""
    return _md5(data).hexdigest()


def etag_of_parts(digests: list[bytes]) -> str:
    """The ETag of an upload in parts: the MD5 of their MD5s, and their number."""
    return f"{_md5(b''.join(digests)).hexdigest()}-{len(digests)}"


def _md5(data: bytes = b"") -> hashlib._Hash:
    return hashlib.md5(data, usedforsecurity=False)


@contextmanager
def _steady(path: bytes) -> Iterator[_Counting]:
    """Opens a file and makes sure at the end that it is still as it was at the beginning."""
    try:
        # Without O_NONBLOCK a named pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise _unreadable(error) from error
    with FileIO(descriptor, "rb") as raw:
        before = os.fstat(raw.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise UnreadableFileError("not a regular file")
        counting = _Counting(raw)
        yield counting
        after = os.fstat(raw.fileno())
    if counting.bytes != before.st_size or _look(before) != _look(after):
        raise UnreadableFileError("it changed while it was read")


class _Counting:
    """Reads whole pieces, and counts; a read error is the file's own."""

    def __init__(self, raw: FileIO) -> None:
        self._raw = raw
        self.bytes = 0

    def read(self, size: int = -1) -> bytes:
        try:
            if size < 0:
                data = self._raw.read()
            else:
                pieces = []
                while size and (piece := self._raw.read(min(size, _CHUNK))):
                    pieces.append(piece)
                    size -= len(piece)
                data = b"".join(pieces)
        except OSError as error:
            raise _unreadable(error) from error
        self.bytes += len(data)
        return data


def _look(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _unreadable(error: OSError | ValueError) -> UnreadableFileError:
    code = error.errno if isinstance(error, OSError) else None
    return UnreadableFileError(
        f"cannot be read: {os.strerror(code).lower() if code else error}",
        gone=isinstance(error, FileNotFoundError | NotADirectoryError),
    )
