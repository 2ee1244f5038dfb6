"""Bringing photos into a project, each with where it came from and what it is said to be.

`add_folder` takes the user's own files. Whatever the way in, a file becomes a photo of the store first and a
row of the catalogue second, so that an interruption costs nothing that was reported as added.
"""

from __future__ import annotations

from facethemodel.collect.folder import add_folder
from facethemodel.collect.report import AddReport, LabelConflict, Skipped

__all__ = ["AddReport", "LabelConflict", "Skipped", "add_folder"]
