"""The picture of the learning curves stands alone."""

from __future__ import annotations

from xml.etree import ElementTree

from facethemodel.evaluation.expectation import Curve, Expectation, Missed, Point
from facethemodel.report.learning_chart import learning_chart

SVG = "{http://www.w3.org/2000/svg}"


def curve(*counts: int) -> Curve:
    return Curve(
        beside=20,
        points=tuple(
            Point(
                count=count,
                people=30 - place,
                missed=(
                    Missed(value=0.3 / (place + 1)),
                    Missed(value=0.6 / (place + 1), low=0.1, high=0.7) if place < 2 else Missed(value=0.2),
                    None,
                ),
            )
            for place, count in enumerate(counts)
        ),
    )


def drawn(photos: Curve, strangers: Curve) -> ElementTree.Element:
    text = learning_chart(
        Expectation(
            source="LFW <&>",
            network="residual112",
            passes=14,
            seeds=1,
            measured="2026-11-24",
            photos=photos,
            strangers=strangers,
        ),
        people=[{10: 0.5, 20: 0.25}, {10: 0.3}],
    )
    assert "prefers-color-scheme: dark" in text
    return ElementTree.fromstring(text)


def words(picture: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in picture.iter(f"{SVG}text")]


def test_it_is_a_document_with_both_panels() -> None:
    picture = drawn(curve(10, 20, 50), curve(50, 500, 2000, 2900))
    assert picture.tag == f"{SVG}svg"
    said = words(picture)
    assert {"10", "20", "50", "500", "2,900", "60 %", "n = 30"} <= set(said)
    # 2,000 would lie on 2,900.
    assert "2,000" not in said
    classes = [one.get("class") for one in picture.iter(f"{SVG}path")]
    assert classes.count("band") == 2
    assert classes.count("one") == 1
    assert "10: 60 %" in (picture.get("aria-label") or "")


def test_a_curve_that_was_not_measured_has_no_panel() -> None:
    said = words(drawn(curve(10, 20), Curve(beside=0, points=())))
    assert "Photos of the person" in said
    assert "Other people to learn from" not in said
