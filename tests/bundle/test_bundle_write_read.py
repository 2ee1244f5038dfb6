from __future__ import annotations

import copy
import dataclasses
import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from facethemodel.bundle.manifest import FILES, MANIFEST, MODEL, WEIGHTS, BundleFacts, seal
from facethemodel.bundle.read import read_bundle
from facethemodel.bundle.runtime import Bundle
from facethemodel.bundle.write import write_bundle
from facethemodel.errors import BundleError, SchemaError, StorageError, UsageError

Fill = Callable[[Path], None]


def _leaves(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of every value in a JSON document, objects and lists themselves included."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def _document(folder: Path) -> Any:
    return json.loads((folder / MANIFEST).read_text())


def _write(folder: Path, document: Any) -> None:
    (folder / MANIFEST).write_text(json.dumps(document))


def _changed(value: object) -> object:
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, (int, float)):
        return value + 1
    return {} if isinstance(value, list) else []


def test_what_is_written_is_what_is_read(bundle_dir: Path, facts: BundleFacts) -> None:
    manifest = read_bundle(bundle_dir)
    for field in dataclasses.fields(facts):
        assert getattr(manifest, field.name) == getattr(facts, field.name)
    assert (manifest.format_version, manifest.facethemodel) == (5, "9.9.9")
    assert manifest.created == "2026-01-02T00:00:00+00:00"
    assert {path.name for path in bundle_dir.iterdir()} == {MANIFEST, *FILES}


def test_a_bundle_is_the_same_bytes_for_the_same_facts(
    bundle_dir: Path, facts: BundleFacts, fill: Fill, tmp_path: Path
) -> None:
    stamp = read_bundle(bundle_dir).created
    again = tmp_path / "again"
    write_bundle(again, facts, fill=fill, version="9.9.9", created=datetime.fromisoformat(stamp))
    for name in (MANIFEST, *FILES):
        assert (again / name).read_bytes() == (bundle_dir / name).read_bytes()


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
@pytest.mark.parametrize("damage", ["flip", "shorter", "longer", "empty", "gone", "folder"])
def test_damage_to_any_file_is_noticed_and_the_file_named(bundle_dir: Path, name: str, damage: str) -> None:
    path = bundle_dir / name
    data = path.read_bytes()
    if damage == "flip":
        # Not in the last byte: the manifest ends in a line break, which means nothing.
        place = len(data) // 2
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    elif damage in ("gone", "folder"):
        path.unlink()
        if damage == "folder":
            path.mkdir()
    else:
        path.write_bytes({"shorter": data[:-3], "longer": data + b"x", "empty": b""}[damage])
    with pytest.raises((BundleError, UsageError), match=re.escape(name)):
        read_bundle(bundle_dir)
    with pytest.raises((BundleError, UsageError), match=re.escape(name)):
        Bundle.load(bundle_dir)


def test_a_change_to_any_value_of_the_manifest_is_noticed(bundle_dir: Path) -> None:
    paths = list(_leaves(_document(bundle_dir)))
    assert len(paths) > 50
    for path in paths:
        document = _document(bundle_dir)
        _at(document, path[:-1])[path[-1]] = _changed(_at(document, path))
        original = (bundle_dir / MANIFEST).read_bytes()
        _write(bundle_dir, document)
        with pytest.raises((BundleError, SchemaError)):
            read_bundle(bundle_dir)
        (bundle_dir / MANIFEST).write_bytes(original)
    read_bundle(bundle_dir)


def test_a_resealed_manifest_with_a_wrong_type_is_refused_by_key(bundle_dir: Path) -> None:
    original = _document(bundle_dir)
    for path in _leaves(original):
        if path[0] in ("manifest_sha256", "format_version"):
            continue
        document = copy.deepcopy(original)
        holder = _at(document, path[:-1])
        holder[path[-1]] = 1 if isinstance(holder[path[-1]], bool) else True
        _write(bundle_dir, seal(document))
        key = next(step for step in reversed(path) if isinstance(step, str))
        with pytest.raises(BundleError, match=re.escape(key)):
            read_bundle(bundle_dir)


def test_a_resealed_manifest_without_a_key_or_with_one_more_is_refused_by_key(bundle_dir: Path) -> None:
    original = _document(bundle_dir)
    for path in [path for path in _leaves(original) if isinstance(path[-1], str)]:
        if path[0] in ("manifest_sha256", "format_version"):
            continue
        for more in (False, True):
            document = copy.deepcopy(original)
            holder = _at(document, path[:-1])
            if more:
                holder["surprise"] = holder[path[-1]]
            else:
                del holder[path[-1]]
            _write(bundle_dir, seal(document))
            with pytest.raises(BundleError, match="surprise" if more else re.escape(path[-1])):
                read_bundle(bundle_dir)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("thresholds", "unsure"), 9.0, "thresholds: threshold unsure"),
        (("thresholds", "confidence"), 0, "confidence"),
        (("gate", "threshold"), 1.5, "gate: threshold"),
        (("gate", "detector_sha256"), "AB" * 32, "detector_sha256"),
        (("gate", "check_sha256"), "cd" * 16, "check_sha256"),
        (("network",), "resnet50", "resnet50.*known: residual112, seed2018"),
        (("view",), "aligned96", "view: 'aligned96' is not known"),
        (("view",), "whole256", "view: residual112 looks at aligned112"),
        (("input", "size"), 256, "input.size: 256"),
        (("input", "colours"), "BGR", "input.colours"),
        (("person",), "\ud800", "person"),
        (("files", MODEL, "size"), 1.5, "size"),
        (("test",), 5, "test: expected an object"),
    ],
)
def test_a_resealed_manifest_with_a_senseless_value_is_refused(
    bundle_dir: Path, path: tuple[str, ...], value: object, said: str
) -> None:
    document = _document(bundle_dir)
    _at(document, path[:-1])[path[-1]] = value
    _write(bundle_dir, seal(document))
    with pytest.raises(BundleError, match=said):
        read_bundle(bundle_dir)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "Infinity", "NaN"])
