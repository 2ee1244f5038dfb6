"""Restoring a snapshot into a new folder."""

from __future__ import annotations

import errno
import json
import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from facethemodel.catalogue.database import open_database
from facethemodel.errors import FacethemodelError, RemoteError, StorageError, UsageError
from facethemodel.progress import SILENT, Progress
from facethemodel.project import LOCK_FILE, SETTINGS_FILE, hold
from facethemodel.storage.bucket import Bucket
from facethemodel.storage.contents import CATALOGUE
from facethemodel.storage.fetch import GONE, INCOMING, Wanted, fetch
from facethemodel.storage.held import look, read_manifest
from facethemodel.storage.local import UnreadableFileError, digest
from facethemodel.storage.manifest import PORTIONS, FileEntry, Manifest, PhotoEntry, Portion
from facethemodel.storage.verdicts import Finding

MARK = ".pull.json"
"""In a folder that is being filled: which snapshot with. Taken away when all of it is there."""
_NEW_MARK = f"{MARK}.new"
_FOLDERS = ("photos", "cache", "runs")


@dataclass(frozen=True, slots=True, kw_only=True)
class PullReport:
    """What a pull restored.

    Attributes:
        snapshot: Its name.
        project: Whether the folder is a project now: only with the catalogue and the settings.
        files: Photos and other files that are in the folder now.
        fetched_bytes: Bytes that came over the line for them.
        findings: What the snapshot names and could not be had.
    """

    snapshot: str
    project: bool
    files: int
    fetched_bytes: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLine:
    """A snapshot in a list; the manifest is None where it cannot be read, and `reason` tells why."""

    name: str
    pushed: datetime
    manifest: Manifest | None
    reason: str = ""


def snapshots(bucket: Bucket) -> list[SnapshotLine]:
    """Lists the snapshots that are there, the newest first.

    Raises:
        CredentialsError: The login was refused, or may not list.
        RemoteError: There is no such bucket or server.
    """
    held = look(bucket)
    lines = []
    for one in held.snapshots:
        manifest, reason = None, ""
        try:
            manifest = read_manifest(bucket, one.name)
        except FacethemodelError as error:
            reason = error.what
        lines.append(SnapshotLine(name=one.name, pushed=one.at, manifest=manifest, reason=reason))
    return lines


def pull(
    bucket: Bucket,
    folder: Path,
    *,
    snapshot: str | None = None,
    portions: Collection[Portion] = PORTIONS,
    progress: Progress = SILENT,
) -> PullReport:
    """Restores a snapshot.

    Every file gets its name only after all its bytes came to the sha256 that the manifest names; the
    settings, which make the folder a project, come last. Stopped at any moment, the same call goes on from
    there. Other commands are kept off the folder meanwhile.

    Args:
        bucket: Where from.
        folder: One that is empty or not there yet, or that an unfinished pull of the same snapshot made.
        snapshot: The first letters of its name; None for the newest.
        portions: Which parts of it.
        progress: Who watches.

    Raises:
        UsageError: The folder holds something else, or there is no such snapshot.
        ProjectBusyError: Another command is at work on the folder, as a second pull.
        StorageError: The disk is full or cannot be written.
        CredentialsError: The login was refused, or may not read.
        RemoteError: The server stopped answering, or the catalogue is not whole there.
        SchemaError: The snapshot is one of a newer version.
    """
    held = look(bucket)
    name = held.snapshot(snapshot)
    manifest = read_manifest(bucket, name)
    photos = manifest.photos if "photos" in portions else ()
    files = [one for one in manifest.files if _portion(one) in portions]
    findings = [
        Finding(verdict="missing there", name=one.sha256, reason="lost before the snapshot was made")
        for one in photos
        if one.lost
    ]
    wanted: dict[str, list[Path]] = defaultdict(list)
    sizes: dict[str, int] = {}
    entries: Sequence[PhotoEntry | FileEntry] = [*(one for one in photos if not one.lost), *files]
    for entry in entries:
        wanted[entry.sha256].append(_path(folder, entry))
        sizes[entry.sha256] = entry.size
    with _held(folder), _writing(folder):
        _prepare(folder, name)
        # What a killed call left: the lock tells that nobody writes to it any more.
        _sweep(folder)
        todo = _outstanding(wanted, progress)
        lacking = fetch(
            bucket, held, Wanted(folder=folder, paths=wanted, sizes=sizes), todo, progress=progress
        )
        findings += [
            Finding(
                verdict="missing there" if reason == GONE else "differs",
                name=path.relative_to(folder).as_posix(),
                reason=reason,
            )
            for sha, reason in lacking.items()
            for path in wanted[sha]
        ]
        failed = len(findings) - sum(one.lost for one in photos)
        is_project = _finish(folder, files, findings)
    return PullReport(
        snapshot=name,
        project=is_project,
        files=sum(len(paths) for paths in wanted.values()) - failed,
        fetched_bytes=sum(sizes[sha] for sha in todo if sha not in lacking),
        findings=tuple(findings),
    )


