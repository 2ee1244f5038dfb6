"""Adding the photos of the user's own folders."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from facethemodel.catalogue import tags
from facethemodel.catalogue.database import Database, batches
from facethemodel.catalogue.labels import labels
from facethemodel.catalogue.names import readable
from facethemodel.catalogue.photos import Addition, Outcome, add_many, checked_claim, display_names
from facethemodel.catalogue.records import Claim, Photo, Role, Source, normalise_identity
from facethemodel.collect.report import AddReport, LabelConflict, Skipped
from facethemodel.collect.walk import Found, cannot_open, walk
from facethemodel.errors import NoUsableDataError, StorageError, UsageError
from facethemodel.photos.formats import HEAD_BYTES, sniff
from facethemodel.photos.limits import UnreadablePhotoError
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
    """Adds files, and the files of folders and all folders below them.

    What a file is, its first bytes tell and not its name. Bytes that the project has already are one photo
    with one more source. Several processes may add to one project at once; after an interruption the same
    call completes it.

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
        UsageError: A path is not there or is the project itself, or role, identity and category do not go
            together.
        NoUsableDataError: There is not one photo in all the paths.
        StorageError: The project cannot take more; what was added stays.
    """
    claims = _Claims(role=role, identity=identity, identity_from=identity_from, category=category)
    words = [tags.checked_tag(word) for word in words]
    tops = _checked_tops(project, paths)
    project.check_writable()
    tally = _Tally()
    finds = _walk_all(project, tops)
    for found in finds:
        tally.take(found)
    files = [path for found in finds for path in found.files]
    with (
        project.database() as db,
        ThreadPoolExecutor(_THREADS, thread_name_prefix="add") as pool,
        progress.task("adding photos", len(files)) as advance,
    ):
        store = PhotoStore(project.photos_dir)
        for batch in batches(files, _BATCH):
            results = pool.map(lambda path: _keep(store, path, link=link), batch)
            _enter(db, batch, [*results], claims, words, tally)
            advance(len(batch))
        conflicts = _conflicts(db, project.person, tally.shas)
    report = AddReport(
        files=tally.files,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claims:
    """What is said about each file."""

    role: Role | None
    identity: str | None
    identity_from: Literal["none", "folder"]
    category: str | None

    def __post_init__(self) -> None:
        if self.role is None:
            if self.identity is not None or self.category is not None or self.identity_from == "folder":
                raise UsageError(
                    "an identity or a category without a role says nothing",
                    remedy="add --as stranger or --as curveball",
                )
            return
        checked_claim(Claim(role=self.role, identity=self.identity, category=self.category))
        if self.identity_from == "folder" and self.role != "stranger":
            raise UsageError(
                f"photos added as {self.role} cannot have identities from folders",
                remedy="--identity-from folder is for strangers: --as stranger",
            )
        if self.identity_from == "folder" and self.identity is not None:
            raise UsageError(
                f"the identity is given as {self.identity!r} and is to come from folders",
                remedy="give one of the two",
            )

    def of(self, path: bytes) -> Claim | None:
        """Gives the claim about one file."""
        if self.role is None:
            return None
        identity = self.identity
        if self.identity_from == "folder":
            folder = readable(os.path.basename(os.path.dirname(path)))  # noqa: PTH119, PTH120
            identity = folder if normalise_identity(folder) else None
        return Claim(role=self.role, identity=identity, category=self.category)


@dataclass(slots=True)
class _Tally:
    """What came of the files so far."""

    files: int = 0
    hidden: int = 0
    hidden_folders: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    skipped: list[Skipped] = field(default_factory=list)
    shas: set[str] = field(default_factory=set)
    paths: set[bytes] = field(default_factory=set)

    def take(self, found: Found) -> None:
        """Counts what was met before any file is opened."""
        self.files += len(found.files) + len(found.unreadable) + found.hidden
        self.hidden += found.hidden
        self.hidden_folders += found.hidden_folders
        self.skipped.extend(Skipped(path=path, reason=reason) for path, reason in found.unreadable)


def _checked_tops(project: Project, paths: Sequence[Path]) -> list[bytes]:
    if not paths:
        raise UsageError("nothing to add", remedy="name files or folders with photos")
    inside = os.path.realpath(project.root)
    for path in paths:
        if not path.exists():
            raise UsageError(
                f"{readable(os.fsencode(path))} is not there", remedy="check the spelling of the path"
            )
        if Path(os.path.realpath(path)).is_relative_to(inside):
            raise UsageError(
                f"{readable(os.fsencode(path))} is inside the project itself",
                remedy="name a folder outside the project",
            )
    return [os.path.abspath(os.fsencode(path)) for path in paths]  # noqa: PTH100


def _walk_all(project: Project, tops: Sequence[bytes]) -> list[Found]:
    own = project.root.stat()
    visited: set[tuple[int, int]] = set()
    return [walk(top, visited=visited, barred={(own.st_dev, own.st_ino)}) for top in tops]


def _keep(store: PhotoStore, path: bytes, *, link: bool) -> Photo | str | StorageError:
    """Brings one file into the store; a string tells why it is not a photo."""
    reason = _not_a_photo(path)
    if reason is not None:
        return reason
    try:
        return store.refer(path) if link else store.put(path)
    except UnreadablePhotoError as error:
        return error.reason
    except StorageError as error:
        # Handed on instead of raised, so that what was kept of this batch is entered all the same.
        return error


def _not_a_photo(path: bytes) -> str | None:
    try:
        # Without O_NONBLOCK a named pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return cannot_open(error)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return "not a regular file"
        head = os.read(descriptor, HEAD_BYTES)
    except OSError as error:
        return cannot_open(error)
    finally:
        os.close(descriptor)
    if not head:
        return "empty file"
    return None if sniff(head) is not None else "not an image"


def _enter(
    db: Database,
    batch: Sequence[bytes],
    results: Sequence[Photo | str | StorageError],
    claims: _Claims,
    words: Sequence[str],
    tally: _Tally,
) -> None:
    additions: list[Addition] = []
    failure: StorageError | None = None
    for path, result in zip(batch, results, strict=True):
        if isinstance(result, Photo):
            additions.append(Addition(photo=result, source=Source(origin=path), claim=claims.of(path)))
        elif isinstance(result, str):
            tally.skipped.append(Skipped(path=path, reason=result))
        else:
            failure = failure or result
    try:
        outcomes = add_many(db, additions)
        tags.add(db, (addition.photo.sha256 for addition in additions), words)
    except StorageError as error:
        failure = failure or error
    else:
        tally.outcomes.update(outcomes)
        tally.shas.update(addition.photo.sha256 for addition in additions)
        tally.paths.update(addition.source.origin for addition in additions)
    if failure is not None:
        raise StorageError(
            f"{failure.what}; the {tally.outcomes['new']:,} new photos added so far stay in the project, "
            "and the same command run again goes on from there",
            remedy=failure.remedy,
        ) from failure


def _conflicts(db: Database, person: str, shas: set[str]) -> tuple[LabelConflict, ...]:
    found = [(sha, label.conflict) for sha, label in labels(db, person=person).items() if sha in shas]
    names = display_names(db) if any(conflict for _, conflict in found) else {}
    return tuple(
        LabelConflict(sha256=sha, name=names[sha], conflict=conflict) for sha, conflict in found if conflict
    )


def _without_photos(tops: Sequence[bytes], finds: Sequence[Found], tally: _Tally) -> tuple[bytes, ...]:
    # Photos below a path may have been met through an earlier one that overlaps it.
    return tuple(
        top
        for top, found in zip(tops, finds, strict=True)
        if tally.paths.isdisjoint(found.files)
        and (found.files == [top] or not any(_below(path, top) for path in tally.paths))
    )


def _below(path: bytes, top: bytes) -> bool:
    return path.startswith(top.rstrip(b"/") + b"/")


def _nothing(tops: Sequence[bytes], report: AddReport) -> NoUsableDataError:
    where = ", ".join(readable(top) for top in tops)
    reasons = Counter(skipped.reason for skipped in report.skipped)
    counts = [f"{reason}: {count:,}" for reason, count in reasons.most_common()]
    if report.hidden or report.hidden_folders:
        counts.append(f"hidden: {report.hidden + report.hidden_folders:,}")
    if not counts:
        return NoUsableDataError(f"{where} holds no files", remedy="name a folder with photos in it")
    return NoUsableDataError(
        f"none of the {report.files:,} files in {where} is a photo ({', '.join(counts)})",
        remedy="name a folder with JPEG, PNG, GIF, WebP, BMP, TIFF or HEIC files in it",
    )
