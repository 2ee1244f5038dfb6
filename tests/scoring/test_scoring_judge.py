from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import facethemodel
from facethemodel.bundle.decision import VerdictName
from facethemodel.bundle.runtime import Bundle
from facethemodel.errors import BundleError, UsageError
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.examine import Examiner

MakeBundle = Callable[..., Path]


@pytest.mark.parametrize(
    ("person", "unsure", "verdict"),
    [(1.0, 0.0, "person"), (250.0, 1.0, "unsure"), (250.0, 249.0, "not_person")],
)
def test_the_thresholds_of_the_bundle_decide(
    tmp_path: Path,
    make_bundle: MakeBundle,
    portrait_jpeg: bytes,
    person: float,
    unsure: float,
    verdict: VerdictName,
) -> None:
    model = facethemodel.load(make_bundle(tmp_path / "b", person=person, unsure=unsure))
    judged = model.judge(portrait_jpeg)
    assert (judged.verdict, judged.error) == (verdict, None)
    assert [face.verdict for face in judged.faces if face.accepted] == [verdict]


def test_the_gate_of_the_bundle_says_what_a_face_is(
    tmp_path: Path, make_bundle: MakeBundle, portrait_jpeg: bytes
) -> None:
    model = facethemodel.load(make_bundle(tmp_path / "b", person=1.0, unsure=0.0, gate=1.0))
    judged = model.judge(portrait_jpeg)
    assert (judged.verdict, judged.score) == ("no_face", None)
    assert judged.faces
    assert not any(face.accepted for face in judged.faces)


def test_a_path_and_its_bytes_are_judged_alike(
    tmp_path: Path, bundle_dir: Path, portrait_jpeg: bytes
) -> None:
    (tmp_path / "p.jpg").write_bytes(portrait_jpeg)
    model = facethemodel.load(bundle_dir)
    from_path = model.judge(tmp_path / "p.jpg")
    assert from_path.path == str(tmp_path / "p.jpg")
    assert from_path.to_dict() | {"path": ""} == model.judge(portrait_jpeg).to_dict() | {"path": ""}


def test_the_best_of_several_faces_decides(bundle_dir: Path, two_people_jpeg: bytes) -> None:
    judged = facethemodel.load(bundle_dir).judge(two_people_jpeg)
    accepted = sorted((face for face in judged.faces if face.accepted), key=lambda face: face.box[0])
    assert len(accepted) == 2
    assert accepted[0].score is not None
    assert accepted[1].score is not None
    assert judged.score == accepted[0].score > 1.5 * accepted[1].score
    assert accepted[1].box[0] > 250


def test_no_face_has_no_score(bundle_dir: Path, no_face_jpeg: bytes) -> None:
    judged = facethemodel.load(bundle_dir).judge(no_face_jpeg)
    assert (judged.verdict, judged.score, judged.error) == ("no_face", None, None)


def test_a_network_that_looks_at_whole_photos_still_asks_the_gate(
    tmp_path: Path, make_bundle: MakeBundle, portrait_jpeg: bytes, no_face_jpeg: bytes
) -> None:
    folder = make_bundle(tmp_path / "b", network="seed2018", person=1.0, unsure=0.0)
    model = facethemodel.load(folder)
    assert model.judge(no_face_jpeg).verdict == "no_face"
    judged = model.judge(portrait_jpeg)
    assert judged.verdict == "person"
    assert [face.score for face in judged.faces] == [None] * len(judged.faces)
    crop = Examiner().examine(portrait_jpeg, views=("whole256",)).crops["whole256", -1]
    assert judged.score == pytest.approx(crop.mean(), abs=0.01)


def test_predict_time_pixels_are_training_time_pixels(
    tmp_path: Path, bundle_dir: Path, two_people_jpeg: bytes
) -> None:
    model = facethemodel.load(bundle_dir)
    examiner = Examiner(gate_threshold=model.manifest.gate.threshold)
    examined = examiner.examine(two_people_jpeg, views=("aligned112",))
    indices = [face.index for face in examined.inspection.faces]
    store = CropStore(tmp_path)
    rows = range(len(indices))
    store.write("aligned112", [examined.crops["aligned112", index] for index in indices], rows)
    stored = store.load("aligned112", rows)
    scores = Bundle.load(bundle_dir).score(np.asarray(stored))
    judged = model.judge(two_people_jpeg)
    accepted = [
        (face.score, score)
        for face, score in zip(judged.faces, scores.tolist(), strict=True)
        if face.accepted
    ]
    # The score is the mean of all pixels in single precision: equal pixels, equal score.
    assert len(accepted) == 2
    assert all(score == expected for score, expected in accepted)


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "empty"), (b"hello, this is text", "image"), (b"\xff\xd8\xff\xe0 truncated", "")],
)
def test_bytes_that_cannot_be_read_get_an_error(bundle_dir: Path, data: bytes, said: str) -> None:
    judged = facethemodel.load(bundle_dir).judge(data)
    assert (judged.verdict, judged.score) == (None, None)
    assert judged.error
    assert said in judged.error


def test_a_missing_photo_is_a_usage_error(bundle_dir: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.jpg is not there"):
        facethemodel.load(bundle_dir).judge("nowhere.jpg")


@pytest.mark.parametrize(
    "other",
    [
        {"detector_sha256": "cd" * 32},
        {"check_sha256": "cd" * 32},
        {"check_sha256": None},
        {"inspector_version": 9_999},
    ],
)
def test_a_bundle_for_other_pixels_is_refused(
    tmp_path: Path, make_bundle: MakeBundle, other: dict[str, object]
) -> None:
    with pytest.raises(BundleError, match="this version") as caught:
        facethemodel.load(make_bundle(tmp_path / "b", **other))
    assert "facethemodel 0.0.1" in str(caught.value.remedy)
    with pytest.raises(BundleError) as caught:
        facethemodel.load(make_bundle(tmp_path / "c", **other, version=facethemodel.__version__))
    assert caught.value.remedy == "build it again"


def _run(code: str, *arguments: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_bundle_is_used_without_torch(tmp_path: Path, bundle_dir: Path, portrait_jpeg: bytes) -> None:
    (tmp_path / "p.jpg").write_bytes(portrait_jpeg)
    code = """
import sys
for name in ("torch", "safetensors", "onnx", "scipy", "numba"):
    sys.modules[name] = None
import facethemodel
print(facethemodel.load(sys.argv[1]).judge(sys.argv[2]).verdict)
"""
    assert _run(code, bundle_dir, tmp_path / "p.jpg") == "person"


def test_importing_the_package_imports_nothing_heavy_and_names_everything() -> None:
    code = """
import sys, facethemodel
heavy = {"numpy", "cv2", "torch", "onnxruntime", "pydantic", "PIL"} & set(sys.modules)
assert not heavy, heavy
assert {"load", "Project", "Verdict", "__version__"} <= set(dir(facethemodel))
print(facethemodel.Verdict(path="x").error, bool(facethemodel.__version__), facethemodel.Project.__name__)
assert "torch" not in sys.modules
try:
    facethemodel.nonsense
except AttributeError as error:
    print("nonsense" in str(error))
"""
    assert _run(code).split() == ["None", "True", "Project", "True"]
