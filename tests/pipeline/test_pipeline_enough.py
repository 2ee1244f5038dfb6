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
from facethemodel.errors import NoUsableDataError, StorageError
from facethemodel.pipeline.enough import require_enough_photos
from facethemodel.pipeline.training import train_stage
from facethemodel.progress import Silent
from facethemodel.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project", person="Ada Example")


def add(
    project: Project, *, person: int, strangers: int, faces: int = 1, first: int = 0, seen: bool = True
) -> None:
    """Enters photos as an inspection would leave them, or as nobody has looked at; every stranger has one."""
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
            looked_at = Inspection(sha256=sha, width=9, height=9, mode="RGB", faces=(face,) * faces)
            if seen:
                record(db, [(looked_at, [])], version=1)


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


def test_photos_that_wait_for_a_part_are_not_asked_for_again(project: Project) -> None:
    add(project, person=2, strangers=60)
    divide(project)
    add(project, person=30, strangers=0, first=100, seen=False)
    with pytest.raises(NoUsableDataError, match=r"of 32 usable .* takes 10: 30 have no part yet$") as caught:
        train_stage(project)
    assert caught.value.remedy == "`facethemodel inspect, then facethemodel split`, or `facethemodel build`"
    # A split that sees them as they are changes nothing in what is due.
    divide(project)
    with pytest.raises(NoUsableDataError, match=r"30 have no part yet$"):
        train_stage(project)


def test_photos_that_wait_and_are_too_few_count(project: Project) -> None:
    add(project, person=2, strangers=60)
    divide(project)
    add(project, person=10, strangers=0, first=100)
    with pytest.raises(NoUsableDataError, match=r"of 12 usable .* some 17 in all, add 5$"):
        train_stage(project)


def test_what_no_split_can_place_waits_for_none(project: Project) -> None:
    add(project, person=2, strangers=60)
    divide(project)
    add(project, person=30, strangers=0, first=100)
    with project.database() as db, db.write() as connection:
        connection.execute(
            "INSERT INTO assignment (sha256, part, grp, reason) SELECT sha256, NULL, sha256, "
            "'bridges parts: near 01 in train and near 02 in test' FROM photo "
            "WHERE sha256 NOT IN (SELECT sha256 FROM assignment)"
        )
    with pytest.raises(NoUsableDataError, match=r"of 32 usable .* some \d+ in all, add \d+$"):
        train_stage(project)


class Listener(Silent):
    """Keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, line: str) -> None:
        self.notes.append(line)


def test_photos_that_are_not_learned_from_for_want_of_a_part_are_told_of(project: Project) -> None:
    add(project, person=20, strangers=60)
    divide(project)
    add(project, person=1, strangers=2, first=100)
    add(project, person=0, strangers=1, first=200, faces=0)
    heard = Listener()
    # There are no files behind these photos, so that it ends there.
    with pytest.raises(StorageError, match="80 photos of the parts are away"):
        train_stage(project, progress=heard)
    assert heard.notes == ["3 usable photos have no part yet and are not learned from: facethemodel split"]
