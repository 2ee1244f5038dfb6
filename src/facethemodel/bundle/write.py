"""Writes a bundle as a folder, whole or not at all."""

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
