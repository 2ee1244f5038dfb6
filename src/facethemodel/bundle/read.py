"""Reads a bundle back, only when every byte is as it was written.

Apart from `write`: whoever only uses a bundle need not load what writes its card.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from facethemodel.bundle.manifest import MANIFEST, BundleManifest, FileFacts, parse
from facethemodel.errors import BundleError, UsageError

_LARGEST_MANIFEST = 1_000_000
_LEFT_BY_DESKTOPS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that file managers leave in every folder they show; a bundle that was looked at is still whole."""


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
    try:
        there = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        raise BundleError(
            f"{folder} cannot be listed: {error.strerror}", remedy="check the folder's permissions"
        ) from error
    present = there - _LEFT_BY_DESKTOPS - {MANIFEST}
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
