"""Weights as they were measured, or not at all."""

from __future__ import annotations

import hashlib
from importlib.resources.abc import Traversable
from pathlib import Path

from facethemodel.errors import SettingsError


def read_weights(path: Path | Traversable, *, sha256: str, what: str, remedy: str) -> bytes:
    """Reads a file and makes sure that it is the one this version was measured with.

    Args:
        path: The file.
        sha256: What its SHA-256 has to be.
        what: What it is, in words, for the error.
        remedy: What helps, for the error.

    Raises:
        SettingsError: The file is missing, or its SHA-256 is another one.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"cannot read the {what} {path}: {error.strerror or error}", remedy=remedy
        ) from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise SettingsError(
            f"{path} is not the {what} expected: its SHA-256 is {found}, not {sha256}", remedy=remedy
        )
    return data
