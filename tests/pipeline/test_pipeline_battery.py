"""The battery on a small drawn project, with a network whose score is the brightness of what it sees."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facethemodel.battery.families import FAMILIES, BatterySize
from facethemodel.battery.ladders import LADDERS
from facethemodel.bundle.decision import Thresholds
from facethemodel.catalogue.records import View
from facethemodel.collect.folder import add_folder
from facethemodel.dataset.samples import Sample, samples
from facethemodel.dataset.split import split
from facethemodel.evaluation.battery_figures import BatteryReport
from facethemodel.evaluation.rows import PhotoScores, Row, row_for
from facethemodel.inspection.run import inspect
from facethemodel.pipeline.battery import plan, run_battery
from facethemodel.pipeline.calibration import score_photos
from facethemodel.pipeline.runs import Run
from facethemodel.project import Project
from facethemodel.synthetic.album import write_album

SIZE = BatterySize(pictures=3, climbers=2)
NETWORKS: dict[str, tuple[View, int]] = {"residual112": ("aligned112", 112), "seed2018": ("whole256", 256)}


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory, drawn_project: Callable[[Path], Project]) -> Path:
    """A project with drawn photos, inspected and split; the photos are linked."""
    root = tmp_path_factory.mktemp("battery")
    drawn = write_album(
        root / "photos",
        seed=2,
        person_photos=30,
        strangers=24,
        photos_per_stranger=1,
        curveballs_per_family=1,
        jobs=1,
    )
    project = drawn_project(root / "project")
    add_folder(project, [drawn.person_dir], role="person", link=True)
    add_folder(project, [drawn.strangers_dir], role="stranger", identity_from="folder", link=True)
    add_folder(project, [drawn.curveball_dirs["text"]], role="curveball", category="letters", link=True)
    inspect(project, views=("aligned112", "whole256"), jobs=1)
    with project.database() as db:
        split(db, person=project.person, settings=project.settings.split)
    return root


class Tried:
    """One network on that project."""

    def __init__(self, root: Path, network: str, model: bytes) -> None:
        self.project = Project.open(root / "project")
        self.run = Run(folder=self.project.runs_dir / network)
        self.run.model.mkdir(parents=True, exist_ok=True)
        (self.run.model / "model.onnx").write_bytes(model)
        self.run.write("trained", {"network": network})
        with self.project.database() as db:
            self.known: list[Sample] = samples(db, person=self.project.person)
        asked = [one for one in self.known if one.part in ("test", "curveball")]
        self.scores: dict[str, PhotoScores] = score_photos(self.project, self.run, asked)
        persons = sorted(
            max(self.scores[one.sha256].faces.values())
            for one in asked
            if one.label.role == "person" and self.scores[one.sha256].faces
        )
        # Some of the person's photos are taken for the person as they are, and none lies near the line: what
        # hardly changes a photo, as a mirror does, changes no verdict.
        widest = int(np.argmax(np.diff(persons)))
        line = float(np.mean(persons[widest : widest + 2]))
        self.thresholds = Thresholds(
            person=line, unsure=line - 15, target_fmr=0.01, confidence=0.9, promise=None, strangers=0
        )
        self.rows: list[Row] = [
            row_for(one, scores=self.scores.get(one.sha256), thresholds=self.thresholds) for one in self.known
        ]

    def battery(self, *, size: BatterySize = SIZE, jobs: int = 1) -> BatteryReport:
        return run_battery(
            self.project, self.run, self.known, self.rows, self.thresholds, size=size, jobs=jobs
        )


@pytest.fixture(scope="module")
def tried(album: Path, brightness: Callable[[int], bytes]) -> Tried:
    return Tried(album, "residual112", brightness(112))


@pytest.fixture(scope="module")
def found(tried: Tried) -> BatteryReport:
    return tried.battery()


def test_every_family_and_every_ladder_is_there(found: BatteryReport) -> None:
    figures = found.figures
    assert [one.name for one in figures.families[:-1]] == [one.name for one in FAMILIES]
    assert figures.families[-1].name == "letters"
    assert all(one.pictures == 3 for one in figures.families[:-1])
    assert [one.name for one in figures.ladders] == [one.name for one in LADDERS]
    assert figures.confidence == 0.9
    assert figures.lost == 0
    on_ladders = sum(
        rung.photos for one in figures.ladders for side in (one.person, one.strangers) for rung in side[1:]
    )
    assert figures.pictures == 3 * len(FAMILIES) + on_ladders


def test_a_mirror_changes_no_verdict(found: BatteryReport, tried: Tried) -> None:
    families = {one.name: one for one in found.figures.families}
    mirrored = families["the person mirrored"]
    assert mirrored.unchanged is not None
    assert mirrored.taken.count == mirrored.unchanged.count
    scores = [one.score for one in tried.rows if one.part == "test" and one.role == "person" and one.score]
    assert mirrored.highest_score is not None
    assert min(scores) - 3 < mirrored.highest_score < max(scores) + 3


def test_less_light_is_a_lower_score_on_each_rung(found: BatteryReport) -> None:
    (darker,) = (one for one in found.figures.ladders if one.name == "darker")
    shares = [rung.share("person") for rung in darker.person]
    assert shares == sorted(shares, reverse=True)
    assert darker.person[-1].median in ("not_person", "no_face")


def test_there_is_a_picture_of_every_family_and_rung(found: BatteryReport) -> None:
    pictures = found.pictures
    assert set(pictures.families) == {one.name for one in FAMILIES}
    assert pictures.as_it_is is not None
    assert {name for name, _ in pictures.rungs} == {one.name for one in LADDERS}
    worst = found.figures.worst
    assert (pictures.worst is None) == (worst is None or worst.kind == "own")
    for pixels in pictures.families.values():
        assert max(pixels.shape[:2]) <= 192
        assert min(pixels.shape) > 0


@pytest.mark.slow
def test_the_same_again_whatever_the_number_of_processes(found: BatteryReport, tried: Tried) -> None:
    assert tried.battery(jobs=2).figures == found.figures


def test_pictures_are_of_test_photos_and_of_one_each_per_stranger(tried: Tried) -> None:
    tasks = plan(tried.project, tried.known, size=BatterySize(pictures=100, climbers=2))
    part = {one.sha256: one.part for one in tried.known}
    identity = {one.sha256: one.identity for one in tried.known}
    used = [task.of.photo.sha256 for task in tasks if task.of is not None]
    assert len(used) == len(set(used))
    assert {part[sha] for sha in used} == {"test"}
    strangers = [identity[sha] for sha in used if identity[sha] is not None]
    assert len(strangers) == len(set(strangers)) > 1


def test_a_smaller_battery_is_part_of_a_larger(tried: Tried) -> None:
    small = plan(tried.project, tried.known, size=SIZE)
    large = plan(tried.project, tried.known, size=BatterySize(pictures=5, climbers=3))
    shots = [
        {shot for task in tasks for shot in task.shots if shot.other is None} for tasks in (small, large)
    ]
    assert shots[0] < shots[1]


def test_a_network_that_sees_whole_photos_is_tried_as_well(
    album: Path, brightness: Callable[[int], bytes]
) -> None:
    whole = Tried(album, "seed2018", brightness(256))
    size = BatterySize(pictures=2, climbers=1)
    figures = whole.battery(size=size).figures
    families = {one.name: one for one in figures.families}
    mirrored = families["the person mirrored"]
    assert mirrored.unchanged is not None
    assert mirrored.taken.count == mirrored.unchanged.count
    assert mirrored.gate.count == 2
    # What the gate refuses has no score, though the network would have one.
    assert all((one.highest_score is None) == (one.gate.count == 0) for one in figures.families)


def test_a_photo_that_is_gone_costs_only_its_own_pictures(
    album: Path, brightness: Callable[[int], bytes], tmp_path: Path
) -> None:
    tried = Tried(album, "residual112", brightness(112))
    tasks = plan(tried.project, tried.known, size=SIZE)
    gone = next(task for task in tasks if task.of is not None)
    assert gone.of is not None
    assert gone.of.photo.link is not None
    place = Path(gone.of.photo.link.decode())
    shutil.move(place, tmp_path / "gone.jpg")
    try:
        report = tried.battery()
    finally:
        shutil.move(tmp_path / "gone.jpg", place)
    assert report.figures.lost == len(gone.shots)
    families = {one.name: one.pictures for one in report.figures.families}
    assert families["the person mirrored"] == 2
    assert families["strangers mirrored"] == 3
    json.dumps(report.figures.document(), allow_nan=False)


def test_without_test_photos_what_is_drawn_remains(tried: Tried) -> None:
    report = run_battery(
        tried.project, tried.run, [], [], tried.thresholds, size=BatterySize(pictures=1, climbers=1), jobs=1
    )
    drawn = [one.name for one in FAMILIES if one.made_of == "nothing"]
    assert [one.name for one in report.figures.families] == drawn
    assert report.figures.ladders == ()
    assert report.pictures.as_it_is is None
