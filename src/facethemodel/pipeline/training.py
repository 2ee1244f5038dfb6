"""The train stage: from the parts `train` and `tune` to an exported network."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray

from facethemodel.bundle.origin import BACKBONE_NETWORK
from facethemodel.catalogue import crops
from facethemodel.dataset.samples import LabelledCrops, Sample, by_part, samples, training_arrays
from facethemodel.errors import NoUsableDataError, UsageError
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.version import INSPECTOR_VERSION
from facethemodel.networks import NetworkSpec, get_network
from facethemodel.pipeline.choice import choose, how_long
from facethemodel.pipeline.enough import require_enough_photos, to_divide, to_learn_from
from facethemodel.pipeline.ready import cut_views, require_inspected
from facethemodel.pipeline.runs import LEARNED, Run, digest, open_run
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project
from facethemodel.report.counting import counted

if TYPE_CHECKING:
    from facethemodel.training.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """What may differ from the project's settings for one run; None takes the setting."""

    network: str | None = None
    seed: int | None = None
    epochs: int | None = None
    budget: float | None = None
    device: str | None = None
    precision: str | None = None
    backbone: str | None = None
    teacher: str | None = None


FROM_SETTINGS = TrainOptions()


def train_stage(
    project: Project, *, options: TrainOptions = FROM_SETTINGS, progress: Progress = SILENT
) -> Run:
    """Trains the network or a head on a backbone, or goes on with it, or finds it trained already.

    The caller holds the project (`project.exclusive`).

    Returns:
        The run; `run.read("trained")` has the figures.

    Raises:
        UsageError: The photos were not split yet, there is no such network or embedder, or options
            contradict one another.
        NoUsableDataError: There are too few photos.
    """
    settings = project.settings.train
    choice = choose(options, settings)
    epochs, budget = how_long(options, settings)
    spec = get_network("residual112" if choice.backbone is not None else choice.network)
    with project.database() as db:
        known = samples(db, person=project.person)
    _require_split(known)
    preset = project.settings.split.preset
    require_enough_photos(known, person=project.person, preset=preset, view=spec.view, divided=True)
    waiting = [one for one in to_learn_from(known, spec.view) if one.undivided]
    if waiting:
        have, are = ("has", "is") if len(waiting) == 1 else ("have", "are")
        progress.note(
            f"{counted(len(waiting), 'usable photo')} {have} no part yet and {are} not learned from: "
            f"{to_divide(waiting)}"
        )
    cut_views(project, (spec.view,), progress=progress)
    with project.database() as db:
        known = samples(db, person=project.person)
        rows = crops.rows(db, spec.view)
        require_inspected(db, project, known, (spec.view,))
    train_crops = training_arrays(by_part(known, "train"), rows, view=spec.view)
    tune_crops = training_arrays(by_part(known, "tune"), rows, view=spec.view)

    from facethemodel.training.enough import require_enough
    from facethemodel.training.loop import train
    from facethemodel.training.recipe import recipe_for
    from facethemodel.training.speed import choose_device

    require_enough(train_crops, tune_crops)
    labels = labels_of(train_crops, tune_crops)
    if choice.backbone is not None:
        from facethemodel.pipeline.backbone_training import train_backbone

        return train_backbone(
            project, choice.backbone, known, train_crops, tune_crops, labels=labels, progress=progress
        )
    seed = settings.seed if options.seed is None else options.seed
    recipe = recipe_for(spec.name, epochs=epochs, budget=budget, seed=seed)
    device = settings.device if options.device is None else options.device
    precision = settings.precision if options.precision is None else options.precision
    # Asked for before a folder is made for the run.
    choose_device(device)
    made_of = made_with(recipe, labels, spec, device=device, precision=precision)
    name, teaching = spec.name, None
    if choice.teacher is not None:
        from facethemodel.pipeline.teacher import learn_from

        taught = learn_from(project, choice.teacher, known, train_crops, progress=progress)
        name, teaching = f"{spec.name}-{taught.name}", taught.teaching
        made_of.append(teaching.made_of)
    run = open_run(project, network=name, seed=seed, inputs=digest(*made_of))
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
        teaching=teaching,
        progress=progress,
    )
    from facethemodel.bundle.export import export

    draft = run.model.with_name("model.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    export(trained.network, spec, draft)
    shutil.rmtree(run.model, ignore_errors=True)
    draft.rename(run.model)
    run.write(LEARNED, {"shas": learned_from(train_crops, tune_crops)})
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
            "strangers": strangers_in(known, train_crops),
            "tune_person_photos": int(tune_crops.is_person.sum()),
            "tune_stranger_photos": int((~tune_crops.is_person).sum()),
            **({} if choice.teacher is None else {"teacher": asdict(taught.teacher)}),
        },
    )
    return run


def made_with(
    recipe: Recipe, labels: object, spec: NetworkSpec, *, device: str, precision: str
) -> list[object]:
    """What decides which run a training is: anything else of these makes another one."""
    # The first revision goes without saying, so that its runs are still found.
    revision = [spec.revision] if spec.revision > 1 else []
    return [asdict(recipe), labels, spec.parameters, *revision, device, precision]


def labels_of(train_crops: LabelledCrops, tune_crops: LabelledCrops) -> list[tuple[object, ...]]:
    """What a run learns from, photo by photo: its digest tells whether another run learned from the same."""
    both = (train_crops, tune_crops)
    return [
        (INSPECTOR_VERSION,),
        *((one.shas, one.faces, one.is_person.tolist(), one.identity.tolist()) for one in both),
    ]


def strangers_in(
    known: Sequence[Sample], crops: LabelledCrops, *, there: NDArray[np.bool_] | None = None
) -> int:
    """Counts the different strangers of crops (n,), or of those `there`; without a name each group is one."""
    counted = ~crops.is_person if there is None else ~crops.is_person & there
    photos = {crops.shas[at] for at in np.flatnonzero(counted)}
    return len({one.draw for one in known if one.sha256 in photos})


def learned_from(train_crops: LabelledCrops, tune_crops: LabelledCrops) -> list[str]:
    """Which photos a run has seen, by sha256 and in ascending order."""
    return sorted({*train_crops.shas, *tune_crops.shas})


def network_of(run: Run) -> NetworkSpec:
    """The network a finished run trained; for a head on a backbone, an entry that stands for both.

    Raises:
        UsageError: The run is not finished.
    """
    facts = run.read("trained")
    if facts is None:
        raise UsageError(f"{run.name} is not trained yet", remedy="facethemodel train")
    if facts["network"] != BACKBONE_NETWORK:
        return get_network(facts["network"])
    name = facts["backbone"]["name"]
    return NetworkSpec(
        name=f"{name} with a head",
        # Like a network on aligned faces it judges face by face, whatever crops it cuts for itself.
        view="aligned112",
        size=facts["size"],
        parameters=facts["parameters"],
        build=_not_ours,
        learns_identities=False,
        summary=f"a head that knows the person, on top of {name}, which others trained",
    )


def _not_ours(identities: int) -> NoReturn:
    raise UsageError("a backbone that others trained cannot be built anew")


def _require_split(known: list[Sample]) -> None:
    if not known:
        raise NoUsableDataError("the project holds no photos", remedy="facethemodel add PHOTOS --as person")
    if all(sample.part is None for sample in known) and any(sample.undivided for sample in known):
        raise UsageError(
            "the photos are not divided into parts yet", remedy=f"{to_divide(known)}; or facethemodel build"
        )


def model_files(run: Run) -> tuple[Path, ...]:
    """The exported weights, as they go into the bundle."""
    return tuple(sorted(run.model.iterdir()))
