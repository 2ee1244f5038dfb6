"""A source that says where the face is decides which face of a photo counts."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from facethemodel.catalogue import crops, hints, photos
from facethemodel.catalogue.inspections import inspections
from facethemodel.catalogue.records import Face, Source
from facethemodel.dataset.samples import samples, training_arrays
from facethemodel.inspection.examine import Examined, Examiner
from facethemodel.inspection.run import inspect
from facethemodel.project import Project
from facethemodel.synthetic.people import Identity, draw_photo

Encode = Callable[[NDArray[np.uint8]], bytes]


@pytest.fixture(scope="module")
def pair(encode: Encode) -> bytes:
    """Two people side by side, each as large as the other."""
    return encode(np.hstack([draw_photo(Identity.from_seed(seed), 1) for seed in (1, 2)]))


def faces_of(project: Project, sha: str) -> tuple[Face, ...]:
    inspect(project, jobs=1)
    with project.database() as db:
        return inspections(db)[sha].faces


def learned_from(project: Project) -> list[int]:
    """Index of the face that each photo stands for in training."""
    with project.database() as db:
        rows = crops.rows(db, "aligned112")
        chosen = training_arrays(samples(db, person=project.person), rows, view="aligned112")
    return [next(face for (_, face), row in rows.items() if row == one) for one in chosen.rows]


def hint(project: Project, sha: str, box: hints.Box, *, origin: str | None = None) -> None:
    with project.database() as db:
        source = photos.sources(db, sha)[0] if origin is None else Source(origin=origin.encode())
        photo = photos.get(db, sha)
        assert photo is not None
        photos.add(db, photo, source=source, claim=None)
        with db.write() as connection:
            hints.record(connection, sha, source, box)


def test_the_hinted_face_counts(project: Project, add: Callable[[Project, bytes], str], pair: bytes) -> None:
    sha = add(project, pair)
    first, second = faces_of(project, sha)
    assert not first.main
    assert not second.main
    assert learned_from(project) == []
    hint(project, sha, second.box)
    assert [face.main for face in faces_of(project, sha)] == [False, True]
    assert learned_from(project) == [second.index]
    hint(project, sha, first.box)
    assert [face.main for face in faces_of(project, sha)] == [True, False]
    assert inspect(project, jobs=1).done == 0
    hint(project, sha, first.box)
    assert inspect(project, jobs=1).done == 0


def test_a_hint_that_comes_in_while_the_photo_is_examined_counts_at_the_next_run(
    project: Project, add: Callable[[Project, bytes], str], pair: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = add(project, pair)
    second = Examiner().examine(pair).inspection.faces[1]
    examine = Examiner.examine

    def collect_meanwhile(self: Examiner, *arguments: Any, **options: Any) -> Examined:
        found = examine(self, *arguments, **options)
        hint(project, sha, second.box)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Examiner, "examine", collect_meanwhile)
        assert inspect(project, jobs=1).done == 0
    report = inspect(project, jobs=1)
    assert (report.done, report.skipped) == (1, 0)
    assert learned_from(project) == [second.index]
    assert inspect(project, jobs=1).done == 0


def test_sources_that_mean_different_faces_leave_it_open(
    project: Project, add: Callable[[Project, bytes], str], pair: bytes
) -> None:
    sha = add(project, pair)
    first, second = faces_of(project, sha)
    hint(project, sha, first.box, origin="/list/1")
    hint(project, sha, second.box, origin="/list/2")
    assert [face.main for face in faces_of(project, sha)] == [False, False]
    assert learned_from(project) == []


def test_hints_are_in_pixels_of_the_full_photo(pair: bytes) -> None:
    small = Image.open(BytesIO(pair))
    large = small.resize((small.width * 4, small.height * 4))
    target = BytesIO()
    large.save(target, "JPEG", quality=95)
    examiner = Examiner()
    plain = examiner.examine(target.getvalue()).inspection
    wanted = max(plain.faces, key=lambda face: face.box[0])
    found = examiner.examine(target.getvalue(), hints=[wanted.box]).inspection
    assert [face.main for face in found.faces] == [face.index == wanted.index for face in plain.faces]
