from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from facethemodel.bundle.manifest import MANIFEST, seal
from facethemodel.bundle.manifest import TestRate as Rate
from facethemodel.bundle.read import read_bundle
from facethemodel.bundle.upgrades import FORMAT_VERSION
from facethemodel.errors import BundleError, SchemaError


def as_format_4(folder: Path) -> dict[str, Any]:
    """Rewrites a bundle's manifest as the fourth format had it."""
    document: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    document["format_version"] = 4
    for key in ("leaks", "cautions"):
        del document["test"][key]
    return document


def as_format_3(folder: Path) -> dict[str, Any]:
    """Rewrites a bundle's manifest as the third format had it."""
    document = {**as_format_4(folder), "format_version": 3}
    for rate in document["test"]["rates"]:
        del rate["per_identity"]
    return document


def as_format_2(folder: Path) -> dict[str, Any]:
    """Rewrites a bundle's manifest as the second format had it."""
    document = {**as_format_3(folder), "format_version": 2}
    for key in ("backbone", "teacher"):
        del document[key]
    return document


def as_format_1(folder: Path) -> dict[str, Any]:
    """Rewrites a bundle's manifest as the first format had it."""
    document = {**as_format_2(folder), "format_version": 1}
    del document["evidence"]
    del document["gate"]["check_sha256"]
    for key in ("several_faces", "unnamed"):
        del document["calibration"][key]
    for key in ("crowds", "certainty"):
        del document["test"][key]
    return document


def by_photo(rates: tuple[Rate, ...]) -> tuple[Rate, ...]:
    """What the formats up to 3 knew of the test's rates."""
    return tuple(dataclasses.replace(rate, per_identity=None) for rate in rates)


def write(folder: Path, document: dict[str, Any]) -> None:
    (folder / MANIFEST).write_text(json.dumps(seal(document)))


def test_a_bundle_of_format_1_is_read_and_what_it_did_not_say_stays_unknown(bundle_dir: Path) -> None:
    now = read_bundle(bundle_dir)
    write(bundle_dir, as_format_1(bundle_dir))
    old = read_bundle(bundle_dir)
    assert old.format_version == 1
    assert (old.evidence, old.calibration.several_faces, old.calibration.unnamed) == (None, None, None)
    assert old.gate.check_sha256 is None
    assert old.test is not None
    assert now.test is not None
    assert (old.test.crowds, old.test.certainty) == ((), None)
    assert old.test.rates == by_photo(now.test.rates)
    assert (old.thresholds, old.files) == (now.thresholds, now.files)


def test_a_bundle_of_format_2_is_read_and_was_trained_from_scratch(bundle_dir: Path) -> None:
    now = read_bundle(bundle_dir)
    write(bundle_dir, as_format_2(bundle_dir))
    old = read_bundle(bundle_dir)
    assert (old.format_version, old.backbone, old.teacher) == (2, None, None)
    assert old.test is not None
    assert now.test is not None
    assert (old.evidence, old.test.crowds, old.files) == (now.evidence, now.test.crowds, now.files)


def test_a_bundle_of_format_3_is_read_and_knows_no_figure_by_person(bundle_dir: Path) -> None:
    now = read_bundle(bundle_dir)
    write(bundle_dir, as_format_3(bundle_dir))
    old = read_bundle(bundle_dir)
    assert old.format_version == 3
    assert old.test is not None
    assert now.test is not None
    assert old.test.rates == by_photo(now.test.rates) != now.test.rates
    assert (old.test.crowds, old.test.certainty) == (now.test.crowds, now.test.certainty)
    assert (old.thresholds, old.evidence, old.files) == (now.thresholds, now.evidence, now.files)


def test_a_bundle_of_format_4_is_read_and_does_not_know_what_the_evaluation_warned_of(
    bundle_dir: Path,
) -> None:
    now = read_bundle(bundle_dir)
    write(bundle_dir, as_format_4(bundle_dir))
    old = read_bundle(bundle_dir)
    assert old.format_version == 4
    assert now.test is not None
    assert old.test == dataclasses.replace(now.test, leaks=None, cautions=None)


@pytest.mark.parametrize("test", [None, 7, {"rates": 7}, {"rates": [7]}])
def test_a_broken_test_of_format_3_is_named_by_its_key(bundle_dir: Path, test: Any) -> None:
    write(bundle_dir, {**as_format_3(bundle_dir), "test": test})
    if test is None:
        assert read_bundle(bundle_dir).test is None
    else:
        with pytest.raises(BundleError, match="test"):
            read_bundle(bundle_dir)


def test_a_bundle_of_format_1_that_was_never_tested_is_read(bundle_dir: Path) -> None:
    write(bundle_dir, {**as_format_1(bundle_dir), "test": None})
    assert read_bundle(bundle_dir).test is None


def test_an_altered_bundle_of_format_1_is_refused(bundle_dir: Path) -> None:
    document = seal(as_format_1(bundle_dir))
    document["thresholds"]["person"] -= 1.0
    (bundle_dir / MANIFEST).write_text(json.dumps(document))
    with pytest.raises(BundleError, match="altered"):
        read_bundle(bundle_dir)


@pytest.mark.parametrize("key", ["evidence", "gate", "backbone", "teacher"])
def test_the_present_format_must_say_all_of_it(bundle_dir: Path, key: str) -> None:
    document = json.loads((bundle_dir / MANIFEST).read_text())
    del document[key]
    write(bundle_dir, document)
    with pytest.raises(BundleError, match=f"{key}: missing"):
        read_bundle(bundle_dir)


def test_a_newer_format_is_refused_with_the_versions_that_are_read(bundle_dir: Path) -> None:
    document = json.loads((bundle_dir / MANIFEST).read_text())
    write(bundle_dir, {**document, "format_version": FORMAT_VERSION + 1})
    with pytest.raises(SchemaError, match=f"reads 1 to {FORMAT_VERSION}"):
        read_bundle(bundle_dir)
