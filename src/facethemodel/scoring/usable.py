"""Whether a bundle can be used here, told from its manifest alone: no network is loaded for it."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata
from pathlib import Path

from facethemodel.bundle.evidence import Evidence
from facethemodel.bundle.manifest import BundleManifest
from facethemodel.errors import BundleError, UsageError
from facethemodel.faces.model_file import CHECK_SHA256, MODEL_SHA256
from facethemodel.inspection.version import INSPECTOR_VERSION


def evidence_with(manifest: BundleManifest, folder: Path, *, prior: float | None) -> Evidence | None:
    """The bundle's way from scores to probabilities, with another prior where one is asked for.

    Raises:
        UsageError: The bundle holds no probabilities, or the prior is out of range.
    """
    if prior is None:
        return manifest.evidence
    if not 0.0 < prior < 1.0:
        raise UsageError(f"prior must lie between 0 and 1, got {prior}", remedy="0.5 stands for one in two")
    if manifest.evidence is None:
        raise UsageError(f"{folder} holds no probabilities, so no prior can be put in", remedy="leave it out")
    return replace(manifest.evidence, prior=prior)


def require_usable(manifest: BundleManifest, folder: Path) -> None:
    """Makes sure that photos are looked at here as they were when the bundle was made.

    Raises:
        UsageError: Its backbone has to be installed, and is not.
        BundleError: It was made with another detector, inspection or backbone.
    """
    if manifest.gate.detector_sha256 != MODEL_SHA256:
        raise BundleError(
            f"{folder} was made with the face detector {manifest.gate.detector_sha256[:12]}..., "
            f"this version uses {MODEL_SHA256[:12]}...",
            remedy=_rebuild(manifest),
        )
    if manifest.gate.check_sha256 != CHECK_SHA256:
        other = manifest.gate.check_sha256
        made_with = f"the face check {other[:12]}..." if other else "no face check"
        raise BundleError(
            f"{folder} was made with {made_with}, this version uses {CHECK_SHA256[:12]}...",
            remedy=_rebuild(manifest),
        )
    if manifest.inspector_version != INSPECTOR_VERSION:
        raise BundleError(
            f"{folder} learned from crops of inspection version {manifest.inspector_version}, this "
            f"version cuts them as version {INSPECTOR_VERSION}; its promise does not hold for those",
            remedy=_rebuild(manifest),
        )
    if manifest.backbone is not None:
        from facethemodel.bundle.backbone import require_backbone

        require_backbone(manifest.backbone, folder)


def _rebuild(manifest: BundleManifest) -> str:
    if manifest.facethemodel == metadata.version("facethemodel"):
        # Between two releases the number does not tell them apart.
        return "build it again"
    return f"use facethemodel {manifest.facethemodel}, which made it, or build it again with this version"
