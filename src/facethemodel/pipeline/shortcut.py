"""Judges the test part once more without the face, and fits the classifier that never sees one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from facethemodel.bundle.manifest import MODEL
from facethemodel.bundle.origin import Backbone
from facethemodel.bundle.runtime import Network
from facethemodel.catalogue import crops
from facethemodel.catalogue.records import Part, normalise_identity
from facethemodel.cores import available_cores
from facethemodel.dataset.samples import LabelledCrops, Sample, by_part, training_arrays
from facethemodel.evaluation.blanking import evened, only_face, without_face
from facethemodel.evaluation.probe import TRACES, clues, fit_probe
from facethemodel.evaluation.rows import Row
from facethemodel.evaluation.shortcut import PICTURED, Example, JudgedFaces, ShortcutReport, measure_shortcut
from facethemodel.inspection.crops import CropStore
from facethemodel.pipeline.backbone_scores import score_faces
from facethemodel.pipeline.painted import PAINTINGS, PaintedSource
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.scorers import backbone_of, embedder_source
from facethemodel.pipeline.training import network_of
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

PROBE_STRANGERS = 3_000
"""Strangers' photos that the classifier learns from; it has fewer than 200 numbers to learn."""

BACKBONE_FACES = 300
"""Faces of each kind (the person, strangers bound to the test part, others) that a backbone sees blanked."""

_AT_ONCE = 512


def run_shortcut_test(
    project: Project,
    run: Run,
    known: Sequence[Sample],
    rows: Sequence[Row],
    *,
    progress: Progress = SILENT,
) -> ShortcutReport | None:
    """Judges the test part's crops with the face blanked and with everything else blanked.

    Args:
        project: The project.
        run: A trained run.
        known: All photos.
        rows: The table of verdicts: of each photo the face with the highest score is looked at.
        progress: Who watches.

    Returns:
        None where the network looks at whole photos, in which faces lie anywhere, or where the test part
        lacks the person or strangers.
    """
    spec = network_of(run)
    if spec.view != "aligned112":
        return None
    with project.database() as db:
        places = crops.rows(db, spec.view)
    samples = {one.sha256: one for one in known}
    judged = [
        row
        for row in rows
        if row.part == "test" and row.role in ("person", "stranger") and row.best_face is not None
    ]
    if {row.role for row in judged} != {"person", "stranger"}:
        return None
    store = CropStore(project.cache_dir)
    backbone = backbone_of(run)
    views: dict[str, list[NDArray[np.floating]]] = {name: [] for name in (*PAINTINGS, "clues")}
    if backbone is None:
        where = run.model / MODEL
        network = Network(where.read_bytes(), size=spec.size, threads=available_cores(), where=where)
    else:
        judged, painted = _scores_of_backbone(project, run, backbone, judged, progress=progress)
        views |= {name: [scores] for name, scores in painted.items()}
    wanted = np.array([places[row.sha256, row.best_face or 0] for row in judged], dtype=np.int64)
    with progress.task("score without the face", len(judged)) as advance:
        for start in range(0, len(judged), _AT_ONCE):
            some = store.load(spec.view, wanted[start : start + _AT_ONCE])
            if backbone is None:
                for name, painting in PAINTINGS.items():
                    views[name].append(network.score(painting(some)))
            views["clues"].append(clues(some))
            advance(len(some))
    found = {name: np.concatenate(parts).astype(np.float64) for name, parts in views.items()}
    is_person = np.array([row.role == "person" for row in judged], dtype=np.bool_)
    scores: dict[str, NDArray[np.float64]] = {
        "whole": np.array([row.score for row in judged], dtype=np.float64),
        "without_face": found["without_face"],
        "only_face": found["only_face"],
        "evened": found["evened"],
        **_probes(project, known, places, found["clues"], progress=progress),
    }
    figures = measure_shortcut(
        JudgedFaces(is_person=is_person, draws=[samples[row.sha256].draw for row in judged], scores=scores),
        {name: (name,) for name in project.settings.split.test_identities},
        confidence=project.settings.threshold.confidence,
    )
    if figures is None:
        return None
    best = [_highest(scores["without_face"], kind) for kind in (is_person, ~is_person)]
    shown = store.load(spec.view, wanted[best])
    pictures = (shown, without_face(shown), only_face(shown), evened(shown))
    return ShortcutReport(
        figures=figures,
        examples=tuple(
            Example(
                who=project.person if judged[row].role == "person" else judged[row].identity or "a stranger",
                name=judged[row].name,
                pixels=tuple(picture[index] for picture in pictures),
                scores=tuple(float(scores[condition][row]) for condition in PICTURED),
            )
            for index, row in enumerate(best)
        ),
    )


def _scores_of_backbone(
    project: Project, run: Run, backbone: Backbone, rows: Sequence[Row], *, progress: Progress
) -> tuple[list[Row], dict[str, NDArray[np.float64]]]:
    """Which rows are looked at, and what the head says of them by condition.

    A backbone may take a tenth of a second for a face, so that only some are looked at, evenly taken.
    """
    source = embedder_source(run, backbone)
    bound = {normalise_identity(name) for name in project.settings.split.test_identities}
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        named = row.identity is not None and normalise_identity(row.identity) in bound
        kinds.setdefault(f"{row.role} {named}", []).append(row)
    chosen = [row for kind in kinds.values() for row in _evenly(kind)]
    keys = [(row.sha256, row.best_face or 0) for row in chosen]
    found = {
        name: score_faces(
            project, run, backbone, PaintedSource(source=source, painting=name), keys, progress=progress
        )
        for name in PAINTINGS
    }
    there = [place for place, key in enumerate(keys) if all(key in scores for scores in found.values())]
    return [chosen[place] for place in there], {
        name: np.array([scores[keys[place]] for place in there], dtype=np.float64)
        for name, scores in found.items()
    }


def _evenly(rows: Sequence[Row]) -> list[Row]:
    if len(rows) <= BACKBONE_FACES:
        return list(rows)
    return [rows[place] for place in np.linspace(0, len(rows) - 1, BACKBONE_FACES).astype(np.int64)]


def _probes(
    project: Project,
    known: Sequence[Sample],
    places: Mapping[tuple[str, int], int],
    test: NDArray[np.float64],
    *,
    progress: Progress,
) -> dict[str, NDArray[np.float64]]:
    """Fits the two classifiers on the train part, and scores the test part's clues with them."""
    store = CropStore(project.cache_dir)
    parts: tuple[Part, Part] = ("train", "tune")
    learn = [_thinned(training_arrays(by_part(known, part), places, view="aligned112")) for part in parts]
    with progress.task("fit the classifier without the face", sum(len(rows) for rows, _ in learn)) as advance:
        seen = []
        for rows, _ in learn:
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
        scores[name] = probe.score(test[:, columns])
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
