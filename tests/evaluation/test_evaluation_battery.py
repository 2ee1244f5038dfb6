from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.battery.families import FAMILIES
from facethemodel.battery.ladders import LADDERS
from facethemodel.battery.shots import Shot, Whose
from facethemodel.bundle.decision import VerdictName
from facethemodel.evaluation.battery import compute_battery
from facethemodel.evaluation.battery_figures import Battery, BatteryReport, Judged, LadderFigures
from facethemodel.evaluation.document import write_metrics
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.rows import Row
from facethemodel.pipeline.battery_pictures import _level
from facethemodel.report.battery import ROW_SIDE, battery_view, reading, worst_sentence
from facethemodel.report.battery_chart import panel
from facethemodel.report.page import render_report
from facethemodel.report.pictures import data_address

MakeInputs = Callable[..., ReportInputs]

LINE, UNSURE = 2.0, 0.0
DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


def verdict_of(score: float | None) -> VerdictName:
    if score is None:
        return "no_face"
    return "person" if score >= LINE else "unsure" if score >= UNSURE else "not_person"


def sha(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def row(number: int, score: float | None, **what: object) -> Row:
    return Row(
        sha256=sha(number),
        name=f"{number}.jpg",
        outcome="no_face" if score is None else "judged",
        verdict=verdict_of(score),
        score=score,
        best_face=None if score is None else 0,
        **{"part": "test", "role": "person", **what},  # type: ignore[arg-type]
    )


def picture(name: str, score: float | None, *, photo: int | None = None, seed: int = 0) -> Judged:
    shot = Shot(name=name, photo=None if photo is None else sha(photo), seed=seed)
    return Judged(shot=shot, verdict=verdict_of(score), score=score)


def step(name: str, rung: float, score: float | None, photo: int, whose: Whose = "person") -> Judged:
    shot = Shot(name=name, rung=rung, whose=whose, photo=sha(photo))
    return Judged(shot=shot, verdict=verdict_of(score), score=score)


def battery(judged: Sequence[Judged], rows: Sequence[Row] = ()) -> Battery:
    return compute_battery(judged, rows, person_line=LINE)


def test_a_family_is_counted_by_verdict_and_beside_its_photos_as_they_are() -> None:
    rows = [row(0, 3.0), row(1, 1.0), row(2, 3.5)]
    judged = [
        picture("the person mirrored", score, photo=number) for number, score in enumerate((3.0, 2.5, None))
    ]
    (one,) = battery(judged, rows).families
    assert (one.gate.count, one.taken.count, one.unsure.count, one.pictures) == (2, 2, 0, 3)
    assert one.unchanged is not None
    assert (one.unchanged.count, one.unchanged.total) == (2, 3)
    assert one.highest_score == 3.0
    assert not one.wrong_if_taken


def test_what_the_gate_refuses_scores_lowest() -> None:
    rows = [row(0, 3.0), row(1, -5.0)]
    refused = battery([picture("flat colour", None, seed=number) for number in range(4)], rows)
    assert refused.families[0].auc == 1.0
    assert refused.worst is None
    assert refused.separation[0].fpr.count == 0
    # One of the two photos of the person has no face either: half of the pairs are ties at the bottom.
    missed = battery(
        [picture("flat colour", None, seed=number) for number in range(4)], [row(0, 3.0), row(1, None)]
    )
    assert missed.families[0].auc == pytest.approx(0.75)


def test_false_positives_are_told_at_the_line_that_95_of_100_photos_reach() -> None:
    rows = [row(number, float(number)) for number in range(100)]
    judged = [picture("stripes", score, seed=number) for number, score in enumerate((4.5, 5.0, 50.0, None))]
    whole, far = battery(judged, rows).separation
    assert (whole.group, far.group) == ("all", "far")
    assert far.line == 5.0
    assert (far.fpr.count, far.fpr.total) == (2, 4)


def test_no_line_is_reached_by_95_of_100_when_the_gate_refuses_too_many() -> None:
    rows = [row(number, None if number < 6 else 3.0) for number in range(100)]
    (one, _) = battery([picture("stripes", None)], rows).separation
    assert one.line is None
    assert one.fpr.total == 0
    assert one.fpr.value is None


def test_near_far_and_own_stand_apart_and_together() -> None:
    rows = [row(0, 3.0)] + [
        row(number, score, part="curveball", role="curveball", category=category)
        for number, (score, category) in enumerate([(None, "cats"), (1.0, "Cats"), (0.5, "wax")], start=10)
    ]
    judged = [
        picture("stripes", None),
        picture("drawn people", 1.0),
        picture("the person mirrored", 3.0, photo=0),
    ]
    found = battery(judged, rows)
    assert [(one.group, one.families, one.pictures) for one in found.separation] == [
        ("all", 4, 5),
        ("far", 1, 1),
        ("near", 1, 1),
        ("own", 2, 3),
    ]
    # Spellings of one name are one family; the user's own come last.
    assert [(one.name, one.pictures) for one in found.families if one.kind == "own"] == [
        ("cats", 2),
        ("wax", 1),
    ]
    assert [one.kind for one in found.families] == ["far", "near", "control", "own", "own"]


def test_the_worst_is_what_is_wrong_and_scores_highest() -> None:
    judged = [
        picture("the person upside down", 9.0, photo=0),
        picture("drawn people", 1.5, seed=4),
        picture("smileys", 1.0, seed=5),
    ]
    own = row(7, 1.7, part="curveball", role="curveball", category="wax")
    worst = battery(judged, [row(0, 9.0)]).worst
    assert worst is not None
    assert (worst.family, worst.seed, worst.verdict) == ("drawn people", 4, "unsure")
    assert worst.above == pytest.approx(-0.5)
    equal = [picture("drawn people", 1.5, seed=seed) for seed in (3, 4, 2)]
    named = battery(equal, [row(0, 9.0)]).worst
    shown = max(equal, key=_level)
    assert named is not None
    assert (named.photo, named.seed) == (shown.shot.photo, shown.shot.seed) == (None, 4)
    mine = battery(judged, [row(0, 9.0), own]).worst
    assert mine is not None
    assert (mine.family, mine.photo, mine.face) == ("wax", sha(7), 0)


def test_the_median_photo_turns_where_half_have_turned() -> None:
    rows = [row(number, 3.0) for number in range(4)]
    scores: dict[float, list[float | None]] = {
        1: [3.0, 3.0, 3.0, 3.0],
        2: [3.0, 3.0, 3.0, None],
        3: [3.0, 3.0, 1.0, None],
        5: [3.0, -1.0, -1.0, None],
        8: [None, None, -1.0, 3.0],
        12: [None, None, None, None],
    }
    judged = [
        step("blur", rung, score, number)
        for rung, some in scores.items()
        for number, score in enumerate(some)
    ]
    (ladder,) = battery(judged, rows).ladders
    assert [one.median for one in ladder.person] == [
        "person",
        "person",
        "person",
        "unsure",
        "not_person",
        "no_face",
        "no_face",
    ]
    assert ladder.turns == {"unsure": 3, "not_person": 5, "no_face": 8}
    assert reading(ladder).replace("\u202f", " ") == (
        "found up to 2 px, “unsure” from 3 px, not the person from 5 px, no face from 8 px"
    )


def test_rungs_without_photos_are_not_read_out() -> None:
    """Faces that are smaller than a rung of size are not on it."""
    rows = [row(0, 3.0)]

    def climbed(*scores: tuple[float, float | None]) -> LadderFigures:
        (ladder,) = battery([step("size", rung, score, 0) for rung, score in scores], rows).ladders
        return ladder

    some = climbed((40, 3.0), (28, 1.0), (20, -1.0), (14, None))
    assert [one.photos for one in some.person] == [1, 0, 0, 1, 1, 1, 1]
    assert reading(some).replace("\u202f", " ") == (
        "found down to 40 px, “unsure” at 28 px, not the person at 20 px, no face at 14 px"
    )
    drawn = panel(some, {})
    assert drawn.count(">–</text>") == 2
    assert 'share found: as they are: 100%, 40: 100%, 28: 0%, 20: 0%, 14: 0%"' in drawn

    assert reading(climbed((40, 3.0))) == "found on every rung"
    assert reading(climbed((14, None))).replace("\u202f", " ") == "no face at 14 px"
    strangers = battery([step("size", 40, 1.0, 1, "strangers")], [row(1, 0.0, role="stranger")])
    assert reading(strangers.ladders[0]) == "no photo"
    assert 'share found: no photo"' in panel(strangers.ladders[0], {})


def test_a_stranger_turns_once_however_many_rungs_are_climbed() -> None:
    rows = [row(number, score, role="stranger") for number, score in enumerate((3.0, 0.0, -1.0))]
    judged = [
        step("noise", 5, 3.0, 0, "strangers"),
        step("noise", 5, 2.5, 1, "strangers"),
        step("noise", 10, 2.5, 1, "strangers"),
        step("blur", 1, 2.5, 1, "strangers"),
        step("blur", 1, -2.0, 2, "strangers"),
    ]
    found = battery(judged, rows)
    # The first is taken for the person as he is: nothing turned him.
    assert (found.turned.count, found.turned.total) == (1, 2)
    assert [(one.name, one.turned.count, one.turned.total) for one in found.ladders] == [
        ("blur", 1, 2),
        ("noise", 1, 1),
    ]
    assert found.summary.endswith(
        "; 1 of 2 strangers turn into the person when their photo is made worse (blur 1, noise 1)"
    )


def test_nothing_at_all_is_still_an_answer() -> None:
    found = battery([])
    assert (found.families, found.separation, found.ladders) == ((), (), ())
    assert found.worst is None
    assert found.worst_family is None
    assert found.summary == "no curveball was made"


@given(
    st.lists(st.none() | st.floats(-9, 9), min_size=1, max_size=30),
    st.lists(st.none() | st.floats(-9, 9), min_size=1, max_size=30),
)
def test_shares_lie_where_they_must(persons: list[float | None], others: list[float | None]) -> None:
    rows = [row(number, score) for number, score in enumerate(persons)]
    judged = [picture("drawn people", score, seed=number) for number, score in enumerate(others)]
    found = battery(judged, rows)
    one, separation = found.families[0], found.separation[0]
    assert one.taken.count + one.unsure.count <= one.gate.count <= one.pictures == len(others)
    assert separation.auc is not None
    assert 0 <= separation.auc <= 1
    if separation.line is not None:
        reached = sum(score is not None and score >= separation.line for score in persons)
        assert reached / len(persons) >= 0.95
    assert (found.worst is None) == all(score is None for score in others)


class Page(HTMLParser):
    """The words of a page, and the addresses of its pictures."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.images: list[str] = []
        self.hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden = tag == "style"
        self.images += [
            value or "" for name, value in attrs if tag in ("img", "image") and name in ("src", "href")
        ]

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.mark.parametrize("taken", [True, False])
def test_the_report_shows_the_worst_first_and_every_family(
    make_inputs: MakeInputs, with_battery: MakeInputs, taken: bool
) -> None:
    inputs = with_battery(make_inputs(curveballs=()), taken=taken)
    page = Page(render_report(inputs))
    first = page.text[: page.text.index("Beside the original of 2018")]
    assert ("is taken for Ada Lovelace: its score lies 1.00 above the line" in first) == taken
    assert ("Of the pictures the computer made, none is taken for Ada Lovelace." in first) == (not taken)
    assert all(one.name in page.text for one in FAMILIES)
    assert all(ladder.note in page.text for ladder in LADDERS)
    assert "This is not a lock for a door" in page.text
    assert "None" not in re.sub("None (of them turns|passed here)", "", page.text)
    assert len(page.images) > len(FAMILIES) + sum(len(ladder.rungs) for ladder in LADDERS)
    assert all(image.startswith("data:image/jpeg;base64,") for image in page.images)


def test_a_curveball_of_the_users_own_is_shown_by_its_photo(
    make_inputs: MakeInputs, with_battery: MakeInputs
) -> None:
    inputs = make_inputs()
    asked: list[tuple[str, int | None]] = []

    def thumbnail(sha256: str, face: int | None) -> None:
        asked.append((sha256, face))

    inputs = dataclasses.replace(with_battery(inputs, taken=False), thumbnail=thumbnail)
    worst = next(row for row in inputs.rows if row.part == "curveball" and row.score is not None)
    better = dataclasses.replace(worst, score=inputs.calibration.person + 5, verdict="person")
    rows = tuple(better if row is worst else row for row in inputs.rows)
    assert inputs.battery is not None
    figures = compute_battery([], rows, person_line=inputs.calibration.person)
    inputs = dataclasses.replace(inputs, rows=rows, battery=BatteryReport(figures=figures))
    assert f"of your own (family “{better.category}”), is taken for" in Page(render_report(inputs)).text
    assert (better.sha256, None) in asked


def test_a_family_in_two_spellings_is_shown_by_its_worst_photo(make_inputs: MakeInputs) -> None:
    inputs = make_inputs(curveballs=("Wax dolls", "wax_dolls", "zebras"))
    line = inputs.calibration.person
    later = [one for one in inputs.rows if one.category == "wax_dolls" and one.score is not None]
    worst = dataclasses.replace(later[-1], score=line + 9, verdict="person")
    rows = tuple(worst if one is later[-1] else one for one in inputs.rows)
    figures = compute_battery([], rows, person_line=line)
    inputs = dataclasses.replace(inputs, rows=rows, battery=BatteryReport(figures=figures))
    view = battery_view(inputs)
    assert view is not None
    (own,) = view.groups
    dolls, zebras = own.rows
    assert (dolls.figures.name, dolls.figures.pictures) == ("Wax dolls", 20)
    pixels = inputs.thumbnail(worst.sha256, None)
    assert pixels is not None
    assert dolls.data == data_address(pixels, side=ROW_SIDE) != zebras.data
    assert figures.worst is not None
    assert figures.worst.family == "Wax dolls"


def test_without_a_battery_the_report_has_no_such_section(make_inputs: MakeInputs) -> None:
    html = render_report(make_inputs())
    assert 'id="battery"' not in html
    assert 'href="#battery"' not in html


def test_every_key_of_the_battery_is_documented(
    make_inputs: MakeInputs, with_battery: MakeInputs, tmp_path: Path
) -> None:
    write_metrics(with_battery(make_inputs(), taken=True), tmp_path / "metrics.json")
    document = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["battery"]
    section = DOCUMENTATION.read_text(encoding="utf-8").split("### `battery`")[1].split("\n### ")[0]
    documented = set(re.findall(r"`([A-Za-z_]+)`", section))
    assert [one["name"] for one in document["families"]][-2:] == ["cats", "pages of text"]

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value) | set().union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    rate = {"count", "total", "value", "low", "high"}
    assert keys(document) - documented - rate == set()
    assert {ladder.name for ladder in LADDERS} <= documented


def test_the_sentence_without_a_face_anywhere() -> None:
    found = battery([picture("stripes", None)], [row(0, 3.0)])
    assert worst_sentence("Ada", found) == "No curveball gets past the gate: nothing is taken for Ada."
    assert found.summary == (
        "none of 1 curveballs of 1 families is taken for the person (0 get past the gate)"
    )
