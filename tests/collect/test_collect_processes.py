"""Adding as it goes wrong in life: several at once, killed in the middle, no room left."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from facethemodel.catalogue import photos
from facethemodel.collect import add_folder
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project

Picture = Callable[[int], bytes]


ADD = """
import sys
from pathlib import Path
from facethemodel.collect import add_folder
from facethemodel.project import Project
print("ready", flush=True)
sys.stdin.readline()
report = add_folder(Project.open(Path(sys.argv[1])), [Path(sys.argv[2])], role="person")
print(report.new, report.new_source, report.known, len(report.skipped))
"""

ADD_ALOUD = """
import sys
from contextlib import contextmanager
from pathlib import Path
from facethemodel.collect import add_folder
from facethemodel.progress import Silent
from facethemodel.project import Project

class Aloud(Silent):
    @contextmanager
    def task(self, label, total):
        seen = []
        def advance(done):
            print(done, flush=True)
            seen.append(done)
            if sum(seen) >= 500:
                sys.stdin.read()
        yield advance

add_folder(Project.open(Path(sys.argv[1])), [Path(sys.argv[2])], role="person", progress=Aloud())
"""

ADD_WITHOUT_ROOM = """
import resource, sys
from pathlib import Path
from facethemodel.collect import add_folder
from facethemodel.errors import StorageError
from facethemodel.project import Project
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    add_folder(Project.open(Path(sys.argv[1])), [Path(sys.argv[2])], role="person")
except StorageError as error:
    print(error.what)
"""


def fill(folder: Path, numbers: range, picture: Picture) -> Path:
    folder.mkdir()
    for number in numbers:
        (folder / f"{number:05}.png").write_bytes(picture(number))
    return folder


def assert_whole(project: Project, expected: int) -> None:
    """Every photo of the catalogue lies in the store with the bytes it was added with."""
    store = PhotoStore(project.photos_dir)
    with project.database() as db:
        held = photos.all_photos(db)
        assert db.read("PRAGMA integrity_check") == [("ok",)]
    for photo in held:
        store.read(photo, max_bytes=10_000_000)
    assert len(held) == expected


def test_three_processes_add_at_once(project: Project, tmp_path: Path, picture: Picture) -> None:
    folders = [
        fill(tmp_path / name, numbers, picture)
        for name, numbers in (("a", range(300)), ("b", range(200, 500)), ("c", range(500)))
    ]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ADD, str(project.root), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for folder in folders
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    answers = []
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        answer, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        answers.append([int(number) for number in answer.split()])
    assert [sum(answer) for answer in answers] == [300, 300, 500]
    assert sum(new for new, _, _, _ in answers) == 500
    assert all(known == skipped == 0 for _, _, known, skipped in answers)
    assert_whole(project, 500)
    with project.database() as db:
        assert db.read("SELECT count(*) FROM source") == [(1100,)]


def test_a_kill_in_the_middle_loses_nothing_that_was_acknowledged(
    project: Project, tmp_path: Path, picture: Picture
) -> None:
    folder = fill(tmp_path / "in", range(800), picture)
    with subprocess.Popen(
        [sys.executable, "-c", ADD_ALOUD, str(project.root), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        acknowledged = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        acknowledged += sum(int(line) for line in process.stdout)
    with project.database() as db:
        kept = len(photos.all_photos(db))
    assert 0 < acknowledged <= kept < 800
    report = add_folder(project, [folder], role="person")
    assert (report.known, report.new) == (kept, 800 - kept)
    assert_whole(project, 800)


def test_no_room_left_keeps_what_was_added_and_goes_on_later(
    project: Project, tmp_path: Path, picture: Picture
) -> None:
    folder = fill(tmp_path / "in", range(20), picture)
    # Nothing of more than a megabyte fits on the process's "disk"; bytes after the image's end are allowed.
    (folder / "00010-large.png").write_bytes(picture(10_000) + b"\0" * 2_000_000)
    told = subprocess.run(
        [sys.executable, "-c", ADD_WITHOUT_ROOM, str(project.root), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    assert str(project.photos_dir) in told
    assert "the 20 new photos added so far stay in the project" in told
    assert_whole(project, 20)
    assert [path.name for path in project.photos_dir.glob(".*")] == []
    report = add_folder(project, [folder], role="person")
    assert (report.new, report.known) == (1, 20)
    assert_whole(project, 21)
