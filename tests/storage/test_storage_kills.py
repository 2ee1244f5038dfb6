"""Killed here or there, at any moment: nothing acknowledged is lost, and the same command goes on."""

from __future__ import annotations

import hashlib
import itertools
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facethemodel.collect.folder import add_folder
from facethemodel.errors import RemoteError
from facethemodel.project import Project
from facethemodel.storage.bucket import Bucket, Patience, connect
from facethemodel.storage.copies import COPIES, folder_for_copies
from facethemodel.storage.local import LARGE
from facethemodel.storage.location import Location
from facethemodel.storage.pull import pull, snapshots
from facethemodel.storage.push import PushReport, push
from facethemodel.storage.verify import verify

BUCKET = "photos"

PUSH = """
import sys
from pathlib import Path
from facethemodel.project import Project
from facethemodel.storage.bucket import connect
from facethemodel.storage.location import Location
from facethemodel.storage.push import push
place, url, root = sys.argv[1:]
push(Project.open(Path(root)), connect(Location.parse(place), endpoint_url=url), packing=False)
"""


@pytest.fixture
def with_model(project: Project) -> Project:
    """A project with a model of five parts and a bit."""
    run = project.runs_dir / "residual112-seed0-abc"
    (run / "model").mkdir(parents=True)
    (run / "trained.json").write_text("{}")
    (run / "model" / "model.onnx").write_bytes(os.urandom(LARGE + (8 << 20) + 77))
    return project


def parts_sent(requests: list[tuple[str, str]]) -> list[str]:
    """The numbers of the parts that were sent, in order."""
    paths = [path for method, path in requests if method == "PUT" and "partNumber=" in path]
    return [path.partition("partNumber=")[2].partition("&")[0] for path in paths]


def test_a_large_file_goes_on_with_the_part_that_failed(
    with_model: Project, through: Bucket, bucket: Bucket, proxy: Any, tmp_path: Path
) -> None:
    def refuse(handler: Any, body: bytes) -> bool:
        handler.close_connection = True
        return True

    proxy.plant("PUT", "partNumber=4", refuse, times=99)
    impatient = connect(
        through.location, endpoint_url=proxy.url, patience=Patience(retry=0.3, connect=2, answer=5)
    )
    with pytest.raises(RemoteError):
        push(with_model, impatient)
    assert not snapshots(bucket)
    assert set(parts_sent(proxy.requests)) == {"1", "2", "3", "4"}

    proxy.clear()
    assert push(with_model, through).snapshot
    assert parts_sent(proxy.requests) == ["4", "5", "6"]
    assert not verify(with_model, bucket, deep=True).differences
    assert pull(bucket, tmp_path / "back").findings == ()


def test_a_large_file_that_changes_while_it_is_sent(
    with_model: Project, through: Bucket, bucket: Bucket, proxy: Any
) -> None:
    model = next(with_model.runs_dir.rglob("model.onnx"))

    def change(handler: Any, body: bytes) -> bool:
        with model.open("r+b") as file:
            file.write(b"changed")
        handler.answer(*handler.ask(body))
        return True

    proxy.plant("PUT", "partNumber=1", change, times=1)
    report = push(with_model, through)
    assert report.snapshot is None
    assert [one.verdict for one in report.findings] == ["unreadable"]
    assert not snapshots(bucket)
    assert push(with_model, through).snapshot
    assert not verify(with_model, bucket, deep=True).differences


