"""One examination: coordinates of the full photo, the crops that are promised, measures that compare."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.catalogue.records import WHOLE_PHOTO
from facethemodel.faces.align import align, centre_square, whole
from facethemodel.inspection.examine import Examiner
from facethemodel.photos.decode import UnreadablePhotoError

Pixels = NDArray[np.uint8]
Encode = Callable[[Pixels], bytes]


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    return Examiner()


def test_a_portrait(examiner: Examiner, encode: Encode, portrait: Pixels) -> None:
    examined = examiner.examine(encode(portrait), sha256="ab", views=("aligned112", "whole256"))
    (face,) = examined.inspection.faces
    assert examined.inspection.sha256 == "ab"
    assert (examined.inspection.width, examined.inspection.height, examined.inspection.format) == (
        250,
        250,
        "PNG",
    )
    assert face.accepted
    assert face.main
    assert set(examined.crops) == {("aligned112", 0), ("whole256", WHOLE_PHOTO)}
    np.testing.assert_array_equal(examined.crops["aligned112", 0], align(portrait, face.landmarks))
    np.testing.assert_array_equal(examined.crops["whole256", WHOLE_PHOTO], whole(portrait))


def test_boxes_are_in_pixels_of_the_full_photo(examiner: Examiner, encode: Encode, portrait: Pixels) -> None:
    large = np.asarray(cv2.resize(portrait, (2560, 2560), interpolation=cv2.INTER_CUBIC), np.uint8)
    work = np.asarray(cv2.resize(large, (1280, 1280), interpolation=cv2.INTER_AREA), np.uint8)
    (face,) = examiner.examine(encode(large)).inspection.faces
    (same,) = examiner.examine(encode(work)).inspection.faces
    np.testing.assert_allclose(face.box, 2 * np.array(same.box), rtol=1e-4)
    np.testing.assert_allclose(face.landmarks, 2 * np.array(same.landmarks), rtol=1e-4)
    assert face.size == pytest.approx((face.box[2] * face.box[3]) ** 0.5)


def test_without_a_face_the_centre_stands_in(examiner: Examiner, encode: Encode) -> None:
    wall = np.full((90, 200, 3), 60, np.uint8)
    examined = examiner.examine(encode(wall))
    assert examined.inspection.faces == ()
    assert set(examined.crops) == {("aligned112", WHOLE_PHOTO)}
    np.testing.assert_array_equal(examined.crops["aligned112", WHOLE_PHOTO], centre_square(wall))


def test_a_refused_face_keeps_its_crop(encode: Encode, portrait: Pixels) -> None:
    examined = Examiner(gate_threshold=1.0).examine(encode(portrait))
    assert not examined.inspection.faces[0].accepted
    assert set(examined.crops) == {("aligned112", 0), ("aligned112", WHOLE_PHOTO)}


def test_several_faces_come_best_first(examiner: Examiner, encode: Encode, portrait: Pixels) -> None:
    pair = np.hstack([portrait, portrait[:, ::-1]])
    faces = examiner.examine(encode(pair)).inspection.faces
    assert [face.index for face in faces] == [0, 1]
    assert faces[0].detector_score >= faces[1].detector_score
    assert not any(face.main for face in faces)


def test_no_views_no_crops(examiner: Examiner, encode: Encode, portrait: Pixels) -> None:
    assert examiner.examine(encode(portrait), views=()).crops == {}


def test_measures_follow_the_picture(examiner: Examiner, encode: Encode, portrait: Pixels) -> None:
    blurred = np.asarray(cv2.GaussianBlur(portrait, (0, 0), 2.5), np.uint8)
    dark = (portrait * 0.5).astype(np.uint8)
    plain, soft, dim = (examiner.examine(encode(p)).inspection for p in (portrait, blurred, dark))
    assert soft.sharpness < 0.5 * plain.sharpness
    assert soft.faces[0].sharpness < 0.5 * plain.faces[0].sharpness
    assert dim.brightness == pytest.approx(plain.brightness / 2, abs=0.01)
    assert dim.faces[0].brightness == pytest.approx(plain.faces[0].brightness / 2, abs=0.03)
    assert plain.phash is not None
    assert dim.phash is not None
    assert (plain.phash ^ dim.phash).bit_count() <= 6


def test_sharpness_compares_between_sizes(examiner: Examiner, encode: Encode, portrait: Pixels) -> None:
    double = np.asarray(cv2.resize(portrait, (500, 500), interpolation=cv2.INTER_LINEAR), np.uint8)
    small, large = (examiner.examine(encode(pixels)).inspection for pixels in (portrait, double))
    assert large.sharpness == pytest.approx(small.sharpness, rel=0.5)


def test_what_cannot_be_read_says_why(examiner: Examiner) -> None:
    with pytest.raises(UnreadablePhotoError, match="no known image format"):
        examiner.examine(b"plain words")
