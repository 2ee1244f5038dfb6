"""The battery stage: tries the run's network on pictures made here, examined exactly as photos are."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Sequence

from facethemodel.battery.families import FAMILIES, FULL, BatterySize
from facethemodel.battery.ladders import LADDERS
from facethemodel.battery.shots import Shot, Whose, chosen, one_of_each, seed_of
from facethemodel.bundle.decision import Thresholds, decide
from facethemodel.catalogue import photos
from facethemodel.catalogue.records import Photo
from facethemodel.cores import available_cores
from facethemodel.dataset.samples import Sample
from facethemodel.evaluation.battery import compute_battery
from facethemodel.evaluation.battery_figures import BatteryReport, Judged
from facethemodel.evaluation.rows import Row
from facethemodel.inspection.workers import Crashed, in_order
from facethemodel.pipeline.battery_pictures import take_pictures
from facethemodel.pipeline.bench import Bench, Material, Seen, Task
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.scorers import scorer_of
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

_DRAWN_AT_ONCE = 8


def run_battery(
    project: Project,
    run: Run,
    known: Sequence[Sample],
    rows: Sequence[Row],
    thresholds: Thresholds,
    *,
    size: BatterySize = FULL,
    jobs: int | None = None,
    progress: Progress = SILENT,
) -> BatteryReport:
    """Tries the run's network on the battery.

    The pictures are made of test photos in which the gate sees one main face. Which ones hangs on nothing but
    their hashes; the same photos, network and thresholds give the same figures, whatever the number of
    processes.

    Args:
        project: The project.
        run: The trained run.
        known: Every photo of the project.
        rows: The table of verdicts of this run.
        thresholds: Where its lines lie.
        size: How much to make.
        jobs: Processes: 1 works in this one, 0 takes all cores; None takes the project's setting.
        progress: Told of each picture.
    """
    started = time.monotonic()
    tasks = plan(project, known, size=size)
    bench = functools.partial(Bench, project.photos_dir, project.settings.inspect, scorer_of(run))
    judged: list[Judged] = []
    lost = 0
    asked = project.settings.inspect.jobs if jobs is None else jobs
    with progress.task("battery", sum(len(task.shots) for task in tasks)) as advance:
        for task, result in zip(tasks, _results(tasks, bench, jobs=asked or available_cores()), strict=True):
            if result is None:
                lost += len(task.shots)
            else:
                judged += [
                    Judged(
                        shot=shot,
                        verdict=decide([] if seen.score is None else [seen.score], thresholds),
                        score=seen.score,
                        box=seen.box,
                    )
                    for shot, seen in zip(task.shots, result, strict=True)
                    if seen.made
                ]
            advance(len(task.shots))
    figures = compute_battery(
        judged,
        rows,
        person_line=thresholds.person,
        lost=lost,
        confidence=thresholds.confidence,
        seconds=time.monotonic() - started,
    )
    return BatteryReport(figures=figures, pictures=take_pictures(project, figures, judged, tasks))


def plan(project: Project, known: Sequence[Sample], *, size: BatterySize = FULL) -> list[Task]:
    """Lists what to make, photo by photo, so that each photo is decoded once."""
    with project.database() as db:
        files = {photo.sha256: photo for photo in photos.all_photos(db)}
    material = {
        sample.sha256: found
        for sample in known
        if sample.part == "test" and sample.tested
        for found in _material(sample, files[sample.sha256])
    }
    with_face = [sample for sample in known if sample.sha256 in material]
    strangers = [sample for sample in with_face if sample.label.role == "stranger"]
    each = one_of_each([one.sha256 for one in strangers], [one.draw for one in strangers])
    persons = chosen((one.sha256 for one in with_face if one.label.role == "person"), size.pictures)
    others = chosen(each, size.pictures)
    tasks = _drawn_tasks(size.pictures)
    partners = {sha: others[index % len(others)] for index, sha in enumerate(persons)} if others else {}
    subjects: tuple[tuple[Whose, Sequence[str]], ...] = (("person", persons), ("strangers", others))
    for whose, shas in subjects:
        for index, sha in enumerate(shas):
            other = partners.get(sha)
            shots = _family_shots(whose, sha, other)
            if index < size.climbers:
                shots += _ladder_shots(whose, sha)
            other_material = {} if other is None else {other: material[other]}
            tasks.append(Task(shots=tuple(shots), of=material[sha], others=other_material))
    return tasks


def _results(
    tasks: Sequence[Task], bench: functools.partial[Bench], *, jobs: int
) -> Iterator[tuple[Seen, ...] | None]:
    if jobs == 1:
        work = bench()
        for task in tasks:
            yield from work([task])
        return
    for result in in_order(tasks, make=bench, jobs=jobs, chunk=1):
        yield None if isinstance(result, Crashed) else result


def _material(sample: Sample, photo: Photo) -> list[Material]:
    """The photo with its main face; nothing where it has none."""
    seen = sample.inspection
    if seen is None:
        return []
    mains = (face for face in seen.faces if face.accepted and face.main)
    return [Material(photo=photo, width=seen.width, height=seen.height, face=face) for face in mains]


def _drawn_tasks(count: int) -> list[Task]:
    tasks = []
    for one in FAMILIES:
        if one.made_of == "nothing":
            shots = [Shot(name=one.name, seed=seed_of(one.name, number)) for number in range(count)]
            tasks += [
                Task(shots=tuple(shots[start : start + _DRAWN_AT_ONCE]))
                for start in range(0, count, _DRAWN_AT_ONCE)
            ]
    return tasks


def _family_shots(whose: Whose, sha: str, other: str | None) -> list[Shot]:
    return [
        Shot(
            name=one.name,
            photo=sha,
            other=other if one.made_of == "both" else None,
            seed=seed_of(one.name, sha),
        )
        for one in FAMILIES
        if one.made_of == whose or (one.made_of == "both" and other is not None)
    ]


def _ladder_shots(whose: Whose, sha: str) -> list[Shot]:
    return [
        Shot(name=ladder.name, rung=rung, whose=whose, photo=sha, seed=seed_of(ladder.name, sha))
        for ladder in LADDERS
        for rung in ladder.rungs
    ]
