from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from facethemodel.catalogue import decisions, inspections, parts, photos
from facethemodel.catalogue.crops import CropKey, rows
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.decisions import Decision
from facethemodel.catalogue.parts import Assignment
from facethemodel.catalogue.records import WHOLE_PHOTO, Claim, Face, Inspection, Part, Photo, Role, Source
from facethemodel.dataset.leaks import check
from facethemodel.dataset.samples import by_part, crop_key, samples, training_arrays
from facethemodel.dataset.split import PartCount, split
from facethemodel.errors import UsageError
from facethemodel.settings import SplitSettings

PERSON = "Ann Example"


def _sha(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def _face(index: int, *, accepted: bool = True, main: bool = True) -> Face:
    return Face(
        index=index,
        box=(0, 0, 50, 50),
        landmarks=(0.0,) * 10,
        detector_score=0.9,
        gate_score=0.95 if accepted else 0.2,
        accepted=accepted,
        main=main,
        sharpness=1.0,
        brightness=0.5,
    )


def _add(
    db: Database,
    name: str,
    *,
    role: Role = "person",
    identity: str | None = None,
    phash: int | None = None,
    post: str | None = None,
    faces: tuple[Face, ...] = (),
    stored: Mapping[int, int] | None = None,
) -> str:
    sha = _sha(name)
    photos.add(
        db,
        Photo(sha256=sha, size=1),
        source=Source(origin=f"/in/{name}.jpg".encode(), post=post),
        claim=Claim(role=role, identity=identity),
    )
    if phash is None:
        phash = int.from_bytes(sha256(b"picture" + name.encode()).digest()[:8], "big")
    crops = [
        CropKey(sha256=sha, face=face, view="aligned112", row=row) for face, row in (stored or {}).items()
    ]
    inspections.record(db, [(Inspection(sha256=sha, phash=phash, faces=faces), crops)], version=1)
    return sha


def _parts(db: Database) -> dict[str, str | None]:
    return {sha: row.part for sha, row in parts.assignments(db).items()}


def test_a_split_is_recorded_counted_and_clean(db: Database) -> None:
    for index in range(20):
        _add(db, f"p{index}")
        _add(db, f"s{index}", role="stranger", identity=f"S {index // 2}")
    _add(db, "cat", role="curveball")
    report = split(db, person=PERSON, settings=SplitSettings())
    assert report.counts == (
        PartCount(part="train", role="person", photos=12, identities=0, groups=12),
        PartCount(part="train", role="stranger", photos=12, identities=6, groups=6),
        PartCount(part="tune", role="person", photos=2, identities=0, groups=2),
        PartCount(part="tune", role="stranger", photos=2, identities=1, groups=1),
        PartCount(part="calibrate", role="person", photos=2, identities=0, groups=2),
        PartCount(part="calibrate", role="stranger", photos=4, identities=2, groups=2),
        PartCount(part="test", role="person", photos=4, identities=0, groups=4),
        PartCount(part="test", role="stranger", photos=2, identities=1, groups=1),
        PartCount(part="curveball", role="curveball", photos=1, identities=0, groups=1),
    )
    assert (report.new, report.moved, report.relabelled, report.left_out) == (41, 0, 0, ())
    assert check(db, person=PERSON, near_distance=6).clean
    assert len(by_part(samples(db, person=PERSON), "train")) == 24


def test_adding_photos_moves_none_and_fresh_starts_over(db: Database) -> None:
    for index in range(10):
        _add(db, f"p{index}", post="album")
    split(db, person=PERSON, settings=SplitSettings())
    before = _parts(db)
    assert set(before.values()) == {"train"}
    for index in range(30):
        _add(db, f"q{index}")
    report = split(db, person=PERSON, settings=SplitSettings())
    assert (report.new, report.moved) == (30, 0)
    assert before.items() <= _parts(db).items()

    second = _parts(db)
    again = split(db, person=PERSON, settings=SplitSettings())
    assert (again.new, _parts(db)) == (0, second)
    fresh = split(db, person=PERSON, settings=SplitSettings(), fresh=True)
    assert fresh.new == 40


def test_a_photo_put_aside_leaves_and_one_brought_back_returns(db: Database) -> None:
    shas = [_add(db, f"p{index}") for index in range(8)]
    split(db, person=PERSON, settings=SplitSettings())
    decisions.record(db, [Decision(sha256=shas[0], kind="aside", reason="blurred")])
    assert [leak.first for leak in check(db, person=PERSON, near_distance=6).label] == [shas[0]]
    report = split(db, person=PERSON, settings=SplitSettings())
    assert report.left_out == ((shas[0], "put aside: blurred"),)
    assert report.relabelled == 1
    assert check(db, person=PERSON, near_distance=6).clean
    decisions.record(db, [Decision(sha256=shas[0], kind="back")])
    assert split(db, person=PERSON, settings=SplitSettings()).new == 1


def test_photos_that_were_away_come_back_where_they_were(db: Database) -> None:
    for index in range(30):
        _add(db, f"p{index}")
        _add(db, f"s{index}", role="stranger", identity=f"S {index // 3}")
    split(db, person=PERSON, settings=SplitSettings())
    before = _parts(db)
    decisions.record(db, [Decision(sha256=sha, kind="aside", reason="away") for sha in sorted(before)])
    split(db, person=PERSON, settings=SplitSettings())
    assert set(_parts(db).values()) == {None}
    late = {_add(db, f"late{index}", role="stranger", identity=f"S {index}") for index in range(10)}
    for index in range(10, 40):
        _add(db, f"late{index}", role="stranger", identity=f"T {index}")
    split(db, person=PERSON, settings=SplitSettings())
    home = {
        one.identity: before.get(one.sha256) for one in samples(db, person=PERSON) if one.sha256 in before
    }
    for one in samples(db, person=PERSON):
        if one.sha256 in late:
            assert one.part == home[one.identity]
    decisions.record(db, [Decision(sha256=sha, kind="back") for sha in sorted(before)])
    report = split(db, person=PERSON, settings=SplitSettings())
    assert (report.new, report.moved, report.left_out) == (60, 0, ())
    assert before.items() <= _parts(db).items()
    assert check(db, person=PERSON, near_distance=6).clean
    assert all(row.earlier is None for row in parts.assignments(db).values())


def test_leaks_planted_in_the_catalogue_are_found(db: Database) -> None:
    _add(db, "equal 1", phash=1)
    _add(db, "equal 2", phash=1)
    _add(db, "near 1", phash=0x0F0F << 32)
    _add(db, "near 2", phash=0x0F0E << 32)
    _add(db, "bo 1", role="stranger", identity="Bo")
    _add(db, "bo 2", role="stranger", identity="BO")
    _add(db, "post 1", post="7")
    _add(db, "post 2", post="7")
    _add(db, "group 1")
    _add(db, "group 2")
    _add(db, "label 1", role="curveball")
    planted: tuple[tuple[int, Part], ...] = ((1, "train"), (2, "test"))
    for name in ("equal", "near", "bo", "post", "group", "label"):
        for number, part in planted:
            sha = _sha(f"{name} {number}")
            if photos.get(db, sha) is not None:
                group = _sha("one group") if name == "group" else sha
                parts.assign(db, [Assignment(sha256=sha, part=part, group=group)])
    report = check(db, person=PERSON, near_distance=6)
    found = {leak.kind: {leak.first, leak.second} for leak in report.leaks}
    assert len(report.leaks) == 6
    assert found == {
        "exact": {_sha("equal 1"), _sha("equal 2")},
        "near": {_sha("near 1"), _sha("near 2")},
        "identity": {_sha("bo 1"), _sha("bo 2")},
        "post": {_sha("post 1"), _sha("post 2")},
        "group": {_sha("group 1"), _sha("group 2")},
        "label": {_sha("label 1")},
    }


def test_samples_join_what_is_known(db: Database, tmp_path: Path) -> None:
    sha = _add(db, "a", role="stranger", identity="Bo_Derek")
    photos.add(db, Photo(sha256=_sha("b"), size=1), source=Source(origin=b"/in/b.jpg"), claim=None)
    found = {sample.name: sample for sample in samples(db, person=PERSON)}
    assert set(found) == {"a.jpg", "b.jpg"}
    assert (found["a.jpg"].sha256, found["a.jpg"].identity, found["a.jpg"].part) == (sha, "bo derek", None)
    assert found["b.jpg"].label.role is None
    assert (found["b.jpg"].inspection, found["b.jpg"].phash, found["b.jpg"].identity) == (None, None, None)


def test_the_main_accepted_face_stands_for_a_photo(db: Database) -> None:
    _add(db, "one", faces=(_face(0, accepted=False, main=False), _face(1)))
    _add(db, "crowd", faces=(_face(0, main=False), _face(1, main=False)))
    _add(db, "none")
    keys = {sample.name: crop_key(sample, "aligned112") for sample in samples(db, person=PERSON)}
    assert keys == {"one.jpg": (_sha("one"), 1), "crowd.jpg": None, "none.jpg": None}
    assert crop_key(samples(db, person=PERSON)[0], "whole256") == (
        samples(db, person=PERSON)[0].sha256,
        WHOLE_PHOTO,
    )


def test_training_arrays_number_the_strangers(db: Database) -> None:
    _add(db, "p", faces=(_face(0),), stored={0: 7})
    _add(db, "z", role="stranger", identity="Zoe", faces=(_face(0),), stored={0: 3})
    _add(
        db, "b", role="stranger", identity="Bo_D", faces=(_face(0), _face(1, main=False)), stored={0: 4, 1: 5}
    )
    _add(db, "u", role="stranger", faces=(_face(0),), stored={0: 6})
    _add(db, "no face", stored={WHOLE_PHOTO: 8})
    _add(db, "cat", role="curveball", faces=(_face(0),), stored={0: 9})
    crops = training_arrays(samples(db, person=PERSON), rows(db, "aligned112"), view="aligned112")
    assert crops.identities == ("bo d", "zoe")
    by_sha = dict(
        zip(
            crops.shas,
            zip(crops.rows.tolist(), crops.is_person.tolist(), crops.identity.tolist(), strict=True),
            strict=True,
        )
    )
    assert by_sha == {
        _sha("p"): (7, True, -1),
        _sha("z"): (3, False, 1),
        _sha("b"): (4, False, 0),
        _sha("u"): (6, False, -1),
    }
    assert crops.rows.dtype == np.int64
    assert crops.is_person.dtype == np.bool_
    assert crops.identity.dtype == np.int32


def test_a_crop_that_was_never_stored(db: Database) -> None:
    _add(db, "p", faces=(_face(0),))
    with pytest.raises(UsageError, match=r"p\.jpg .* has no aligned112 crop") as caught:
        training_arrays(samples(db, person=PERSON), rows(db, "aligned112"), view="aligned112")
    assert caught.value.remedy == "facethemodel inspect"