def _portion(file: FileEntry) -> Portion:
    return "catalogue" if file.path in (CATALOGUE, SETTINGS_FILE) else "bundles"


def _path(folder: Path, entry: PhotoEntry | FileEntry) -> Path:
    if isinstance(entry, PhotoEntry):
        return folder / "photos" / entry.sha256[:2] / entry.sha256
    # Under its own name the folder would be a project before everything is in it.
    return folder / (_hidden(SETTINGS_FILE) if entry.path == SETTINGS_FILE else entry.path)


def _hidden(name: str) -> str:
    return f".{name}.new"


def _prepare(folder: Path, snapshot: str) -> None:
    """Begins with the folder, or takes up one that was begun.

    Raises:
        UsageError: It holds something else.
    """
    _refuse_occupied(folder)
    _refuse_finished(folder)
    begun = _begun(folder / MARK)
    if begun is None:
        folder.chmod(0o700)
        # Under its own name only when all of it is written: a full disk would leave an empty one.
        written = folder / _NEW_MARK
        written.write_text(json.dumps({"snapshot": snapshot}), encoding="utf-8")
        written.replace(folder / MARK)
    elif begun != snapshot:
        raise UsageError(
            f"{folder} was begun with snapshot {begun[:12]}, not {snapshot[:12]}",
            remedy=f"go on with it: --snapshot {begun[:12]}, or name a new folder",
        )
    for name in _FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)


def _begun(mark: Path) -> str | None:
    """The snapshot that a folder was begun with; None where it was not, or its mark cannot be read."""
    try:
        found = json.loads(mark.read_bytes())["snapshot"]
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        # What is in the folder is believed by its sha256 alone, so nothing hangs on the mark.
        return None
    return found if isinstance(found, str) else None


def _refuse_occupied(folder: Path) -> None:
    if (folder / MARK).is_file() or not folder.exists():
        return
    if not folder.is_dir() or {one.name for one in folder.iterdir()} - {LOCK_FILE, _NEW_MARK}:
        raise UsageError(f"{folder} is not an empty folder", remedy="name a folder that is not there yet")


def _refuse_finished(folder: Path) -> None:
    """Leaves alone what a pull finished that was killed before it took its mark away.

    The settings come last, so the folder is a project and may have been worked on since.

    Raises:
        UsageError: It is one.
    """
    if (folder / SETTINGS_FILE).is_file():
        (folder / MARK).unlink(missing_ok=True)
        raise UsageError(
            f"{folder} is a project: the pull into it was finished",
            remedy="work with it, or compare it with what is there: facethemodel verify",
        )


def _outstanding(wanted: dict[str, list[Path]], progress: Progress) -> list[str]:
    """Which contents have yet to be fetched; what an earlier call brought is read, and believed only then."""
    todo: list[str] = []
    present = [sha for sha, paths in wanted.items() if any(path.exists() for path in paths)]
    todo += [sha for sha in wanted if sha not in set(present)]
    with progress.task("checking what is here", len(present)) as advance:
        for sha in present:
            for path in wanted[sha]:
                with suppress(UnreadableFileError):
                    if digest(os.fsencode(path)).sha256 == sha:
                        continue
                todo.append(sha)
                break
            advance(1)
    return todo


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{INCOMING}*"):
        left.unlink()


def _finish(folder: Path, files: Sequence[FileEntry], findings: list[Finding]) -> bool:
    """Makes the folder a project, where catalogue and settings are there; says whether it is one.

    Raises:
        RemoteError: They should be there, and are not whole in the bucket.
        SchemaError: The catalogue is one of a newer version.
    """
    settings = folder / _hidden(SETTINGS_FILE)
    needed = {one.path for one in files} & {CATALOGUE, SETTINGS_FILE}
    broken = needed & {one.name.removeprefix(".").removesuffix(".new") for one in findings}
    if broken:
        raise RemoteError(
            f"{' and '.join(sorted(broken))} of this snapshot cannot be had: {findings[-1].reason}",
            remedy="restore another snapshot (facethemodel pull --list); what was fetched stays",
        )
    _sweep(folder)
    os.sync()
    whole = needed == {CATALOGUE, SETTINGS_FILE}
    if whole:
        open_database(folder / CATALOGUE).close()
        settings.replace(folder / SETTINGS_FILE)
    (folder / MARK).unlink()
    return whole


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Makes a folder, and keeps other commands off it.

    Raises:
        UsageError: It holds something else, and is left as it is.
        ProjectBusyError: Another command is at work on it.
        StorageError: It cannot be written.
    """
    with _writing(folder):
        _refuse_occupied(folder)
        folder.mkdir(parents=True, exist_ok=True)
    with hold(folder, "pull"):
        yield


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Says what to do when the disk does not take what is to be kept."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StorageError(
            f"cannot write to {folder}: {os.strerror(error.errno or 0).lower()}",
            remedy=("make room on that disk" if full else "choose a folder that can be written")
            + "; what was fetched stays, the same command goes on from there",
        ) from error
