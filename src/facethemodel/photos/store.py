"""Photos on disk, each once, under its sha256: `photos/ab/abcdef...`. What is stored is never altered.

A stored file that has rotted gives way to an intact one that is added, and stays beside it as `.damaged`.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from facethemodel.catalogue.records import Photo
from facethemodel.errors import StorageError
from facethemodel.photos.limits import UnreadablePhotoError
from facethemodel.photos.sync import sync

_CHUNK = 1 << 20
_INCOMING = ".incoming-"
_LEFT_SECONDS = 24 * 3600
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})
_REMEDIES = {
    errno.ENOSPC: "Free some space on that disk, then run the command again (`add --link` copies no photos).",
    errno.EDQUOT: "Free some of your quota there, then repeat the command (`add --link` copies no photos).",
    errno.EROFS: "Mount that disk for writing, or move the project to one that is.",
    errno.EACCES: "Give yourself write permission for that folder (chmod u+rwx).",
    errno.EPERM: "Give yourself write permission for that folder (chmod u+rwx).",
}


class Readable(Protocol):
    """Anything that bytes can be read from, once."""

    def read(self, size: int, /) -> bytes:
        """Gives at most `size` bytes; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes that lie beside the store, under a name that nobody looks for."""

    temporary: str
    photo: Photo


@dataclass(frozen=True, slots=True)
class PhotoStore:
    """The folder of stored photos. Several processes may put into it at once.

    Args:
        photos_dir: Created by the first `put`.
        published: Hashes of the photos that came into the store through this object.
    """

    photos_dir: Path
    published: set[str] = field(default_factory=set, compare=False, repr=False)

    def put(self, path: bytes | Path) -> Photo:
        """Copies a file into the store, unless its bytes are there already, intact.

        The copy appears under its name only when it is complete and on the disk. The hash is that of the
        bytes copied.

        Args:
            path: The user's file; it is only read.

        Raises:
            UnreadablePhotoError: When the user's file is missing, not a regular file, not permitted, or
                changes meanwhile.
            StorageError: When the store cannot be written; nothing half-written stays behind.
        """
        known = self.hash(path)
        if self._holds(known):
            return known
        with self._writing(), _reading(path) as source:
            descriptor, temporary = self._incoming()
            try:
                with os.fdopen(descriptor, "wb") as target:
                    photo = _digest(source, copy_to=target)
                    target.flush()
                    os.fsync(target.fileno())
                self._publish(temporary, photo)
            finally:
                with suppress(FileNotFoundError):
                    Path(temporary).unlink()
        return photo

    def receive(self, source: Readable) -> Received:
        """Copies what can be read once, such as a member of an archive, beside the store; `keep` comes next.

        Args:
            source: Read to its end. Nothing is asked of it but `read`, and what that raises is passed on, so
                it had better raise `UnreadablePhotoError`.

        Raises:
            StorageError: When the store cannot be written; nothing half-written stays behind.
        """
        with self._writing():
            descriptor, temporary = self._incoming()
            try:
                digest, size = hashlib.sha256(), 0
                with os.fdopen(descriptor, "wb") as target:
                    while chunk := source.read(_CHUNK):
                        digest.update(chunk)
                        size += len(chunk)
                        target.write(chunk)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        return Received(temporary, Photo(sha256=digest.hexdigest(), size=size))

    def keep(self, received: Received) -> Photo:
        """Gives what was received its name in the store once it is on the disk; for any thread.

        Raises:
            StorageError: As for `receive`.
        """
        temporary, photo = Path(received.temporary), received.photo
        try:
            if not self._holds(photo):
                with self._writing():
                    sync(temporary)
                    self._publish(received.temporary, photo)
        finally:
            temporary.unlink(missing_ok=True)
        return photo

    def hash(self, path: bytes | Path) -> Photo:
        """Reads a file and gives its sha256 and size, without storing or linking it.

        Raises:
            UnreadablePhotoError: As for `put`.
        """
        with _reading(path) as source:
            return _digest(source)

    def refer(self, path: bytes | Path) -> Photo:
        """Reads a file and gives a photo that links to it where it lies, by its absolute path.

        Raises:
            UnreadablePhotoError: As for `put`.
        """
        photo = self.hash(path)
        return Photo(sha256=photo.sha256, size=photo.size, link=os.path.abspath(os.fsencode(path)))  # noqa: PTH100

    def path(self, photo: Photo) -> bytes:
        """Tells where a photo's bytes lie: the user's own file for a linked one."""
        return photo.link if photo.link is not None else os.fsencode(self._stored(photo.sha256))

    def read(self, photo: Photo, *, max_bytes: int) -> bytes:
        """Reads a photo and makes sure that it is still the one that was added.

        Args:
            photo: Stored or linked.
            max_bytes: More than this is refused without being read.

        Raises:
            UnreadablePhotoError: When it is too large, gone, or no longer has the bytes it was added with.
        """
        if photo.size > max_bytes:
            raise UnreadablePhotoError(f"{photo.size:,} bytes, more than the limit of {max_bytes:,}")
        with _reading(self.path(photo)) as source:
            try:
                data = source.read(photo.size + 1)
            except OSError as error:
                raise UnreadablePhotoError(_cannot_read(error)) from error
        if len(data) != photo.size or hashlib.sha256(data).hexdigest() != photo.sha256:
            whose = "the file it links to" if photo.link is not None else "the stored file"
            raise UnreadablePhotoError(f"{whose} has changed since it was added")
        return data

    def take_back(self, shas: Collection[str]) -> None:
        """Removes what was just put and is not to be kept after all.

        Args:
            shas: Some of `published`.
        """
        for sha in self.published.intersection(shas):
            with suppress(OSError):
                self._stored(sha).unlink()
                self.published.discard(sha)

    def _incoming(self) -> tuple[int, str]:
        """Opens a new file beside the photos."""
        self.photos_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(self.photos_dir)
        return tempfile.mkstemp(prefix=_INCOMING, dir=self.photos_dir)

    def _stored(self, sha256: str) -> Path:
        return self.photos_dir / sha256[:2] / sha256

    def _holds(self, photo: Photo) -> bool:
        """Tells whether the store has the photo, intact."""
        with self._writing():
            try:
                found = self._stored(photo.sha256).stat()
            except FileNotFoundError:
                return False
        return found.st_size == photo.size and self._intact(photo)

    def _intact(self, photo: Photo) -> bool:
        # Read whole each time (0.4 ms for 300 kB): nothing else shows a bit that flipped.
        try:
            with _reading(self._stored(photo.sha256)) as stored:
                return _digest(stored).sha256 == photo.sha256
        except UnreadablePhotoError:
            return False

    def _publish(self, temporary: str, photo: Photo) -> None:
        """Gives the finished copy its name; an intact copy that another process finished first stays."""
        stored = self._stored(photo.sha256)
        stored.parent.mkdir(mode=0o700, exist_ok=True)
        # Looked at again, because another process may have healed it meanwhile.
        rotten = stored.exists() and not self._intact(photo)
        try:
            if rotten:
                _keep_beside(stored)
                os.rename(temporary, stored)  # noqa: PTH104
            else:
                os.link(temporary, stored)
        except FileExistsError:
            return
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            # Replaces a copy that came in meanwhile, whose it then is, only by the very same bytes.
            os.rename(temporary, stored)  # noqa: PTH104
        else:
            if not rotten:
                self.published.add(photo.sha256)
        sync(stored.parent)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            code = error.errno or 0
            raise StorageError(
                f"cannot keep photos in {self.photos_dir}: {os.strerror(code) if code else error}",
                remedy=_REMEDIES.get(code, "Check that folder and its disk, then run the command again."),
            ) from error


@functools.cache
def _sweep(photos_dir: Path) -> None:
    """Removes, once in a process, what a process that was killed left half-written a day ago or earlier."""
    for left in photos_dir.glob(f"{_INCOMING}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                left.unlink()


def _keep_beside(stored: Path) -> None:
    """Gives a damaged file a second name; the first one is then taken over by an intact file."""
    for number in ("", *range(2, 1000)):
        beside = stored.with_name(f"{stored.name}.damaged{number}")
        try:
            os.link(stored, beside)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            if beside.exists():
                continue
            stored.rename(beside)
        return


@contextmanager
def _reading(path: bytes | Path) -> Iterator[BinaryIO]:
    """Opens a user's file. Only opening is watched here: an error in the body is the body's own."""
    try:
        # Without O_NONBLOCK a named pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise UnreadablePhotoError(_cannot_read(error)) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadablePhotoError("not a regular file")
    with os.fdopen(descriptor, "rb") as source:
        yield source


def _digest(source: BinaryIO, *, copy_to: BinaryIO | None = None) -> Photo:
    """Hashes an open file, copying it on the way where asked."""
    before = os.fstat(source.fileno())
    digest, size = hashlib.sha256(), 0
    while True:
        try:
            chunk = source.read(_CHUNK)
        except OSError as error:
            raise UnreadablePhotoError(_cannot_read(error)) from error
        if not chunk:
            break
        digest.update(chunk)
        size += len(chunk)
        if copy_to is not None:
            copy_to.write(chunk)
    after = os.fstat(source.fileno())
    if size != before.st_size or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise UnreadablePhotoError("the file changed while it was read; add it again when it is complete")
    return Photo(sha256=digest.hexdigest(), size=size)


def _cannot_read(error: OSError | ValueError) -> str:
    code = error.errno if isinstance(error, OSError) else None
    return f"cannot be read: {os.strerror(code).lower() if code else error}"
