"""The train stage: from the parts `train` and `tune` to an exported network."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from facethemodel.catalogue import crops
from facethemodel.dataset.samples import LabelledCrops, Sample, by_part, samples, training_arrays
from facethemodel.errors import NoUsableDataError, UsageError
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.run import inspect
from facethemodel.networks import NetworkSpec, get_network
from facethemodel.pipeline.runs import Run, digest, open_run
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """What may differ from the project's settings for one run; None takes the setting."""

    network: str | None = None
    seed: int | None = None
    epochs: int | None = None
    budget: float | None = None
    device: str | None = None
    precision: str | None = None


FROM_SETTINGS = TrainOptions()


def train_stage(
    project: Project, *, options: TrainOptions = FROM_SETTINGS, progress: Progress = SILENT
) -> Run:
    """Trains the network, or goes on with it, or finds it trained already.

    The caller holds the project (`project.exclusive`).

    Returns:
        The run; `run.read("trained")` has the figures.

    Raises:
        UsageError: The photos were not split yet, or there is no such network.
        NoUsableDataError: There are too few photos.
    """
    settings = project.settings.train
    spec = get_network(options.network or settings.network)
    if spec.view != "aligned112":
        inspect(project, views=(spec.view,), progress=progress)
    with project.database() as db:
        known = samples(db, person=project.person)
        rows = crops.rows(db, spec.view)
    _require_split(known)
    train_crops = training_arrays(by_part(known, "train"), rows, view=spec.view)
    tune_crops = training_arrays(by_part(known, "tune"), rows, view=spec.view)

    from facethemodel.training.enough import require_enough
    from facethemodel.training.loop import train
    from facethemodel.training.recipe import recipe_for

    require_enough(train_crops, tune_crops)
    seed = settings.seed if options.seed is None else options.seed
    recipe = recipe_for(
        spec.name,
        epochs=options.epochs or settings.epochs,
        budget=options.budget or settings.budget,
        seed=seed,
    )
    labels = labels_of(train_crops, tune_crops)
    device = options.device or settings.device
    precision = options.precision or settings.precision
    inputs = digest(asdict(recipe), labels, spec.parameters, device, precision)
    run = open_run(project, network=spec.name, seed=seed, inputs=inputs)
    if run.read("trained") is not None:
        progress.note(f"{run.name}: trained already")
        return run

    trained = train(
        train_crops,
        tune_crops,
        CropStore(project.cache_dir).open(spec.view),
        spec=spec,
        recipe=recipe,
        run_dir=run.folder,
        device=device,
        precision=precision,
        progress=progress,
    )
    from facethemodel.bundle.export import export

    draft = run.model.with_name("model.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    export(trained.network, spec, draft)
    shutil.rmtree(run.model, ignore_errors=True)
    draft.rename(run.model)
    run.write(
        "trained",
        {
            "network": spec.name,
            "seed": seed,
            "photos": digest(labels),
            "device": trained.device,
            "precision": trained.execution.precision,
            "seconds": trained.seconds,
            "epochs": trained.epochs_run,
            "epochs_planned": trained.epochs_planned,
            "best_epoch": trained.best_epoch,
            "images_per_second": trained.images_per_second,
            "tune": asdict(trained.tune),
            "person_photos": int(train_crops.is_person.sum()),
            "stranger_photos": int((~train_crops.is_person).sum()),
            "strangers": len(train_crops.identities),
            "tune_person_photos": int(tune_crops.is_person.sum()),
            "tune_stranger_photos": int((~tune_crops.is_person).sum()),
        },
    )
    return run


def labels_of(train_crops: LabelledCrops, tune_crops: LabelledCrops) -> list[tuple[object, ...]]:
    """What a run learns from, photo by photo: its digest tells whether another run learned from the same."""
    return [(c.shas, c.is_person.tolist(), c.identity.tolist()) for c in (train_crops, tune_crops)]


def network_of(run: Run) -> NetworkSpec:
    """The network a finished run trained.

    Raises:
        UsageError: The run is not finished.
    """
    facts = run.read("trained")
    if facts is None:
        raise UsageError(f"{run.name} is not trained yet", remedy="facethemodel train")
    return get_network(facts["network"])


def _require_split(known: list[Sample]) -> None:
    if not known:
        raise NoUsableDataError("the project holds no photos", remedy="facethemodel add PHOTOS --as person")
    if all(sample.assignment is None for sample in known):
        raise UsageError(
            "the photos are not divided into parts yet", remedy="facethemodel split, or facethemodel build"
        )


def model_files(run: Run) -> tuple[Path, ...]:
    """The exported weights, as they go into the bundle."""
    return tuple(sorted(run.model.iterdir()))
