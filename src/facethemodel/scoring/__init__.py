"""Verdicts on new photos: one (`load`, then `Model.judge`) or many (`predict`). Needs no torch."""

from __future__ import annotations

import os
from pathlib import Path

from facethemodel.scoring.judge import Model
from facethemodel.scoring.predict import Predictions, predict
from facethemodel.scoring.verdict import FaceVerdict, Verdict

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
        threads: Threads of one call of the network.
        detector: A copy of the face detector's file; None takes the installed one.
        prior: The share of photos with a face that show the person, for probabilities; None takes the
            bundle's.

    Raises:
        FacethemodelError: There is no bundle, it was altered, or it does not fit this version.
    """
    return Model.load(Path(bundle_dir), threads=threads, detector=detector, prior=prior)
