"""A bundle that scores a face by its mean brightness, and drawn people to judge with it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from facethemodel.bundle.manifest import (
    KNOWN_NETWORKS,
    MODEL,
    VIEW_SIZES,
    WEIGHTS,
    BundleFacts,
    GateFacts,
    InputFormat,
)
from facethemodel.bundle.write import write_bundle
from facethemodel.faces.model_file import CHECK_SHA256, MODEL_SHA256
from facethemodel.inspection.version import INSPECTOR_VERSION
from facethemodel.synthetic.people import Identity, draw_photo

GATE = 0.1
"""Low, so that a test of scoring does not hang on how well people are drawn."""


@pytest.fixture(scope="session")
def make_bundle(facts: BundleFacts, brightness: Callable[[int], bytes]) -> Callable[..., Path]:
    def make(
        to: Path,
        *,
        network: str = "residual112",
        person: float = 100.0,
        unsure: float = 50.0,
        detector_sha256: str = MODEL_SHA256,
        check_sha256: str | None = CHECK_SHA256,
        inspector_version: int = INSPECTOR_VERSION,
        version: str = "0.0.1",
        gate: float = GATE,
    ) -> Path:
        view = KNOWN_NETWORKS[network]
        size = VIEW_SIZES[view]

        def fill(folder: Path) -> None:
            (folder / MODEL).write_bytes(brightness(size))
            (folder / WEIGHTS).write_bytes(b"none")

        told = replace(
            facts,
            network=network,
            view=view,
            input=InputFormat(size=size),
            inspector_version=inspector_version,
            gate=GateFacts(detector_sha256=detector_sha256, check_sha256=check_sha256, threshold=gate),
            thresholds=replace(facts.thresholds, person=person, unsure=unsure),
        )
        write_bundle(to, told, fill=fill, version=version)
        return to

    return make


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
def no_face_jpeg() -> bytes:
    """A plain gradient."""
    return jpeg(np.tile(np.linspace(0, 255, 200, dtype=np.uint8)[None, :, None], (150, 1, 3)))


@pytest.fixture(scope="session")
def two_people_jpeg(portrait: NDArray[np.uint8]) -> bytes:
    """The drawn person twice, side by side; the right one is darker."""
    return jpeg(np.concatenate([portrait, portrait // 2], axis=1))


@pytest.fixture(scope="session")
def bundle_dir(tmp_path_factory: pytest.TempPathFactory, make_bundle: Callable[..., Path]) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "ada")
