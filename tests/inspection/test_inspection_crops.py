"""The crop cache gives back what was put in, and says when it cannot."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.catalogue.records import View
from facethemodel.errors import StorageError
from facethemodel.inspection.crops import CropStore, let_go


def _crops(count: int, *, seed: int = 0, side: int = 112) -> list[NDArray[np.uint8]]:
    generator = np.random.default_rng(seed)
    return list(generator.integers(0, 256, (count, side, side, 3), dtype=np.uint8))


@pytest.mark.parametrize(("view", "side"), [("aligned112", 112), ("whole256", 256)])
def test_rows_come_back_in_any_order(tmp_path: Path, view: View, side: int) -> None:
    store = CropStore(tmp_path / "cache")
    crops = _crops(4, side=side)
    store.write(view, crops[:3], [0, 1, 2])
    store.write(view, crops[3:], [3])
    np.testing.assert_array_equal(store.load(view, [3, 0, 3]), np.stack([crops[3], crops[0], crops[3]]))
    np.testing.assert_array_equal(store.open(view), np.stack(crops))


def test_a_view_without_crops_is_empty(tmp_path: Path) -> None:
    store = CropStore(tmp_path / "cache")
    store.write("aligned112", [], [])
    assert store.open("aligned112").shape == (0, 112, 112, 3)
    assert store.load("aligned112", []).shape == (0, 112, 112, 3)


def test_rows_are_written_over_one_by_one(tmp_path: Path) -> None:
    store = CropStore(tmp_path)
    old, new = _crops(5), _crops(2, seed=1)
    store.write("aligned112", old, range(5))
    store.write("aligned112", new, [3, 1])
    np.testing.assert_array_equal(
        store.open("aligned112"), np.stack([old[0], new[1], old[2], new[0], old[4]])
    )


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no way to see the process's memory")
def test_crops_that_were_read_can_be_let_go_and_read_again(tmp_path: Path) -> None:
    store = CropStore(tmp_path)
    store.write("whole256", _crops(200, side=256), range(200))
    crops = store.open("whole256")

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    total = int(crops.sum())
    before = resident()
    let_go(crops)
    assert resident() < before - 0.9 * crops.nbytes
    assert int(crops.sum()) == total
    let_go(np.zeros((1, 2, 2, 3), np.uint8))


def test_a_torn_record_is_not_counted_and_written_over(tmp_path: Path) -> None:
    store = CropStore(tmp_path)
    first, second = _crops(2)
    store.write("aligned112", [first], [0])
    with store.path("aligned112").open("ab") as file:
        file.write(b"half a crop")
    assert store.rows("aligned112") == 1
    store.write("aligned112", [second], [1])
    np.testing.assert_array_equal(store.load("aligned112", [0, 1]), np.stack([first, second]))


def test_a_row_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    store = CropStore(tmp_path)
    store.write("aligned112", _crops(2), [0, 1])
    with pytest.raises(StorageError, match=r"aligned112\.u8 ends at row 2, before row 2"):
        store.load("aligned112", [0, 2])
    with pytest.raises(StorageError):
        store.load("aligned112", [-1])


@pytest.mark.parametrize(
    "crop", [np.zeros((112, 111, 3), np.uint8), np.zeros((112, 112, 3), np.int16)], ids=["shape", "type"]
)
def test_only_crops_of_the_view_are_taken(tmp_path: Path, crop: NDArray[np.uint8]) -> None:
    store = CropStore(tmp_path)
    with pytest.raises(ValueError, match="a crop of aligned112 is uint8 112 x 112 x 3"):
        store.write("aligned112", [*_crops(1), crop], [0, 1])
    assert store.rows("aligned112") == 0


def test_a_disk_that_refuses_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match=r"cannot use the crops in .*aligned112\.u8"):
        CropStore(tmp_path / "cache").write("aligned112", _crops(1), [0])


def test_a_full_disk_is_named() -> None:
    """`/dev/full` is the kernel's own full disk."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")

    class Full(CropStore):
        def path(self, view: View) -> Path:
            return Path("/dev/full")

    with pytest.raises(StorageError, match="No space left on device"):
        Full(Path("/dev")).write("aligned112", _crops(1), [1])
