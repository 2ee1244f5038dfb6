"""Vectors survive kills, damage and full disks: what is read back was written whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from facethemodel.catalogue.records import WHOLE_PHOTO
from facethemodel.embedders.embedder import Card, FaceKey
from facethemodel.embedders.store import EmbeddingStore
from facethemodel.errors import StorageError

CARD = Card(
    name="net",
    trained_by="nobody",
    trained_on="nothing",
    dimension=5,
    metric="cosine",
    tolerance=None,
    fingerprint="0123456789ab",
)
Vectors = dict[FaceKey, NDArray[np.float32]]


def vectors(count: int, *, seed: int = 0) -> Vectors:
    generator = np.random.default_rng(seed)
    return {
        (hashlib.sha256(f"{seed} {number}".encode()).hexdigest(), number % 3 + WHOLE_PHOTO): generator.normal(
            size=5
        ).astype(np.float32)
        for number in range(count)
    }


def assert_equal(found: Vectors, expected: Vectors) -> None:
    assert found.keys() == expected.keys()
    assert all(found[key].tobytes() == expected[key].tobytes() for key in expected)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path / "cache", CARD)
    assert store.load() == {}
    store.append({})
    assert not store.path.exists()
    store.append(vectors(7))
    store.append(vectors(4, seed=1))
    assert_equal(store.load(), vectors(7) | vectors(4, seed=1))


def test_of_a_face_that_stands_twice_the_last_counts(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path, CARD)
    newer = {key: vector + 1 for key, vector in vectors(3).items()}
    store.append(vectors(3))
    store.append(newer)
    assert_equal(store.load(), newer)


@given(cut=st.integers(0, 4 * 60), flipped=st.none() | st.integers(0, 4 * 60))
def test_damage_costs_only_what_it_hit(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flipped: int | None
) -> None:
    """A file cut short or with one wrong byte gives its whole records, and what is missing can be added."""
    store = EmbeddingStore(tmp_path_factory.mktemp("cache"), CARD)
    expected = vectors(4)
    store.append(expected)
    data = bytearray(store.path.read_bytes())
    size = len(data) // 4
    if flipped is not None:
        data[flipped % len(data)] ^= 0x10
    store.path.write_bytes(data[:cut])
    found = store.load()
    assert all(expected[key].tobytes() == vector.tobytes() for key, vector in found.items())
    hit = flipped is not None and flipped % len(data) < cut // size * size
    assert len(found) == min(cut // size, 4) - hit
    store.append({key: vector for key, vector in expected.items() if key not in found})
    assert_equal(store.load(), expected)


def test_another_embedder_has_another_file(tmp_path: Path) -> None:
    import dataclasses

    store = EmbeddingStore(tmp_path, CARD)
    store.append(vectors(2))
    assert EmbeddingStore(tmp_path, dataclasses.replace(CARD, fingerprint="ffffffffffff")).load() == {}


def test_a_vector_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has 5 numbers"):
        EmbeddingStore(tmp_path, CARD).append({("ab" * 32, 0): np.zeros(4, np.float32)})


def test_a_cache_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "embeddings").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="cannot use the vectors"):
        EmbeddingStore(tmp_path, CARD).append(vectors(1))
