from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.evidence import Evidence
from facethemodel.catalogue.parts import Assignment
from facethemodel.catalogue.records import Inspection, Label, Part
from facethemodel.dataset.samples import Sample
from facethemodel.errors import UsageError
from facethemodel.evaluation.rows import (
    Outcome,
    PhotoScores,
    Row,
    check_complete,
    read_table,
    row_for,
    write_table,
)

LINE = Thresholds(person=2.0, unsure=1.0, target_fmr=0.01, confidence=0.95, promise=None, strangers=3)


def sample(
    label: Label, *, inspected: bool = True, reason: str | None = None, part: Part | None = "test"
) -> Sample:
    return Sample(
        sha256=label.sha256,
        label=label,
        inspection=Inspection(sha256=label.sha256, reason=reason) if inspected else None,
        assignment=Assignment(sha256=label.sha256, part=part, group="g", reason="a copy of another"),
        name="a.jpg",
    )


def plain(sha256: str = "a") -> Label:
    return Label(sha256=sha256, role="stranger", identity="Grace")


@pytest.mark.parametrize(
    ("given_sample", "outcome", "reason"),
    [
        (
            sample(dataclasses.replace(plain(), role=None, conflict="two roles")),
            "label_conflict",
            "two roles",
        ),
        (sample(dataclasses.replace(plain(), aside="blurred")), "put_aside", "blurred"),
        (sample(dataclasses.replace(plain(), role=None)), "no_role", "no source says what it is for"),
        (sample(plain(), inspected=False), "not_inspected", ""),
        (sample(plain(), reason="file ends early"), "unreadable", "file ends early"),
        (sample(plain(), part=None), "left_out", "a copy of another"),
        (sample(plain(), part="train"), "not_judged", ""),
    ],
)
def test_every_photo_that_is_not_judged_says_why(given_sample: Sample, outcome: Outcome, reason: str) -> None:
    line = row_for(given_sample, scores=None, thresholds=LINE)
    assert (line.outcome, line.reason, line.verdict, line.score) == (outcome, reason, None, None)


def test_a_photo_is_judged_by_its_best_face() -> None:
    scores = PhotoScores(faces={0: np.float32(-1.0), 3: np.float32(2.5)}, main=0, ungated=np.float32(-1.0))  # type: ignore[dict-item,arg-type]
    line = row_for(sample(plain()), scores=scores, thresholds=LINE)
    assert (line.verdict, line.score, line.best_face, line.main_score, line.faces) == (
        "person",
        2.5,
        3,
        -1.0,
        2,
    )
    assert type(line.score) is float


def test_a_line_knows_its_group_and_the_probability_of_all_its_faces() -> None:
    evidence = Evidence(slope=1.0, intercept=0.0, lowest=-9.0, highest=9.0, prior=0.5)
    scores = PhotoScores(faces={0: -1.0, 3: 2.5})
    named = row_for(sample(plain()), scores=scores, thresholds=LINE, evidence=evidence)
    assert named.probability == evidence.probability([-1.0, 2.5])
    nameless = [
        row_for(sample(Label(sha256=sha, role="stranger")), scores=None, thresholds=LINE) for sha in "ab"
    ]
    assert [line.group for line in (named, *nameless)] == ["g", "g", "g"]
    assert nameless[0].draw == nameless[1].draw != named.draw


def test_a_photo_without_an_accepted_face() -> None:
    line = row_for(sample(plain()), scores=PhotoScores(faces={}, ungated=4.0), thresholds=LINE)
    assert (line.outcome, line.verdict, line.ungated_score) == ("no_face", "no_face", 4.0)


def test_a_line_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="outcome judged with score None"):
        Row(sha256="a", name="a", role="person", outcome="judged", verdict="person")
    with pytest.raises(ValueError, match="with verdict person"):
        Row(sha256="a", name="a", role="person", outcome="unreadable", verdict="person")


def test_counts_add_up_to_the_photos() -> None:
    rows = [row_for(sample(plain(sha)), scores=None, thresholds=LINE) for sha in "abc"]
    tally = check_complete(rows, ["a", "b", "c"])
    assert sum(tally.values()) == 3
    assert tally["test", "not_judged"] == 3


@pytest.mark.parametrize(
    ("lines", "photos", "message"),
    [
        ("ab", "abc", "1 photos have no line"),
        ("abz", "ab", "not in the catalogue"),
        ("aab", "ab", "stand twice"),
    ],
)
def test_a_table_with_gaps_is_refused(lines: str, photos: str, message: str) -> None:
    rows = [row_for(sample(plain(sha)), scores=None, thresholds=LINE) for sha in lines]
    with pytest.raises(UsageError, match=message):
        check_complete(rows, photos)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(
    st.lists(
        st.builds(
            Row,
            sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
            name=TEXT,
            role=st.sampled_from(["person", "stranger", "curveball"]),
            identity=st.none() | TEXT,
            group=st.none() | TEXT,
            outcome=st.just("judged"),
            verdict=st.sampled_from(["person", "not_person", "unsure"]),
            score=st.floats(allow_nan=False, allow_infinity=False),
            best_face=st.integers(-1, 9),
            ungated_score=st.none() | st.floats(allow_nan=False, allow_infinity=False),
            faces=st.integers(1, 9),
            part=st.sampled_from(["test", "curveball", None]),
        ),
        max_size=5,
    )
)
def test_the_table_reads_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row]
) -> None:
    path = tmp_path_factory.mktemp("table") / "verdicts.csv"
    write_table(rows, path)
    assert read_table(path) == rows


def test_a_foreign_table_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"x\.csv is not a table of verdicts"):
        read_table(path)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    write_table([row_for(sample(plain()), scores=PhotoScores(faces={0: 1.5}), thresholds=LINE)], path)
    path.write_text(path.read_text(encoding="utf-8").replace("1.5", "one"), encoding="utf-8")
    with pytest.raises(UsageError, match="line 2"):
        read_table(path)
