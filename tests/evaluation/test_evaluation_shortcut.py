from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.shortcut import (
    CONDITIONS,
    LIMIT,
    Found,
    JudgedFaces,
    Shortcut,
    ShortcutReport,
    measure_shortcut,
)
from facethemodel.report.page import alerts
from facethemodel.report.shortcut import rough_area, shortcut_alert, shortcut_view

MANY = tuple(f"stranger {i}" for i in range(30))
MakeInputs = Callable[..., ReportInputs]


def judged(shifts: dict[str, float], *, photos: int = 40, people: int = 60) -> JudgedFaces:
    """The person's scores lie `shifts` above those of strangers with three photos each; 0 where not named."""
    rng = np.random.default_rng(6)
    count = photos + 3 * people
    is_person = np.arange(count) < photos
    draws = [f"\0{i}" for i in range(photos)] + [f"stranger {i // 3}" for i in range(3 * people)]
    scores = {name: rng.normal(0, 1, count) + is_person * shifts.get(name, 0.0) for name in CONDITIONS}
    return JudgedFaces(is_person=is_person, draws=draws, scores=scores)


def measured(faces: JudgedFaces, *names: str) -> Shortcut:
    found = measure_shortcut(faces, {name: (name,) for name in names})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("shifts", "found"),
    [
        ({"whole": 5.0, "only_face": 5.0}, "nothing"),
        ({"whole": 5.0, "without_face": 2.0}, "model"),
        ({"whole": 5.0, "traces": 2.0}, "data"),
        ({"without_face": 2.0, "traces": 2.0}, "model"),
        ({"surroundings": 4.0}, "nothing"),
        ({"without_face": -3.0}, "nothing"),
    ],
)
def test_what_decides(shifts: dict[str, float], found: Found) -> None:
    assert measured(judged(shifts)).found == found


def test_more_of_the_named_strangers_count_against_them_alone() -> None:
    faces = judged({"whole": 2.0})
    extra = np.array([draw == "stranger 0" for draw in faces.draws], dtype=np.bool_)
    everyone, one = measured(replace(faces, for_comparisons=extra), "Stranger 0").against
    assert (everyone.identities, everyone.photos) == (59, 177)
    assert (one.identities, one.photos) == (1, 3)


def test_what_the_other_strangers_leave_open_is_not_ruled_out(make_inputs: MakeInputs) -> None:
    inputs = make_inputs()
    figures = measured(judged({"whole": 5.0}), "stranger 0")
    everyone, one, others = figures.against
    unsure = replace(others, without_face=replace(others.without_face, auc=0.70, low=0.6, high=0.9))
    for against, said in (
        ((everyone, one, others), "It is the face"),
        ((everyone, one, unsure), "cannot be ruled"),
    ):
        report = ShortcutReport(figures=replace(figures, against=against), examples=())
        view = shortcut_view(replace(inputs, shortcut=report))
        assert view is not None
        assert said in view.verdict


def test_what_is_not_sure_is_not_said() -> None:
    assert measured(judged({"without_face": 1.5}, photos=5, people=5)).found == "nothing"
    assert measured(judged({"without_face": 1.5}, photos=60, people=200)).found == "model"


def test_named_strangers_are_counted_by_their_photos() -> None:
    found = measured(judged({"whole": 2.0}), "Stranger_0", "nobody")
    everyone, one, others = found.against
    assert (everyone.identities, everyone.photos) == (60, 180)
    assert (one.name, one.identities, one.photos) == ("Stranger_0", 1, 3)
    assert (others.name, others.identities, others.photos) == ("the other test strangers", 59, 177)
    assert 0.0 < one.whole.low < one.whole.high <= 1.0


def test_bound_strangers_of_the_same_source_do_not_switch_the_alarm_off() -> None:
    """The model tells the person from 40 people by their source; two bound ones with many photos share it."""
    rng = np.random.default_rng(3)
    kinds = ["person"] * 40 + ["other"] * 120 + ["bound"] * 200
    draws = [f"\0{i}" for i in range(40)] + [f"stranger {i // 3}" for i in range(120)]
    draws += [f"bound {i % 2}" for i in range(200)]
    without = np.array([0.0 if kind == "other" else 2.0 for kind in kinds]) + rng.normal(0, 1, len(kinds))
    faces = JudgedFaces(
        is_person=np.array([kind == "person" for kind in kinds]),
        draws=draws,
        scores={name: without if name == "without_face" else without * 0 for name in CONDITIONS},
    )
    found = measured(faces, "bound 0", "bound 1")
    assert found.against[0].without_face.low < LIMIT
    assert (found.found, found.decided_on.name) == ("model", "the other test strangers")
    text = shortcut_alert("Ada", found)
    assert text is not None
    assert "figures against the other test strangers are too good" in text
    assert "trust the comparison with bound" in text


def test_where_all_strangers_are_named_there_are_no_others() -> None:
    found = measured(judged({}, people=1), "Stranger_0")
    assert [one.name for one in found.against] == ["all test strangers", "Stranger_0"]


def test_what_is_missed_once_the_source_is_evened_out() -> None:
    found = measured(judged({"whole": 9.0, "evened": 3.0}, photos=300)).against[0]
    at_5, at_1, at_01 = found.evened_points
    assert at_5.fnmr.count < at_1.fnmr.count < at_01.fnmr.count
    assert (at_1.resolvable, at_01.resolvable) == (True, False)


def test_without_the_person_or_strangers_there_is_nothing_to_compare() -> None:
    assert measure_shortcut(judged({}, photos=0), {}) is None
    assert measure_shortcut(judged({}, people=0), {}) is None


def test_the_alert_has_the_figure_and_what_to_do() -> None:
    found = measured(judged({"without_face": 2.0}), "stranger 1")
    text = shortcut_alert("Ada", found)
    assert text is not None
    assert f"{100 * (found.against[0].without_face.auc or 0):.0f} of 100 pairs" in text
    assert "Collect strangers from the same source, years and photographers" in text
    assert "comparison with stranger 1" in text
    data = shortcut_alert("Ada", measured(judged({"traces": 2.0})))
    assert data is not None
    assert "how they were made" in data
    assert "test_identities" in data
    assert "makes little use of that" in data
    open_question = shortcut_alert("Ada", measured(judged({"traces": 2.0, "without_face": 0.9})))
    assert open_question is not None
    assert "Whether this model wins by that is not sure" in open_question
    assert shortcut_alert("Ada", measured(judged({}))) is None


def test_the_alert_is_red_and_stands_above_the_figures(
    make_inputs: MakeInputs, with_insights: MakeInputs
) -> None:
    red = [
        one.text
        for one in alerts(with_insights(make_inputs(photos=80, names=MANY), shortcut=True))
        if one.bad
    ]
    assert any("without a face" in text for text in red)
    calm = [one.text for one in alerts(with_insights(make_inputs(photos=80, names=MANY))) if one.bad]
    assert calm == []


def test_few_photos_are_no_proof_that_it_is_the_face(
    make_inputs: MakeInputs, with_insights: MakeInputs
) -> None:
    few = shortcut_view(with_insights(make_inputs(photos=6)))
    assert few is not None
    assert "cannot be ruled out" in few.verdict
    assert few.lines[1].areas[0].high > LIMIT


@pytest.mark.parametrize(
    ("value", "words"), [(None, "–"), (0.5, "0.500"), (0.99996, "0.999"), (1.0, "1"), (0.0, "0.000")]
)
def test_only_a_perfect_area_reads_one(value: float | None, words: str) -> None:
    assert rough_area(value) == words
