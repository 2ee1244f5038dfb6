"""The calibrate stage: the threshold, chosen on strangers that served for nothing else, and the bundle."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from facethemodel.bundle.manifest import (
    MODEL,
    BundleFacts,
    CalibrationSummary,
    GateFacts,
    InputFormat,
    TestSummary,
    TrainingSummary,
)
from facethemodel.bundle.origin import Backbone
from facethemodel.bundle.runtime import Network
from facethemodel.bundle.write import write_bundle
from facethemodel.catalogue import crops
from facethemodel.cores import available_cores
from facethemodel.dataset.samples import Sample, by_part
from facethemodel.evaluation.rows import PhotoScores
from facethemodel.evaluation.threshold import Calibration, choose_threshold
from facethemodel.faces.model_file import CHECK_SHA256, MODEL_SHA256
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.version import INSPECTOR_VERSION
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.scorers import backbone_of, teacher_of
from facethemodel.pipeline.scores import photo_scores
from facethemodel.pipeline.training import model_files, network_of
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

PREPROCESSING = {
    "aligned112": (
        "The gate's faces, each turned and scaled to 112 x 112 by its five landmarks, as 8-bit RGB. "
        "Scaling to the network's range is part of the network."
    ),
    "whole256": "The whole photo, resized to 256 x 256, as 8-bit RGB. The network scales it to [0, 1].",
}


def score_photos(
    project: Project, run: Run, photos: Sequence[Sample], *, progress: Progress = SILENT
) -> dict[str, PhotoScores]:
    """What the run's network says of photos, from the crops in the cache.

    With a backbone, from its vectors there: those that are missing are added (the caller holds the project).
    """
    backbone = backbone_of(run)
    if backbone is not None:
        from facethemodel.pipeline.backbone_scores import score_with_backbone

        return score_with_backbone(project, run, backbone, photos, progress=progress)
    spec = network_of(run)
    with project.database() as db:
        rows = crops.rows(db, spec.view)
    network = Network(
        (run.model / MODEL).read_bytes(),
        size=spec.size,
        threads=available_cores(),
        where=run.model / MODEL,
    )
    return photo_scores(
        photos,
        view=spec.view,
        rows=rows,
        store=CropStore(project.cache_dir),
        score=network.score,
        progress=progress,
    )


class ScoredPhotos:
    """What a run's network says of photos, each of them scored once, whoever asks.

    Args:
        project: The project.
        run: A trained run.
    """

    def __init__(self, project: Project, run: Run) -> None:
        self._project = project
        self._run = run
        self._found: dict[str, PhotoScores] = {}

    def of(self, photos: Sequence[Sample], *, progress: Progress = SILENT) -> dict[str, PhotoScores]:
        """Gives what `score_photos` gives."""
        missing = [one for one in photos if one.sha256 not in self._found]
        if missing:
            self._found |= score_photos(self._project, self._run, missing, progress=progress)
        return {one.sha256: self._found[one.sha256] for one in photos if one.sha256 in self._found}


def calibrate(
    project: Project,
    run: Run,
    known: Sequence[Sample],
    *,
    scored: ScoredPhotos | None = None,
    progress: Progress = SILENT,
) -> Calibration:
    """Chooses the threshold on the calibrate part.

    Every photo counts with its best accepted face, as it will when it is judged; photos without an accepted
    face, copies of others, and what was put aside since the split, give no score.
    """
    part = to_calibrate(known)
    scored = scored or ScoredPhotos(project, run)
    return draw_line(project, part, scored.of(part, progress=progress))


def to_calibrate(known: Sequence[Sample]) -> list[Sample]:
    """The photos that a line is drawn on."""
    return [one for one in by_part(known, "calibrate") if one.label.usable and one.copy_of is None]


def draw_line(project: Project, part: Sequence[Sample], scores: Mapping[str, PhotoScores]) -> Calibration:
    """Chooses the threshold from the scores of the calibrate part's photos, whoever gave them."""
    best = {sha: max(found.faces.values()) for sha, found in scores.items() if found.faces}
    strangers = [one for one in part if one.label.role == "stranger" and one.sha256 in best]
    persons = [one for one in part if one.label.role == "person" and one.sha256 in best]
    return choose_threshold(
        [best[one.sha256] for one in strangers],
        [one.identity for one in strangers],
        [best[one.sha256] for one in persons],
        target_fmr=project.settings.threshold.target_fmr,
        confidence=project.settings.threshold.confidence,
        stranger_keys=[one.sha256 for one in strangers],
        stranger_groups=[one.draw for one in strangers],
        stranger_faces=[len(scores[one.sha256].faces) for one in strangers],
        prior=project.settings.threshold.prior,
    )


def write_run_bundle(
    project: Project, run: Run, calibration: Calibration, *, test: TestSummary | None = None
) -> None:
    """Writes the run's bundle; a bundle that is there already is replaced."""
    spec = network_of(run)
    facts = run.read("trained") or {}
    backbone = backbone_of(run)
    write_bundle(
        run.bundle,
        BundleFacts(
            person=project.person,
            network=facts["network"],
            view=spec.view,
            input=InputFormat(size=spec.size),
            preprocessing=PREPROCESSING[spec.view] if backbone is None else _for_backbone(backbone),
            inspector_version=INSPECTOR_VERSION,
            gate=GateFacts(
                detector_sha256=MODEL_SHA256,
                check_sha256=CHECK_SHA256,
                threshold=project.settings.inspect.gate_threshold,
            ),
            thresholds=calibration.thresholds,
            evidence=calibration.evidence,
            calibration=CalibrationSummary(
                person_photos=calibration.person_fnmr.total,
                stranger_photos=calibration.stranger_photos,
                strangers=calibration.strangers,
                false_matches=calibration.photo_fmr.count,
                false_non_matches=calibration.person_fnmr.count,
                several_faces=calibration.several_faces,
                unnamed=calibration.unnamed,
                bound=calibration.bound,
                more_strangers_needed=calibration.strangers_needed,
            ),
            training=TrainingSummary(
                person_photos=facts["person_photos"],
                stranger_photos=facts["stranger_photos"],
                strangers=facts["strangers"],
                tune_person_photos=facts["tune_person_photos"],
                tune_stranger_photos=facts["tune_stranger_photos"],
                seed=facts["seed"],
                epochs=facts["epochs"],
                seconds=facts["seconds"],
                precision=facts["precision"],
            ),
            test=test,
            backbone=backbone,
            teacher=teacher_of(run),
        ),
        fill=lambda folder: [shutil.copy2(file, folder / file.name) for file in model_files(run)],
        version=version("facethemodel"),
        replace=True,
    )


def _for_backbone(backbone: Backbone) -> str:
    how = f"as {backbone.name} wants them" if backbone.kind == "dlib" else "as backbone.json says"
    return f"The gate's faces, each cut out of the photo {how}, as 8-bit RGB."
