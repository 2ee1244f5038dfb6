"""A project's inspection: complete, restartable, and the same pixels as everywhere else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.catalogue import checks
from facethemodel.catalogue import crops as crop_rows
from facethemodel.catalogue import photos as catalogue_photos
from facethemodel.catalogue.inspections import inspections
from facethemodel.catalogue.photos import all_photos
from facethemodel.catalogue.records import WHOLE_PHOTO, Source
from facethemodel.checks import CHECKS
from facethemodel.errors import SettingsError
from facethemodel.inspection import run
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.examine import Examiner
from facethemodel.inspection.run import BATCH, CRASH, inspect
from facethemodel.inspection.version import CHECKS_VERSION
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project

Encode = Callable[[NDArray[np.uint8]], bytes]

RUN = """
import sys
from pathlib import Path
from facethemodel.inspection.run import inspect
from facethemodel.project import Project
if __name__ == "__main__":
    inspect(Project.open(Path(sys.argv[1])), jobs=2)
"""


def _check_complete(project: Project) -> None:
    """Every photo has its inspection, and every crop is the one that an examination of its bytes gives."""
    examiner = Examiner(gate_threshold=project.settings.inspect.gate_threshold)
    store, photos = CropStore(project.cache_dir), PhotoStore(project.photos_dir)
    with project.database() as db:
        found, rows = inspections(db), crop_rows.rows(db, "aligned112")
        for photo in all_photos(db):
            if found[photo.sha256].reason is not None:
                continue
            data = photos.read(photo, max_bytes=10**9)
            expected = examiner.examine(data, sha256=photo.sha256)
            assert found[photo.sha256] == expected.inspection
            for (view, face), crop in expected.crops.items():
                assert store.load(view, [rows[photo.sha256, face]]).tobytes() == crop.tobytes()


@pytest.mark.parametrize("jobs", [1, 2])
def test_everything_is_recorded_and_crops_are_the_examiners(filled: Project, jobs: int) -> None:
    report = inspect(filled, jobs=jobs)
    assert (report.done, report.skipped, report.no_face, report.faces) == (14, 0, 1, 12)
    ((_, reason),) = report.unreadable
    assert "no known image format" in reason
    _check_complete(filled)


def test_a_second_run_has_nothing_to_do(filled: Project) -> None:
    inspect(filled, jobs=1)
    report = inspect(filled, jobs=1)
    assert (report.done, report.skipped, report.unreadable) == (0, 14, [])


def test_a_new_view_is_cut_without_the_old_one(filled: Project) -> None:
    inspect(filled, jobs=1)
    report = inspect(filled, jobs=1, views=("aligned112", "whole256"))
    assert (report.done, report.skipped) == (13, 1)
    store = CropStore(filled.cache_dir)
    assert (store.rows("aligned112"), store.rows("whole256")) == (13, 13)
    with filled.database() as db:
        assert {face for _, face in crop_rows.rows(db, "whole256")} == {WHOLE_PHOTO}
    _check_complete(filled)


def test_changed_settings_lead_to_a_new_inspection(filled: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    inspect(filled, jobs=1)
    monkeypatch.setenv("FACETHEMODEL_INSPECT__GATE_THRESHOLD", "1.0")
    report = inspect(Project.open(filled.root), jobs=1)
    assert (report.done, report.faces, report.no_face) == (14, 0, 13)


def test_inspecting_again_and_again_does_not_grow_the_cache(
    filled: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for turn in range(4):
        monkeypatch.setenv("FACETHEMODEL_INSPECT__MAX_PIXELS", str(10**8 + turn))
        assert inspect(Project.open(filled.root), jobs=1).done == 14
        _check_complete(Project.open(filled.root))
    # The old crops stay until the next run, so that a page that has just looked one up still finds it.
    assert CropStore(filled.cache_dir).rows("aligned112") == 2 * 13


def test_deleted_crops_are_cut_again(filled: Project) -> None:
    inspect(filled, jobs=1)
    path = CropStore(filled.cache_dir).path("aligned112")
    os.truncate(path, 5 * 112 * 112 * 3)
    assert inspect(filled, jobs=1).done == 8
    _check_complete(filled)
    path.unlink()
    assert inspect(filled, jobs=1).done == 13
    _check_complete(filled)


def test_a_vanished_photo_is_unreadable_and_the_rest_goes_on(filled: Project) -> None:
    with filled.database() as db:
        gone = all_photos(db)[0]
    Path(os.fsdecode(PhotoStore(filled.photos_dir).path(gone))).unlink()
    report = inspect(filled, jobs=1)
    assert gone.sha256 in dict(report.unreadable)
    assert report.done == 14


def test_a_photo_whose_file_was_away_is_looked_at_when_it_is_back(filled: Project) -> None:
    with filled.database() as db:
        photo = all_photos(db)[0]
    place = Path(os.fsdecode(PhotoStore(filled.photos_dir).path(photo)))
    away = place.rename(place.with_name("away"))
    for done in (14, 1):
        report = inspect(filled, jobs=1)
        assert report.done == done
        assert photo.sha256 in dict(report.unreadable)
    away.rename(place)
    report = inspect(filled, jobs=1)
    assert (report.done, report.unreadable) == (1, [])
    assert inspect(filled, jobs=1).done == 0
    _check_complete(filled)


def test_what_was_found_outlives_the_absence_of_the_file(
    filled: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspect(filled, jobs=1)

    def known() -> tuple[object, object]:
        with filled.database() as db:
            readable = [one for one in inspections(db).values() if one.readable]
            return readable, crop_rows.rows(db, "aligned112")

    before = known()
    away = filled.photos_dir.rename(filled.photos_dir.with_name("away"))
    report = inspect(filled, jobs=1, views=("aligned112", "whole256"))
    assert (report.done, report.away, len(report.unreadable)) == (13, 13, 13)
    assert known() == before
    monkeypatch.setenv("FACETHEMODEL_INSPECT__GATE_THRESHOLD", "0.2")
    assert inspect(Project.open(filled.root), jobs=1).away == 14
    assert known() == before
    monkeypatch.undo()
    away.rename(filled.photos_dir)
    report = inspect(filled, jobs=1, views=("aligned112", "whole256"))
    assert (report.done, report.away, report.unreadable) == (14, 0, [report.unreadable[0]])
    _check_complete(filled)


def test_a_wrong_detector_is_told_before_any_work(
    filled: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"wrong")
    monkeypatch.setenv("FACETHEMODEL_INSPECT__DETECTOR", str(wrong))
    with pytest.raises(SettingsError, match=r"wrong\.onnx"):
        inspect(Project.open(filled.root), jobs=2)


def test_an_empty_project_is_soon_done(project: Project) -> None:
    report = inspect(project)
    assert (report.done, report.skipped) == (0, 0)


def _add_walls(project: Project, encode: Encode, tmp_path: Path, count: int) -> None:
    """Photos that are quickly drawn and that take the detector a while."""
    generator = np.random.default_rng(8)
    incoming, store = tmp_path / "wall", PhotoStore(project.photos_dir)
    with project.database() as db, db.write():
        for number in range(count):
            small = generator.integers(0, 256, (6, 8, 3), dtype=np.uint8)
            incoming.write_bytes(encode(np.kron(small, np.ones((80, 80, 1), np.uint8))))
            source = Source(origin=f"/walls/{number}".encode())
            catalogue_photos.add(db, store.put(incoming), source=source, claim=None)


def _start(project: Project, script: Path) -> subprocess.Popen[bytes]:
    script.write_text(RUN)
    return subprocess.Popen([sys.executable, str(script), str(project.root)])


def _wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        assert process is None or process.poll() is None
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    # Each thread has its own.
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, listed.read_text().split())
    return found


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _count(project: Project) -> int:
    with project.database() as db:
        return len(inspections(db))


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")


@needs_proc
@pytest.mark.slow
def test_a_killed_run_is_taken_up_where_it_stopped(project: Project, encode: Encode, tmp_path: Path) -> None:
    total = 2 * BATCH + 60
    _add_walls(project, encode, tmp_path, total)
    process = _start(project, tmp_path / "run.py")
    _wait_for(lambda: _count(project) >= BATCH, process)
    workers = _children(process.pid)
    process.kill()
    process.wait()
    kept = _count(project)
    assert BATCH <= kept < total
    assert workers
    _wait_for(lambda: not any(map(_alive, workers)))
    report = inspect(project, jobs=2)
    assert (report.done, report.skipped) == (total - kept, kept)
    assert CropStore(project.cache_dir).rows("aligned112") == total
    _check_complete(project)


@needs_proc
@pytest.mark.slow
def test_an_interrupted_run_leaves_a_consistent_project(
    project: Project, encode: Encode, tmp_path: Path
) -> None:
    _add_walls(project, encode, tmp_path, BATCH + 100)
    process = _start(project, tmp_path / "run.py")
    _wait_for(lambda: _count(project) >= BATCH, process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) != 0
    kept = _count(project)
    assert inspect(project, jobs=1).skipped == kept
    _check_complete(project)


def test_a_photo_that_always_crashes_the_decoder_costs_only_itself(
    project: Project,
    add: Callable[[Project, bytes], str],
    tmp_path: Path,
    fragile_decoder: tuple[str, bytes],
) -> None:
    head, fatal = fragile_decoder
    crashing = set()
    for shade in range(20):
        data = cv2.imencode(".jpg", np.full((80, 120, 3), 10 * shade, np.uint8))[1].tobytes()
        if shade in (0, 11):
            crashing.add(add(project, data + fatal))
        else:
            add(project, data)
    script = tmp_path / "run.py"
    script.write_text(head + RUN)
    subprocess.run([sys.executable, str(script), str(project.root)], check=True, timeout=120)
    with project.database() as db:
        found = inspections(db)
    assert len(found) == 20
    assert {sha: of.reason for sha, of in found.items() if not of.readable} == dict.fromkeys(crashing, CRASH)
    _check_complete(project)


@needs_proc
@pytest.mark.slow
def test_a_killed_worker_costs_no_photo(project: Project, encode: Encode, tmp_path: Path) -> None:
    total = BATCH + 100
    _add_walls(project, encode, tmp_path, total)
    process = _start(project, tmp_path / "run.py")
    _wait_for(lambda: _count(project) >= BATCH, process)
    workers = [
        child
        for child in _children(process.pid)
        if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()
    ]
    os.kill(workers[0], signal.SIGKILL)
    assert process.wait(timeout=120) == 0
    assert _count(project) == total
    with project.database() as db:
        assert [found.reason for found in inspections(db).values() if not found.readable] == []
    _check_complete(project)


def test_the_checks_are_asked_once_and_again_when_they_change(
    filled: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspect(filled, jobs=1)
    with filled.database() as db:
        readable = [sha for sha, found in inspections(db).items() if found.readable]
        assert all(len(checks.of_photo(db, sha)) == len(CHECKS) for sha in readable)
        assert [sha for sha, _ in checks.flagged(db, "no-face")] == [
            sha for sha in readable if not inspections(db)[sha].faces
        ]
    assert inspect(filled, jobs=1).done == 0
    monkeypatch.setattr(run, "CHECKS_VERSION", CHECKS_VERSION + 1)
    assert inspect(filled, jobs=1).done == len(readable) + 1


def test_a_photo_that_rotted_and_was_added_again_is_inspected_again(
    project: Project, add: Callable[[Project, bytes], str], encode: Encode, portrait: NDArray[np.uint8]
) -> None:
    data = encode(portrait)
    sha = add(project, data)
    stored = project.photos_dir / sha[:2] / sha
    stored.write_bytes(data[:200] + b"ROT" + data[203:])
    ((_, reason),) = inspect(project, jobs=1).unreadable
    assert "has changed" in reason
    assert add(project, data) == sha
    report = inspect(project, jobs=1)
    assert (report.done, report.faces) == (1, 1)
