"""A bundle as a folder: writing it in one step, and reading it back only when every byte is as written."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from facethemodel.bundle.card import card
from facethemodel.bundle.manifest import (
    CARD,
    MANIFEST,
    BundleFacts,
    BundleManifest,
    FileFacts,
    complete,
    dump,
    parse,
)
from facethemodel.errors import BundleError, StorageError, UsageError
from facethemodel.photos.sync import sync

__all__ = ["BundleFacts", "BundleManifest", "read_bundle", "read_contents", "write_bundle"]

_LARGEST_MANIFEST = 1_000_000
_LEFT_BY_DESKTOPS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that file managers leave in every folder they show; a bundle that was looked at is still whole."""


def write_bundle(
    to: Path,
    facts: BundleFacts,
    *,
    fill: Callable[[Path], object],
    version: str,
    created: datetime | None = None,
    replace: bool = False,
) -> BundleManifest:
    """Makes a bundle, whole or not at all.

    Everything is written in a folder beside `to`, the manifest last, and then renamed.

    Args:
        to: The folder to make.
        facts: What the manifest and the card say.
        fill: Writes model.safetensors and model.onnx into the folder it is given, and the backbone's files
            where there are some; with the trained network at hand that is
            `lambda folder: export(network, spec, folder)`.
        version: Version of facethemodel, as it shall stand in the manifest.
        created: When; now if not given.
        replace: Whether a bundle that is there already may be replaced.

    Raises:
        UsageError: Something is at `to` already.
        BundleError: A fact cannot be written down or a model file was not written.
        StorageError: The disk is full or read-only.
    """
    to = to.resolve()
    _check_target(to, replace=replace)
    created = created or datetime.now(UTC)
    with _storage_errors(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
        try:
            fill(draft)
            manifest = _finish(draft, facts, version=version, created=created)
            # mkdtemp makes folders only the owner can enter; the bundle is to be as readable as its parent.
            draft.chmod(to.parent.stat().st_mode & 0o777)
            _swap_in(draft, to)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return manifest


def read_bundle(folder: Path) -> BundleManifest:
    """Checks every file of a bundle and gives back its manifest.

    Raises:
        UsageError: There is no such folder, or no bundle in it.
        SchemaError: The bundle has a format this version does not know.
        BundleError: A file is missing, is one too many, or was altered.
    """
    return read_contents(folder)[0]


def read_contents(folder: Path) -> tuple[BundleManifest, dict[str, bytes]]:
    """Does what `read_bundle` does, and gives back the very bytes of the files that were checked, by name."""
    manifest = _read_manifest(folder)
    # Names are compared as bytes' worth of text; repr() keeps an undecodable one printable.
    present = {entry.name for entry in folder.iterdir()} - _LEFT_BY_DESKTOPS - {MANIFEST}
    for name in sorted(present - set(manifest.file_names)):
        raise BundleError(
            f"{folder} holds {name!r}, which is no part of the bundle", remedy="move that file elsewhere"
        )
    return manifest, {name: _checked(folder / name, manifest.files[name]) for name in manifest.file_names}


def _read_manifest(folder: Path) -> BundleManifest:
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_MANIFEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        found = "there is no such folder" if not folder.exists() else f"it holds no {MANIFEST}"
        raise UsageError(
            f"{folder} is no bundle: {found}",
            remedy="name the bundle folder that `facethemodel build` printed",
        ) from None
    except OSError as error:
        raise BundleError(
            f"{path} cannot be read: {error.strerror}", remedy="check the file's permissions"
        ) from error
    if len(data) > _LARGEST_MANIFEST:
        raise BundleError(f"{path} is larger than any manifest", remedy="fetch or build the bundle again")
    return parse(data, where=str(path))


def _checked(path: Path, facts: FileFacts) -> bytes:
    again = "fetch or build the bundle again"
    if not path.is_file():
        raise BundleError(f"{path} is missing from the bundle", remedy=again)
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size == facts.size else b""
    except OSError as error:
        raise BundleError(
            f"{path} cannot be read: {error.strerror}", remedy="check the file's permissions"
        ) from error
    if size != facts.size:
        raise BundleError(f"{path} was altered: {size} bytes instead of {facts.size}", remedy=again)
    if hashlib.sha256(data).hexdigest() != facts.sha256:
        raise BundleError(f"{path} was altered: its sha256 is not the one in {MANIFEST}", remedy=again)
    return data


def _finish(draft: Path, facts: BundleFacts, *, version: str, created: datetime) -> BundleManifest:
    stamp = created.astimezone(UTC).isoformat(timespec="seconds")
    written = {entry.name for entry in draft.iterdir()}
    models = [name for name in facts.file_names if name != CARD]
    if written != set(models):
        raise BundleError(f"a bundle takes {' and '.join(models)}; written were {sorted(written)}")
    files = {name: _measure(draft / name) for name in models}
    (draft / CARD).write_text(card(facts, created=stamp, version=version, files=files), encoding="utf-8")
    files[CARD] = _measure(draft / CARD)
    manifest = complete(facts, created=stamp, version=version, files=files)
    data = dump(manifest)
    # A manifest that could not be read back must not be written in the first place.
    parse(data, where=MANIFEST)
    (draft / MANIFEST).write_bytes(data)
    # Some writers make files only the owner can read; a bundle's files are all as readable as its manifest.
    for name in facts.file_names:
        (draft / name).chmod((draft / MANIFEST).stat().st_mode & 0o777)
    for name in (*facts.file_names, MANIFEST):
        sync(draft / name)
    sync(draft)
    return manifest


def _measure(path: Path) -> FileFacts:
    data = path.read_bytes()
    return FileFacts(size=len(data), sha256=hashlib.sha256(data).hexdigest())


def _check_target(to: Path, *, replace: bool) -> None:
    if not to.exists():
        return
    if not (to / MANIFEST).is_file():
        raise UsageError(
            f"{to} is there already and is no bundle", remedy="name a folder that is not there yet"
        )
    if not replace:
        raise UsageError(
            f"{to} already holds a bundle", remedy="name another folder, or say that it may be replaced"
        )


def _swap_in(draft: Path, to: Path) -> None:
    if not to.exists():
        draft.rename(to)
    else:
        # A folder cannot be renamed onto a full one; the old one steps aside and comes back if that fails.
        aside = Path(tempfile.mkdtemp(prefix=f".{to.name}.old.", dir=to.parent))
        to.rename(aside / to.name)
        try:
            draft.rename(to)
        except OSError:
            (aside / to.name).rename(to)
            raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    sync(to.parent)


@contextlib.contextmanager
def _storage_errors(to: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"the bundle {to} cannot be written: {error.strerror or error}",
            remedy="free some space or name a folder that can be written to",
        ) from error
