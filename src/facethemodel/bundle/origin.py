"""What of a model others trained, as plain values: a network under the head, or a teacher."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

BACKBONE_NETWORK = "backbone"
"""What stands for the network's name where a head was put on one that others trained."""
BACKBONE_MODEL = "backbone.onnx"
BACKBONE_INPUT = "backbone.json"
BACKBONE_FILES = (BACKBONE_MODEL, BACKBONE_INPUT)
"""What a backbone from an ONNX file brings along: the file itself, and what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """An embedder that others trained, from whose vectors of the project's faces a network learned.

    Nothing of it is in the model.

    Attributes:
        name: What it is called.
        trained_by: Who trained it.
        trained_on: What it was trained on, to be read after "trained on".
    """

    name: str
    trained_by: str
    trained_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backbone:
    """An embedder that others trained, on top of which a head was trained.

    Attributes:
        name: What it is called.
        trained_by: Who trained it.
        trained_on: What it was trained on, to be read after "trained on".
        kind: `onnx` is in the bundle, `dlib` has to be installed.
        extra: The extra of facethemodel that has to be installed; None where nothing has to be.
        dimension: Length of its vectors.
        cut_version: Version of our own code that cuts faces out for it.
        models: SHA-256 of its files by name.
    """

    name: str
    trained_by: str
    trained_on: str
    kind: Literal["dlib", "onnx"]
    extra: str | None
    dimension: int
    cut_version: int
    models: dict[str, str]

    @property
    def files(self) -> tuple[str, ...]:
        """What it adds to a bundle's files."""
        return BACKBONE_FILES if self.kind == "onnx" else ()

    def __post_init__(self) -> None:
        if self.dimension < 1:
            raise ValueError(f"dimension must be positive, got {self.dimension}")
        for name, digest in self.models.items():
            if not re.fullmatch("[0-9a-f]{64}", digest):
                raise ValueError(f"models: {name} needs 64 hexadecimal digits, got {digest!r}")
