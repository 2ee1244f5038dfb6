"""Embedders that can be asked for by name."""

from __future__ import annotations

from facethemodel.embedders.dlib_resnet import DlibSource
from facethemodel.embedders.embedder import Source

NAMED: dict[str, Source] = {"dlib": DlibSource()}
"""By the name that the command line takes; each needs an extra of the same name."""
