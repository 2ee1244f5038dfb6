"""The store: whole files under their hash, or nothing at all."""

from __future__ import annotations

import hashlib
import os
import resource
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from facethemodel.errors import StorageError
from facethemodel.photos.decode import UnreadablePhotoError
from facethemodel.photos.store import PhotoStore

BYTES = b"some photo" * 1000
SHA256 = hashlib.sha256(BYTES).hexdigest()
MANY = 10**9


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore(tmp_path / "project" / "photos")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(BYTES)
    return path


def files(store: PhotoStore) -> list[Path]:
    return [path for path in store.photos_dir.rglob("*") if path.is_file()]


def test_put_keeps_the_bytes_under_their_hash(store: PhotoStore, source: Path) -> None:
    photo = store.put(source)
    assert (photo.sha256, photo.size, photo.link) == (SHA256, len(BYTES), None)
    assert files(store) == [store.photos_dir / SHA256[:2] / SHA256]
    assert store.read(photo, max_bytes=MANY) == BYTES
    assert store.path(photo) == os.fsencode(files(store)[0])
    assert files(store)[0].stat().st_mode & 0o077 == 0


def test_the_same_bytes_are_stored_once_and_left_alone(
    store: PhotoStore, source: Path, tmp_path: Path
) -> None:
    first = store.put(source)
    before = files(store)[0].stat()
    twin = tmp_path / "copy.jpg"
    twin.write_bytes(BYTES)
    assert store.put(twin) == first
    after = files(store)[0].stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(files(store)) == 1


