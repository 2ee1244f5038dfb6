"""What a project is set to: `facethemodel.toml`, with the environment on top."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from facethemodel.errors import SettingsError, StorageError, UsageError

PREFIX = "FACETHEMODEL_"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class InspectSettings(_Section):
    """How photos are decoded and faces are found.

    Attributes:
        max_bytes: Larger files are not read.
        max_pixels: Larger images are not decoded.
        detector: Another copy of the face detector's ONNX file; relative paths start at the settings file.
        gate_threshold: Score of the gate, 0 to 1, from which a candidate is taken for a human face.
        jobs: Processes; 0 stands for all cores.
    """

    max_bytes: int = Field(default=200_000_000, gt=0)
    max_pixels: int = Field(default=250_000_000, gt=0)
    detector: Path | None = None
    gate_threshold: float = Field(default=0.5, ge=0, le=1)
    jobs: int = Field(default=0, ge=0)


class SplitSettings(_Section):
    """How photos are divided into parts.

    Attributes:
        near_distance: Photos whose fingerprints differ in at most so many of 64 bits are near-duplicates.
        test_identities: Strangers who must be in the test part.
        train_identities: Strangers who must be in the training part.
    """

    preset: Literal["standard", "original"] = "standard"
    near_distance: int = Field(default=6, ge=0, le=32)
    test_identities: tuple[str, ...] = ()
    train_identities: tuple[str, ...] = ()


class TrainSettings(_Section):
    """How the network is trained; `epochs` (passes) or `budget` (minutes) say how long where they are set.

    Attributes:
        backbone: An embedder that others trained, by name or as an ONNX file, to put a head on instead;
            relative paths start at the settings file.
        teacher: Such an embedder for the network to learn from beside the labels.
    """

    network: str = "residual112"
    seed: int = Field(default=0, ge=0, lt=2**32)
    device: str = "auto"
    epochs: int | None = Field(default=None, ge=1)
    budget: float | None = Field(default=None, gt=0)
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    backbone: str | None = None
    teacher: str | None = None

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.backbone is not None and self.teacher is not None:
            raise ValueError("backbone and teacher cannot go together: leave one of them out")
        return self


class ThresholdSettings(_Section):
    """The promise: a false match rate of at most `target_fmr`, held with this confidence.

    Attributes:
        target_fmr: From one in a million up: that alone takes three million strangers.
        prior: The share of photos with a face that show the person, for probabilities: no line depends on it.
            At 0.5 half of what is shown is the person; write 0.001 where it is one photo in a thousand.
    """

    target_fmr: float = Field(default=0.01, ge=1e-6, lt=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    prior: float = Field(default=0.5, gt=0, lt=1)


class EvaluateSettings(_Section):
    """What an evaluation does. `battery` tries the network on some 3,400 pictures made by the computer."""

    battery: bool = True


class Settings(_Section):
    """Everything that `facethemodel.toml` may hold."""

    person: str
    inspect: InspectSettings = InspectSettings()
    split: SplitSettings = SplitSettings()
    train: TrainSettings = TrainSettings()
    threshold: ThresholdSettings = ThresholdSettings()
    evaluate: EvaluateSettings = EvaluateSettings()

    @field_validator("person")
    @classmethod
    def _named(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("the person needs a name")
        return value.strip()

    @model_validator(mode="before")
    @classmethod
    def _sections_are_tables(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for name in _SECTIONS:
                if name in data and not isinstance(data[name], (dict, BaseModel)):
                    raise ValueError(f"{name} must be a section: [{name}]")
        return data


_SECTIONS: dict[str, type[_Section]] = {
    "inspect": InspectSettings,
    "split": SplitSettings,
    "train": TrainSettings,
    "threshold": ThresholdSettings,
    "evaluate": EvaluateSettings,
}


def load_settings(path: Path, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Reads a settings file; `FACETHEMODEL_<SECTION>__<KEY>` in the environment wins over it.

    Lists are written with commas in the environment; an empty variable stands for the default.

    Args:
        path: The TOML file.
        environment: Instead of the process's own.

    Raises:
        UsageError: The file is not there.
        StorageError: The file cannot be read.
        SettingsError: Something in the file or in the environment cannot be used; it is named with its value.
    """
    data = _read(path)
    _make_paths_absolute(data, path)
    origin: dict[tuple[str, ...], str] = {}
    for variable, section, key, value in _overrides(os.environ if environment is None else environment):
        table = data.setdefault(section, {})
        if not isinstance(table, dict):
            break
        origin[(section, key)] = variable
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise _explained(error, path, origin) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8")
        return tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(
            f"there is no settings file {path}", remedy="make a project with: facethemodel new"
        ) from error
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}, line {line}: not UTF-8", remedy="save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            _located(error, path, text), remedy="correct the line; see https://toml.io"
        ) from error


