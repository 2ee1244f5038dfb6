from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from facethemodel.bundle.manifest import BundleFacts
from facethemodel.bundle.write import write_bundle

Fill = Callable[[Path], None]


@pytest.fixture
def card(tmp_path: Path, fill: Fill) -> Callable[[BundleFacts], str]:
    def text(facts: BundleFacts) -> str:
        write_bundle(tmp_path / "b", facts, fill=fill, version="1", replace=True)
        return re.sub(r"\s+", " ", (tmp_path / "b" / "README.md").read_text())

    return text


def test_the_card_says_that_photos_are_promised_and_what_a_crowd_is_left(
    card: Callable[[BundleFacts], str], facts: BundleFacts
) -> None:
    text = card(facts)
    for said in (
        "It counts photos: one of each stranger, judged by the best of its accepted faces",
        "52 of the 600 photos show several",
        "at most k times the promise, 5.00 % for five, whether or not they are independent",
        "4 photos name no stranger",
        "| at least one of 5 strangers together taken for the person | 2.13 % | 0.45 % to 6.10 % |",
    ):
        assert said in text


def test_the_card_says_what_a_probability_means_and_what_a_rarer_person_changes(
    card: Callable[[BundleFacts], str], facts: BundleFacts
) -> None:
    text = card(facts)
    # At the line, 2.5: 1.5 * 2.5 - 2 = 1.75, so 85 % of even odds, and next to nothing of 1 in 1,000.
    for said in (
        "if a share of 0.5 of the photos with a face do",
        "1.5000 * s -2.0000, never under -3.70 nor over 6.10",
        "one photo in two, 85 %; one in a hundred, 5.5 %; one in a thousand, 0.6 %",
        "Brier score 0.0210, calibration error 1.30 %",
        "34.00 % of the likelier answers would have been wrong; elsewhere 0.61 %",
    ):
        assert said in text


def test_no_probability_reads_as_certain(card: Callable[[BundleFacts], str], facts: BundleFacts) -> None:
    assert facts.evidence is not None
    for intercept, said in ((20.0, "over 99.9 %"), (-20.0, "under 0.1 %")):
        wide = dataclasses.replace(facts.evidence, intercept=intercept, lowest=-30.0, highest=30.0)
        assert f"one photo in two, {said}" in card(dataclasses.replace(facts, evidence=wide))


def test_a_band_that_is_none_is_not_spelled_out(
    card: Callable[[BundleFacts], str], facts: BundleFacts
) -> None:
    assert "up to it: `unsure`" in card(facts)
    line = dataclasses.replace(facts.thresholds, unsure=facts.thresholds.person)
    assert "up to it: `unsure`" not in card(dataclasses.replace(facts, thresholds=line))


def test_without_probabilities_the_card_is_silent_on_them(
    card: Callable[[BundleFacts], str], facts: BundleFacts
) -> None:
    assert facts.test is not None
    bare = dataclasses.replace(
        facts, evidence=None, test=dataclasses.replace(facts.test, crowds=(), certainty=None)
    )
    text = card(bare)
    assert "What a probability means" not in text
    assert "strangers together" not in text
