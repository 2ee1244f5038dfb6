"""Which files are to be judged, in the order they were asked for, without ever holding the whole list."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from facethemodel.errors import UsageError
from facethemodel.photos.formats import HEAD_BYTES, IMAGE_SUFFIXES, otherwise, sniff
from facethemodel.photos.limits import Limits, UnreadablePhotoError
from facethemodel.scoring.verdict import printable

_LEADS_NOWHERE = (errno.ENOENT, errno.ELOOP)
"""Of a link: editors lock files with such."""

PathLike = str | bytes | os.PathLike[str] | os.PathLike[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One file to look at.

    Attributes:
        path: As Python's file functions take it.
        expected: Whether it must be an image: it was named by the user, or its own name says so. Any other
            file of a folder may turn out to be something else, which is no error.
        error: Why it cannot even be opened, or None.
    """

    path: str
    expected: bool
    error: str | None = None


class Unmet:
    """Which of the paths that were named have given no photo so far, judged or not."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = {path.rstrip("/"): path for path in paths}

    @property
    def paths(self) -> tuple[str, ...]:
        """These paths, as they were named and in their order."""
        return tuple(self._paths.values())

    def meet(self, path: str) -> None:
        """Takes away the paths at or above one photo."""
        if self._paths:
            for end in (len(path), *(at for at, sign in enumerate(path) if sign == "/")):
                self._paths.pop(path[:end], None)


def check_paths(paths: Sequence[PathLike]) -> list[str]:
    """Turns what the user named into text paths.

    Raises:
        UsageError: Nothing was named, or something that is not there.
    """
    texts = [os.fsdecode(path) for path in paths]
    if not texts:
        raise UsageError("no photo to judge", remedy="name one or more photos or folders")
    for text in texts:
        if not text:
            raise UsageError(
                "an empty path names no photo",
                remedy="name photos or folders; . stands for the current folder",
            )
        if not _may_be_there(text):
            raise UsageError(f"{printable(text)} is not there", remedy="check the spelling of the path")
    return texts


def _may_be_there(path: str) -> bool:
    """Whether there is something, or the folder is closed: reading it then says why it cannot be judged."""
    try:
        os.lstat(path)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def candidates(paths: Sequence[str]) -> Iterator[Candidate]:
    """Walks files and folders: files as named, folders sorted by name and with their subfolders in place.

    Links are followed, to folders, too. Below a path a folder is entered once, so that a loop of links ends.
    """
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 (a Path cannot hold every name that bytes can)
            yield from _inside(path, entered=set())
        else:
            yield Candidate(path=path, expected=True)


def read_image(candidate: Candidate, *, limits: Limits) -> bytes | None:
    """Reads a file once; None when it is no image and need not be one.

    Raises:
        UnreadablePhotoError: It cannot be read, is too large, or is not an image though it should be.
    """
    if candidate.error is not None:
        raise UnreadablePhotoError(candidate.error)
    try:
        state = os.stat(candidate.path)  # noqa: PTH116
        # Opening a pipe or a device would wait for whoever writes to it.
        if not stat.S_ISREG(state.st_mode):
            if candidate.expected:
                raise UnreadablePhotoError("not a regular file")
            return None
        with open(candidate.path, "rb") as file:  # noqa: PTH123
            head = file.read(HEAD_BYTES)
            if sniff(head) is None and not candidate.expected:
                return None
            limits.check_bytes(state.st_size)
            data = head + file.read(limits.max_bytes + 1 - len(head))
    except OSError as error:
        if error.errno in _LEADS_NOWHERE and not candidate.expected:
            return None
        raise UnreadablePhotoError(f"cannot be opened: {error.strerror or error}") from error
    if not data:
        raise UnreadablePhotoError("an empty file")
    if sniff(head) is None:
        raise UnreadablePhotoError(otherwise(head))
    limits.check_bytes(len(data))
    return data


def can_crash(candidate: Candidate) -> bool:
    """Says whether a damaged file of that format can crash its decoder, beyond any exception: HEIC."""
    with suppress(OSError):
        if candidate.error is None and stat.S_ISREG(os.stat(candidate.path).st_mode):  # noqa: PTH116
            with open(candidate.path, "rb") as file:  # noqa: PTH123
                return sniff(file.read(HEAD_BYTES)) == "HEIC"
    return False


def _inside(folder: str, *, entered: set[tuple[int, int]]) -> Iterator[Candidate]:
    try:
        state = os.stat(folder)  # noqa: PTH116
        here = (state.st_dev, state.st_ino)
        if here in entered:
            return
        entered.add(here)
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield Candidate(path=folder, expected=True, error=f"cannot be opened: {error.strerror or error}")
        return
    for entry in entries:
        if os.path.isdir(entry.path):  # noqa: PTH112
            yield from _inside(entry.path, entered=entered)
        else:
            suffix = PurePosixPath(entry.name).suffix.lower()
            yield Candidate(path=entry.path, expected=suffix in IMAGE_SUFFIXES)
