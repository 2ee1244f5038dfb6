"""A disk that is full leaves nothing in the store that the catalogue does not name."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facethemodel import project as projects
from facethemodel.catalogue import photos
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.records import Source
from facethemodel.collect import add_folder
from facethemodel.errors import StorageError
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project

Picture = Callable[[int], bytes]


def stored(project: Project) -> set[str]:
    return {path.name for path in project.photos_dir.glob("??/*")}


def named(project: Project) -> set[str]:
    with project.database() as db:
        return {photo.sha256 for photo in photos.all_photos(db)}


@pytest.fixture
def folder(tmp_path: Path, picture: Picture) -> Path:
    (tmp_path / "in").mkdir()
    for number in range(600):
        (tmp_path / "in" / f"{number:03}.png").write_bytes(picture(number))
    return tmp_path / "in"


@pytest.fixture
def catalogue_is_full(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Gives the catalogue room for so many pages more; SQLite then says what it says of a full disk."""

    def fill(pages: int) -> None:
        def opened(path: Path, *, create: bool = False) -> Database:
            db = open_database(path, create=create)
            now = db.read("PRAGMA page_count")[0][0]
            db.read(f"PRAGMA max_page_count = {now + pages}")
            return db

        monkeypatch.setattr(projects, "open_database", opened)

    return fill


def test_what_cannot_be_entered_does_not_stay(
    project: Project, folder: Path, catalogue_is_full: Callable[[int], None], picture: Picture
) -> None:
    before = folder.parent / "before.png"
    before.write_bytes(picture(599))
    old = PhotoStore(project.photos_dir).put(before)
    catalogue_is_full(60)
    with pytest.raises(StorageError, match=r"256 new photos added so far stay") as caught:
        add_folder(project, [folder], role="person")
    assert "link" not in (caught.value.remedy or "")
    assert len(named(project)) == 256
    assert stored(project) == named(project) | {old.sha256}


def test_what_cannot_be_entered_of_an_archive_does_not_stay(
    project: Project, folder: Path, catalogue_is_full: Callable[[int], None]
) -> None:
    with zipfile.ZipFile(folder.parent / "in.zip", "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    catalogue_is_full(60)
    with pytest.raises(StorageError, match="disk is full"):
        add_folder(project, [folder.parent / "in.zip"], role="person")
    assert stored(project) == named(project)
    assert list(project.photos_dir.glob(".incoming-*")) == []


def test_what_another_command_entered_stays(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(db: Database, additions: list[photos.Addition]) -> list[photos.Outcome]:
        # Another command met the first of them in the store.
        photos.add(db, additions[0].photo, source=Source(origin=b"/other.png"), claim=None)
        raise StorageError("the disk is full")

    monkeypatch.setattr("facethemodel.collect.folder.add_many", full)
    with pytest.raises(StorageError):
        add_folder(project, [folder], role="person")
    assert stored(project) == named(project)
    assert len(stored(project)) == 1


def test_nothing_is_taken_back_while_another_command_adds(
    project: Project, folder: Path, catalogue_is_full: Callable[[int], None]
) -> None:
    catalogue_is_full(0)
    other = os.open(project.photos_dir, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_SH)
    with pytest.raises(StorageError):
        add_folder(project, [folder], role="person")
    os.close(other)
    assert len(stored(project)) == 256


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(place)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(words, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_is_full(small_disk: Path, tmp_path: Path, picture: Picture) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number:03}.png").write_bytes(picture(number) + bytes(9_000))
    project = Project.create(small_disk / "project", person="Paul McCartney")
    words = ["-c", "from facethemodel.cli import main; main()", "add", str(folder), "--as", "person"]
    ended = subprocess.run(
        [sys.executable, *words, "--project", str(project.root)], capture_output=True, check=False, text=True
    )
    assert ended.returncode == 4
    assert "free some space" in ended.stderr.lower()
    assert stored(project) == named(project)
