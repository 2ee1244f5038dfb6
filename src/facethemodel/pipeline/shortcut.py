"""Judges the test part once more without the face, and fits the classifier that never sees one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue import crops
from facethemodel.catalogue.records import Face, Part, normalise_identity
from facethemodel.dataset.samples import LabelledCrops, Sample, by_part, training_arrays
from facethemodel.embedders.embedder import FaceKey
from facethemodel.evaluation.probe import TRACES, clues, fit_probe
from facethemodel.evaluation.rows import Row
from facethemodel.evaluation.shortcut import PICTURED, Example, JudgedFaces, ShortcutReport, measure_shortcut
from facethemodel.inspection.crops import CropStore
from facethemodel.pipeline.blanked import Places, blanked_pictures, blanked_scores
from facethemodel.pipeline.judged_faces import judged_face
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.scorers import backbone_of
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

PROBE_STRANGERS = 3_000
"""Strangers' photos that the classifier learns from; it has fewer than 200 numbers to learn."""

BACKBONE_FACES = 300
"""Faces of each kind (the person, all strangers, those of named comparisons) that a backbone sees blanked: it
may take a tenth of a second for each."""

_AT_ONCE = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A judged test photo, and the face of it that is looked at."""

    row: Row
    sample: Sample
    face: Face

    @property
    def key(self) -> FaceKey:
        return self.row.sha256, self.face.index


def run_shortcut_test(
    project: Project,
    run: Run,
    known: Sequence[Sample],
    rows: Sequence[Row],
    *,
    progress: Progress = SILENT,
) -> ShortcutReport | None:
    """Judges the test part with the face blanked and with everything else blanked.

    Args:
        project: The project.
        run: A trained run.
        known: All photos.
        rows: The table of verdicts: of each photo the face with the highest score is looked at; for a network
            of whole photos, the one that stands out.
        progress: Who watches.

    Returns:
        None where the test part lacks the person or strangers.
    """
    with project.database() as db:
        places = crops.rows(db, "aligned112")
    judged = list(_judged(known, rows))
    more: frozenset[FaceKey] = frozenset()
    if backbone_of(run) is not None:
        judged, more = _some_of_each_kind(judged, project.settings.split.test_identities)
    blanked = blanked_scores(project, run, [one.key for one in judged], places, progress=progress)
    judged = [one for one in judged if all(one.key in found for found in blanked.values())]
    if {one.row.role for one in judged} != {"person", "stranger"}:
        return None
    is_person = np.array([one.row.role == "person" for one in judged], dtype=np.bool_)
    scores: dict[str, NDArray[np.float64]] = {
        "whole": np.array([one.row.score for one in judged], dtype=np.float64),
        **{
            painting: np.array([found[one.key] for one in judged], dtype=np.float64)
            for painting, found in blanked.items()
        },
        **_probes(project, known, places, [places[one.key] for one in judged], progress=progress),
    }
    figures = measure_shortcut(
        JudgedFaces(
            is_person=is_person,
            draws=[one.sample.draw for one in judged],
            scores=scores,
            for_comparisons=np.array([one.key in more for one in judged], dtype=np.bool_),
        ),
        {name: (name,) for name in project.settings.split.test_identities},
        confidence=project.settings.threshold.confidence,
    )
    if figures is None:
        return None
    best = [_highest(scores["without_face"], kind) for kind in (is_person, ~is_person)]
    return ShortcutReport(
        figures=figures,
        examples=tuple(
            Example(
                who=project.person if one.row.role == "person" else one.row.identity or "a stranger",
                name=one.row.name,
                pixels=pictures,
                scores=tuple(float(scores[condition][at]) for condition in PICTURED),
            )
            for at, one in zip(best, [judged[at] for at in best], strict=True)
            if (pictures := blanked_pictures(project, run, one.key, one.face, places)) is not None
        ),
    )


def _judged(known: Sequence[Sample], rows: Sequence[Row]) -> Iterator[_Judged]:
    samples = {one.sha256: one for one in known}
    for row in rows:
        if row.part != "test" or row.role not in ("person", "stranger") or row.best_face is None:
            continue
        sample = samples[row.sha256]
        assert sample.inspection is not None, "it was judged"
        accepted = [face for face in sample.inspection.faces if face.accepted]
        # Where two faces stand out alike, the one that the detector is surer of.
        face = judged_face(sample, row) or max(accepted, key=lambda one: one.detector_score)
        yield _Judged(row=row, sample=sample, face=face)


def _some_of_each_kind(
    judged: Sequence[_Judged], bound_names: Sequence[str]
) -> tuple[list[_Judged], frozenset[FaceKey]]:
    """Picks the faces that a backbone looks at again.

    Returns:
        The faces, and which of them stand for named comparisons alone: strangers bound to the test part, more
        of them than their share of all strangers.
    """
    bound = {normalise_identity(name) for name in bound_names}
    strangers = [one for one in judged if one.row.role == "stranger"]
    some = [*_evenly([one for one in judged if one.row.role == "person"]), *_evenly(strangers)]
    there = {one.key for one in some}
    named = [one for one in strangers if one.row.identity and normalise_identity(one.row.identity) in bound]
    more = [one for one in _evenly(named) if one.key not in there]
    return [*some, *more], frozenset(one.key for one in more)


def _evenly(judged: Sequence[_Judged]) -> list[_Judged]:
    if len(judged) <= BACKBONE_FACES:
        return list(judged)
    return [judged[place] for place in np.linspace(0, len(judged) - 1, BACKBONE_FACES).astype(np.int64)]


def _probes(
    project: Project,
    known: Sequence[Sample],
    places: Places,
    test: Sequence[int],
    *,
    progress: Progress,
) -> dict[str, NDArray[np.float64]]:
    """Fits the two classifiers on the train part, and scores the test part's crops with them."""
    store = CropStore(project.cache_dir)
    parts: tuple[Part, Part] = ("train", "tune")
    learn = [_thinned(training_arrays(by_part(known, part), places, view="aligned112")) for part in parts]
    wanted = [*(rows for rows, _ in learn), np.array(test, dtype=np.int64)]
    with progress.task("fit the classifier without the face", sum(map(len, wanted))) as advance:
        seen = []
        for rows in wanted:
            pieces = [clues(store.load("aligned112", rows[:0]))]
            for start in range(0, len(rows), _AT_ONCE):
                pieces.append(clues(store.load("aligned112", rows[start : start + _AT_ONCE])))
                advance(len(pieces[-1]))
            seen.append(np.concatenate(pieces))
    (_, train_is_person), (_, tune_is_person) = learn
    scores = {}
    for name, columns in (("surroundings", slice(None)), ("traces", TRACES)):
        probe = fit_probe(
            seen[0][:, columns], train_is_person, tune=seen[1][:, columns], tune_is_person=tune_is_person
        )
        scores[name] = probe.score(seen[2][:, columns])
    return scores


def _thinned(found: LabelledCrops) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Rows and labels, with at most `PROBE_STRANGERS` strangers, evenly taken from all."""
    strangers = np.flatnonzero(~found.is_person)
    if len(strangers) > PROBE_STRANGERS:
        strangers = strangers[np.linspace(0, len(strangers) - 1, PROBE_STRANGERS).astype(np.int64)]
    kept = np.sort(np.concatenate([np.flatnonzero(found.is_person), strangers]))
    return found.rows[kept], found.is_person[kept]


def _highest(scores: NDArray[np.float64], kind: NDArray[np.bool_]) -> int:
    return int(np.flatnonzero(kind)[np.argmax(scores[kind])])
