"""Fixtures that several test folders share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.evidence import Evidence
from facethemodel.bundle.manifest import (
    BundleFacts,
    CalibrationSummary,
    GateFacts,
    InputFormat,
    TestCertainty,
    TestCrowd,
    TestRate,
    TestSummary,
    TrainingSummary,
)

FATAL = b"brings the decoder down"
FRAGILE_DECODER = f"""
import os
import simplejpeg

decode_jpeg = simplejpeg.decode_jpeg

def fragile(data, *args, **options):
    if data.endswith({FATAL!r}):
        os.abort()
    return decode_jpeg(data, *args, **options)

simplejpeg.decode_jpeg = fragile
"""

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos that lies beside the checkout on developers' machines."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real photos (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def fragile_decoder() -> tuple[str, bytes]:
    """The head of a script in whose processes the JPEG decoder crashes on files that end in certain bytes."""
    return FRAGILE_DECODER, FATAL


@pytest.fixture(scope="session")
def brightness() -> Callable[[int], bytes]:
    """Makes an ONNX network for photos of one size whose score is the mean of all pixels.

    The means of the colours go through a dense layer, as in every network that can be trained.
    """
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto

    def make(size: int) -> bytes:
        graph = helper.make_graph(
            [
                helper.make_node("Cast", ["pixels"], ["values"], to=kinds.FLOAT),
                helper.make_node("ReduceMean", ["values", "sides"], ["colours"], keepdims=0),
                helper.make_node("MatMul", ["colours", "thirds"], ["twice"]),
                helper.make_node("ReduceMean", ["twice", "columns"], ["score"], keepdims=0),
            ],
            "mean",
            [helper.make_tensor_value_info("pixels", kinds.UINT8, ["photos", size, size, 3])],
            [helper.make_tensor_value_info("score", kinds.FLOAT, ["photos"])],
            [
                helper.make_tensor("sides", kinds.INT64, [2], [1, 2]),
                helper.make_tensor("thirds", kinds.FLOAT, [3, 2], [1 / 3] * 6),
                helper.make_tensor("columns", kinds.INT64, [1], [1]),
            ],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        return bytes(model.SerializeToString())

    return make


@pytest.fixture(scope="session")
def facts() -> BundleFacts:
    """All that a bundle says of itself, with a value in every place."""
    return BundleFacts(
        person="Ada Example",
        network="residual112",
        view="aligned112",
        input=InputFormat(size=112),
        preprocessing="Aligned on five landmarks to 112 x 112.",
        inspector_version=1,
        gate=GateFacts(detector_sha256="ab" * 32, check_sha256="cd" * 32, threshold=0.5),
        thresholds=Thresholds(
            person=2.5, unsure=1.25, target_fmr=0.01, confidence=0.95, promise=0.01, strangers=473
        ),
        evidence=Evidence(slope=1.5, intercept=-2.0, lowest=-3.7, highest=6.1, prior=0.5),
        calibration=CalibrationSummary(
            person_photos=40,
            stranger_photos=600,
            strangers=473,
            false_matches=2,
            false_non_matches=3,
            several_faces=52,
            unnamed=4,
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
            crowds=(TestCrowd(strangers=5, share=0.0213, low=0.0045, high=0.061),),
            certainty=TestCertainty(
                brier=0.021, calibration_error=0.013, wrong_in_band=0.34, wrong_outside=0.0061
            ),
        ),
    )
