"""A bundle whose network is one line long, so that every score is known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.layout import BundleFacts, write_bundle
from facethemodel.bundle.manifest import (
    MODEL,
    WEIGHTS,
    CalibrationSummary,
    GateFacts,
    InputFormat,
    TestRate,
    TestSummary,
    TrainingSummary,
)


def mean_brightness(size: int) -> bytes:
    """An ONNX network whose score is the mean of all pixels."""
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


@pytest.fixture
def brightness() -> Callable[[int], bytes]:
    return mean_brightness


@pytest.fixture
def facts() -> BundleFacts:
    return BundleFacts(
        person="Ada Example",
        network="residual112",
        view="aligned112",
        input=InputFormat(size=112),
        preprocessing="Aligned on five landmarks to 112 x 112.",
        inspector_version=1,
        gate=GateFacts(detector_sha256="ab" * 32, threshold=0.865),
        thresholds=Thresholds(
            person=2.5, unsure=1.25, target_fmr=0.01, confidence=0.95, promise=0.01, strangers=473
        ),
        calibration=CalibrationSummary(
            person_photos=40,
            stranger_photos=600,
            strangers=473,
            false_matches=2,
            false_non_matches=3,
            bound=0.0099,
            more_strangers_needed=0,
        ),
        training=TrainingSummary(
            person_photos=120,
            stranger_photos=6000,
            strangers=2500,
            tune_person_photos=20,
            tune_stranger_photos=800,
            seed=7,
            epochs=30,
            seconds=321.5,
            precision="bf16",
        ),
        test=TestSummary(
            openings=2,
            confidence=0.95,
            rates=(
                TestRate(name="strangers taken for the person", count=3, total=700, low=0.0009, high=0.0125),
            ),
        ),
    )


@pytest.fixture
def fill() -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / MODEL).write_bytes(mean_brightness(112))
        (folder / WEIGHTS).write_bytes(b"weights")

    return write


@pytest.fixture
def bundle_dir(tmp_path: Path, facts: BundleFacts, fill: Callable[[Path], None]) -> Path:
    """A fresh bundle that a test may damage."""
    folder = tmp_path / "ada"
    write_bundle(folder, facts, fill=fill, version="9.9.9", created=datetime(2026, 1, 2, tzinfo=UTC))
    return folder
