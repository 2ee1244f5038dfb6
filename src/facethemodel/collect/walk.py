"""Finding files in folders, whatever their names are made of."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

_Inode = tuple[int, int]


@dataclass(slots=True, kw_only=True)
class Found:
    """What lies under one path, in the order of the names' bytes within each folder.

    Attributes:
        files: Files to look into, and entries that turned out to be no files.
        unreadable: Files and folders that could not be looked at, with the reason.
        hidden: Files whose name starts with a dot.
        hidden_folders: Folders whose name starts with a dot; they were not entered.
    """

    files: list[bytes] = field(default_factory=list)
    unreadable: list[tuple[bytes, str]] = field(default_factory=list)
    hidden: int = 0
    hidden_folders: int = 0


def walk(top: bytes, *, visited: set[_Inode], barred: Collection[_Inode] = ()) -> Found:
    """Lists the files under a path.

    Links to folders are followed, but no folder is entered twice, so loops end. A path that is given by name
    is looked at even when it is hidden.

    Args:
        top: A file or a folder, absolute.
        visited: Device and inode of folders entered so far; added to, so that overlapping paths share it.
        barred: Folders that are never entered.
    """
    found = Found()
    try:
        status = os.stat(top)  # noqa: PTH116
    except OSError as error:
        found.unreadable.append((top, cannot_open(error)))
        return found
    if not stat.S_ISDIR(status.st_mode):
        found.files.append(top)
        return found
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            inode = _inode(folder)
            if inode in visited or inode in barred:
                continue
            visited.add(inode)
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            found.unreadable.append((folder, cannot_open(error)))
            continue
        below = list(_sort(entries, found))
        waiting.extend(reversed(below))
    return found


def cannot_open(error: OSError) -> str:
    """Says why a file could not be opened."""
    return f"cannot be opened: {(error.strerror or str(error)).lower()}"


def _sort(entries: list[os.DirEntry[bytes]], found: Found) -> Iterator[bytes]:
    """Puts a folder's files where they belong and gives its folders."""
    for entry in entries:
        hidden = entry.name.startswith(b".")
        try:
            is_folder = entry.is_dir()
        except OSError:
            # A link that leads back to itself; opening it as a file will say so.
            is_folder = False
        if is_folder and not hidden:
            yield entry.path
        elif is_folder:
            found.hidden_folders += 1
        elif hidden:
            found.hidden += 1
        else:
            found.files.append(entry.path)


def _inode(folder: bytes) -> _Inode:
    status = os.stat(folder)  # noqa: PTH116
    return status.st_dev, status.st_ino
