from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from facethemodel.errors import SettingsError, UsageError
from facethemodel.settings import Settings, load_settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"


def write(folder: Path, text: str) -> Path:
    path = folder / "facethemodel.toml"
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str, **environment: str) -> Settings:
    return load_settings(write(folder, text), environment=environment)


def test_only_the_person_is_needed(tmp_path: Path) -> None:
    settings = load(tmp_path, 'person = " Zoë "')
    assert settings.person == "Zoë"
    assert settings.inspect.gate_threshold == 0.5
    assert settings.split.near_distance == 6
    assert settings.train.network == "residual112"
    assert (settings.threshold.target_fmr, settings.threshold.confidence) == (0.01, 0.95)
    assert settings.threshold.prior == 0.5


def test_the_file_sets_values(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        'person = "P"\n[split]\npreset = "original"\ntest_identities = ["A", "B"]\n[train]\nbudget = 5\n',
    )
    assert settings.split.preset == "original"
    assert settings.split.test_identities == ("A", "B")
    assert settings.train.budget == 5


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    settings = load(tmp_path, 'person = "P"')
    with pytest.raises(ValidationError):
        settings.train.seed = 3


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        'person = "P"\n[train]\nseed = 1\nepochs = 7\nnetwork = "a"',
        FACETHEMODEL_TRAIN__SEED="2",
        FACETHEMODEL_TRAIN__EPOCHS="",
        FACETHEMODEL_SPLIT__TEST_IDENTITIES="John Lennon, Ringo Starr,",
        FACETHEMODEL_THRESHOLD__TARGET_FMR="0.001",
        FACETHEMODEL_PROJECT="/somewhere",
        UNRELATED__KEY="1",
    )
    assert settings.train.seed == 2
    assert settings.train.epochs is None
    assert settings.train.network == "a"
    assert settings.split.test_identities == ("John Lennon", "Ringo Starr")
    assert settings.threshold.target_fmr == 0.001


def test_the_process_environment_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACETHEMODEL_INSPECT__JOBS", "3")
    assert load_settings(write(tmp_path, 'person = "P"')).inspect.jobs == 3


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("FACETHEMODEL_TRAIN__SEEED", "FACETHEMODEL_TRAIN__SEED"),
        ("FACETHEMODEL_TRAIN_SEED", "FACETHEMODEL_TRAIN__SEED"),
        ("FACETHEMODEL_TRIAN__SEED", "FACETHEMODEL_TRAIN__SEED"),
    ],
)
def test_a_misspelt_variable_is_named_with_the_nearest(tmp_path: Path, variable: str, nearest: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, 'person = "P"', **{variable: "1"})
    assert variable in caught.value.what
    assert f"did you mean {nearest}?" in caught.value.what


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('persn = "P"', ["persn", "did you mean person?", "person is missing"]),
        ('person = "P"\n[trian]\nseed = 1', ["unknown key trian", "did you mean train?"]),
        ('person = "P"\n[train]\nsed = 1', ["unknown key train.sed", "did you mean seed?"]),
        ('person = "P"\n[train]\nqqq = 1', ["unknown key train.qqq", "known are network, seed"]),
        (
            'person = "P"\n[inspect]\ngate_threshold = 3',
            ["inspect.gate_threshold = 3", "less than or equal to 1"],
        ),
        ('person = "P"\n[threshold]\ntarget_fmr = nan', ["threshold.target_fmr = nan"]),
        ('person = "P"\n[threshold]\nprior = 1', ["threshold.prior = 1"]),
        ('person = "P"\n[split]\npreset = "odd"', ["split.preset = 'odd'", "standard"]),
        ('person = "P"\ntrain = 3', ["[train]"]),
        ('person = "  "', ["the person needs a name"]),
        ("person = 3", ["person = 3"]),
    ],
)
def test_what_cannot_be_used_is_named_with_file_key_and_value(
    tmp_path: Path, text: str, said: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    for words in ["facethemodel.toml", *said]:
        assert words in caught.value.what


def test_a_bad_value_from_the_environment_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="FACETHEMODEL_TRAIN__SEED = 'many'"):
        load(tmp_path, 'person = "P"', FACETHEMODEL_TRAIN__SEED="many")


@pytest.mark.parametrize(
    ("text", "line"),
    [('person = "P"\n[train\nseed = 1\n', 2), ('person = "P"\nx = \n', 2), ('person = "P"\n\nx = [1,\n2', 4)],
)
def test_a_syntax_error_names_the_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(SettingsError, match=rf"facethemodel\.toml, line {line}: "):
        load(tmp_path, text)


def test_bytes_that_are_not_utf8_name_the_line(tmp_path: Path) -> None:
    path = tmp_path / "facethemodel.toml"
    path.write_bytes(b'# a\nperson = "Zo\xeb"\n')
    with pytest.raises(SettingsError, match="line 2: not UTF-8"):
        load_settings(path)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path / "facethemodel.toml")
    assert "facethemodel new" in str(caught.value.remedy)


def test_a_relative_detector_lies_beside_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path, 'person = "P"\n[inspect]\ndetector = "models/yunet.onnx"')
    assert settings.inspect.detector == tmp_path / "models" / "yunet.onnx"


def told_defaults() -> dict[str, dict[str, Any]]:
    """The keys that the docs name, by section ("" for none), with the defaults told; None is "not set"."""
    found: dict[str, dict[str, Any]] = {"": {}}
    section = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"## (?:`\[(\w+)\]`)?", line):
            section = heading[1] or ""
            found.setdefault(section, {})
        elif row := re.match(r"\| `(\w+)` \| (?:`(.+?)`|not set|must be given) \| \S", line):
            assert row[1] not in found[section]
            found[section][row[1]] = None if row[2] is None else tomllib.loads(f"value = {row[2]}")["value"]
    return found


def test_the_docs_name_every_key_with_its_default() -> None:
    held = Settings(person="P").model_dump(mode="json")
    sections = {name: keys for name, keys in held.items() if isinstance(keys, dict)}
    assert told_defaults() == {"": {"person": None}, **sections}


def test_the_examples_of_the_docs_can_be_used(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.+?)```", page, re.DOTALL)
    variables = re.findall(r"^(FACETHEMODEL_\w+__\w+)=", page, re.MULTILINE)
    assert examples
    assert variables
    for text in examples:
        assert load(tmp_path, text, **dict.fromkeys(variables, "")).person == "Paul McCartney"
