"""The learned check: its own file, its crops, and answers that do not depend on company."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.errors import SettingsError
from facethemodel.faces import check as module
from facethemodel.faces.align import TEMPLATE, align
from facethemodel.faces.check import NO_FACE, FaceCheck, read_check, square
from facethemodel.faces.detect import Detection, Detector
from facethemodel.faces.model_file import CHECK_SHA256

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def check() -> FaceCheck:
    return FaceCheck()


def test_the_file_is_the_one_that_was_measured_and_is_small() -> None:
    data = read_check()
    assert hashlib.sha256(data).hexdigest() == CHECK_SHA256
    assert len(data) < 300_000


def test_the_file_tells_nothing_of_where_it_was_made() -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(read_check())
    assert not model.doc_string
    assert not any(node.metadata_props for node in model.graph.node)


def test_a_damaged_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / module.CHECK_NAME).write_bytes(read_check()[:-1])
    monkeypatch.setattr(module, "files", lambda _: tmp_path)
    with pytest.raises(SettingsError, match="not the face check expected") as caught:
        FaceCheck()
    assert "install" in str(caught.value.remedy)
    (tmp_path / module.CHECK_NAME).unlink()
    with pytest.raises(SettingsError, match="cannot read the face check"):
        FaceCheck()


def test_many_at_once_answer_as_one_by_one(
    check: FaceCheck, detector: Detector, portraits: list[Pixels]
) -> None:
    wall = np.ascontiguousarray(np.vstack([np.hstack(portraits[:4]), np.hstack(portraits[4:])] * 2))
    found = detector.detect(wall)
    assert len(found) > 8
    alone = [float(check.logits(wall, [one])[0]) for one in found]
    np.testing.assert_allclose(check.logits(wall, found), alone, atol=1e-3)
    assert check.logits(wall, []).shape == (0,)


def test_landmarks_on_one_point_are_no_face(
    check: FaceCheck, detector: Detector, portraits: list[Pixels]
) -> None:
    face = detector.detect(portraits[0])[0]
    nowhere = Detection(box=(3, 3, 0, 0), landmarks=(3.0,) * 10, score=0.9)
    logits = check.logits(portraits[0], [nowhere, face, nowhere])
    assert logits[0] == logits[2] == NO_FACE
    assert logits[1] > 0


def test_drawn_people_are_told_from_noise(
    check: FaceCheck, detector: Detector, portraits: list[Pixels]
) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (250, 250, 3), dtype=np.uint8)
    for portrait in portraits:
        face = detector.detect(portrait)[:1]
        assert check.logits(portrait, face)[0] > 0 > check.logits(noise, face)[0]


def test_without_a_margin_the_square_is_the_aligned_crop(detector: Detector, portraits: list[Pixels]) -> None:
    landmarks = detector.detect(portraits[2])[0].landmarks
    cut = square(portraits[2], landmarks, size=112, margin=1.0)
    np.testing.assert_array_equal(cut, align(portraits[2], landmarks))


def test_a_margin_shows_more_of_the_same_and_grey_beyond_the_photo() -> None:
    bright = np.full((112, 112, 3), 250, np.uint8)
    wide = square(bright, TEMPLATE.ravel().tolist(), size=224, margin=2.0)
    assert wide[64:160, 64:160].min() == 250
    assert np.unique(wide[:40]).tolist() == [127]
