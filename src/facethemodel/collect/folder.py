"""Adding the photos of the user's own folders."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from facethemodel.catalogue import skips, tags
from facethemodel.catalogue.database import Database, batches
from facethemodel.catalogue.names import readable
from facethemodel.catalogue.photos import Addition, Outcome, add_many
from facethemodel.catalogue.records import Photo, Role, Source
from facethemodel.collect.archives import archive_kind
from facethemodel.collect.claims import FileClaims
from facethemodel.collect.keep import (
    ArchiveFile,
    Hidden,
    Kept,
    Place,
    Stopped,
    keep_file,
    keep_members,
    read_head,
)
from facethemodel.collect.report import AddReport, Skipped, label_conflicts
from facethemodel.collect.walk import Found, cannot_open, walk
from facethemodel.errors import NoUsableDataError, StorageError, UsageError
from facethemodel.photos.formats import sniff
from facethemodel.photos.newcomers import newcomers
from facethemodel.photos.store import PhotoStore
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

_BATCH = 256
# Most of the time of a small file is waiting for the disk to confirm it.
_THREADS = 8


def add_folder(
    project: Project,
    paths: Sequence[Path],
    *,
    role: Role | None = None,
    identity: str | None = None,
    identity_from: Literal["none", "folder"] = "none",
    category: str | None = None,
    link: bool = False,
    words: Sequence[str] = (),
    progress: Progress = SILENT,
) -> AddReport:
    """Adds files, and the files of folders and all folders below them, those in zip and tar files too.

    What a file is, its first bytes tell and not its name; only archives that are met in folders must also be
    called so (see `archives.NAMES`). Nothing is unpacked. Bytes that the project has already are one photo
    with one more source. Several processes may add to one project at once; after an interruption the same
    call completes it.

    Files that could not be added are written down with the reason (`catalogue.skips`) until the same path is
    added again; not so what neither is an image nor is called one.

    Args:
        project: Where to.
        paths: Files and folders.
        role: What the photos are for; None says nothing about it.
        identity: Name of the stranger on all of them.
        identity_from: `folder` takes each photo's folder for the name of the stranger on it.
        category: What kind of curveballs they are.
        link: Whether the project only refers to the files where they lie, instead of keeping copies.
        words: Tags for all of them, also for those that the project has already.
        progress: Told of each file.

    Raises:
        UsageError: A path is not there or is the project itself, or is an archive that is to be linked to, or
            role, identity and category do not go together.
        NoUsableDataError: There is not one photo in all the paths.
        StorageError: The project cannot take more; what was added stays.
    """
    claims = FileClaims(role=role, identity=identity, identity_from=identity_from, category=category)
    words = [tags.checked_tag(word) for word in words]
    tops = _checked_tops(project, paths)
    project.check_writable()
    tally = _Tally()
    finds = _walk_all(project, tops)
    for found in finds:
        tally.take(found)
    files = [path for found in finds for path in found.files]
    named = frozenset(tops)
    if link:
        _refuse_links_into_archives(tops)
    store = PhotoStore(project.photos_dir)
    with (
        project.database() as db,
        newcomers(store, db),
        ThreadPoolExecutor(_THREADS, thread_name_prefix="add") as pool,
    ):
        archives: list[ArchiveFile] = []
        skips.forget_below(db, tops)
        _record_skipped(db, tally.skipped)
        with progress.task("adding photos", len(files)) as advance:
            for batch in batches(files, _BATCH):
                results = pool.map(lambda path: keep_file(store, path, link=link, named=path in named), batch)
                kept = [(Place.of_file(path), result) for path, result in zip(batch, results, strict=True)]
                archives.extend(result for _, result in kept if isinstance(result, ArchiveFile))
                _enter(db, kept, claims, words, tally)
                advance(len(batch))
        for archive in archives:
            with progress.task(f"adding photos from {archive.name}", None) as advance:
                for inside in batches(tally.open(archive, store, pool), _BATCH):
                    _enter(db, inside, claims, words, tally)
                    advance(len(inside))
        conflicts = label_conflicts(db, person=project.person, among=tally.shas)
    report = AddReport(
        files=tally.files,
        archives=len(tally.opened),
        new=tally.outcomes["new"],
        new_source=tally.outcomes["new source"],
        known=tally.outcomes["known"],
        hidden=tally.hidden,
        hidden_folders=tally.hidden_folders,
        skipped=tuple(tally.skipped),
        conflicts=conflicts,
        without_photos=_without_photos(tops, finds, tally),
    )
    if not report.photos:
        raise _nothing(tops, report)
    return report


@dataclass(slots=True)
class _Tally:
    """What came of the files so far."""

    files: int = 0
    hidden: int = 0
    hidden_folders: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    skipped: list[Skipped] = field(default_factory=list)
    shas: set[str] = field(default_factory=set)
    origins: set[bytes] = field(default_factory=set)
    archives: set[bytes] = field(default_factory=set)
    opened: set[bytes] = field(default_factory=set)

    def take(self, found: Found) -> None:
        """Counts what was met before any file is opened."""
        self.files += len(found.files) + len(found.unreadable) + found.hidden
        self.hidden += found.hidden
        self.hidden_folders += found.hidden_folders
        self.skipped.extend(Skipped(path=path, reason=reason) for path, reason in found.unreadable)

    def open(
        self, archive: ArchiveFile, store: PhotoStore, pool: ThreadPoolExecutor
    ) -> Iterator[tuple[Place, Kept]]:
        """Counts the files of an archive as they come.

        It counts itself only where it cannot be read on, or holds none.
        """
        self.archives.add(archive.path)
        before = self.files
        for place, result in keep_members(store, archive, pool):
            self.files += 1
            if not isinstance(result, Stopped):
                self.opened.add(archive.path)
            yield place, result
        if self.files == before:
            yield Place.of_file(archive.path), "an archive without files"
        else:
            self.files -= 1


def _checked_tops(project: Project, paths: Sequence[Path]) -> list[bytes]:
    if not paths:
        raise UsageError("nothing to add", remedy="name files or folders with photos")
    inside = os.path.realpath(project.root)
    for path in paths:
        _check_there(path)
        if Path(os.path.realpath(path)).is_relative_to(inside):
            raise UsageError(
                f"{readable(os.fsencode(path))} is inside the project itself",
                remedy="name a folder outside the project",
            )
    return [os.path.abspath(os.fsencode(path)) for path in paths]  # noqa: PTH100


def _check_there(path: Path) -> None:
    remedy = "check the spelling of the path"
    try:
        if path.exists():
            return
        said = "is not there"
        if path.is_symlink():
            said, remedy = "is a link to nowhere", "bring back the file it links to, or name another path"
    except OSError as error:
        # A name that no file can have, or a folder that may not be looked into.
        said = cannot_open(error)
        if isinstance(error, PermissionError):
            remedy = "give yourself permission to look into its folder (chmod u+rx)"
    raise UsageError(f"{readable(os.fsencode(path))} {said}", remedy=remedy)


def _refuse_links_into_archives(tops: Sequence[bytes]) -> None:
    for top in tops:
        head = read_head(top)
        if isinstance(head, bytes) and sniff(head) is None and archive_kind(head) is not None:
            raise UsageError(
                f"{readable(top)} is an archive, and the photos inside cannot be linked to",
                remedy="leave out --link, or unpack it and add the folder",
            )


def _walk_all(project: Project, tops: Sequence[bytes]) -> list[Found]:
    own = project.root.stat()
    visited: set[tuple[int, int]] = set()
    return [walk(top, visited=visited, barred={(own.st_dev, own.st_ino)}) for top in tops]


def _enter(
    db: Database, batch: Sequence[tuple[Place, Kept]], claims: FileClaims, words: Sequence[str], tally: _Tally
) -> None:
    additions: list[Addition] = []
    failure: StorageError | None = None
    before = len(tally.skipped)
    for place, result in batch:
        if isinstance(result, Photo):
            source, claim = Source(origin=place.origin), claims.of(place.folder)
            additions.append(Addition(photo=result, source=source, claim=claim))
        elif isinstance(result, StorageError):
            failure = failure or result
        elif isinstance(result, Hidden):
            tally.hidden += 1
        elif isinstance(result, str | Stopped):
            reason = result if isinstance(result, str) else result.reason
            tally.skipped.append(Skipped(path=place.origin, reason=reason))
    try:
        outcomes = add_many(db, additions)
        tags.add(db, (addition.photo.sha256 for addition in additions), words)
        _record_skipped(db, tally.skipped[before:])
    except StorageError as error:
        # Of a full disk the catalogue's remedy is the one that helps: without it nothing can be added.
        failure = error
    else:
        tally.outcomes.update(outcomes)
        tally.shas.update(addition.photo.sha256 for addition in additions)
        tally.origins.update(addition.source.origin for addition in additions)
    if failure is not None:
        raise StorageError(
            f"{failure.what}; the {tally.outcomes['new']:,} new photos added so far stay in the project, "
            "and the same command run again goes on from there",
            remedy=failure.remedy,
        ) from failure


def _record_skipped(db: Database, skipped: Sequence[Skipped]) -> None:
    skips.record(db, [(one.path, one.reason) for one in skipped if one.findable])


def _without_photos(tops: Sequence[bytes], finds: Sequence[Found], tally: _Tally) -> tuple[bytes, ...]:
    # Photos below a path may have been met through an earlier one that overlaps it.
    return tuple(
        top
        for top, found in zip(tops, finds, strict=True)
        if tally.origins.isdisjoint(found.files)
        and (
            (found.files == [top] and top not in tally.archives)
            or not any(_below(origin, top) for origin in tally.origins)
        )
    )


def _below(origin: bytes, top: bytes) -> bool:
    return origin.startswith((top.rstrip(b"/") + b"/", top + b"!/"))


def _nothing(tops: Sequence[bytes], report: AddReport) -> NoUsableDataError:
    where = ", ".join(readable(top) for top in tops)
    reasons = Counter(skipped.reason for skipped in report.skipped)
    counts = [f"{count:,} x {reason}" for reason, count in reasons.most_common()]
    if report.hidden or report.hidden_folders:
        counts.append(f"{report.hidden + report.hidden_folders:,} x hidden")
    if not counts:
        return NoUsableDataError(f"{where} holds no files", remedy="name a folder with photos in it")
    return NoUsableDataError(
        f"none of the {report.files:,} files in {where} is a photo ({'; '.join(counts)})",
        remedy="name a folder or an archive with JPEG, PNG, GIF, WebP, BMP, TIFF or HEIC files in it",
    )
