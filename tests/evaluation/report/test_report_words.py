"""Small words of the report: times, numbers of one, and what is said where there is nothing."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.intervals import Rate
from facethemodel.evaluation.metrics import compute_metrics
from facethemodel.report.page import render_report
from facethemodel.report.wording import shared

MakeInputs = Callable[..., ReportInputs]


def test_time_is_said_in_a_zone_that_is_named(make_inputs: MakeInputs) -> None:
    there = datetime(2026, 11, 24, 1, 30, tzinfo=timezone(timedelta(hours=5)))
    page = render_report(dataclasses.replace(make_inputs(), created=there))
    assert page.count("23 November 2026, 20:30 UTC") == 2


def test_the_model_has_one_name_in_legend_and_tables(make_inputs: MakeInputs) -> None:
    assert "</svg>This model (residual112)</li>" in render_report(make_inputs(rival=True))


@pytest.mark.parametrize(
    ("count", "total", "words"),
    [
        (0, 1, "none of 1 curveball"),
        (1, 1, "1 of 1 curveball"),
        (0, 2, "none of 2 curveballs"),
        (2, 2, "all 2 curveballs"),
    ],
)
def test_a_share_of_a_single_one_is_in_the_singular(count: int, total: int, words: str) -> None:
    assert shared(Rate.of(count, total), "curveball") == words


def test_one_of_each_is_in_the_singular_all_over_the_page(
    make_inputs: MakeInputs, with_battery: MakeInputs, with_insights: MakeInputs
) -> None:
    inputs = make_inputs(names=("Grace Hopper",), photos=1, curveballs=("cats",), calibrate=400, rival=True)
    alone = [row for row in inputs.rows if row.role != "curveball"] + [
        next(row for row in inputs.rows if row.role == "curveball" and row.score is not None)
    ]
    training = dataclasses.replace(inputs.training, person_photos=1, stranger_photos=1, stranger_identities=1)
    inputs = dataclasses.replace(
        inputs,
        rows=tuple(alone),
        metrics=compute_metrics(
            alone, inputs.calibration.thresholds, evidence=inputs.calibration.evidence, comparisons={}
        ),
        calibration=dataclasses.replace(inputs.calibration, strangers=1, unnamed=1, stranger_photos=1),
        training=training,
    )
    page = render_report(with_insights(with_battery(inputs, taken=True)))
    text = re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL))
    plural = r"(?<![\d.,])1 (?:more )?(?:photos|pictures|strangers|faces|kinds|curveballs|families|people)\b"
    assert re.findall(plural, text) == []
    for words in (
        "Finds 1 of 1 photo of Ada Lovelace.",
        "Falls for none of 1 curveball.",
        "The same photo of",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("looked_at", "says", "not_said"),
    [
        (0, "No kind has 20 photos of Ada Lovelace or 20 different strangers", "by chance"),
        (1, "1 kind has at least 20 photos", "by chance"),
        (2, "2 kinds have at least 20 photos", "No kind has"),
    ],
)
def test_how_many_kinds_of_photos_can_be_judged(
    make_inputs: MakeInputs, with_insights: MakeInputs, looked_at: int, says: str, not_said: str
) -> None:
    inputs = with_insights(make_inputs())
    assert inputs.slices is not None
    found = dataclasses.replace(inputs.slices, looked_at=looked_at)
    page = render_report(dataclasses.replace(inputs, slices=found))
    section = page.split('<section id="slices">')[1].split("</section>")[0]
    assert says in section
    assert not_said not in section
    assert ("Red for" in section) == (looked_at > 0)


def tiles(inputs: ReportInputs) -> list[str]:
    page = render_report(inputs).split('<div class="tiles">')[1].split("<nav")[0]
    return [re.sub(r"<[^>]*>|\s+", " ", one) for one in page.split('<div class="tile')[1:]]


def test_a_tile_says_that_there_is_none_in_the_test(make_inputs: MakeInputs) -> None:
    empty = tiles(make_inputs(names=(), photos=0, curveballs=(), calibrate=0))
    assert len(empty) == 4
    for one in empty:
        assert "none in the test" in one
        assert one.count("–") == 1
    without_strangers = tiles(make_inputs(names=()))
    assert "of strangers’: none in the test" in without_strangers[3]
    assert "none in the test" not in without_strangers[0]


def test_photos_on_which_no_face_was_found_are_not_called_none(make_inputs: MakeInputs) -> None:
    inputs = make_inputs()
    faceless = dataclasses.replace(inputs.metrics.person, found=Rate.of(0, 0))
    metrics = dataclasses.replace(inputs.metrics, person=faceless)
    assert "no face was found on any" in tiles(dataclasses.replace(inputs, metrics=metrics))[0]


def test_what_became_of_each_photo_and_of_files_that_are_none(make_inputs: MakeInputs) -> None:
    inputs = make_inputs()
    counts = dataclasses.replace(inputs.metrics.counts, outcomes={"judged": 4, "not_judged": 3})
    inputs = dataclasses.replace(inputs, metrics=dataclasses.replace(inputs.metrics, counts=counts))
    page = render_report(inputs)
    # Some of those parts have no accepted face, and taught nobody anything.
    assert "<dt>3</dt><dd>in the train, tune and calibrate parts, not judged</dd>" in page
    assert "could not be added" not in page
    for count, words in (
        (1, "<dt>1</dt><dd>file could not be added and is"),
        (2, "files could not be added and are"),
    ):
        page = render_report(dataclasses.replace(inputs, not_added=count))
        assert f"{words} not among them: <code>facethemodel status --skipped</code>" in page