def _located(error: tomllib.TOMLDecodeError, path: Path, text: str) -> str:
    # Python 3.11 gives the place only in words, and none at all at the end of the text.
    message = str(error)
    place = re.search(r" \(at line (\d+), column \d+\)$", message)
    if place:
        return f"{path}, line {place[1]}: {message[: place.start()]}"
    return f"{path}, line {max(len(text.splitlines()), 1)}: {message.removesuffix(' (at end of document)')}"


def _make_paths_absolute(data: dict[str, Any], path: Path) -> None:
    for name, key in (("inspect", "detector"), ("train", "backbone"), ("train", "teacher")):
        section = data.get(name)
        if not isinstance(section, dict) or not isinstance(section.get(key), str):
            continue
        # Backbones and teachers may also be asked for by name.
        if key == "detector" or section[key].lower().endswith(".onnx"):
            section[key] = str(path.absolute().parent / Path(section[key]).expanduser())


def _overrides(environment: Mapping[str, str]) -> Iterator[tuple[str, str, str, Any]]:
    """Gives variable, section, key and value (None: the default) of each setting in the environment."""
    known = {
        f"{PREFIX}{section}__{key}".upper(): (section, key, field.annotation)
        for section, model in _SECTIONS.items()
        for key, field in model.model_fields.items()
    }
    for variable in sorted(environment):
        if variable in known:
            section, key, annotation = known[variable]
            text = environment[variable].strip()
            value: Any = text or None
            if text and annotation == tuple[str, ...]:
                value = [part.strip() for part in text.split(",") if part.strip()]
            yield variable, section, key, value
        elif _meant_as_setting(variable):
            raise SettingsError(
                f"the environment variable {variable} is no setting{_nearest(variable, list(known))}",
                remedy=f"unset {variable}",
            )


def _meant_as_setting(variable: str) -> bool:
    if not variable.startswith(PREFIX):
        return False
    rest = variable.removeprefix(PREFIX)
    return "__" in rest or any(rest.startswith(f"{section.upper()}_") for section in _SECTIONS)


def _explained(error: ValidationError, path: Path, origin: Mapping[tuple[str, ...], str]) -> SettingsError:
    lines = []
    for problem in error.errors():
        place = tuple(str(part) for part in problem["loc"])
        name = ".".join(place)
        if problem["type"] == "extra_forbidden":
            lines.append(f"{path}: unknown key {name}{_nearest(place[-1], _keys(place[:-1]))}")
        elif problem["type"] == "missing":
            lines.append(f'{path}: {name} is missing: write {name} = "..."')
        else:
            where = origin.get(place[:2], f"{path}: {name}".removesuffix(": "))
            shown = f" = {problem['input']!r}" if name else ""
            lines.append(f"{where}{shown}: {problem['msg'].removeprefix('Value error, ')}")
    return SettingsError("; ".join(lines), remedy=f"correct {path} or the environment")


def _keys(section: tuple[str, ...]) -> list[str]:
    model = _SECTIONS[section[0]] if section else Settings
    return list(model.model_fields)


def _nearest(wrong: str, known: list[str]) -> str:
    close = get_close_matches(wrong, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(known)}"
