from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facethemodel.catalogue import crops, inspections, photos
from facethemodel.catalogue.crops import CropKey
from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.records import WHOLE_PHOTO, Face, Inspection, Photo, Source, View


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "catalogue.db", create=True) as database:
        yield database


A, B = "aa" * 32, "bb" * 32
BOTH: tuple[View, ...] = ("aligned112", "whole256")


def face(index: int) -> Face:
    return Face(
        index=index,
        box=(-1.5, 2.0, 30.25, 40.0),
        landmarks=tuple(float(value) / 3 for value in range(10)),
        detector_score=0.9,
        gate_score=0.8,
        accepted=index == 0,
        main=index == 0,
        sharpness=12.5,
        brightness=0.25,
    )


def seen(sha: str, *, faces: int = 0, phash: int | None = 7) -> Inspection:
    return Inspection(
        sha256=sha,
        width=640,
        height=480,
        format="JPEG",
        mode="RGB",
        frames=1,
        phash=phash,
        sharpness=3.5,
        brightness=0.5,
        faces=tuple(face(index) for index in range(faces)),
    )


def crop(sha: str, index: int, view: View, row: int) -> CropKey:
    return CropKey(sha256=sha, face=index, view=view, row=row)


@pytest.fixture
def filled(db: Database) -> Database:
    for sha in (A, B):
        photos.add(db, Photo(sha256=sha, size=1), source=Source(origin=sha.encode()), claim=None)
    return db


def waiting(db: Database, views: Sequence[View] = ("aligned112",), version: int = 1) -> list[str]:
    return [photo.sha256 for photo in inspections.pending(db, version=version, views=views)]


def test_an_inspection_comes_back_as_it_was(filled: Database) -> None:
    good, bad = seen(A, faces=2), Inspection(sha256=B, reason="truncated")
    inspections.record(filled, [(good, ()), (bad, ())], version=1)
    assert inspections.inspections(filled) == {A: good, B: bad}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(phash=st.none() | st.integers(0, 2**64 - 1))
def test_all_64_bits_of_a_fingerprint_are_kept(filled: Database, phash: int | None) -> None:
    inspections.record(filled, [(seen(A, phash=phash), ())], version=1)
    assert inspections.inspections(filled)[A].phash == phash


def test_pending_until_inspected_at_this_version_with_every_view(filled: Database) -> None:
    assert waiting(filled) == [A, B]
    inspections.record(filled, [(seen(A, faces=1), [crop(A, 0, "aligned112", 0)])], version=1)
    inspections.record(filled, [(Inspection(sha256=B, reason="empty"), ())], version=1)
    assert waiting(filled) == []
    assert waiting(filled, BOTH) == [A]
    assert waiting(filled, version=2) == [A, B]


def test_a_second_view_is_added_to_the_first(filled: Database) -> None:
    inspections.record(filled, [(seen(A, faces=1), [crop(A, 0, "aligned112", 4)])], version=1)
    inspections.record(filled, [(seen(A, faces=1), [crop(A, WHOLE_PHOTO, "whole256", 0)])], version=1)
    assert crops.rows(filled, "aligned112") == {(A, 0): 4}
    assert crops.rows(filled, "whole256") == {(A, WHOLE_PHOTO): 0}
    assert crops.next_row(filled, "aligned112") == 5
    assert waiting(filled, BOTH) == [B]


@pytest.mark.parametrize(
    ("again", "version"), [(seen(A, faces=1), 2), (Inspection(sha256=A, reason="gone"), 1)]
)
def test_crops_of_an_inspection_that_no_longer_holds_are_dropped(
    filled: Database, again: Inspection, version: int
) -> None:
    first = [crop(A, 0, "aligned112", 0), crop(A, 1, "aligned112", 1), crop(A, WHOLE_PHOTO, "whole256", 0)]
    inspections.record(filled, [(seen(A, faces=2), first)], version=1)
    inspections.record(filled, [(again, ())], version=version)
    assert crops.rows(filled, "aligned112") == {}
    assert crops.rows(filled, "whole256") == {}
    assert inspections.inspections(filled)[A] == again


def test_crops_of_a_view_are_replaced_as_a_whole(filled: Database) -> None:
    inspections.record(
        filled, [(seen(A, faces=2), [crop(A, 0, "aligned112", 0), crop(A, 1, "aligned112", 1)])], version=1
    )
    inspections.record(filled, [(seen(A, faces=1), [crop(A, 0, "aligned112", 2)])], version=1)
    assert crops.rows(filled, "aligned112") == {(A, 0): 2}


def test_crops_under_another_photos_name_are_refused(filled: Database) -> None:
    with pytest.raises(ValueError, match="another photo"):
        inspections.record(filled, [(seen(A), [crop(B, 0, "aligned112", 0)])], version=1)
    assert inspections.inspections(filled) == {}


def test_an_empty_cache_begins_at_row_zero(db: Database) -> None:
    assert crops.next_row(db, "aligned112") == 0
