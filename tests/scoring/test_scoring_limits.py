"""What is too much for one photo's verdict, and how that is said."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import facethemodel
from facethemodel.cli.application import run
from facethemodel.faces.detect import MOST_FACES


def png(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_a_crowd_of_more_faces_than_are_looked_at_is_named(
    tmp_path: Path, bundle_dir: Path, portrait: NDArray[np.uint8], capsys: pytest.CaptureFixture[str]
) -> None:
    face = np.asarray(Image.fromarray(portrait).resize((128, 128)))
    crowd = np.tile(face, (8, 8, 1))
    judged = facethemodel.load(bundle_dir).judge(png(crowd))
    assert (len(judged.faces), judged.crowded) == (MOST_FACES, True)
    part = facethemodel.load(bundle_dir).judge(png(crowd[:512]))
    assert (len(part.faces), part.crowded) == (32, False)
    photo = tmp_path / "crowd.png"
    photo.write_bytes(png(crowd))
    assert run(["predict", "--bundle", str(bundle_dir), str(photo)]) == 0
    assert "no more than 50 are looked at: cut the photo into parts" in capsys.readouterr().out
    assert run(["predict", "--bundle", str(bundle_dir), str(photo), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["crowded"] is True
