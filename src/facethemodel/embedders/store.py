"""Vectors that were computed once: one file per embedder in the project's cache, which anyone may delete.

Records are only ever appended. Each carries a checksum, so that what a kill or a full disk left half-written
is noticed, passed over and written over.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facethemodel.embedders.embedder import Card, FaceKey
from facethemodel.errors import StorageError
from facethemodel.photos.sync import sync

FOLDER = "embeddings"
_SHA_BYTES = 32
_CHECKSUM_BYTES = 4


@dataclass(frozen=True, slots=True)
class EmbeddingStore:
    """The vectors of one embedder. One process writes, under the project's lock.

    Args:
        cache_dir: The project's cache.
        card: Whose vectors; the file is named after its fingerprint.
    """

    cache_dir: Path
    card: Card

    @property
    def path(self) -> Path:
        """Where they lie."""
        return self.cache_dir / FOLDER / f"{self.card.fingerprint}.vectors"

    def load(self) -> dict[FaceKey, NDArray[np.float32]]:
        """Reads all whole records; of a face that stands twice, the last.

        Raises:
            StorageError: The file cannot be read.
        """
        with self._storage():
            try:
                data = self.path.read_bytes()
            except FileNotFoundError:
                return {}
        size = self._record
        found: dict[FaceKey, NDArray[np.float32]] = {}
        for start in range(0, len(data) - size + 1, size):
            record = data[start : start + size]
            body, checksum = record[:-_CHECKSUM_BYTES], record[-_CHECKSUM_BYTES:]
            if zlib.crc32(body).to_bytes(_CHECKSUM_BYTES, "little") != checksum:
                continue
            face = int.from_bytes(body[_SHA_BYTES : _SHA_BYTES + 4], "little", signed=True)
            vector = np.frombuffer(body, "<f4", offset=_SHA_BYTES + 4).astype(np.float32)
            found[body[:_SHA_BYTES].hex(), face] = vector
        return found

    def append(self, vectors: Mapping[FaceKey, NDArray[np.float32]]) -> None:
        """Adds vectors; on return they are on the disk.

        Raises:
            ValueError: A vector of another length.
            StorageError: The disk is full or cannot be written.
        """
        records = b"".join(self._packed(key, vector) for key, vector in vectors.items())
        if not records:
            return
        with self._storage():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                whole = file.seek(0, os.SEEK_END) // self._record * self._record
                file.seek(whole)
                file.write(records)
                file.flush()
                os.fsync(file.fileno())
            if whole == 0:
                sync(self.path.parent)

    @property
    def _record(self) -> int:
        return _SHA_BYTES + 4 + 4 * self.card.dimension + _CHECKSUM_BYTES

    def _packed(self, key: FaceKey, vector: NDArray[np.float32]) -> bytes:
        if vector.shape != (self.card.dimension,):
            raise ValueError(
                f"a vector of {self.card.name} has {self.card.dimension} numbers, not {vector.shape}"
            )
        sha256, face = key
        body = (
            bytes.fromhex(sha256) + face.to_bytes(4, "little", signed=True) + vector.astype("<f4").tobytes()
        )
        return body + zlib.crc32(body).to_bytes(_CHECKSUM_BYTES, "little")

    @contextmanager
    def _storage(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"cannot use the vectors in {self.path}: {error.strerror or error}",
                remedy="make room on that disk, or give yourself the right to it, and run the command again",
            ) from error
