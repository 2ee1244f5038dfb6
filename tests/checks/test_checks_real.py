"""On labelled photos of real people the checks are right as often as docs/checks.md says."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.flags import files_of, judge, read_labels

from facethemodel.checks import CHECKS

FOUND = {"no-face": 19, "several-faces": 7, "extreme-pose": 3, "obstructed-face": 8, "text": 8}
"""Least photos of the half for reporting that each flag finds ..."""
WRONG = {"no-face": 6, "several-faces": 1, "blurred-face": 2, "dark": 0, "bright": 3, "extreme-pose": 1}
WRONG |= {"low-contrast": 1, "obstructed-face": 1, "drawing": 3, "collage": 2, "odd-shape": 0, "text": 5}
"""... and most that it marks without a reason."""


@pytest.mark.real
@pytest.mark.slow
def test_flags_are_right_as_often_as_was_measured(shared_data: Path) -> None:
    photos = read_labels("report")
    files = files_of(shared_data, frozenset(one.sha256 for one in photos))
    assert len(files) == len(photos) == 260
    _, counts = judge(photos, files, changed=False)
    assert [one.name for one in counts] == [check.name for check in CHECKS]
    for one, check in zip(counts, CHECKS, strict=True):
        assert one.right >= FOUND.get(one.name, 0), one
        assert one.flagged - one.right <= WRONG.get(one.name, 0), one
        assert check.precision in (None, (one.right, one.flagged)), one
