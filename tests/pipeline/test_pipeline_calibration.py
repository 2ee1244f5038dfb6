"""The line is drawn on the calibrate part as the project's settings ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from facethemodel.catalogue.parts import Assignment
from facethemodel.catalogue.records import Inspection, Label, Role
from facethemodel.dataset.samples import Sample
from facethemodel.evaluation.rows import PhotoScores
from facethemodel.evaluation.threshold import Calibration
from facethemodel.pipeline.calibration import draw_line
from facethemodel.project import SETTINGS_FILE, Project


def photo(number: int) -> Sample:
    """30 of the person, 200 of strangers with a name, 100 of strangers without, ten to a burst."""
    role: Role = "person" if number < 30 else "stranger"
    sha = f"{number:064x}"
    return Sample(
        sha256=sha,
        label=Label(sha256=sha, role=role, identity=f"s{number}" if 30 <= number < 230 else None),
        inspection=Inspection(sha256=sha),
        assignment=Assignment(
            sha256=sha, part="calibrate", group=f"burst {number // 10}" if number >= 230 else sha
        ),
        name=sha,
    )


def drawn(folder: Path, settings: str) -> Calibration:
    Project.create(folder, person="Pat Drawn")
    (folder / SETTINGS_FILE).write_text(f'person = "Pat Drawn"\n{settings}', encoding="utf-8")
    part = [photo(number) for number in range(330)]
    scores = {
        one.sha256: PhotoScores(faces={0: -5.0, 1: float(number % 97)}, main=0)
        for number, one in enumerate(part)
    }
    return draw_line(Project.open(folder), part, scores)


def test_the_line_is_drawn_as_the_settings_ask_by_the_best_face_and_one_draw_a_burst(tmp_path: Path) -> None:
    usual = drawn(tmp_path / "usual", "")
    assert usual.evidence is not None
    assert (usual.target_fmr, usual.confidence, usual.evidence.prior) == (0.01, 0.95, 0.5)
    assert (usual.strangers, usual.stranger_photos) == (210, 300)
    assert (usual.several_faces, usual.unnamed) == (300, 100)
    assert usual.person > 90

    asked = "[threshold]\ntarget_fmr = 0.1\nconfidence = 0.8\nprior = 0.2\n"
    other = drawn(tmp_path / "other", asked)
    assert other.evidence is not None
    assert (other.target_fmr, other.confidence, other.evidence.prior) == (0.1, 0.8, 0.2)
    assert other.promise == pytest.approx(0.1)
    assert other.person < usual.person
