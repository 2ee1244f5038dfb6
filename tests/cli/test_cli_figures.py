from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from facethemodel.bundle.decision import Thresholds, decide
from facethemodel.catalogue.records import Role
from facethemodel.cli.figures import ORIGINAL, figures, show_evaluation, show_promise
from facethemodel.cli.output import Output
from facethemodel.evaluation.metrics import compute_metrics
from facethemodel.evaluation.rows import Row
from facethemodel.evaluation.threshold import Calibration, choose_threshold
from facethemodel.report.page import plain_rows

LINE = Thresholds(person=2.0, unsure=1.0, target_fmr=0.01, confidence=0.95, promise=None, strangers=3)


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


def test_terminal_and_report_say_the_same_of_2018() -> None:
    inputs: Any = SimpleNamespace(metrics=compute_metrics([], LINE), rivals=(), person="Ada Example")
    told = [row.original for row in plain_rows(inputs)]
    assert [one.removesuffix(" %") for one in ORIGINAL[:3]] == told[:3]


def evaluated(calibration: Calibration) -> Any:
    return SimpleNamespace(
        run=SimpleNamespace(name="r", bundle=Path("b")),
        metrics=compute_metrics([], calibration.thresholds),
        calibration=calibration,
        rivals=(),
        report=Path("report.html"),
        openings=1,
        battery=None,
        cautions=(),
    )


def test_the_terminal_says_which_intervals_take_photos_for_independent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_evaluation(evaluated(choose_threshold([], [], [])), Output())
    said = " ".join(capsys.readouterr().err.split())
    assert (
        "photos of one stranger, or of one burst, for independent: of strangers trust the line by people"
        in said
    )


@pytest.mark.parametrize(("strangers", "code"), [(400, 0), (40, 1)])
def test_the_exit_code_tells_whether_there_is_a_promise(strangers: int, code: int) -> None:
    names = [f"s{number}" for number in range(strangers)]
    calibration = choose_threshold(np.linspace(-3.0, 0.0, strangers), names, [5.0])
    assert show_evaluation(evaluated(calibration), Output()) == code


def judged(score: float | None, role: Role, **what: Any) -> Row:
    """A photo of the test; without a score no face was found."""
    return Row(
        sha256="a",
        name="a",
        part="curveball" if role == "curveball" else "test",
        role=role,
        outcome="no_face" if score is None else "judged",
        verdict=decide([] if score is None else [score], LINE),
        score=score,
        **what,
    )


def test_each_figure_stands_in_its_own_line() -> None:
    rows = [judged(score, "person") for score in (3.0, 0.0, 0.0, 0.0, 0.0)]
    rows += [judged(0.0, "stranger", identity="Mary") for _ in range(9)]
    rows += [judged(3.0, "stranger", identity="Bo")]
    rows += [judged(None, "curveball", ungated_score=score) for score in (0.0, 3.0, 3.0, 3.0)]
    shown = [cell.split(" %")[0] for cell in figures(compute_metrics(rows, LINE))]
    assert shown == ["20.0", "90.0", "50.0", "100", "25.0"]


def test_only_what_is_all_or_nothing_reads_so() -> None:
    rows = [judged(3.0, "person")] + [judged(0.0, "person")] * 2499
    rows += [judged(3.0, "stranger", identity="Bo")] + [judged(0.0, "stranger", identity="Mary")] * 2499
    rows += [judged(0.0, "curveball", ungated_score=3.0)] * 4
    person, strangers, _, curveballs, without_gate = figures(compute_metrics(rows, LINE))
    assert person == "0.04 % (0.01–0.2)"
    assert strangers == "99.96 % (99.8–99.99)"
    assert curveballs == "100 % (39.8–100)"
    assert without_gate == "0 % (0–60.2)"
