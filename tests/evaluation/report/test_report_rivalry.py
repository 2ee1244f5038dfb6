"""Models side by side: who is ahead is said by the false match rate that there are enough strangers for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from facethemodel.evaluation.curves import rank
from facethemodel.evaluation.inputs import ReportInputs, Rival, Speed
from facethemodel.evaluation.intervals import Rate
from facethemodel.report.page import render_report
from facethemodel.report.rivalry import EVERYBODY, OURS, Against, Standing, leads, side_by_side

STRANGERS = [float(score) for score in range(200)]


def standing(model: str, persons: Sequence[float], strangers: Sequence[float], own: bool = False) -> Standing:
    return Standing(
        model=model,
        own_line=own,
        points=rank(persons, strangers).operating_points,
        missed=Rate.of(0, 10),
        taken=Rate.of(0, 10),
        promise=None,
        speed=None,
    )


def against(*standings: Standing) -> Against:
    return Against(name="X", identities=3, photos=200, standings=standings)


def test_ahead_behind_and_as_many() -> None:
    ours = standing(OURS, [500.0] * 90 + [0.0] * 10, STRANGERS)
    better = standing("better", [500.0] * 100, STRANGERS)
    worse = standing("worse", [0.0] * 100, STRANGERS)
    near = standing("near", [500.0] * 91 + [0.0] * 9, STRANGERS)
    same = standing("same", [500.0] * 90 + [0.0] * 10, STRANGERS)
    its_own = standing("as it comes", [500.0] * 100, STRANGERS, own=True)
    said = leads(against(ours, better, worse, near, same, its_own)).replace("\u202f", " ")
    assert said == (
        "Where 1 % of their photos would pass, this model misses 10.0 %. "
        "Ahead: better (0 %), near (9.0 %, the intervals overlap). Behind: worse (100 %). As many: same."
    )


def test_shares_are_compared_where_a_rival_could_not_judge_all_photos() -> None:
    ours = standing(OURS, [500.0] * 45 + [0.0] * 5, STRANGERS)
    worse = standing("rival", [500.0] * 16 + [0.0] * 4, STRANGERS)
    assert "Behind: rival (20.0 %" in leads(against(ours, worse)).replace("\u202f", " ")


@pytest.mark.parametrize(
    ("strangers", "said"),
    [
        (100, "Where 1\u202f%"),
        (99, "Where 5\u202f%"),
        (20, "Where 5\u202f%"),
        (19, "There are too few photos"),
    ],
)
def test_the_rate_that_decides_is_one_that_can_be_seen(strangers: int, said: str) -> None:
    scores = STRANGERS[:strangers]
    table = against(standing(OURS, [500.0], scores), standing("rival", [500.0], scores))
    assert leads(table).startswith(said)


def test_nothing_is_said_of_models_with_their_own_line() -> None:
    ours = standing(OURS, [1.0], STRANGERS)
    assert leads(against(ours, standing("rival", [1.0], STRANGERS, own=True))) == ""


def test_everybody_then_each_comparison(make_inputs: Callable[..., ReportInputs]) -> None:
    inputs = make_inputs(rival=True)
    speed = Speed(face_ms=2.0, photo_ms=9.0, faces=25)
    rivals = (replace(inputs.rivals[0], speed=speed),)
    tables = side_by_side(inputs.metrics, rivals, speed=None)
    assert [table.name for table in tables] == [EVERYBODY, "all"]
    for table in tables:
        assert [one.model for one in table.standings] == [OURS, "seed2018"]
        assert table.standings[1].speed == speed
    assert tables[0].standings[0].points == inputs.metrics.ranking.operating_points
    assert tables[1].standings[0].taken == inputs.metrics.comparisons[0].fmr


def test_the_report_shows_them_with_every_name_escaped(make_inputs: Callable[..., ReportInputs]) -> None:
    inputs = make_inputs()
    assert 'id="rivals"' not in render_report(inputs)
    rival = Rival(
        name="<b>net</b>",
        note="trained on <i>",
        metrics=inputs.metrics,
        own_line=True,
        speed=Speed(face_ms=134.2, photo_ms=150.9, faces=25),
    )
    page = render_report(replace(inputs, rivals=(rival,), speed=Speed(face_ms=0.91, photo_ms=14.2, faces=25)))
    section = page[page.index('<section id="rivals">') :]
    assert "&lt;b&gt;net&lt;/b&gt;" in section
    assert "<b>net</b>" not in page
    assert "134\u202fms" in section
    assert "0.91\u202fms" in section
    assert "makers’ line" in section
