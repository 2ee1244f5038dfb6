from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from facethemodel.errors import StorageError, UsageError
from facethemodel.synthetic.album import BURST_SHARE, Album, write_album
from facethemodel.synthetic.curveballs import FAMILIES
from facethemodel.synthetic.names import names


def write(to: Path, *, seed: int = 3, jobs: int = 1, person_photos: int = 6, strangers: int = 3) -> Album:
    return write_album(
        to,
        seed=seed,
        person_photos=person_photos,
        strangers=strangers,
        photos_per_stranger=2,
        curveballs_per_family=2,
        size=96,
        jobs=jobs,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.jpg")}


def test_the_folders_hold_what_was_asked_for(tmp_path: Path) -> None:
    album = write(tmp_path / "album")
    assert album.person_dir == tmp_path / "album" / "person"
    assert [path.name for path in sorted(album.person_dir.iterdir())] == [f"{n:04d}.jpg" for n in range(1, 7)]
    assert len(list(album.strangers_dir.iterdir())) == 3
    assert all(len(list(folder.iterdir())) == 2 for folder in album.strangers_dir.iterdir())
    assert set(album.curveball_dirs) == set(FAMILIES)
    assert all(len(list(folder.iterdir())) == 2 for folder in album.curveball_dirs.values())
    for data in contents(tmp_path).values():
        assert simplejpeg.decode_jpeg(data).shape == (96, 96, 3)


def test_the_bytes_depend_on_the_seed_and_not_on_the_processes(tmp_path: Path) -> None:
    write(tmp_path / "one", person_photos=14)
    write(tmp_path / "two", person_photos=14, jobs=2)
    write(tmp_path / "other", person_photos=4, strangers=1, seed=4)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    first, other = contents(tmp_path / "one"), contents(tmp_path / "other")
    shared = first.keys() & other.keys()
    assert "person/0001.jpg" in shared
    assert all(first[name] != other[name] for name in shared)


def test_no_two_files_are_equal_but_some_are_of_one_burst(tmp_path: Path) -> None:
    album = write_album(
        tmp_path / "album",
        seed=1,
        person_photos=60,
        strangers=0,
        photos_per_stranger=0,
        curveballs_per_family=0,
        size=64,
        jobs=1,
    )
    files = [path.read_bytes() for path in sorted(album.person_dir.iterdir())]
    assert len(set(files)) == 60
    photos = [simplejpeg.decode_jpeg(data).astype(float) for data in files]
    change = [np.abs(one - two).mean() for one, two in pairwise(photos)]
    bursts = np.mean(np.array(change) < 8)
    assert 0.3 * BURST_SHARE < bursts < 2.5 * BURST_SHARE


def test_names_are_distinct_in_small_letters_too() -> None:
    found = names(2000, 5)
    assert len({name.lower() for name in found}) == 2000
    assert names(10, 5) == found[:10]
    assert all(len(name.split()) == 2 for name in found)


def test_progress_is_told_of_every_photo(tmp_path: Path) -> None:
    told: list[int] = []
    totals: list[int | None] = []

    class Watcher:
        @contextmanager
        def task(self, label: str, total: int | None) -> Iterator[Callable[[int], None]]:
            totals.append(total)
            yield told.append

        def note(self, line: str) -> None:
            raise AssertionError(line)

    write_album(
        tmp_path / "album",
        seed=1,
        person_photos=30,
        strangers=1,
        photos_per_stranger=2,
        curveballs_per_family=1,
        size=48,
        jobs=1,
        progress=Watcher(),
    )
    assert totals == [36]
    assert sum(told) == 36


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_negative_count_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="strangers is -1"):
        write(tmp_path / "album", strangers=-1)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        write(tmp_path / "file" / "album")
