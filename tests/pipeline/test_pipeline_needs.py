from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from facethemodel.catalogue import parts, photos, tags
from facethemodel.catalogue.crops import CropKey
from facethemodel.catalogue.inspections import record
from facethemodel.catalogue.records import Claim, Face, Inspection, Photo, Source
from facethemodel.inspection.crops import CropStore
from facethemodel.pipeline.needs import holdings, project_needs
from facethemodel.project import Project


def face(*, turned: bool) -> Face:
    nose = 80.0 if turned else 50.0
    return Face(
        index=0,
        box=(0.0, 0.0, 100.0, 100.0),
        landmarks=(30.0, 40.0, 70.0, 40.0, nose, 60.0, 35.0, 80.0, 65.0, 80.0),
        detector_score=0.9,
        gate_score=0.9,
        accepted=True,
        main=True,
        sharpness=300.0,
        brightness=0.5,
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """30 photos of the person (2 from the side, dates on 3), 50 strangers, of whom 2 are in colour."""
    project = Project.create(tmp_path / "project", person="Ada Example")
    batch, additions = [], []
    grey = np.full((112, 112, 3), 90, np.uint8)
    colours = np.random.default_rng(0).integers(0, 255, (112, 112, 3), dtype=np.uint8)
    with project.database() as db:
        for number in range(80):
            person = number < 30
            sha = hashlib.sha256(str(number).encode()).hexdigest()
            claim = Claim(role="person") if person else Claim(role="stranger", identity=f"S {number}")
            taken = {0: "1964-05-01", 1: "1965", 2: "1982-01-01"}.get(number)
            source = Source(origin=f"/in/{number}.jpg".encode(), taken=taken)
            additions.append(photos.Addition(photo=Photo(sha256=sha, size=1), source=source, claim=claim))
            side = 200 if person else 250
            inspection = Inspection(
                sha256=sha, width=side, height=side, mode="RGB", faces=(face(turned=number < 2),)
            )
            batch.append((inspection, [CropKey(sha256=sha, face=0, view="aligned112", row=number)]))
        photos.add_many(db, additions)
        record(db, batch, version=1)
        tags.add(db, [addition.photo.sha256 for addition in additions[:6]], ["beard"])
    pictures = [colours if number in (40, 41) else grey for number in range(80)]
    CropStore(project.cache_dir).write("aligned112", pictures, range(80))
    return project


def test_what_is_there_is_counted(project: Project) -> None:
    held = holdings(project)
    assert (held.person, held.tested, held.strangers, held.calibrating) == (30, 6, 50, 10)
    assert held.person_size == ((200, 200), 1.0, 0.0)
    kinds = {(kind.slice.kind, kind.slice.name): (kind.person, kind.strangers) for kind in held.kinds}
    assert kinds["tag", "beard"] == (6, 0)
    assert kinds["colour", "in colour"] == (0, 2)
    assert kinds["colour", "black-and-white"] == (30, 48)
    assert kinds["pose", "far turned"] == (2, 0)
    assert [kinds["taken", f"{year}s"] for year in (1960, 1970, 1980)] == [(2, 0), (0, 0), (1, 0)]


def test_curveballs_of_one_kind_in_two_spellings_are_one_kind(project: Project) -> None:
    additions = [
        photos.Addition(
            photo=Photo(sha256=hashlib.sha256(name.encode()).hexdigest(), size=1),
            source=Source(origin=f"/in/{name}".encode()),
            claim=Claim(role="curveball", category=name),
        )
        for name in ("Wax_Dolls", "wax dolls", "cats")
    ]
    with project.database() as db:
        photos.add_many(db, additions)
    held = holdings(project)
    assert (held.curveballs, held.categories) == (3, 2)


def test_what_is_lacking_is_said_in_figures(project: Project) -> None:
    found = {need.what: need for need in project_needs(project)}
    assert found["strangers"].advised == 1495
    assert "None of 3 photos of Ada Example are taken in the 1970s" in found["taken: 1970s"].sentence
    assert "6 of 30 photos of Ada Example are tagged “beard”" in found["tag: beard"].sentence
    assert all(need.lacking for need in found.values())


def test_photos_left_out_do_not_count(project: Project) -> None:
    with project.database() as db:
        (sha,) = (photo.sha256 for photo in photos.find(db, "0.jpg"))
        conflicting = photos.Addition(
            photo=Photo(sha256=sha, size=1), source=Source(origin=b"/x/0.jpg"), claim=Claim(role="stranger")
        )
        photos.add_many(db, [conflicting])
    held = holdings(project)
    assert (held.person, held.conflicts) == (29, 1)


def test_nameless_photos_of_one_group_are_one_stranger_as_for_the_promise(project: Project) -> None:
    shas = [hashlib.sha256(f"nameless {number}".encode()).hexdigest() for number in range(8)]
    additions = [
        photos.Addition(
            photo=Photo(sha256=sha, size=1), source=Source(origin=sha.encode()), claim=Claim(role="stranger")
        )
        for sha in shas
    ]
    with project.database() as db:
        photos.add_many(db, additions)
        groups = [f"post {number // 4}" for number in range(8)]
        parts.assign(
            db,
            [
                parts.Assignment(sha256=sha, part="calibrate", group=group)
                for sha, group in zip(shas, groups, strict=True)
            ],
        )
    held = holdings(project)
    assert (held.strangers, held.calibrating, held.unnamed) == (52, 2, 8)
    with project.database() as db:
        tags.add(db, shas, ["hat"])
    held = holdings(project)
    (hat,) = (kind for kind in held.kinds if kind.slice.name == "hat")
    assert (hat.strangers, held.looked["tag"]) == (2, (held.person, 52))


def test_an_empty_project_lacks_everything(tmp_path: Path) -> None:
    empty = Project.create(tmp_path / "empty", person="Ada Example")
    found = {need.what: need for need in project_needs(empty)}
    assert [found[what].have for what in ("photos of the person", "strangers", "curveballs")] == [0, 0, 0]
