"""Writes photos or face crops as a folder per class, as directory readers of other programs want them."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from facethemodel.catalogue import crops as crop_rows
from facethemodel.catalogue import photos
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.parts import NOT_INSPECTED
from facethemodel.catalogue.records import Photo
from facethemodel.dataset.export_names import class_folder, open_ledger
from facethemodel.dataset.samples import Sample, crop_key
from facethemodel.errors import StorageError, UsageError
from facethemodel.inspection.crops import CropStore
from facethemodel.photos.limits import UnreadablePhotoError
from facethemodel.photos.store import PhotoStore
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

Classes = Literal["role", "identity"]
ManifestKind = Literal["csv", "jsonl"]

_SUFFIXES = {"JPEG": ".jpg", "TIFF": ".tif"}
_READ_BY_ALL = frozenset({"JPEG", "PNG", "BMP"})
_INCOMING = ".facethemodel-incoming-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How an export is laid out.

    Attributes:
        faces: The main face of each photo, upright, 112 x 112, as PNG, instead of the photo's own file.
        classes: `role` puts all strangers into one folder, `identity` gives each a folder of their own.
        by_part: Whether the classes lie in a folder per part of the split.
    """

    faces: bool = False
    classes: Classes = "role"
    by_part: bool = False

    def words(self) -> dict[str, str]:
        """What the folder's ledger remembers."""
        return {
            "what": "faces" if self.faces else "photos",
            "classes": self.classes,
            "parts": "in folders" if self.by_part else "together",
        }

    def folder(self, sample: Sample) -> str:
        """Names the class folder of a photo."""
        name = str(sample.label.role)
        if self.classes == "identity":
            own = sample.label.identity or sample.label.category
            name = class_folder(own) if own else name
        return f"{sample.part or 'no_part'}/{name}" if self.by_part else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the manifest."""

    file: str
    sha256: str
    face: int | None
    role: str
    identity: str | None
    category: str | None
    part: str | None
    group: str | None
    tags: str
    taken: str | None
    name: str


@dataclass(slots=True, kw_only=True)
class ExportReport:
    """What an export did. Every photo selected is in one of `written`, `present` and `left_out`.

    Attributes:
        written: Files written in this run.
        present: Files that an earlier run had written.
        left_out: sha256 and reason of each photo that has no file.
        classes: Files in each class folder.
        stale: Files of earlier exports whose photos are no longer selected; they were left.
        odd: Files in formats that Keras does not read.
    """

    written: int = 0
    present: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)
    classes: Mapping[str, int] = field(default_factory=dict)
    stale: int = 0
    odd: int = 0


def export(
    project: Project,
    db: Database,
    samples: Sequence[Sample],
    to: Path,
    *,
    shape: Shape,
    link: bool = False,
    manifest: ManifestKind = "csv",
    progress: Progress = SILENT,
) -> ExportReport:
    """Writes files as `<class>/0001_<first 8 digits of the sha256>.jpg` and a manifest.

    No file is ever overwritten. A second call completes what an interrupted one left, and adds what is new;
    names stay. The manifest lists what is selected now.

    Args:
        project: Where from.
        db: Its catalogue.
        samples: Which photos; see `dataset.selection`.
        to: A folder outside the project that is new, empty, or of an earlier export.
        shape: What goes where.
        link: Hard links to the project's own files instead of copies.
        manifest: `manifest.csv` or `manifest.jsonl`.
        progress: Told of each file.

    Raises:
        UsageError: The folder is inside the project or holds something else.
        StorageError: The folder cannot be written, or hard links are not possible there.
    """
    if to.resolve().is_relative_to(project.root):
        raise UsageError(f"{to} is inside the project itself", remedy="name a folder outside the project")
    if shape.faces and link:
        raise UsageError("face crops cannot be links", remedy="leave out one of --faces and --link")
    writer = _Writer(project, db, to, shape=shape, link=link)
    report = ExportReport()
    with open_ledger(to, shape=shape.words()) as ledger:
        chosen = [
            sample for sample in sorted(samples, key=lambda one: one.sha256) if writer.can(sample, report)
        ]
        names = ledger.name([(shape.folder(one), one.sha256, writer.suffix(one)) for one in chosen])
        entries = []
        with progress.task("export", len(chosen)) as done:
            for sample, name in zip(chosen, names, strict=True):
                if writer.write(sample, name, report):
                    entries.append(_entry(sample, name, faces=shape.faces))
                done(1)
        _publish(to / f"manifest.{manifest}", _manifest(entries, manifest))
        report.stale = sum((to / name).exists() for name in ledger.files() - {one.file for one in entries})
    report.classes = dict(Counter(str(Path(entry.file).parent) for entry in entries))
    if not shape.faces:
        exported = {entry.sha256 for entry in entries}
        report.odd = sum(
            sample.inspection is not None and sample.inspection.format not in _READ_BY_ALL
            for sample in chosen
            if sample.sha256 in exported
        )
    return report


class _Writer:
    """Brings single photos into the folder."""

    def __init__(self, project: Project, db: Database, to: Path, *, shape: Shape, link: bool) -> None:
        self._to, self._shape, self._link = to, shape, link
        self._photos: dict[str, Photo] = {photo.sha256: photo for photo in photos.all_photos(db)}
        self._store = PhotoStore(project.photos_dir)
        self._crops = CropStore(project.cache_dir)
        self._rows = crop_rows.rows(db, "aligned112") if shape.faces else {}
        self._max_bytes = project.settings.inspect.max_bytes

    def can(self, sample: Sample, report: ExportReport) -> bool:
        """Tells whether there is something to write, and reports why not."""
        why = ""
        if sample.inspection is None:
            why = NOT_INSPECTED
        elif not sample.inspection.readable:
            why = f"unreadable: {sample.inspection.reason}"
        elif self._shape.faces and crop_key(sample, "aligned112") not in self._rows:
            why = "no face, or several and none mainly"
        if why:
            report.left_out.append((sample.sha256, why))
        return not why

    def suffix(self, sample: Sample) -> str:
        """Gives the ending of the file's name, by what the file is and not by what it was called."""
        if self._shape.faces or sample.inspection is None:
            return ".png"
        kind = sample.inspection.format
        return _SUFFIXES.get(kind, f".{kind.lower()}")

    def write(self, sample: Sample, name: str, report: ExportReport) -> bool:
        """Writes one file; False where the photo is left out."""
        target = self._to / name
        try:
            data = self._bytes(sample)
        except UnreadablePhotoError as error:
            report.left_out.append((sample.sha256, error.reason))
            return False
        try:
            if self._put(target, data, self._photos[sample.sha256]):
                report.written += 1
                return True
            if _same(target, data):
                report.present += 1
                return True
        except OSError as error:
            raise StorageError(
                f"{target} cannot be written: {error.strerror}",
                remedy="make room there and export again: it goes on from there",
            ) from error
        report.left_out.append((sample.sha256, f"another file is in the way: {name}"))
        return False

    def _bytes(self, sample: Sample) -> bytes:
        if not self._shape.faces:
            return self._store.read(self._photos[sample.sha256], max_bytes=self._max_bytes)
        key = crop_key(sample, "aligned112")
        assert key is not None
        crop = self._crops.load("aligned112", [self._rows[key]])[0]
        done, encoded = cv2.imencode(".png", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))
        assert done
        return np.asarray(encoded).tobytes()

    def _put(self, target: Path, data: bytes, photo: Photo) -> bool:
        """Makes the file under a name that nobody has; False where somebody has it."""
        if target.exists() or target.is_symlink():
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._link:
            try:
                # A link to a link would point from here to nowhere.
                os.link(os.path.realpath(self._store.path(photo)), os.fsencode(target))
            except OSError as error:
                if error.errno not in (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
                    raise
                raise StorageError(
                    f"{target} cannot be a hard link: {error.strerror}",
                    remedy="leave out --link, or export to the disk that the project is on",
                ) from error
            return True
        temporary = _temporary(target, data)
        try:
            os.link(temporary, target)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
                raise
            os.rename(temporary, target)  # noqa: PTH104
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()
        return True


def _temporary(target: Path, data: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=_INCOMING, dir=target.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), 0o644 & ~_umask())
    return Path(name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _same(target: Path, data: bytes) -> bool:
    if not target.is_file() or target.stat().st_size != len(data):
        return False
    return hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(data).digest()


def _entry(sample: Sample, name: str, *, faces: bool) -> Entry:
    key = crop_key(sample, "aligned112") if faces else None
    return Entry(
        file=name,
        sha256=sample.sha256,
        face=None if key is None else key[1],
        role=str(sample.label.role),
        identity=sample.label.identity,
        category=sample.label.category,
        part=sample.part,
        group=None if sample.assignment is None else sample.assignment.group,
        tags=", ".join(sample.tags),
        taken=sample.taken,
        name=sample.name,
    )


def _manifest(entries: Sequence[Entry], kind: ManifestKind) -> bytes:
    rows = [asdict(entry) for entry in sorted(entries, key=lambda entry: entry.file)]
    if kind == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    text = io.StringIO()
    writer = csv.DictWriter(text, [one.name for one in fields(Entry)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _publish(path: Path, data: bytes) -> None:
    temporary = _temporary(path, data)
    try:
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