@pytest.mark.parametrize(
    "name", [b"with space.jpg", b"new\nline.jpg", b"caf\xe9.jpg", "\u0444\u043e\u0442\u043e.jpg".encode()]
)
def test_names_are_any_bytes(name: bytes, store: PhotoStore, tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118
    try:
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(BYTES)
    except OSError:
        pytest.skip("this file system refuses such a name")
    assert store.put(path).sha256 == SHA256
    linked = store.refer(path)
    assert linked.link == path
    assert store.read(linked, max_bytes=MANY) == BYTES


def test_hash_stores_nothing(store: PhotoStore, source: Path) -> None:
    assert store.hash(source).sha256 == SHA256
    assert not store.photos_dir.exists()


def test_an_empty_file_is_kept_like_any_other(store: PhotoStore, tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    photo = store.put(tmp_path / "empty.jpg")
    assert photo.size == 0
    assert store.read(photo, max_bytes=MANY) == b""


def test_a_link_is_absolute_and_stores_nothing(
    store: PhotoStore, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(source.parent)
    photo = store.refer(Path(source.name))
    assert photo.link == os.fsencode(source)
    assert not store.photos_dir.exists()


@pytest.mark.parametrize("change", [BYTES[:-1], BYTES + b"!", b"S" + BYTES[1:]])
def test_a_linked_file_that_changed_is_refused(change: bytes, store: PhotoStore, source: Path) -> None:
    photo = store.refer(source)
    source.write_bytes(change)
    with pytest.raises(UnreadablePhotoError, match="the file it links to has changed"):
        store.read(photo, max_bytes=MANY)


def test_a_linked_file_that_is_gone_is_refused(store: PhotoStore, source: Path) -> None:
    photo = store.refer(source)
    source.unlink()
    with pytest.raises(UnreadablePhotoError, match="no such file"):
        store.read(photo, max_bytes=MANY)


def test_a_photo_over_the_limit_is_refused_with_both_numbers(store: PhotoStore, source: Path) -> None:
    photo = store.put(source)
    assert store.read(photo, max_bytes=len(BYTES)) == BYTES
    with pytest.raises(UnreadablePhotoError, match=r"10,000 bytes, more than the limit of 9,999"):
        store.read(photo, max_bytes=len(BYTES) - 1)


def test_sources_that_are_no_files_are_refused_at_once(store: PhotoStore, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    refusals: list[tuple[bytes | Path, str]] = [
        (tmp_path, "not a regular file"),
        (pipe, "not a regular file"),
        (tmp_path / "missing.jpg", "no such file"),
        (b"nul\0byte", "cannot be read"),
    ]
    for path, reason in refusals:
        with pytest.raises(UnreadablePhotoError, match=reason):
            store.put(path)
    assert not store.photos_dir.exists()


def test_a_source_that_may_not_be_read_says_so(store: PhotoStore, source: Path) -> None:
    source.chmod(0)
    if os.access(source, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(UnreadablePhotoError, match="permission denied"):
        store.put(source)


def test_a_source_that_grows_while_it_is_read_leaves_no_wrong_photo(
    store: PhotoStore, tmp_path: Path
) -> None:
    path = tmp_path / "download.jpg"
    path.write_bytes(b"x" * 5_000_000)
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab") as file:
            while not stop.is_set():
                file.write(b"y" * 1000)
                file.flush()

    def put_until_refused() -> None:
        for _ in range(50):
            store.put(path)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        with pytest.raises(UnreadablePhotoError, match="changed while it was read"):
            put_until_refused()
    finally:
        stop.set()
        thread.join()
    for kept in files(store):
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == kept.name


def test_many_at_once_keep_one_whole_copy(store: PhotoStore, source: Path) -> None:
    start = threading.Barrier(8)

    def put(_: int) -> str:
        start.wait()
        return store.put(source).sha256

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(put, range(8))) == {SHA256}
    assert [path.read_bytes() for path in files(store)] == [BYTES]


@pytest.mark.parametrize("once", [False, True])
def test_an_intact_file_heals_a_stored_one_that_rotted(once: bool, store: PhotoStore, source: Path) -> None:
    photo = store.put(source)
    stored = files(store)[0]
    same_size = b"rot" + BYTES[3:]
    for name, rotten in (("damaged", same_size), ("damaged2", b"cut short"), ("damaged3", b"")):
        stored.write_bytes(rotten)
        with pytest.raises(UnreadablePhotoError, match="the stored file has changed"):
            store.read(photo, max_bytes=MANY)
        if once:
            with source.open("rb") as bytes_once:
                assert store.keep(store.receive(bytes_once)) == photo
        else:
            assert store.put(source) == photo
        assert store.read(photo, max_bytes=MANY) == BYTES
        assert stored.with_name(f"{SHA256}.{name}").read_bytes() == rotten
    assert len(files(store)) == 4


def test_many_that_heal_at_once_leave_an_intact_file(store: PhotoStore, source: Path) -> None:
    photo = store.put(source)
    files(store)[0].write_bytes(b"rot" + BYTES[3:])
    start = threading.Barrier(8)

    def put(_: int) -> None:
        start.wait()
        store.put(source)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(8)))
    assert store.read(photo, max_bytes=MANY) == BYTES
    assert (files(store)[0].parent / f"{SHA256}.damaged").read_bytes() == b"rot" + BYTES[3:]


def test_what_a_killed_process_left_is_swept_away_after_a_day(store: PhotoStore, source: Path) -> None:
    store.photos_dir.mkdir(parents=True)
    old, young = store.photos_dir / ".incoming-old", store.photos_dir / ".incoming-young"
    for left in (old, young):
        left.write_bytes(b"half a pho")
    os.utime(old, (1, time.time() - 25 * 3600))
    store.put(source)
    assert sorted(files(store)) == sorted([young, store.photos_dir / SHA256[:2] / SHA256])


@pytest.fixture
def small_disk(source: Path) -> Iterator[None]:
    """Lets no file grow over 4 kB once the source is written: a write fails half-way, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_disk")
def test_a_write_that_fails_half_way_leaves_nothing(store: PhotoStore, source: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot keep photos in .*photos: File too large") as caught:
        store.put(source)
    assert caught.value.remedy
    assert files(store) == []


def test_a_store_that_cannot_be_made_names_the_folder(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"cannot keep photos in .*file/photos: Not a directory"):
        PhotoStore(tmp_path / "file" / "photos").put(source)


def test_a_read_only_store_names_the_remedy(store: PhotoStore, source: Path) -> None:
    store.photos_dir.mkdir(parents=True, mode=0o500)
    if os.access(store.photos_dir, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(StorageError, match="Permission denied") as caught:
        store.put(source)
    assert "chmod" in (caught.value.remedy or "")
