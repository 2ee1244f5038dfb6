"""What a teacher says of the crops of trials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facethemodel.cli.output import TerminalProgress
from facethemodel.embedders.embedder import FaceKey
from facethemodel.embedders.known import NAMED
from facethemodel.embedders.run import embed_faces
from facethemodel.pipeline.backbone_training import stacked
from facethemodel.project import Project


def vectors_of(folder: Path, faces: Sequence[FaceKey], teacher: str) -> NDArray[np.float32]:
    """The teacher's vectors of a project's faces, (N, D), as it gives them; zeros where it gives none."""
    project = Project.open(folder)
    with project.exclusive("benchmark"):
        found = embed_faces(project, NAMED[teacher], faces, progress=TerminalProgress(quiet=False))
    return stacked(found, faces)[0]
