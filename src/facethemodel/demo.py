"""The whole way on drawn people: the lesson of 2018, and what a gate and an honest threshold make of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from facethemodel.battery.families import BatterySize
from facethemodel.collect.folder import add_folder
from facethemodel.dataset.split import split
from facethemodel.errors import UsageError
from facethemodel.inspection.run import inspect
from facethemodel.pipeline.evaluation import Beside, Evaluation, evaluate
from facethemodel.pipeline.training import TrainOptions, train_stage
from facethemodel.progress import SILENT, Progress
from facethemodel.project import SETTINGS_FILE, Project
from facethemodel.synthetic.album import Album, write_album

PERSON = "Pat Drawn"
NOTE = (
    "Everybody in this report is drawn by the computer, and both networks trained for a few passes only. The "
    "figures say nothing about photos of real people."
)
ORIGINAL_NAME = "as in 2018"
ORIGINAL = (
    "the network of 2018, trained on the same photos as a whole and judged as it was then: no gate in front, "
    "and yes from even odds on"
)


BATTERY = BatterySize(pictures=24, climbers=12)
"""Half of a real project's, so that the demo stays short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSize:
    """How much is drawn and how long is trained: two and a half to eight minutes on two cores.

    With a fifth of 300 strangers in the calibrate part, a false match rate of 5 % can be promised: that
    takes 59 of them.
    """

    person_photos: int = 240
    strangers: int = 300
    photos_per_stranger: int = 3
    curveballs_per_family: int = 50
    target_fmr: float = 0.05
    original_epochs: int = 2
    epochs: int = 5
    battery: BatterySize = BATTERY


THREE_MINUTES = DemoSize()


def demo(
    folder: Path, *, seed: int = 0, size: DemoSize = THREE_MINUTES, progress: Progress = SILENT
) -> Evaluation:
    """Draws an album, builds a model from it and evaluates it beside the network of 2018.

    Args:
        folder: Made by the call; `photos/` and `project/` in it remain to be looked at.
        seed: What all chance is drawn from.
        size: How much of it.
        progress: Who watches.

    Raises:
        UsageError: The folder is there already and not empty, or a file is in its place.
    """
    _refuse_occupied(folder)
    progress.note(f"1 of 4  Drawing {PERSON}, {size.strangers} strangers, and things that are nobody")
    album = write_album(
        folder / "photos",
        seed=seed,
        person_photos=size.person_photos,
        strangers=size.strangers,
        photos_per_stranger=size.photos_per_stranger,
        curveballs_per_family=size.curveballs_per_family,
        progress=progress,
    )
    project = _project(folder / "project", album, size, progress)
    with project.exclusive("demo"):
        progress.note("2 of 4  Looking for faces, dividing the photos without leaks")
        inspect(project, views=("aligned112", "whole256"), progress=progress)
        with project.database() as db:
            split(db, person=project.person, settings=project.settings.split)
        progress.note("3 of 4  Training the network of 2018 on whole photos, from scratch")
        original = train_stage(
            project,
            options=TrainOptions(network="seed2018", seed=seed, epochs=size.original_epochs),
            progress=progress,
        )
        progress.note("4 of 4  Training ours on aligned faces, from scratch")
        ours = train_stage(project, options=TrainOptions(seed=seed, epochs=size.epochs), progress=progress)
        beside = Beside(run=original, name=ORIGINAL_NAME, note=ORIGINAL, as_published=True)
        return evaluate(
            project, ours, why="demo", rivals=[beside], notes=[NOTE], battery=size.battery, progress=progress
        )


def _refuse_occupied(folder: Path) -> None:
    try:
        problem = "is not empty" if any(folder.iterdir()) else None
    except FileNotFoundError:
        return
    except NotADirectoryError:
        problem = "is a file, not a folder" if folder.exists() else "lies in a file, not in a folder"
    if problem is not None:
        raise UsageError(f"{folder} {problem}", remedy="facethemodel demo --to ANOTHER_FOLDER")


def _project(folder: Path, album: Album, size: DemoSize, progress: Progress) -> Project:
    project = Project.create(folder, person=PERSON)
    with (folder / SETTINGS_FILE).open("a", encoding="utf-8") as settings:
        settings.write(f"target_fmr = {size.target_fmr}\n")
    project = Project.open(folder)
    add_folder(project, [album.person_dir], role="person", link=True, progress=progress)
    add_folder(
        project,
        [album.strangers_dir],
        role="stranger",
        identity_from="folder",
        link=True,
        progress=progress,
    )
    for category, photos in album.curveball_dirs.items():
        add_folder(project, [photos], role="curveball", category=category, link=True, progress=progress)
    return project
