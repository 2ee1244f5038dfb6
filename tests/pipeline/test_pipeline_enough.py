"""Too few photos to train on: told in photos of the project, and true when they are added."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from facethemodel.catalogue import photos
from facethemodel.catalogue.inspections import record
from facethemodel.catalogue.records import Claim, Face, Inspection, Photo, Source
from facethemodel.dataset.samples import samples
from facethemodel.dataset.split import split
from facethemodel.errors import NoUsableDataError
from facethemodel.pipeline.enough import require_enough_photos
from facethemodel.pipeline.training import train_stage
from facethemodel.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project", person="Ada Example")


def add(project: Project, *, person: int, strangers: int, faces: int = 1, first: int = 0) -> None:
    """Enters photos as an inspection would leave them; every stranger has one."""
    face = Face(
        index=0,
        box=(0.0, 0.0, 100.0, 100.0),
        landmarks=(30.0, 40.0, 70.0, 40.0, 50.0, 60.0, 35.0, 80.0, 65.0, 80.0),
        detector_score=0.9,
        gate_score=0.9,
        accepted=True,
        main=True,
        sharpness=300.0,
        brightness=0.5,
    )
    with project.database() as db:
        for number in range(first, first + person + strangers):
            claim = Claim(role="person")
            if number >= first + person:
                claim = Claim(role="stranger", identity=f"S {number}")
            sha = hashlib.sha256(str(number).encode()).hexdigest()
            source = Source(origin=f"/in/{number}.jpg".encode())
            photos.add(db, Photo(sha256=sha, size=1), source=source, claim=claim)
            seen = Inspection(sha256=sha, width=9, height=9, mode="RGB", faces=(face,) * faces)
            record(db, [(seen, [])], version=1)


def divide(project: Project) -> None:
    with project.database() as db:
        split(db, person=project.person, settings=project.settings.split)


def test_what_is_asked_for_is_enough(project: Project) -> None:
    add(project, person=9, strangers=40)
    divide(project)
    said = (
        "of 9 usable photos of Ada Example 5 are in the train part, where it takes 10: some 17 in all, add 8"
    )
    with pytest.raises(NoUsableDataError) as caught:
        train_stage(project)
    assert caught.value.what == said
    add(project, person=5, strangers=0, first=100)
    divide(project)
    with pytest.raises(NoUsableDataError, match=r"of 14 usable .* 8 are .* some 17 in all, add 3$"):
        train_stage(project)
    add(project, person=3, strangers=0, first=200)
    divide(project)
    with project.database() as db:
        known = samples(db, person=project.person)
    settings = project.settings.split
    require_enough_photos(
        known, person=project.person, preset=settings.preset, view="aligned112", divided=True
    )


def test_strangers_and_photos_without_a_face(project: Project) -> None:
    add(project, person=30, strangers=20)
    add(project, person=0, strangers=20, faces=0, first=100)
    divide(project)
    with pytest.raises(NoUsableDataError, match=r"of 20 usable photos of strangers 14 are .* some 34 in all"):
        train_stage(project)


@pytest.mark.parametrize(("person", "refused"), [(9, True), (10, False)])
def test_before_the_split_only_what_cannot_be_enough_is_refused(
    project: Project, person: int, refused: bool
) -> None:
    add(project, person=person, strangers=20)

    def ask() -> None:
        with project.database() as db:
            known = samples(db, person=project.person)
        require_enough_photos(
            known, person=project.person, preset="standard", view="aligned112", divided=False
        )

    if refused:
        with pytest.raises(NoUsableDataError, match=r"of 9 usable .* at most 9 can be in the train part"):
            ask()
    else:
        ask()
