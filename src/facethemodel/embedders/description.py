"""What a user writes down about an ONNX face embedder, so that it sees faces as it was trained on them."""

from __future__ import annotations

import json
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from facethemodel.embedders.embedder import Metric
from facethemodel.errors import SettingsError

Crop = Literal["five points", "box"]
"""How a face is cut out:

* `five points`: turned and scaled so that eyes, nose and mouth lie where ArcFace puts them in 112 x 112
  pixels, scaled to `size`. Our own crops are cut like this.
* `box`: the square around the detector's box, not turned, with `margin` on every edge.
"""

ENDINGS = (".toml", ".json")


def _three(value: Any) -> Any:
    return (value, value, value) if isinstance(value, int | float) else value


Channels = Annotated[tuple[float, float, float], BeforeValidator(_three)]
"""One number for each colour of `colour`, or one for all three."""


class Description(BaseModel):
    """An ONNX face embedder.

    Attributes:
        name: The head of its column.
        trained_by: Who trained it.
        trained_on: What it was trained on, to be read after "trained on".
        size: Side of its square input in pixels.
        crop: How a face is cut out.
        margin: What `box` adds on every edge, as a share of the box's longer side.
        layout: The order of its input's dimensions.
        colour: The order of its colours.
        mean: What is taken off each colour, which runs from 0 to 255.
        std: What is then divided by.
        dtype: What its input takes.
        output: Name of the output that is the vector; may be left out where there is only one.
        metric: How its vectors are compared.
        tolerance: Distance in that metric up to which its makers take two faces for one person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=40)
    trained_by: str = Field(min_length=1)
    trained_on: str = Field(min_length=1)
    size: int = Field(ge=16, le=1024)
    crop: Crop = "five points"
    margin: float | None = Field(default=None, ge=-0.4, le=2.0)
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    colour: Literal["RGB", "BGR"] = "RGB"
    mean: Channels = (0.0, 0.0, 0.0)
    std: Channels = (1.0, 1.0, 1.0)
    dtype: Literal["float32", "float16", "uint8"] = "float32"
    output: str | None = None
    metric: Metric = "cosine"
    tolerance: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.crop == "five points" and self.margin is not None:
            raise ValueError('margin is for crop = "box": five points leave no room for one')
        if 0.0 in self.std:
            raise ValueError("std divides: it cannot be 0")
        if self.dtype == "uint8" and (any(self.mean) or any(one != 1.0 for one in self.std)):
            raise ValueError('dtype = "uint8" takes pixels as they are: leave out mean and std')
        return self


def read_description(path: Path) -> Description:
    """Reads a description: TOML, or JSON where the file's name ends in .json.

    Raises:
        SettingsError: The file cannot be read, or something in it cannot be used; it is named with its value.
    """
    try:
        text = path.read_bytes().decode("utf-8")
        data = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise SettingsError(
            f"cannot read the description {path}: {error.strerror or error}",
            remedy="describe the embedder's input in a TOML file: see docs/compare.md",
        ) from error
    except (UnicodeDecodeError, json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}", remedy="correct that line") from error
    if not isinstance(data, dict):
        raise SettingsError(f"{path} is no table of keys and values", remedy="see docs/compare.md")
    try:
        return Description.model_validate(data)
    except ValidationError as error:
        raise SettingsError(
            f"{path}: {'; '.join(_explained(problem) for problem in error.errors())}",
            remedy=f"correct {path}; docs/compare.md says what each key means",
        ) from error


def description_beside(model: Path) -> Path:
    """The description that lies beside a model under the same name.

    Raises:
        SettingsError: There is none, or no such model.
    """
    if not model.name:
        raise SettingsError(f"{str(model)!r} is the name of no file", remedy="name an ONNX file")
    if not model.is_file():
        raise SettingsError(f"there is no file {model}", remedy="check the spelling of the path")
    candidates = [model.with_suffix(ending) for ending in ENDINGS]
    for path in candidates:
        if path.is_file():
            return path
    raise SettingsError(
        f"nothing says what {model} takes: there is no {candidates[0].name} beside it",
        remedy=f"write {candidates[0]}, or name a description with --input; see docs/compare.md",
    )


def _explained(problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = list(Description.model_fields)
        close = get_close_matches(place, known, n=1, cutoff=0.5)
        return f"unknown key {place}; " + (
            f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
        )
    if problem["type"] == "missing":
        return f"{place} is missing"
    said = problem["msg"].removeprefix("Value error, ")
    return f"{place} = {problem['input']!r}: {said}" if place else said
