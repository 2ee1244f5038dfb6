"""What must be so before a network learns or is judged."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from facethemodel.catalogue import crops, decisions, openings, parts
from facethemodel.cli.application import run as command_line
from facethemodel.dataset.samples import Sample, by_part, samples, training_arrays
from facethemodel.duplicates.search import Match
from facethemodel.errors import StorageError, UsageError
from facethemodel.inspection.run import inspect
from facethemodel.networks import get_network
from facethemodel.pipeline.calibration import score_photos, to_calibrate
from facethemodel.pipeline.evaluation import Beside, evaluate
from facethemodel.pipeline.freshness import evaluation_inputs
from facethemodel.pipeline.ready import cut_views, require_inspected
from facethemodel.pipeline.runs import Run, digest, make_current
from facethemodel.pipeline.training import TrainOptions, labels_of, made_with, train_stage
from facethemodel.pipeline.unseen import require_unseen
from facethemodel.project import SETTINGS_FILE, Project
from facethemodel.training.recipe import recipe_for


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory, divided_project: Callable[..., Path]) -> Path:
    return divided_project(tmp_path_factory.mktemp("ready"), person_photos=30, strangers=16)


@pytest.fixture
def project(drawn: Path, tmp_path: Path) -> Project:
    return Project.open(Path(shutil.copytree(drawn, tmp_path / "project")))


def known_of(project: Project) -> list[Sample]:
    with project.database() as db:
        return samples(db, person=project.person)


def run_that_saw(project: Project, name: str, *photos: Sample, network: str = "residual112") -> Run:
    run = Run(folder=project.runs_dir / name)
    run.model.mkdir(parents=True)
    run.write("learned", {"shas": [one.sha256 for one in photos]})
    run.write("trained", {"network": network})
    return run


def opened(project: Project) -> int:
    with project.database() as db:
        return openings.count(db)


def test_a_run_that_learned_from_test_photos_is_not_judged(project: Project) -> None:
    known = known_of(project)
    stranger = next(one for one in by_part(known, "test") if one.label.role == "stranger")
    fine = run_that_saw(project, "fine", *by_part(known, "train"))
    older = run_that_saw(project, "older", *by_part(known, "train"), stranger)
    require_unseen(project, fine, known)
    # The photo that was seen, and the other one of the same stranger.
    with pytest.raises(
        UsageError, match="older learned from 2 photos, from copies of them or from the strangers on them"
    ) as caught:
        evaluate(project, older, why="test")
    assert "facethemodel build; or facethemodel split" in str(caught.value.remedy)
    with pytest.raises(UsageError, match="older learned from 2 photos"):
        evaluate(project, fine, why="test", rivals=[Beside(run=older, name="older", note="")])
    assert opened(project) == 0


def test_a_copy_of_what_was_seen_and_put_aside_is_as_if_it_was_seen(project: Project) -> None:
    known = known_of(project)
    seen = by_part(known, "train")[0]
    asked = next(one for one in by_part(known, "test") if one.label.role == "person")
    other = next(one for one in by_part(known, "test") if one.label.role == "person" and one is not asked)
    run = run_that_saw(project, "run", seen)
    pairs = [
        Match(first=min(pair), second=max(pair), kind="picture")
        for pair in ((seen.sha256, asked.sha256), (asked.sha256, other.sha256))
    ]
    # As long as the photo that was seen is in a part, the leak check names the pair.
    require_unseen(project, run, known, pairs)
    away = replace(seen, assignment=replace(seen.assignment, part=None)) if seen.assignment else seen
    rest = [away if one is seen else one for one in known]
    with pytest.raises(UsageError, match=f"learned from 1 photos.*{asked.sha256[:8]}"):
        require_unseen(project, run, rest, pairs)


def test_a_run_that_does_not_say_what_it_saw_must_fit_the_parts(project: Project) -> None:
    run = run_that_saw(project, "old")
    (run.folder / "learned.json").unlink()
    with pytest.raises(UsageError, match="what old learned from is not known"):
        require_unseen(project, run, known_of(project))


def test_other_settings_of_the_gate_take_another_inspection_first(project: Project) -> None:
    run = run_that_saw(project, "run")
    settings = project.root / SETTINGS_FILE
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("gate_threshold = 0.1", "gate_threshold = 0.2"), encoding="utf-8")
    changed = Project.open(project.root)
    parted = sum(one.part is not None for one in known_of(project))
    for act in (lambda: evaluate(changed, run, why="test"), lambda: train_stage(changed)):
        with pytest.raises(UsageError, match=f"{parted} photos of the parts are not inspected as") as caught:
            act()
        assert "facethemodel inspect" in str(caught.value.remedy)
    assert opened(project) == 0


@pytest.fixture
def disk_away(drawn: Path) -> Iterator[None]:
    """The folder that the photos are linked from is elsewhere for a while."""
    photos = drawn.with_name("photos")
    elsewhere = photos.rename(photos.with_name("elsewhere"))
    yield
    elsewhere.rename(photos)


@pytest.mark.usefixtures("disk_away")
def test_photos_whose_files_are_away_are_not_left_out_in_silence(project: Project) -> None:
    with project.database() as db, db.write() as connection:
        connection.execute("DELETE FROM crop WHERE view = 'whole256'")
    parted = [one for one in known_of(project) if one.part is not None]
    with pytest.raises(
        StorageError, match=f"the files of {len(parted)} photos of the parts are away"
    ) as caught:
        train_stage(project, options=TrainOptions(network="seed2018"))
    assert "plug in the disk" in str(caught.value.remedy)
    assert "--aside gone" in str(caught.value.remedy)
    run = run_that_saw(project, "seed2018", network="seed2018")
    with pytest.raises(StorageError, match="are away"):
        evaluate(project, run, why="test")
    assert opened(project) == 0
    assert all(one.inspection is not None and one.inspection.readable for one in known_of(project))
    with project.database() as db:
        gone = [decisions.Decision(sha256=one.sha256, kind="aside", reason="gone") for one in parted]
        decisions.record(db, gone)
        require_inspected(db, project, known_of(project), ("whole256",))


def test_whole_photos_are_cut_where_a_network_asks_for_them(
    project: Project, tmp_path: Path, brightness: Callable[[int], bytes]
) -> None:
    with project.database() as db, db.write() as connection:
        connection.execute("DELETE FROM crop WHERE view = 'whole256'")
    run = run_that_saw(project, "seed2018", network="seed2018")
    (run.model / "model.onnx").write_bytes(brightness(256))
    known = known_of(project)
    with project.database() as db, pytest.raises(UsageError, match="are not inspected as"):
        require_inspected(db, project, known, ("whole256",))
    cut_views(project, ("whole256",))
    with project.database() as db:
        require_inspected(db, project, known, ("whole256",))
    asked = by_part(known, "test")
    assert score_photos(project, run, asked).keys() == {one.sha256 for one in asked}


def test_a_crop_cache_that_was_deleted_is_named(project: Project) -> None:
    (project.cache_dir / "aligned112.u8").unlink()
    with pytest.raises(StorageError, match="ends at row 0") as caught:
        train_stage(project, options=TrainOptions(epochs=1))
    assert "facethemodel inspect" in str(caught.value.remedy)
    inspect(project, jobs=1)
    with project.database() as db:
        require_inspected(db, project, known_of(project), ("aligned112",))


def test_a_training_that_cannot_begin_leaves_no_folder(project: Project) -> None:
    with pytest.raises(UsageError, match="banana"):
        train_stage(project, options=TrainOptions(device="banana", epochs=1))
    assert not list(project.runs_dir.glob("residual112*"))


def test_what_was_put_aside_since_the_split_is_not_learned_from(project: Project) -> None:
    def counts() -> tuple[int, int]:
        known = known_of(project)
        with project.database() as db:
            rows = crops.rows(db, "aligned112")
        arrays = training_arrays(by_part(known, "train"), rows, view="aligned112")
        return len(arrays), len(to_calibrate(known))

    before = counts()
    known = known_of(project)
    with project.database() as db:
        for part in ("train", "calibrate"):
            aside = next(one for one in by_part(known, part) if one.label.role == "stranger")
            decisions.record(db, [decisions.Decision(sha256=aside.sha256, kind="aside", reason="a test")])
    assert counts() == (before[0] - 1, before[1] - 1)


def test_another_face_of_a_photo_is_another_thing_to_learn_from(project: Project) -> None:
    known = known_of(project)
    with project.database() as db:
        rows = crops.rows(db, "aligned112")
    train = training_arrays(by_part(known, "train"), rows, view="aligned112")
    other = replace(train, faces=(train.faces[0] + 1, *train.faces[1:]))
    assert labels_of(train, train) != labels_of(other, train)

    def with_first_face(**changes: Any) -> list[Sample]:
        place = next(i for i, one in enumerate(known) if one.inspection is not None and one.inspection.faces)
        inspection = known[place].inspection
        assert inspection is not None
        faces = (replace(inspection.faces[0], **changes), *inspection.faces[1:])
        return [
            *known[:place],
            replace(known[place], inspection=replace(inspection, faces=faces)),
            *known[place + 1 :],
        ]

    first = next(one.inspection.faces[0] for one in known if one.inspection and one.inspection.faces)
    now = evaluation_inputs(project, known)
    assert evaluation_inputs(project, with_first_face(main=not first.main)) != now
    assert evaluation_inputs(project, with_first_face(accepted=not first.accepted)) != now
    assert evaluation_inputs(project, with_first_face(main=first.main)) == now


@pytest.mark.parametrize(
    "change", [{"revision": 9}, {"parameters": 3}, {"device": "cuda"}, {"precision": "bf16"}, {"labels": "b"}]
)
def test_what_makes_another_run(change: dict[str, Any]) -> None:
    def made(revision: int = 1, parameters: int = 2, labels: str = "a", **how: str) -> str:
        spec = replace(get_network("residual112"), revision=revision, parameters=parameters)
        how = {"device": "cpu", "precision": "fp32"} | how
        return digest(*made_with(recipe_for("residual112"), labels, spec, **how))

    assert made(**change) != made() == made()


def test_status_says_what_a_run_wants_before_it_is_used(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    def advised() -> str:
        assert command_line(["status", "--project", str(project.root)]) == 0
        return capsys.readouterr().err.strip().splitlines()[-1]

    def put_aside(sha: str) -> None:
        with project.database() as db:
            decisions.record(db, [decisions.Decision(sha256=sha, kind="aside", reason="a test")])

    known = known_of(project)
    with project.database() as db:
        rows = crops.rows(db, "aligned112")
    train, tune = (
        training_arrays(by_part(known, part), rows, view="aligned112") for part in ("train", "tune")
    )
    run = run_that_saw(project, "residual112-seed0-0123456789ab", *by_part(known, "train"))
    run.write("trained", {"network": "residual112", "photos": digest(labels_of(train, tune))})
    run.bundle.mkdir()
    make_current(project, run)
    assert advised() == "next: facethemodel evaluate"
    run.write("evaluated", {"inputs": evaluation_inputs(project)})
    run.report.write_text("a report")
    assert advised() == "next: facethemodel predict PHOTOS"

    put_aside(next(one.sha256 for one in by_part(known, "test") if one.tested))
    assert advised() == "next: facethemodel evaluate"
    run.write("evaluated", {"inputs": evaluation_inputs(project)})
    assert advised() == "next: facethemodel predict PHOTOS"
    put_aside(train.shas[0])
    assert advised() == "next: facethemodel build"


def test_status_counts_the_photos_that_wait_for_a_part(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    def shown() -> str:
        assert command_line(["status", "--project", str(project.root)]) == 0
        return capsys.readouterr().out

    assert "not divided yet" not in shown()
    person = [one for one in known_of(project) if one.label.role == "person" and one.part == "train"]
    with project.database() as db:
        given = parts.assignments(db)
        tied = replace(given[person[0].sha256], part=None, reason="bridges parts: near a in train and ...")
        late = replace(given[person[1].sha256], part=None, reason="not inspected")
        new = [one for sha, one in given.items() if sha not in {one.sha256 for one in person[:3]}]
        parts.replace(db, [*new, tied, late])
    table = shown()
    assert re.search(r"not divided yet +2 +0 +0 +2 ", table)
    assert re.search(r"left out +1 ", table)
