"""What a project holds, and where each content of it lies on this machine."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from facethemodel.catalogue import parts, photos
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.labels import labels
from facethemodel.photos.store import PhotoStore
from facethemodel.project import SETTINGS_FILE, Project
from facethemodel.storage import image
from facethemodel.storage.copies import folder_for_copies
from facethemodel.storage.local import UnreadableFileError, digest
from facethemodel.storage.manifest import FileEntry, Manifest, PhotoEntry, Portion

CATALOGUE = "catalogue.db"
_OF_A_RUN = ("*.json", "report.html", "verdicts.csv", "doubts.csv", "model/*", "bundle/*")
"""What of a run is kept: all that others need to use the model and to read its figures; no checkpoints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Bytes that have to be kept, and where they lie.

    Attributes:
        name: What a person knows them by.
        photo: Whether they are a photo, and may be kept in one archive with others.
    """

    sha256: str
    size: int
    path: bytes
    name: str
    photo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A project at one moment.

    Attributes:
        manifest: What it holds, should all of it be readable.
        contents: Every content once, by its sha256.
        unreadable: Files that are no photos and could not be read, with the reason; not in the manifest.
    """

    manifest: Manifest
    contents: dict[str, Content]
    unreadable: tuple[tuple[str, str], ...]

    def without(self, lost: Collection[str]) -> Manifest:
        """The manifest when the bytes of some photos cannot be had."""
        entries = tuple(replace(one, lost=one.sha256 in lost) for one in self.manifest.photos)
        return replace(self.manifest, photos=entries)


@contextmanager
def described(project: Project, portions: Collection[Portion]) -> Iterator[Described]:
    """Takes stock of a project; the files that were made for it are there until the block ends.

    Args:
        project: Other commands may go on working on it.
        portions: Which parts of it.

    Raises:
        StorageError: The catalogue cannot be read, or there is no room for a copy of it.
    """
    # In the project: the system's folder for temporary files may be anybody's, or on another kind of disk.
    with folder_for_copies(project.cache_dir) as folder:
        work = folder / "work.db"
        with project.database() as db:
            image.copy(db, work)
        with open_database(work) as db:
            entries = _photos(db, project) if "photos" in portions else {}
        files: dict[str, Path] = {}
        if "catalogue" in portions:
            sealed = folder / CATALOGUE
            image.seal(work, sealed)
            files |= {CATALOGUE: sealed, SETTINGS_FILE: project.root / SETTINGS_FILE}
        if "bundles" in portions:
            files |= _runs(project)
        unreadable: list[tuple[str, str]] = []
        contents = {sha: content for sha, (_, content) in entries.items()}
        file_entries: list[FileEntry] = []
        for path, where in sorted(files.items()):
            try:
                found = digest(os.fsencode(where))
            except UnreadableFileError as error:
                unreadable.append((path, error.reason))
                continue
            file_entries.append(FileEntry(path=path, sha256=found.sha256, size=found.size))
            contents.setdefault(
                found.sha256,
                Content(
                    sha256=found.sha256, size=found.size, path=os.fsencode(where), name=path, photo=False
                ),
            )
        yield Described(
            manifest=Manifest(
                portions=tuple(sorted(portions)),
                photos=tuple(entry for entry, _ in entries.values()),
                files=tuple(file_entries),
            ),
            contents=contents,
            unreadable=tuple(unreadable),
        )


def _photos(db: Database, project: Project) -> dict[str, tuple[PhotoEntry, Content]]:
    store = PhotoStore(project.photos_dir)
    known_labels = labels(db, person=project.person)
    assigned = parts.assignments(db)
    names = photos.display_names(db)
    found: dict[str, tuple[PhotoEntry, Content]] = {}
    for photo in photos.all_photos(db):
        sha, label, place = photo.sha256, known_labels[photo.sha256], assigned.get(photo.sha256)
        entry = PhotoEntry(
            sha256=sha,
            size=photo.size,
            role=label.role,
            identity=label.identity,
            category=label.category,
            group=None if place is None else place.group,
            part=None if place is None else place.part,
        )
        name = f"{sha[:8]} {names.get(sha, '')}".strip()
        found[sha] = (
            entry,
            Content(sha256=sha, size=photo.size, path=store.path(photo), name=name, photo=True),
        )
    return found


def _runs(project: Project) -> dict[str, Path]:
    """The files of finished runs, and of which is the current one, by their paths in the project."""
    found: dict[str, Path] = {}
    current = project.runs_dir / "current"
    if current.is_file():
        found["runs/current"] = current
    for run in sorted(one.parent for one in project.runs_dir.glob("*/trained.json")):
        for pattern in _OF_A_RUN:
            for path in run.glob(pattern):
                if path.is_file() and not path.name.startswith("."):
                    found[path.relative_to(project.root).as_posix()] = path
    return found
