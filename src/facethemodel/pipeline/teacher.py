"""Gets a teacher ready: what an embedder that others trained says of the faces that are learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facethemodel.bundle.origin import Teacher
from facethemodel.dataset.samples import LabelledCrops, Sample
from facethemodel.embedders.embedder import Source
from facethemodel.embedders.run import embed_faces
from facethemodel.errors import NoUsableDataError
from facethemodel.pipeline.backbone_scores import tell_lost
from facethemodel.pipeline.backbone_training import main_faces, slug, stacked
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project
from facethemodel.training.teaching import Teaching, less_their_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What a run with a teacher adds to one without.

    Attributes:
        name: For the run's folder.
        teacher: Who it is.
        teaching: What it says of the train part's faces.
    """

    name: str
    teacher: Teacher
    teaching: Teaching


def learn_from(
    project: Project,
    source: Source,
    known: Sequence[Sample],
    train_crops: LabelledCrops,
    *,
    progress: Progress = SILENT,
) -> Taught:
    """Embeds the faces of the train part; the caller holds the project, and vectors stay in its cache.

    Raises:
        FacethemodelError: The embedder cannot be opened.
        NoUsableDataError: It can take none of the faces.
    """
    keys = main_faces(known, train_crops)
    found = embed_faces(project, source, keys, progress=progress)
    tell_lost(found, progress)
    vectors, there = stacked(found, keys)
    card = found.card
    if not there.any():
        raise NoUsableDataError(
            f"{card.name} can take none of the {len(keys):,} faces of the train part",
            remedy="choose another teacher, or correct its description",
        )
    return Taught(
        name=f"taught-by-{slug(card.name)}",
        teacher=Teacher(name=card.name, trained_by=card.trained_by, trained_on=card.trained_on),
        teaching=Teaching(vectors=less_their_mean(vectors, there), there=there, source=card.fingerprint),
    )
