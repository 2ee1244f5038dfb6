from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

from facethemodel.dataset.leaks import Leak, LeakReport
from facethemodel.evaluation.document import write_metrics
from facethemodel.evaluation.inputs import LeakCounts, ReportInputs

DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"

NAMES_GIVEN_BY_DATA = ("parts", "versions")
"""Keys below which the keys are data: parts and roles of the split, names of software."""


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield key
            if key not in NAMES_GIVEN_BY_DATA or not isinstance(below, dict):
                yield from keys(below)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


def written(inputs: ReportInputs, folder: Path) -> dict[str, object]:
    path = folder / "metrics.json"
    write_metrics(inputs, path)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    document: dict[str, object] = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    return document


def test_every_key_is_documented(make_inputs: Callable[..., ReportInputs], tmp_path: Path) -> None:
    documented = set(re.findall(r"`([a-z_]+)`", DOCUMENTATION.read_text(encoding="utf-8")))
    found = set(keys(written(make_inputs(rival=True), tmp_path)))
    assert len(found) > 80
    assert found - documented == set()


def test_the_sections_of_the_documentation_are_there(
    make_inputs: Callable[..., ReportInputs], tmp_path: Path
) -> None:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    table = text.split("## The document")[1].split("###")[0]
    assert list(written(make_inputs(), tmp_path)) == re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)


def test_an_empty_evaluation_is_still_json(make_inputs: Callable[..., ReportInputs], tmp_path: Path) -> None:
    document = written(make_inputs(names=(), photos=0, curveballs=(), calibrate=0), tmp_path)
    assert document["schema_version"] == 1
    assert document["ranking"] == {
        "auc": None,
        "operating_points": document["ranking"]["operating_points"],  # type: ignore[index]
        "curve": [],
    }


def test_leaks_are_counted_by_kind() -> None:
    leak = Leak(kind="near", first="a", first_part="train", second="b", second_part="test", detail="3 bits")
    report = LeakReport(
        exact=(), near=(leak, leak), copy=(leak,), identity=(), group=(), post=(leak,), label=()
    )
    counts = LeakCounts.of(report)
    assert counts == LeakCounts(near=2, copy=1, post=1)
    assert not counts.clean
    assert counts.leaky


def test_no_kind_of_leak_goes_uncounted() -> None:
    assert [kind.name for kind in fields(LeakCounts)] == [kind.name for kind in fields(LeakReport)]


def test_no_leaks_are_clean() -> None:
    assert LeakCounts().clean


def test_labels_that_changed_since_the_split_are_no_leak() -> None:
    changed = LeakCounts(label=3)
    assert (changed.clean, changed.leaky) == (False, False)
    assert not LeakCounts().leaky
