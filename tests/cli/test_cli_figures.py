from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from facethemodel.cli.figures import show_evaluation, show_promise
from facethemodel.cli.output import Output
from facethemodel.evaluation.metrics import compute_metrics
from facethemodel.evaluation.threshold import choose_threshold


@pytest.mark.parametrize(
    ("strangers", "target", "said"),
    [
        # A promise of 0.1 % would be smaller than the one that was asked for and given.
        (3000, 0.00125, "Promise: at most 0.125 % of strangers like these"),
        # 1 - 0.05^(1/91) is 3.238 %: rounded down it would not be true.
        (91, 0.00014, "No promise of 0.014 % can be given: 91 strangers bear out 3.24 %"),
    ],
)
def test_the_terminal_prints_no_smaller_promise_than_there_is(
    capsys: pytest.CaptureFixture[str], strangers: int, target: float, said: str
) -> None:
    scores = np.linspace(-3.0, 0.0, strangers)
    names = [f"stranger {number}" for number in range(strangers)]
    show_promise(choose_threshold(scores, names, [5.0, 6.0], target_fmr=target), Output())
    assert said in " ".join(capsys.readouterr().out.split())


def test_the_terminal_says_which_intervals_take_photos_for_independent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    calibration = choose_threshold([], [], [])
    found: Any = SimpleNamespace(
        run=SimpleNamespace(name="r", bundle=Path("b")),
        metrics=compute_metrics([], calibration.thresholds),
        calibration=calibration,
        rivals=(),
        report=Path("report.html"),
        openings=1,
        battery=None,
        cautions=(),
    )
    show_evaluation(found, Output())
    said = " ".join(capsys.readouterr().err.split())
    assert (
        "photos of one stranger, or of one burst, for independent: of strangers trust the line by people"
        in said
    )
