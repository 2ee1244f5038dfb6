"""Comparing any folder with any place in a bucket, name by name and byte by byte; no project is needed."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from facethemodel.catalogue.names import readable
from facethemodel.errors import UsageError
from facethemodel.progress import SILENT, Progress
from facethemodel.storage.bucket import Bucket, Stored
from facethemodel.storage.compare import same_bytes
from facethemodel.storage.faults import OtherContentError
from facethemodel.storage.local import LARGE, Digest, UnreadableFileError, digest, read
from facethemodel.storage.multipart import put_large
from facethemodel.storage.parallel import THREADS, hashing_threads, in_parallel
from facethemodel.storage.verdicts import Finding, VerifyReport

_BACKSLASH = "here: some servers take the backslash in its name for a slash; rename it to have it sent"


def verify_folder(
    folder: Path, bucket: Bucket, *, deep: bool = False, fix: bool = False, progress: Progress = SILENT
) -> VerifyReport:
    """Compares every file below a folder with the object of that name, and the other way round.

    Args:
        folder: Its files are only read; hidden ones count, links to folders are not followed.
        bucket: Where; below the prefix names are paths in the folder, with slashes.
        deep: Whether to read every byte back.
        fix: Whether to send what is missing there or differs, and to compare once more. What differs is
            written over: the folder is right.
        progress: Who watches.

    Raises:
        UsageError: There is no such folder.
        CredentialsError: The login was refused, or may not do what it takes.
        RemoteError: There is no such bucket or server, or it stopped answering.
    """
    if not folder.is_dir():
        raise UsageError(
            f"{readable(os.fsencode(folder))} is not a folder", remedy="name the folder that was uploaded"
        )
    findings, listed = _compare(folder, bucket, deep=deep, progress=progress)
    wanted = [one for one in findings if one.verdict in ("missing there", "differs")]
    if not fix or not wanted:
        return VerifyReport(deep=deep, findings=tuple(findings))
    with progress.task("sending", len(wanted)) as advance:
        fixed = 0
        for done in in_parallel(bucket, lambda one: _send(folder, bucket, one.name, listed), wanted):
            fixed += done
            advance(1)
    findings, _ = _compare(folder, bucket, deep=deep, progress=progress)
    return VerifyReport(deep=deep, findings=tuple(findings), fixed=fixed)


@dataclass(slots=True)
class _Here:
    """What is in a folder: files by the name an object of theirs has, folders, and what is neither."""

    files: dict[str, bytes] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    unreadable: list[tuple[str, str]] = field(default_factory=list)


def _compare(
    folder: Path, bucket: Bucket, *, deep: bool, progress: Progress
) -> tuple[list[Finding], dict[str, Stored]]:
    listed = bucket.list()
    here = _walk(os.fsencode(folder))
    findings = [Finding(verdict="unreadable", name=name, reason=why) for name, why in here.unreadable]

    def one(name: str) -> Finding:
        stored = listed.get(name)
        try:
            found: Digest = digest(here.files[name])
        except UnreadableFileError as error:
            if error.gone:
                return Finding(verdict="unreadable", name=name, reason="it vanished here meanwhile")
            return Finding(verdict="unreadable", name=name, reason=f"here: {error.reason}")
        if stored is None and "\\" in name:
            # Sent, it would lie there under another name, and each further `fix` would send it again.
            return Finding(verdict="unreadable", name=name, reason=_BACKSLASH)
        if stored is None:
            return Finding(verdict="missing there", name=name)
        reason = same_bytes(bucket, name, stored, found, deep=deep)
        if reason is None:
            return Finding(verdict="same", name=name)
        return Finding(verdict="differs", name=name, reason=reason)

    with progress.task("comparing", len(here.files)) as advance:
        threads = THREADS if deep else hashing_threads()
        for finding in in_parallel(bucket, one, sorted(here.files), threads=threads):
            findings.append(finding)
            advance(1)
    told = {name for name, _ in here.unreadable} | here.files.keys()
    findings += _only_there({name: one for name, one in listed.items() if name not in told}, here)
    return findings, listed


def _only_there(listed: Mapping[str, Stored], here: _Here) -> list[Finding]:
    """What has no file here: a file that is missing, or an object that no file can be."""
    findings = []
    for name, stored in listed.items():
        if name.endswith("/") or not name:
            # Web consoles make such empty objects to show a folder.
            marks = stored.size == 0 and (not name or name.rstrip("/") in here.folders)
            if not marks:
                findings.append(Finding(verdict="extra", name=name, reason="its name ends in a slash"))
        elif any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name:
            findings.append(Finding(verdict="extra", name=name, reason="no file can have this name"))
        elif name in here.folders:
            findings.append(Finding(verdict="differs", name=name, reason="a file there, a folder here"))
        else:
            findings.append(Finding(verdict="missing here", name=name))
    return findings


def _walk(top: bytes) -> _Here:
    here = _Here()
    waiting = [b""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(top + b"/" + below) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            here.unreadable.append((f"{readable(below)}/", f"here: {(error.strerror or '').lower()}"))
            continue
        for entry in entries:
            path = below + b"/" + entry.name if below else entry.name
            _sort(entry, path, here, waiting)
    return here


def _sort(entry: os.DirEntry[bytes], path: bytes, here: _Here, waiting: list[bytes]) -> None:
    try:
        name = path.decode()
    except UnicodeDecodeError:
        here.unreadable.append((readable(path), "here: its name is not UTF-8, no object can have it"))
        return
    try:
        if entry.is_dir(follow_symlinks=False):
            here.folders.add(name)
            waiting.append(path)
        elif entry.is_dir():
            here.unreadable.append((name, "here: a link to a folder, which is not followed"))
        elif not stat.S_ISREG(entry.stat().st_mode):
            here.unreadable.append((name, "here: not a regular file"))
        else:
            here.files[name] = entry.path
    except OSError as error:
        here.unreadable.append((name, f"here: {(error.strerror or '').lower()}"))


def _send(folder: Path, bucket: Bucket, name: str, listed: Mapping[str, Stored]) -> int:
    """Sends one file; 1 if it went. What went wrong shows in the comparison that follows."""
    path = os.fsencode(folder) + b"/" + name.encode()
    try:
        found = digest(path)
        if found.size > LARGE:
            put_large(bucket, name, path, sha256=found.sha256, replace=listed.get(name))
        else:
            bucket.put(name, read(path), replace=listed.get(name))
    except (UnreadableFileError, OtherContentError):
        return 0
    return 1
