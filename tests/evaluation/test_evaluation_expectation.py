"""What so many photos lead to: the curve never rises, and nothing is said beyond what was measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.errors import SettingsError
from facethemodel.evaluation.expectation import (
    LEVELS,
    USUAL,
    Curve,
    Expectation,
    Missed,
    Point,
    falling,
    packaged,
    read,
    write,
)
from facethemodel.evaluation.expectation_words import Held, advise, sentences

shares = st.floats(0, 1)
measured = st.lists(st.tuples(shares, st.integers(1, 50)), min_size=1, max_size=6)


def curve_of(*points: tuple[int, int, float], ends: float | None = None, beside: int = 3000) -> Curve:
    """Points of (count, people, share missed at 1 %), with a range of `ends` on either side."""
    return Curve(
        beside=beside,
        points=tuple(
            Point(
                count=count,
                people=people,
                missed=(
                    Missed(value=share / 2),
                    Missed(value=share)
                    if ends is None
                    else Missed(value=share, low=share - ends, high=share + ends),
                    None,
                ),
            )
            for count, people, share in points
        ),
    )


def known(photos: Curve, strangers: Curve | None = None) -> Expectation:
    return Expectation(
        source="LFW",
        network="residual112",
        passes=14,
        seeds=1,
        measured="2026-11-24",
        photos=photos,
        strangers=strangers or Curve(beside=20, points=()),
    )


CURVES = known(
    curve_of((10, 40, 0.5), (50, 5, 0.2), (100, 5, 0.1), ends=0.05),
    curve_of((50, 20, 0.8), (500, 20, 0.6), (2000, 20, 0.4), beside=20),
)


def said(held: Held, *, reported: bool = False, curves: Expectation = CURVES) -> str:
    lines = sentences(curves, advise(curves, held), person=held.person, reported=reported)
    return "\n".join(lines).replace("\u00a0", " ")


def held(photos: int, learned: int, strangers: int = 0, strangers_learned: int = 0) -> Held:
    return Held(
        person="Paul",
        photos=photos,
        photos_learned=learned,
        strangers=strangers,
        strangers_learned=strangers_learned,
    )


@given(measured, st.floats(0, 1), st.floats(0, 1))
def test_more_photos_never_miss_more(points: list[tuple[float, int]], one: float, other: float) -> None:
    found = curve_of(
        *((10 * 2**step, people, share) for step, (share, people) in enumerate(points)), ends=0.0
    )
    first, last = found.points[0].count, found.points[-1].count
    few, many = (first + way * (last - first) for way in sorted((one, other)))
    left, right = found.at(few), found.at(many)
    assert left is not None
    assert right is not None
    assert left.value >= right.value
    assert left.low is not None
    assert left.high is not None
    assert left.low <= left.value <= left.high
    values = [share for share, _ in points]
    assert min(values) - 1e-9 <= right.value <= left.value <= max(values) + 1e-9


@given(measured)
def test_a_curve_that_falls_is_left_as_it_is(points: list[tuple[float, int]]) -> None:
    values = sorted((share for share, _ in points), reverse=True)
    assert falling(values, [people for _, people in points]) == values


def test_neighbours_that_rise_share_their_mean_by_people() -> None:
    assert falling([0.5, 0.2, 0.4, 0.1], [1, 3, 1, 1]) == pytest.approx([0.5, 0.25, 0.25, 0.1])


def test_between_two_points_the_logarithm_counts() -> None:
    found = curve_of((10, 9, 0.4), (1000, 9, 0.2)).at(100)
    assert found is not None
    assert found.value == pytest.approx(0.3)


@pytest.mark.parametrize("count", [9, 101])
def test_beyond_the_ends_nothing_is_known(count: int) -> None:
    assert CURVES.photos.at(count) is None
    assert CURVES.photos.at(50, level=LEVELS[2]) is None


def test_without_a_range_at_one_neighbour_there_is_none_between() -> None:
    ranged, plain = curve_of((10, 9, 0.4), ends=0.1), curve_of((100, 1, 0.2))
    found = Curve(beside=1, points=ranged.points + plain.points)
    at_ten, between = found.at(10), found.at(30)
    assert at_ten is not None
    assert at_ten.low == pytest.approx(0.3)
    assert between is not None
    assert between.low is None


def test_the_sentences_count_in_photos_of_the_project() -> None:
    words = said(held(100, 60, 1000, 500))
    assert words.startswith(
        "With 60 of 100 usable photos of Paul to learn from, expect about 17 % (12 to 22 %) to be missed "
        "when 1 % of strangers are let through; 67 more photos would bring it to about 10 %."
    )
    assert (
        "With 500 of 1,000 strangers to learn from, others with 20 photos were missed in about 60 %; "
        "3,000 more strangers would bring it to about 40 %." in words
    )
    assert "press photos of public figures (LFW)" in words
    assert (
        "beside 3,000 strangers (fewer of them: more is missed); once you have a report, that counts" in words
    )
    assert "fewer of them" not in said(held(100, 60, 3000, 1500))
    assert "this project's own report counts more" in said(held(100, 60), reported=True)


@pytest.mark.parametrize(
    ("holding", "expected"),
    [
        (held(10, 6), "6 photos of Paul to learn from: too few to say. With 10 expect about 50 %"),
        (held(1000, 600), "expect about 10 % (5 to 15 %) to be missed when 1 % of strangers are let through; "
         "more was not measured."),
        (held(100, 60, 60, 30), "30 strangers to learn from: fewer than were tried. With 50, others"),
    ],
)  # fmt: skip
def test_outside_the_curves_less_is_said(holding: Held, expected: str) -> None:
    assert expected in said(holding)


def test_nothing_is_said_without_photos_or_without_a_curve() -> None:
    assert said(held(0, 0, 100, 50)) == ""
    assert said(held(100, 60), curves=known(Curve(beside=0, points=()))) == ""
    assert "strangers to learn from" not in said(held(100, 60))


@pytest.mark.parametrize(
    ("unseen", "words"), [(1, "1 photo was not looked"), (7, "7 photos were not looked")]
)
def test_photos_that_nobody_looked_at_are_not_called_usable(unseen: int, words: str) -> None:
    told = said(replace(held(100, 60), uninspected=unseen))
    assert told.startswith("With 60 of 100 photos of Paul to learn from")
    assert words in told
    assert "not looked at" in said(replace(held(10, 6), uninspected=unseen))
    assert "not looked at" not in said(held(100, 60))


def test_one_person_is_no_rule() -> None:
    curves = known(curve_of((10, 9, 0.4), (100, 1, 0.004)))
    words = said(held(100, 60), curves=curves)
    assert "would bring it to less than 1 %" in words
    assert "one person only" in words


def test_a_gain_that_does_not_show_is_called_little() -> None:
    curves = known(curve_of((10, 9, 0.101), (100, 9, 0.1)))
    assert "would bring little" in said(held(20, 12), curves=curves)


@pytest.mark.parametrize(
    ("nearest", "advice"),
    [
        (0.039, "390 more photos would bring it to about 2 %."),  # 4 % again, in the words used for it
        (0.036, "390 more photos would bring it to about 2 %."),
        (0.034, "57 more photos would bring it to about 3 %."),
    ],
)
def test_where_the_next_point_brings_nothing_a_later_one_is_named(nearest: float, advice: str) -> None:
    curves = known(curve_of((10, 9, 0.1), (30, 9, 0.042), (64, 9, nearest), (264, 9, 0.02)))
    assert advice in said(held(50, 30), curves=curves)


def test_another_share_of_strangers_is_read_where_it_was_measured() -> None:
    assert advise(CURVES, held(100, 50), target_fmr=0.05).photos.missed.value == pytest.approx(0.1)  # type: ignore[union-attr]
    assert advise(CURVES, held(100, 50), target_fmr=0.02).photos.level == 0.01  # type: ignore[union-attr]
    assert advise(CURVES, held(100, 50), target_fmr=0.001).photos is None


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write(tmp_path / "curves.json", CURVES)
    assert read(tmp_path / "curves.json") == CURVES
    assert read(tmp_path / "none.json") is None


@pytest.mark.parametrize("text", ["{", "{}", '{"source": 3}'])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "curves.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"curves\.json"):
        read(path)


def test_what_comes_with_this_version_can_be_read() -> None:
    found = packaged()
    assert found is not None
    for curve in (found.photos, found.strangers):
        counts = [point.count for point in curve.measured(USUAL)]
        assert len(counts) > 1
        assert curve.at(counts[0]) is not None
