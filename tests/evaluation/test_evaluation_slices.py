from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.bundle.decision import VerdictName
from facethemodel.catalogue.records import Face, Role
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.intervals import exact_interval
from facethemodel.evaluation.rows import Row
from facethemodel.evaluation.slices import (
    BRIGHTNESS,
    FEWEST,
    SIZE,
    Facts,
    Slices,
    colourfulness,
    measure_slices,
    roll,
    slices_of,
    yaw,
)
from facethemodel.report.page import alerts, render_report
from facethemodel.report.slices import slices_headline

MakeInputs = Callable[..., ReportInputs]
FRONT = (30.0, 40.0, 70.0, 40.0, 50.0, 60.0, 35.0, 80.0, 65.0, 80.0)


def face(**what: object) -> Face:
    usual = Face(
        index=0,
        box=(0, 0, 100, 100),
        landmarks=FRONT,
        detector_score=1,
        gate_score=1,
        accepted=True,
        main=True,
        sharpness=120,
        brightness=0.5,
    )
    return replace(usual, **what)  # type: ignore[arg-type]


def row(number: int, role: Role, verdict: VerdictName, identity: str | None = None) -> Row:
    return Row(
        sha256=f"{number:064d}",
        name="a.jpg",
        role=role,
        outcome="judged",
        identity=identity,
        part="test",
        verdict=verdict,
        score=0.0,
        best_face=0,
        faces=1,
    )


def measured(rows: list[Row], tagged: dict[str, list[Row]], *, promise: float | None = 0.01) -> Slices:
    tags: dict[str, list[str]] = {}
    for tag, some in tagged.items():
        for one in some:
            tags.setdefault(one.sha256, []).append(tag)
    facts = {sha: Facts(tags=tuple(words)) for sha, words in tags.items()}
    return measure_slices(rows, facts, promise=promise)


def strangers(count: int, taken: int, *, start: int, photos: int = 1) -> list[Row]:
    """`count` strangers with so many photos each; those of the first `taken` are taken."""
    return [
        row(
            start + one * photos + photo,
            "stranger",
            "person" if one < taken else "not_person",
            f"s{start}-{one}",
        )
        for one in range(count)
        for photo in range(photos)
    ]


def test_every_photo_lies_in_one_range_of_each_kind() -> None:
    facts = Facts(tags=("old", "beard"), face=face(), colour=0.5, taken=" 1969-01-30")
    found = [(one.kind, one.name) for one in slices_of(facts)]
    assert found == [
        ("tag", "old"),
        ("tag", "beard"),
        ("face size", "80 to 160 px"),
        ("sharpness", "medium"),
        ("pose", "to the front"),
        ("tilt", "upright"),
        ("brightness", "medium"),
        ("colour", "black-and-white"),
        ("taken", "1960s"),
    ]


@pytest.mark.parametrize(
    ("taken", "decade"),
    [
        ("1969", "1960s"),
        ("1969-01", "1960s"),
        ("1969:01:30 10:00:00", "1960s"),
        ("19690130", "1960s"),
        ("19690130T101010Z", "1960s"),
        ("20240229101010", "2020s"),
        ("unknown", None),
        ("19690130123", None),
        ("19691330", None),
        ("1969013", None),
        # Seconds and milliseconds since 1970.
        ("1700000000", None),
        ("1964020712", None),
        ("1700000000000", None),
    ],
)
def test_the_decade_of_a_date(taken: str, decade: str | None) -> None:
    assert [one.name for one in slices_of(Facts(taken=taken))] == ([] if decade is None else [decade])


@given(st.floats(0, 5000, allow_nan=False))
def test_ranges_begin_at_their_edge(value: float) -> None:
    name = SIZE.of(value).name
    assert SIZE.names.index(name) == sum(value >= edge for edge in SIZE.edges)
    assert len(SIZE.names) == len(SIZE.words) == len(SIZE.edges) + 1
    assert BRIGHTNESS.of(0.3).name == "medium"


@pytest.mark.parametrize("angle", [-35.0, -10.0, 0.0, 20.0, 44.0])
def test_tilt_is_the_angle_of_the_eyes_and_does_not_change_the_turn(angle: float) -> None:
    turn = math.radians(angle)
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    points = np.array(FRONT).reshape(5, 2)
    points[2, 0] += 6.0
    tilted = (points @ matrix.T).ravel().tolist()
    assert roll(tilted) == pytest.approx(angle)
    assert yaw(tilted) == pytest.approx(6.0 / 40.0)


@pytest.mark.parametrize("degrees", [0, 10, 17, 30, 37, 50])
def test_the_turn_follows_a_head_seen_from_afar(degrees: float) -> None:
    turn = math.radians(degrees)
    # Eyes 2 apart in the plane of the face, the tip of the nose 0.8 before it; parallel view from the front.
    eyes, nose = math.cos(turn), 0.8 * math.sin(turn)
    landmarks = (-eyes, 0.0, eyes, 0.0, nose, 1.0, -eyes, 2.0, eyes, 2.0)
    assert yaw(landmarks) == pytest.approx(0.4 * math.tan(turn))
    assert yaw((1.0, 1.0) * 5) == 0.0


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_either_side_is_one_kind(side: float) -> None:
    tilted = (30.0, 40.0 - side * 10.0, 70.0, 40.0 + side * 10.0, *FRONT[4:])
    turned = (*FRONT[:4], 50.0 + side * 20.0, *FRONT[5:])
    of_tilted, of_turned = (
        {one.kind: one.name for one in slices_of(Facts(face=face(landmarks=landmarks)))}
        for landmarks in (tilted, turned)
    )
    assert (of_tilted["tilt"], of_turned["pose"]) == ("25° and more", "far turned")


