"""An embedder that others trained, on our photos: the person is enrolled, and it is judged as our runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facethemodel.bundle.decision import Thresholds
from facethemodel.dataset.samples import Sample, by_part, crop_key
from facethemodel.embedders.embedder import Card, FaceKey, Source
from facethemodel.embedders.enrolment import NEAREST, Enrolment
from facethemodel.embedders.run import Embedded, embed_faces
from facethemodel.evaluation.rows import Row, row_for
from facethemodel.pipeline.calibration import draw_line, to_calibrate
from facethemodel.pipeline.judged_faces import faces_to_judge, of_photos
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project
from facethemodel.report.counting import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """An embedder, judged on the same photos as a run.

    A face's score is minus its mean distance to the `nearest` photos of the person in the train part.

    Attributes:
        source: Where the embedder comes from.
        name: The head of its column.
        note: What it is, in one sentence.
        nearest: How many enrolled photos a face is compared with.
        own_line: Judged as it comes: any one enrolled photo within the tolerance its makers name, instead of
            a line drawn on the calibrate part.
    """

    source: Source
    name: str
    note: str
    nearest: int = NEAREST
    own_line: bool = False


def side_by_side(source: Source, *, nearest: int = NEAREST) -> list[Enrolled]:
    """The embedder with a line drawn as ours is, and as it comes where its makers name a tolerance.

    Raises:
        FacethemodelError: The embedder cannot be opened.
    """
    card = source.open().card
    near = "the nearest" if nearest == 1 else f"the {nearest} nearest"
    trained = f"trained by {card.trained_by} on {card.trained_on}"
    compared = (
        f"{'mean ' if nearest > 1 else ''}{card.metric} distance to {near} of the person’s train photos"
    )
    ours = Enrolled(
        source=source,
        name=card.name,
        note=f"{trained}. Score: {compared}; the line is drawn on the calibrate part, as ours is.",
        nearest=nearest,
    )
    if card.tolerance is None:
        return [ours]
    as_it_comes = Enrolled(
        source=source,
        name=f"{card.name} as it comes",
        note=f"the same embedder as its makers use it: the person’s where any one train photo is within "
        f"{card.tolerance:g}. No line is drawn for this person.",
        nearest=1,
        own_line=True,
    )
    return [ours, as_it_comes]


def judge_enrolled(
    project: Project, rival: Enrolled, known: Sequence[Sample], *, progress: Progress = SILENT
) -> tuple[Thresholds, list[Row], str]:
    """Gives every photo of the project its line in the rival's own table of verdicts.

    The gate and its faces are ours, so that all models judge the same ones. A face that the embedder cannot
    take lies farther from the person than any other: one of the person is missed, no stranger is taken.

    Returns:
        The rival's line, the table, and a sentence on what it could not take; empty where it took all.

    Raises:
        NoUsableDataError: The train part has no photo of the person to enrol.
    """
    enrolled = [
        key
        for one in by_part(known, "train")
        if one.label.usable and one.label.role == "person" and (key := crop_key(one, "aligned112"))
    ]
    lined = to_calibrate(known)
    asked = [one for one in known if one.tested]
    faces = {key for one in (*lined, *asked) for key in faces_to_judge(one)}
    found = embed_faces(project, rival.source, {*enrolled, *faces}, progress=progress)
    remark = ""
    if found.lost:
        sha, reason = next(iter(found.lost.items()))
        remark = (
            f"It cannot take faces of {counted(len(found.lost), 'photo')}: where these are judged they lie "
            "farther from the person than all others."
        )
        progress.note(f"{rival.name} cannot take {len(found.lost):,} photos: {sha[:12]} ({reason}) ...")
    scores = _scores(found, enrolled, sorted(faces), nearest=rival.nearest)
    calibration = None if rival.own_line else draw_line(project, lined, of_photos(lined, scores))
    thresholds = _own_line(project, found.card) if calibration is None else calibration.thresholds
    judged = of_photos(asked, scores)
    rows = [
        row_for(
            one,
            scores=judged.get(one.sha256),
            thresholds=thresholds,
            evidence=None if calibration is None else calibration.evidence,
        )
        for one in known
    ]
    return thresholds, rows, remark


def _scores(
    found: Embedded, enrolled: Sequence[FaceKey], faces: Sequence[FaceKey], *, nearest: int
) -> dict[FaceKey, float]:
    vectors = found.vectors
    person = Enrolment([vectors[key] for key in enrolled if key in vectors], metric=found.card.metric)
    there = [key for key in faces if key in vectors]
    if not there:
        return {}
    distances = person.distances(np.stack([vectors[key] for key in there]), nearest=nearest)
    beyond = max(float(distances.max()), found.card.tolerance or 0.0) + 1.0
    return dict.fromkeys(faces, -beyond) | dict(zip(there, (-distances).tolist(), strict=True))


def _own_line(project: Project, card: Card) -> Thresholds:
    assert card.tolerance is not None
    wanted = project.settings.threshold
    return Thresholds(
        person=-card.tolerance,
        unsure=-card.tolerance,
        target_fmr=wanted.target_fmr,
        confidence=wanted.confidence,
        promise=None,
        strangers=0,
    )
