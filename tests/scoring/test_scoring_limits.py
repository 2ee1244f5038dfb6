"""What is too much for one photo's verdict, and how that is said."""

from __future__ import annotations

import io
import json
import struct
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


def test_the_limits_of_verdicts_are_fixed_and_say_what_to_do(tmp_path: Path, bundle_dir: Path) -> None:
    model = facethemodel.load(bundle_dir)
    wide = struct.pack("<HHIIiiHHIIiiII", 0, 0, 54, 40, 12_000, 12_000, 1, 24, 0, 0, 0, 0, 0, 0)
    said = model.judge(b"BM" + struct.pack("<I", 54) + wide).error
    assert said == (
        "12,000 x 12,000 is 144,000,000 pixels, more than the limit of 120,000,000 "
        "(fixed for predict, whatever [inspect] says): make a smaller copy"
    )
    with (tmp_path / "long.png").open("wb") as file:
        file.write(png(np.zeros((8, 8, 3), np.uint8)))
        file.truncate(200_000_001)
    said = model.judge(tmp_path / "long.png").error
    assert said is not None
    assert said.startswith("200,000,001 bytes, more than the limit of 200,000,000")
    assert said.endswith("make a smaller copy")
