"""Embedders that can be asked for by name."""

from __future__ import annotations

from pathlib import Path

from facethemodel.embedders.description import description_beside, read_description
from facethemodel.embedders.dlib_resnet import DlibSource
from facethemodel.embedders.embedder import Source
from facethemodel.embedders.onnx_model import OnnxSource
from facethemodel.errors import UsageError

NAMED: dict[str, Source] = {"dlib": DlibSource()}
"""By the name that the command line takes; each needs an extra of the same name."""


def source_named(text: str) -> Source:
    """An embedder by its name, or by the path of its ONNX file, beside which its description lies.

    Raises:
        UsageError: There is none of that name, or no such file.
        SettingsError: The file's description is missing or cannot be used.
    """
    if text in NAMED:
        return NAMED[text]
    path = Path(text).expanduser()
    if path.suffix.lower() != ".onnx":
        raise UsageError(
            f"there is no embedder called {text!r}",
            remedy=f"known by name: {', '.join(NAMED)}; others as files that end in .onnx: see "
            "docs/backbones.md",
        )
    if not path.is_file():
        raise UsageError(
            f"there is no file {path}", remedy=f"name an ONNX file, or one of: {', '.join(NAMED)}"
        )
    return OnnxSource(path=path.absolute(), description=read_description(description_beside(path)))