def test_one_tint_all_over_is_no_colour() -> None:
    rng = np.random.default_rng(1)
    grey = np.repeat(rng.integers(60, 200, (112, 112, 1)), 3, axis=2)
    sepia = grey + np.array([25, 5, -20])
    colours = rng.integers(0, 256, (112, 112, 3))
    found = [colourfulness(crop.astype(np.uint8)) for crop in (grey, sepia, colours)]
    assert found[0] == pytest.approx(0.0)
    assert found[1] < 0.5
    assert found[2] > 20


def test_a_slice_that_breaks_the_promise_is_broken_and_named(
    make_inputs: MakeInputs, with_insights: MakeInputs
) -> None:
    bad, good = strangers(40, 12, start=0), strangers(200, 0, start=1000)
    found = measured([*bad, *good], {"bearded": bad, "shaven": good})
    assert [(one.slice.name, one.broken) for one in found.strangers] == [("bearded", True), ("shaven", False)]
    assert found.broken[0].low_adjusted > 0.01
    assert slices_headline(found) == ("Breaks its promise on strangers’ photos tagged “bearded”.",)
    inputs = with_insights(make_inputs(), broken=True)
    assert "Breaks its promise on strangers’ photos tagged “bearded”" in render_report(inputs)
    assert any(one.bad and "tagged “bearded” (30 strangers" in one.text for one in alerts(inputs))
    assert slices_headline(with_insights(make_inputs()).slices) == ()


def test_each_stranger_weighs_the_same_and_few_are_not_judged() -> None:
    one_person = strangers(1, 1, start=0, photos=300)
    others = strangers(300, 0, start=1000)
    found = measured([*one_person, *others], {"twin": one_person, "rest": others})
    twin = next(one for one in found.strangers if one.slice.name == "twin")
    assert twin.fmr.value == twin.fmr_per_identity.value == 1.0
    assert not twin.enough
    assert not twin.broken
    assert found.strangers[-1] is twin


def test_without_a_promise_none_is_broken() -> None:
    bad, good = strangers(40, 40, start=0), strangers(40, 0, start=1000)
    found = measured([*bad, *good], {"bad": bad, "good": good}, promise=None)
    assert found.broken == ()
    assert slices_headline(found) == slices_headline(None) == ()


def test_the_more_slices_are_looked_at_the_surer_each_must_be() -> None:
    some = strangers(60, 4, start=0)
    rest = strangers(60, 0, start=1000)
    few = measured([*some, *rest], {"a": some, "b": rest})
    tags = {f"t{i}": some[i : i + 30] for i in range(20)} | {"a": some, "b": rest}
    many = measured([*some, *rest], tags)
    assert few.looked_at == 2
    assert many.looked_at == 22
    assert few.adjusted_confidence == pytest.approx(0.975)
    assert many.adjusted_confidence == pytest.approx(1 - 0.05 / 22)
    lows = [next(one.low_adjusted for one in f.strangers if one.slice.name == "a") for f in (few, many)]
    assert lows[1] < lows[0] == pytest.approx(exact_interval(4, 60, confidence=0.975)[0])
    assert few.broken[:1] != ()
    assert not any(one.slice.name == "a" for one in many.broken)


def test_a_broken_slice_by_chance_is_rare() -> None:
    """All strangers are taken at exactly the promised rate, by chance; tags are drawn at random."""
    rng = np.random.default_rng(8)
    false_alarms = 0
    for _ in range(100):
        rows = [
            row(i, "stranger", "person" if rng.random() < 0.01 else "not_person", f"s{i}") for i in range(400)
        ]
        tags = {f"t{k}": [one for one in rows if rng.random() < 0.3] for k in range(10)}
        false_alarms += bool(measured(rows, tags).broken)
    assert false_alarms <= 5


def test_the_person_is_counted_by_photo_the_worst_first() -> None:
    found_ones = [row(i, "person", "person") for i in range(60)]
    missed = [row(100 + i, "person", "not_person" if i < 20 else "unsure") for i in range(25)]
    few = [row(200, "person", "not_person")]
    found = measured(
        [*found_ones, *missed, *few], {"glasses": missed, "plain": found_ones, "hat": few, "all": []}
    )
    assert [one.slice.name for one in found.person] == ["glasses", "plain", "hat"]
    glasses, plain, hat = found.person
    assert (glasses.fnmr.count, glasses.fnmr.total, glasses.stands_out) == (25, 25, True)
    assert (plain.fnmr.count, plain.stands_out) == (0, False)
    assert not hat.enough
    assert FEWEST == found.fewest == 20


def test_few_do_not_stand_out_and_slices_of_the_person_are_chances_too() -> None:
    missed = [row(i, "person", "not_person") for i in range(FEWEST - 1)]
    rest = [row(100 + i, "person", "person") for i in range(100)]
    hat = measured([*missed, *rest], {"hat": missed, "plain": rest}).person[-1]
    assert (hat.slice.name, hat.fnmr.value, hat.enough, hat.stands_out) == ("hat", 1.0, False, False)

    theirs, ours = strangers(60, 0, start=1000), rest[:60]
    tags = {"a": theirs[:30], "b": theirs[30:], "c": ours[:30], "d": ours[30:], "few": ours[:5]}
    found = measured([*theirs, *ours], tags)
    assert found.looked_at == 4
    assert found.adjusted_confidence == pytest.approx(1 - 0.05 / 4)


def test_a_slice_of_all_photos_is_left_out() -> None:
    rows = [row(i, "person", "person") for i in range(30)]
    assert measured(rows, {"old": rows}).person == ()
