"""A bundle that scores a face by its mean brightness, and drawn people to judge with it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.layout import write_bundle
from facethemodel.bundle.manifest import (
    KNOWN_NETWORKS,
    MODEL,
    VIEW_SIZES,
    WEIGHTS,
    BundleFacts,
    CalibrationSummary,
    GateFacts,
    InputFormat,
    TrainingSummary,
)
from facethemodel.faces.model_file import MODEL_SHA256
from facethemodel.inspection.examine import INSPECTOR_VERSION
from facethemodel.synthetic.people import Identity, draw_photo

GATE = 0.5
"""Low, so that a test of scoring does not hang on how well people are drawn."""


def _mean_brightness(size: int) -> bytes:
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["pixels"], ["values"], to=kinds.FLOAT),
            helper.make_node("ReduceMean", ["values", "axes"], ["score"], keepdims=0),
        ],
        "mean",
        [helper.make_tensor_value_info("pixels", kinds.UINT8, ["photos", size, size, 3])],
        [helper.make_tensor_value_info("score", kinds.FLOAT, ["photos"])],
        [helper.make_tensor("axes", kinds.INT64, [3], [1, 2, 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return bytes(model.SerializeToString())


def write_brightness_bundle(
    to: Path,
    *,
    network: str = "residual112",
    person: float = 100.0,
    unsure: float = 50.0,
    detector_sha256: str = MODEL_SHA256,
    inspector_version: int = INSPECTOR_VERSION,
) -> Path:
    view = KNOWN_NETWORKS[network]
    size = VIEW_SIZES[view]

    def fill(folder: Path) -> None:
        (folder / MODEL).write_bytes(_mean_brightness(size))
        (folder / WEIGHTS).write_bytes(b"none")

    facts = BundleFacts(
        person="Ada Example",
        network=network,
        view=view,
        input=InputFormat(size=size),
        preprocessing="As in training.",
        inspector_version=inspector_version,
        gate=GateFacts(detector_sha256=detector_sha256, threshold=GATE),
        thresholds=Thresholds(
            person=person, unsure=unsure, target_fmr=0.01, confidence=0.95, promise=None, strangers=0
        ),
        calibration=CalibrationSummary(
            person_photos=0,
            stranger_photos=0,
            strangers=0,
            false_matches=0,
            false_non_matches=0,
            bound=1.0,
            more_strangers_needed=299,
        ),
        training=TrainingSummary(
            person_photos=1,
            stranger_photos=1,
            strangers=1,
            tune_person_photos=1,
            tune_stranger_photos=1,
            seed=0,
            epochs=1,
            seconds=1.0,
            precision="fp32",
        ),
    )
    write_bundle(to, facts, fill=fill, version="0.0.1")
    return to


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95)
    return file.getvalue()


@pytest.fixture(scope="session")
def portrait() -> NDArray[np.uint8]:
    """One drawn person, 250 x 250."""
    return draw_photo(Identity.from_seed(1), 2)


@pytest.fixture(scope="session")
def portrait_jpeg(portrait: NDArray[np.uint8]) -> bytes:
    return jpeg(portrait)


@pytest.fixture(scope="session")
def make_bundle() -> Callable[..., Path]:
    return write_brightness_bundle


@pytest.fixture(scope="session")
def no_face_jpeg() -> bytes:
    """A plain gradient."""
    return jpeg(np.tile(np.linspace(0, 255, 200, dtype=np.uint8)[None, :, None], (150, 1, 3)))


@pytest.fixture(scope="session")
def two_people_jpeg(portrait: NDArray[np.uint8]) -> bytes:
    """The drawn person twice, side by side; the right one is darker."""
    return jpeg(np.concatenate([portrait, portrait // 2], axis=1))


@pytest.fixture(scope="session")
def bundle_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_brightness_bundle(tmp_path_factory.mktemp("bundles") / "ada")
