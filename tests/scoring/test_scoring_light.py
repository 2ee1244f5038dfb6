"""The process that only hands photos out to workers starts without what judges them."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numpy", "cv2", "onnxruntime", "PIL", "torch")


@pytest.mark.parametrize("module", ["facethemodel.scoring.predict", "facethemodel.inspection.workers"])
def test_handing_out_photos_loads_no_network(module: str) -> None:
    program = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_public_names_are_all_there() -> None:
    import facethemodel
    from facethemodel import scoring

    assert facethemodel.Model is scoring.Model
    for name in scoring.__all__:
        assert getattr(scoring, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'judge_all'"):
        scoring.judge_all  # noqa: B018
