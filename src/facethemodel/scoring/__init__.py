"""Verdicts on new photos: one (`load`, then `Model.judge`) or many (`predict`). Needs no torch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facethemodel.scoring.predict import Predictions, predict
from facethemodel.scoring.verdict import FaceVerdict, Verdict

if TYPE_CHECKING:
    from facethemodel.scoring.judge import Model

__all__ = ["FaceVerdict", "Model", "Predictions", "Verdict", "load", "predict"]


def load(
    bundle_dir: str | os.PathLike[str],
    *,
    threads: int = 1,
    detector: Path | None = None,
    prior: float | None = None,
) -> Model:
    """Loads a bundle to judge photos one by one.

    Args:
        bundle_dir: The bundle folder.
        threads: Batches of faces that the network is asked about at the same time.
        detector: A copy of the face detector's file; None takes the installed one.
        prior: The share of photos with a face that show the person, for probabilities; None takes the
            bundle's.

    Raises:
        FacethemodelError: There is no bundle, it was altered, or it does not fit this version.
    """
    from facethemodel.scoring.judge import Model

    return Model.load(Path(bundle_dir), threads=threads, detector=detector, prior=prior)


def __getattr__(name: str) -> Any:
    # At first use: a folder is judged by worker processes, and the one that starts them loads no network.
    if name == "Model":
        from facethemodel.scoring.judge import Model

        return Model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