def test_a_number_that_is_not_finite_is_refused(bundle_dir: Path, number: str) -> None:
    text = (bundle_dir / MANIFEST).read_text()
    assert '"person": 2.5' in text
    (bundle_dir / MANIFEST).write_text(text.replace('"person": 2.5', f'"person": {number}'))
    with pytest.raises(BundleError, match=f"{number} is not a finite number"):
        read_bundle(bundle_dir)


def test_a_test_summary_may_be_absent(tmp_path: Path, facts: BundleFacts, fill: Fill) -> None:
    write_bundle(tmp_path / "b", dataclasses.replace(facts, test=None), fill=fill, version="1")
    assert read_bundle(tmp_path / "b").test is None
    assert "was not opened" in (tmp_path / "b" / "README.md").read_text()


@pytest.mark.parametrize("version", [0, 6, 99])
def test_another_format_is_a_schema_error_that_says_what_to_do(bundle_dir: Path, version: int) -> None:
    _write(bundle_dir, seal({**_document(bundle_dir), "format_version": version}))
    with pytest.raises(SchemaError, match=f"format_version {version}") as caught:
        read_bundle(bundle_dir)
    assert caught.value.remedy is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"null",
        b'{"format_version": true}',
        b'{"format_version": 1}',
        b"[" * 90_000,
    ],
)
def test_a_manifest_that_is_none_is_a_bundle_error(bundle_dir: Path, data: bytes) -> None:
    (bundle_dir / MANIFEST).write_bytes(data)
    with pytest.raises(BundleError, match=MANIFEST):
        read_bundle(bundle_dir)


def test_a_key_given_twice_is_refused(bundle_dir: Path) -> None:
    text = (bundle_dir / MANIFEST).read_text().replace('"person": 2.5,', '"person": 0.0, "person": 2.5,')
    (bundle_dir / MANIFEST).write_text(text)
    with pytest.raises(BundleError, match="'person' stands there twice"):
        read_bundle(bundle_dir)


@pytest.mark.parametrize("name", ["notes.txt", "model.pkl", "sub", os.fsdecode(b"\xff.onnx")])
def test_a_file_too_many_is_refused_by_name(bundle_dir: Path, name: str) -> None:
    (bundle_dir / name).mkdir() if name == "sub" else (bundle_dir / name).touch()
    with pytest.raises(BundleError, match="no part of the bundle"):
        read_bundle(bundle_dir)


def test_what_a_file_manager_leaves_does_no_harm(bundle_dir: Path) -> None:
    (bundle_dir / ".DS_Store").touch()
    read_bundle(bundle_dir)


def test_no_bundle_at_all_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(UsageError, match="no bundle"):
            read_bundle(folder)


def test_an_existing_bundle_is_only_replaced_when_told(
    bundle_dir: Path, facts: BundleFacts, fill: Fill
) -> None:
    other = dataclasses.replace(facts, person="Someone Else")
    with pytest.raises(UsageError, match="already holds a bundle"):
        write_bundle(bundle_dir, other, fill=fill, version="1")
    assert read_bundle(bundle_dir).person == "Ada Example"
    write_bundle(bundle_dir, other, fill=fill, version="1", replace=True)
    assert read_bundle(bundle_dir).person == "Someone Else"
    assert [path.name for path in bundle_dir.parent.iterdir()] == ["ada"]


def test_a_folder_that_is_no_bundle_is_never_replaced(tmp_path: Path, facts: BundleFacts, fill: Fill) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.jpg").touch()
    with pytest.raises(UsageError, match="is no bundle"):
        write_bundle(tmp_path / "photos", facts, fill=fill, version="1", replace=True)
    assert (tmp_path / "photos" / "mine.jpg").exists()


def test_a_failure_half_way_leaves_the_old_bundle_and_nothing_else(
    bundle_dir: Path, facts: BundleFacts
) -> None:
    def fails(folder: Path) -> None:
        (folder / WEIGHTS).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="No space left"):
        write_bundle(bundle_dir, facts, fill=fails, version="1", replace=True)
    read_bundle(bundle_dir)
    assert [path.name for path in bundle_dir.parent.iterdir()] == ["ada"]


def test_facts_that_could_not_be_read_back_are_not_written(
    tmp_path: Path, facts: BundleFacts, fill: Fill
) -> None:
    broken = dataclasses.replace(facts, training=dataclasses.replace(facts.training, seconds=float("nan")))
    with pytest.raises(BundleError, match="written"):
        write_bundle(tmp_path / "b", broken, fill=fill, version="1")
    assert list(tmp_path.iterdir()) == []


def test_a_model_file_that_was_not_written_is_noticed(tmp_path: Path, facts: BundleFacts) -> None:
    with pytest.raises(BundleError, match=MODEL):
        write_bundle(
            tmp_path / "b", facts, fill=lambda folder: (folder / WEIGHTS).write_bytes(b""), version="1"
        )


def test_files_are_as_readable_as_the_umask_says(bundle_dir: Path) -> None:
    assert len({(bundle_dir / name).stat().st_mode for name in (*FILES, MANIFEST)}) == 1
