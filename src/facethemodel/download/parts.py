"""Files on their way in: what has come of them, and how a later request goes on from there."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from facethemodel.errors import StorageError
from facethemodel.photos.formats import HEAD_BYTES

_RANGE = re.compile(r"bytes\s+(?:([0-9]{1,18})-[0-9]{1,18}|\*)/([0-9]{1,18}|\*)", re.IGNORECASE)
_FORGOTTEN_SECONDS = 14 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes of one address that are here, in `NAME.part`, and in `NAME.json` what they are of.

    Args:
        path: The file with the bytes.
    """

    path: Path

    @classmethod
    def of(cls, folder: Path, url: str) -> Part:
        """Names the part of an address."""
        digest = hashlib.sha256(url.encode("utf-8", "backslashreplace")).hexdigest()
        return cls(folder / f"{digest[:32]}.part")

    @property
    def size(self) -> int:
        """Bytes that are here."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def range_headers(self) -> dict[str, str]:
        """Gives the headers that ask for the rest; none where a rest could belong to other bytes.

        Nor where too little is here to tell a photo by: a rest that is short as well would not tell either.
        """
        validator = self._validator()
        if self.size < HEAD_BYTES or validator is None:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": validator}

    def continued_by(self, headers: Mapping[str, str]) -> bool:
        """Tells whether a partial answer (206) is the rest that was asked for, of the same bytes."""
        if not self.range_headers():
            return False
        match = _RANGE.fullmatch(headers.get("Content-Range", "").strip())
        if match is None or match[1] is None or int(match[1]) != self.size:
            return False
        return validator_of(headers) in (None, self._validator())

    def whole_size(self, headers: Mapping[str, str]) -> int | None:
        """Gives the size that the whole file has by a partial answer (206); None where that does not say."""
        match = _RANGE.fullmatch(headers.get("Content-Range", "").strip())
        return None if match is None or match[2] == "*" else int(match[2])

    def complete_says(self, headers: Mapping[str, str]) -> bool:
        """Tells whether an answer that there is nothing more (416) means that all is here."""
        match = _RANGE.fullmatch(headers.get("Content-Range", "").strip())
        if match is None or match[1] is not None or match[2] != str(self.size):
            return False
        return validator_of(headers) in (None, self._validator())

    def begin(self, headers: Mapping[str, str], *, resumable: bool) -> None:
        """Starts anew, remembering what the bytes to come are of.

        Raises:
            StorageError: The disk takes no more.
        """
        validator = validator_of(headers) if resumable else None
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # First, so that bytes are never taken for those of the remembered version.
            self.path.unlink(missing_ok=True)
            self._facts.write_text(json.dumps({"validator": validator}), encoding="utf-8")
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        except OSError as error:
            raise cannot_write(error, self.path.parent) from error

    def remove(self) -> None:
        """Forgets the bytes."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
            self._facts.unlink(missing_ok=True)

    @property
    def _facts(self) -> Path:
        return self.path.with_suffix(".json")

    def _validator(self) -> str | None:
        try:
            value = json.loads(self._facts.read_text(encoding="utf-8"))["validator"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return value if isinstance(value, str) else None


def validator_of(headers: Mapping[str, str]) -> str | None:
    """Gives what tells one version of a file from another, fit for `If-Range` (RFC 9110, section 13.1.5)."""
    tag = headers.get("ETag", "").strip()
    if tag and not tag.startswith("W/"):
        return tag
    return headers.get("Last-Modified", "").strip() or None


def cannot_write(error: OSError, folder: Path) -> StorageError:
    """Says that downloads cannot be kept."""
    return StorageError(
        f"cannot keep downloads in {folder}: {os.strerror(error.errno) if error.errno else error}",
        remedy="free some space on that disk or allow writing there, then run the same command again",
    )


def sweep(folder: Path) -> None:
    """Removes parts that nobody came back for in two weeks, and what a kill left of one that was done with.

    Nothing else may be using the folder: of a part that is just begun only the facts are there.
    """
    oldest = time.time() - _FORGOTTEN_SECONDS
    for path in folder.glob("*.*"):
        with suppress(OSError):
            if path.suffix not in (".part", ".json"):
                continue
            left_over = path.suffix == ".json" and not path.with_suffix(".part").exists()
            if left_over or path.stat().st_mtime < oldest:
                path.unlink()
