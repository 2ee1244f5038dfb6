"""The image of a catalogue depends on its content alone, and is one moment's."""

from __future__ import annotations

import os
from pathlib import Path

from facethemodel.catalogue import photos, tags
from facethemodel.catalogue.database import open_database
from facethemodel.project import Project
from facethemodel.storage import image


def sealed(project: Project, folder: Path) -> bytes:
    folder.mkdir()
    with project.database() as db:
        image.copy(db, folder / "work.db")
    image.seal(folder / "work.db", folder / "image.db")
    return (folder / "image.db").read_bytes()


def test_the_same_content_has_the_same_bytes(project: Project, tmp_path: Path) -> None:
    first = sealed(project, tmp_path / "a")
    with project.database() as db:
        sha = photos.all_photos(db)[0].sha256
        tags.add(db, [sha], ["beard"])
        changed = sealed(project, tmp_path / "b")
        tags.remove(db, [sha], ["beard"])
    assert changed != first
    assert sealed(project, tmp_path / "c") == first


def test_an_image_is_a_catalogue_without_paths_of_this_machine(project: Project, tmp_path: Path) -> None:
    sealed(project, tmp_path / "a")
    with open_database(tmp_path / "a" / "image.db") as db:
        found = photos.all_photos(db)
        assert len(found) == 12
        assert all(photo.link is None for photo in found)
        assert db.read("PRAGMA integrity_check") == [("ok",)]
    with project.database() as db:
        assert sum(photo.link is not None for photo in photos.all_photos(db)) == 6
        assert all(os.path.isabs(photo.link) for photo in photos.all_photos(db) if photo.link)  # noqa: PTH117
