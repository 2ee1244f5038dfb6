"""Trains a head on top of an embedder that others trained."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from facethemodel.bundle.export_head import export_head
from facethemodel.bundle.origin import BACKBONE_INPUT, BACKBONE_MODEL, BACKBONE_NETWORK, Backbone
from facethemodel.dataset.samples import LabelledCrops, Sample, crop_key
from facethemodel.embedders.dlib_resnet import SHA256
from facethemodel.embedders.embedder import EMBEDDING_VERSION, Card, FaceKey, Source
from facethemodel.embedders.onnx_model import OnnxSource
from facethemodel.embedders.run import Embedded, embed_faces
from facethemodel.errors import NoUsableDataError, StorageError
from facethemodel.pipeline.backbone_scores import tell_lost
from facethemodel.pipeline.runs import LEARNED, Run, digest, open_run
from facethemodel.pipeline.training import learned_from, strangers_in
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project
from facethemodel.training.enough import FEWEST_PERSON, FEWEST_STRANGERS
from facethemodel.training.head import PENALTY, TrainedHead, fit_head

HEAD_VERSION = 1
"""Goes up with every change to what a head becomes from the same vectors."""


def train_backbone(
    project: Project,
    source: Source,
    known: Sequence[Sample],
    train_crops: LabelledCrops,
    tune_crops: LabelledCrops,
    *,
    labels: Sequence[tuple[object, ...]],
    progress: Progress = SILENT,
) -> Run:
    """Embeds the photos of the parts train and tune and fits the head, or finds it fitted already.

    The head is learned from the train part; the tune part only tells how it does. Vectors are kept in the
    cache: stopped at any moment, the same call goes on, and another run on the same faces takes seconds.

    Args:
        project: The project, held by the caller.
        source: The embedder.
        known: Every photo of the project.
        train_crops: What is learned from.
        tune_crops: What its figures are told on.
        labels: What `labels_of` makes of both.
        progress: Who watches.

    Raises:
        FacethemodelError: The embedder cannot be opened.
        NoUsableDataError: It can take too few of the photos.
    """
    # Late, because it brings torch along.
    from facethemodel.training.tune import judge

    embedder = source.open()
    card = embedder.card
    backbone = _facts(source, card)
    inputs = digest(labels, card.fingerprint, asdict(backbone), PENALTY, HEAD_VERSION)
    run = open_run(project, network=f"{BACKBONE_NETWORK}-{slug(card.name)}", seed=0, inputs=inputs)
    if run.read("trained") is not None:
        progress.note(f"{run.name}: trained already")
        return run
    started = time.perf_counter()
    found = embed_faces(
        project, source, {*main_faces(known, train_crops), *main_faces(known, tune_crops)}, progress=progress
    )
    tell_lost(found, progress)
    embedded = time.perf_counter() - started
    vectors, there = stacked(found, main_faces(known, train_crops))
    is_person = train_crops.is_person[there]
    if is_person.sum() < FEWEST_PERSON or (~is_person).sum() < FEWEST_STRANGERS:
        raise NoUsableDataError(
            f"{card.name} can take {is_person.sum()} photos of the person and {(~is_person).sum()} of "
            f"strangers in the train part; it takes at least {FEWEST_PERSON} and {FEWEST_STRANGERS}",
            remedy="add photos with `facethemodel add`, or train from scratch",
        )
    head = fit_head(vectors[there], is_person)
    tune_vectors, tune_there = stacked(found, main_faces(known, tune_crops))
    tuned = tune_crops.is_person[tune_there]
    both = bool(tuned.any() and not tuned.all())
    _export(run, head, source)
    run.write(LEARNED, {"shas": learned_from(train_crops, tune_crops)})
    run.write(
        "trained",
        {
            "network": BACKBONE_NETWORK,
            "seed": 0,
            "photos": digest(labels),
            "parameters": card.dimension + 1,
            "size": int(embedder.cut(np.zeros((8, 8, 3), np.uint8), None).shape[0]),
            "backbone": asdict(backbone),
            "device": "cpu",
            "precision": "fp64",
            "seconds": time.perf_counter() - started,
            "embedding_seconds": embedded,
            "new_vectors": found.new,
            "epochs": 0,
            "epochs_planned": 0,
            "best_epoch": 0,
            "images_per_second": 0.0,
            "tune": asdict(judge(head.score(tune_vectors[tune_there]), tuned)) if both else None,
            "person_photos": int(is_person.sum()),
            "stranger_photos": int((~is_person).sum()),
            "strangers": strangers_in(known, train_crops, there=there),
            "tune_person_photos": int(tune_crops.is_person.sum()),
            "tune_stranger_photos": int((~tune_crops.is_person).sum()),
        },
    )
    progress.note(
        f"a head of {card.dimension + 1:,} numbers on {card.name}, which was trained by {card.trained_by}"
    )
    return run


def main_faces(known: Sequence[Sample], crops: LabelledCrops) -> list[FaceKey]:
    """The faces that stand for photos in training, in the order of the crops."""
    samples = {one.sha256: one for one in known}
    keys = [crop_key(samples[sha], "aligned112") for sha in crops.shas]
    return [key for key in keys if key is not None]


def stacked(found: Embedded, keys: Sequence[FaceKey]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The vectors of faces, (N, D), and which of them are there, (N,); the others' rows are zeros."""
    vectors = np.zeros((len(keys), found.card.dimension), np.float32)
    there = np.array([key in found.vectors for key in keys], dtype=np.bool_)
    for row, key in enumerate(keys):
        if there[row]:
            vectors[row] = found.vectors[key]
    return vectors, there


def slug(name: str) -> str:
    """An embedder's name as part of a folder's name."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


def _facts(source: Source, card: Card) -> Backbone:
    of_file = isinstance(source, OnnxSource)
    return Backbone(
        name=card.name,
        trained_by=card.trained_by,
        trained_on=card.trained_on,
        kind="onnx" if of_file else "dlib",
        extra=None if of_file else "dlib",
        dimension=card.dimension,
        cut_version=EMBEDDING_VERSION,
        models={BACKBONE_MODEL: hashlib.sha256(source.path.read_bytes()).hexdigest()}
        if isinstance(source, OnnxSource)
        else dict(SHA256),
    )


def _export(run: Run, head: TrainedHead, source: Source) -> None:
    draft = run.model.with_name("model.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    export_head(head, draft)
    if isinstance(source, OnnxSource):
        try:
            shutil.copyfile(source.path, draft / BACKBONE_MODEL)
            text = source.description.model_dump_json(indent=1)
            (draft / BACKBONE_INPUT).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise StorageError(
                f"the backbone cannot be copied into {draft}: {error.strerror or error}",
                remedy="make room on that disk and run the command again",
            ) from error
    shutil.rmtree(run.model, ignore_errors=True)
    draft.rename(run.model)
