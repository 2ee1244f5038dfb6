from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from facethemodel.bundle.manifest import MODEL, WEIGHTS, BundleFacts
from facethemodel.bundle.read import read_bundle
from facethemodel.bundle.write import write_bundle


def test_the_card_says_what_the_manifest_says(bundle_dir: Path) -> None:
    card = (bundle_dir / "README.md").read_text()
    manifest = read_bundle(bundle_dir)
    for said in (
        "# Is this Ada Example?",
        "Not a lock",
        "consent",
        "residual112",
        "6,000 (2,500 people)",
        "2.5000",
        "at most 1.00 %",
        "from 473 strangers",
        "| strangers taken for the person | 0.43 % | 0.09 % to 1.25 % | 3 of 700 |",
        "| the same by person | 0.67 % | 0.08 % to 2.41 % | mean of 300 strangers |",
        "opened 2 times",
        "Source confound",
        "facethemodel predict",
        manifest.files[MODEL].sha256,
        manifest.files[WEIGHTS].sha256,
    ):
        assert said in card


def test_the_card_says_which_intervals_take_photos_for_independent(
    tmp_path: Path, facts: BundleFacts, fill: Callable[[Path], None]
) -> None:
    def text(given: BundleFacts) -> str:
        write_bundle(tmp_path / "b", given, fill=fill, version="1", replace=True)
        return re.sub(r"\s+", " ", (tmp_path / "b" / "README.md").read_text())

    assert facts.test is not None
    told = text(facts)
    assert "exact (Clopper and Pearson) if each photo is an independent draw." in told
    assert "Photos of one stranger are not, nor are the person's of one burst" in told
    assert "Of strangers trust the figure by person" in told
    rates = tuple(dataclasses.replace(rate, per_identity=None) for rate in facts.test.rates)
    old = text(dataclasses.replace(facts, test=dataclasses.replace(facts.test, rates=rates)))
    assert "A figure by person was not measured" in old
    assert "the same by person" not in old


def test_the_card_warns_of_what_the_evaluation_warned_of(
    tmp_path: Path, facts: BundleFacts, fill: Callable[[Path], None]
) -> None:
    def text(**changes: object) -> str:
        assert facts.test is not None
        given = dataclasses.replace(facts, test=dataclasses.replace(facts.test, **changes))  # type: ignore[arg-type]
        write_bundle(tmp_path / "b", given, fill=fill, version="1", replace=True)
        return re.sub(r"\s+", " ", (tmp_path / "b" / "README.md").read_text())

    clean = text(leaks=False, cautions=())
    assert "No photo and no stranger with a name stands in two of these rows." in clean
    assert "Measured on photos and people that nothing before had seen." in clean
    assert "Caution" not in clean
    leaky = text(leaks=True, cautions=("The parts leak.", "It is the collar."))
    assert "These rows and the test leak into one another" in leaky
    assert "nothing before had seen" not in leaky
    assert "**Caution.** The parts leak. **Caution.** It is the collar." in leaky


def test_a_confidence_is_written_as_it_was_chosen(
    tmp_path: Path, facts: BundleFacts, fill: Callable[[Path], None]
) -> None:
    line = dataclasses.replace(facts.thresholds, confidence=0.995)
    write_bundle(
        tmp_path / "b", dataclasses.replace(facts, thresholds=line), fill=fill, version="1", replace=True
    )
    assert "Confidence 99.5 %," in (tmp_path / "b" / "README.md").read_text()


def test_without_a_promise_the_card_says_how_many_strangers_are_missing(
    tmp_path: Path, facts: BundleFacts, fill: Callable[[Path], None]
) -> None:
    weak = dataclasses.replace(
        facts,
        thresholds=dataclasses.replace(facts.thresholds, promise=None, strangers=40),
        calibration=dataclasses.replace(facts.calibration, bound=0.07211, more_strangers_needed=259),
    )
    write_bundle(tmp_path / "b", weak, fill=fill, version="1")
    card = re.sub(r"\s+", " ", (tmp_path / "b" / "README.md").read_text())
    assert "No promise" in card
    assert "The promise:" not in card
    # An upper bound is rounded up.
    assert "7.22 %; 259 more strangers would be needed" in card


@pytest.mark.parametrize(
    ("rate", "said", "five"),
    [(0.00014, "0.014 %", "0.07 %"), (0.001251, "0.1251 %", "0.6255 %"), (0.5, "50.00 %", "100.00 %")],
)
def test_no_smaller_promise_is_printed_than_was_given(
    tmp_path: Path, facts: BundleFacts, fill: Callable[[Path], None], rate: float, said: str, five: str
) -> None:
    for promise in (rate, None):
        line = dataclasses.replace(facts.thresholds, promise=promise, target_fmr=rate)
        given = dataclasses.replace(facts, thresholds=line)
        write_bundle(tmp_path / "b", given, fill=fill, version="1", replace=True)
        card = re.sub(r"\s+", " ", (tmp_path / "b" / "README.md").read_text())
        if promise is None:
            assert f"a false match rate of at most {said} with confidence" in card
        else:
            assert f"at most {said} are taken for" in card
            assert f"at most k times the promise, {five} for five" in card


def test_intervals_are_rounded_outwards(
    tmp_path: Path, facts: BundleFacts, fill: Callable[[Path], None]
) -> None:
    assert facts.test is not None
    rate, crowd = facts.test.rates[0], facts.test.crowds[0]
    test = dataclasses.replace(
        facts.test,
        rates=(dataclasses.replace(rate, low=0.00096, high=0.01251),),
        crowds=(dataclasses.replace(crowd, low=0.00459, high=0.06101),),
    )
    write_bundle(tmp_path / "b", dataclasses.replace(facts, test=test), fill=fill, version="1")
    card = (tmp_path / "b" / "README.md").read_text()
    assert "| 0.09 % to 1.26 % |" in card
    assert "| 0.45 % to 6.11 % |" in card


def test_a_name_cannot_become_markup(
    tmp_path: Path, facts: BundleFacts, fill: Callable[[Path], None]
) -> None:
    hostile = dataclasses.replace(facts, person="A\n# B <script> [x](y) *z*")
    write_bundle(tmp_path / "b", hostile, fill=fill, version="1")
    card = (tmp_path / "b" / "README.md").read_text()
    assert "\n# B" not in card
    assert re.search(r"(?<!\\)<script", card) is None
    assert "\\[x\\]" in card