def test_a_terminated_push_leaves_its_copies_in_the_cache_and_the_next_clears_them_away(
    project: Project, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        words = [sys.executable, "-c", PUSH, str(bucket.location), url, str(project.root)]
        with subprocess.Popen(words) as running:
            # Copies are made before anything is asked of the server.
            silent.settimeout(60)
            silent.accept()
            running.terminate()
    (left,) = project.cache_dir.iterdir()
    assert left.name.startswith(COPIES)
    assert (left / "catalogue.db").is_file()
    assert stat.S_IMODE(left.stat().st_mode) == 0o700
    assert not list((tmp_path / "temporary").iterdir())

    with folder_for_copies(project.cache_dir) as in_use:
        assert list(project.cache_dir.iterdir()) == [in_use]
        (in_use / "catalogue.db").write_bytes(b"")
        assert push(project, bucket).snapshot
        assert [path.name for path in in_use.iterdir()] == ["catalogue.db"]
    assert not list(project.cache_dir.iterdir())


@pytest.mark.slow
def test_a_server_that_is_killed_and_started_again(
    own_server: Any, tmp_path: Path, photos_in: Callable[..., Path]
) -> None:
    project = Project.create(tmp_path / "project", person="Ada Example")
    add_folder(project, [photos_in(tmp_path / "many", 600, size=20_000)], role="person", link=True)
    place = Location(bucket=BUCKET, prefix="killed/")
    bucket = connect(place, endpoint_url=own_server.url, patience=Patience(retry=50, connect=2, answer=10))
    reports: list[PushReport] = []
    worker = threading.Thread(target=lambda: reports.append(push(project, bucket, packing=False)))
    worker.start()
    watch = connect(place, endpoint_url=own_server.url)
    while len(watch.list("objects/")) < 100:
        assert worker.is_alive()
        time.sleep(0.02)
    own_server.kill()
    time.sleep(1)
    own_server.start()
    worker.join()
    (report,) = reports
    again = push(project, bucket, packing=False)
    if report.snapshot is None:
        # It noticed itself that the server has not kept everything, and promised nothing.
        assert {one.verdict for one in report.findings} <= {"missing there", "differs"}
        assert verify(project, bucket, fix=True).differences == []
    else:
        assert again.known
    assert not verify(project, bucket, deep=True).differences
    assert pull(bucket, tmp_path / "back").findings == ()


KILLS = (
    ("objects/", 1, False),
    ("objects/", 1, True),
    ("objects/", 5, True),
    ("objects/", 15, False),
    ("objects/", 10, True),
    ("snapshots/", 1, False),
    ("history/", 1, False),
)
"""Moments of a push: the how-manieth thing that it sends there, and whether the server still takes that."""


def killing(running: list[subprocess.Popen[bytes]], number: int, *, arrives: bool) -> Any:
    """A fault that kills the last of these processes when so many requests have met it.

    What an earlier one has sent may still be on its way here, and kills nobody.
    """
    met = itertools.count(1)

    def fault(handler: Any, body: bytes) -> bool:
        if next(met) < number or running[-1].poll() is not None:
            return False
        if arrives:
            handler.ask(body)
        running[-1].kill()
        handler.close_connection = True
        return True

    return fault


@pytest.mark.slow
def test_a_push_that_is_killed_again_and_again(
    bucket: Bucket, proxy: Any, with_model: Project, tmp_path: Path, photos_in: Callable[..., Path]
) -> None:
    # With each kill up to 16 more that are on their way may arrive: enough must be left for the next one.
    add_folder(with_model, [photos_in(tmp_path / "many", 250, size=2_000)], role="person", link=True)
    words = [sys.executable, "-c", PUSH, str(bucket.location), proxy.url, str(with_model.root)]
    running: list[subprocess.Popen[bytes]] = []
    for place, number, arrives in KILLS:
        proxy.clear()
        proxy.plant("PUT", f"/{place}", killing(running, number, arrives=arrives), times=1000)
        running.append(subprocess.Popen(words))
        assert running[-1].wait(120) == -signal.SIGKILL
        for one in snapshots(bucket):
            # Whatever is called a snapshot is whole, also now.
            assert pull(bucket, tmp_path / f"back {len(running)}", snapshot=one.name).findings == ()
    proxy.clear()
    assert subprocess.run(words, check=False).returncode == 0
    assert not verify(with_model, bucket, deep=True).differences


@pytest.mark.slow
def test_a_bit_that_flips_on_the_servers_disk(own_server: Any, project: Project, tmp_path: Path) -> None:
    place = Location(bucket=BUCKET, prefix="flipped/")
    bucket = connect(place, endpoint_url=own_server.url, patience=Patience(retry=1, connect=2, answer=60))
    push(project, bucket)
    wanted = next((tmp_path / "own").iterdir()).read_bytes()
    flipped = 0
    for volume in own_server.folder.rglob("*.dat"):
        at = volume.read_bytes().find(wanted)
        if at >= 0:
            with volume.open("r+b") as file:
                file.seek(at + 1000)
                file.write(bytes([wanted[1000] ^ 1]))
            flipped += 1
    assert flipped == 1
    report = verify(project, bucket, deep=True)
    sha = hashlib.sha256(wanted).hexdigest()
    assert [(one.verdict, one.name[:8]) for one in report.differences] == [("differs", sha[:8])]
    assert not verify(project, bucket, deep=True, fix=True).differences
