"""An interruption while a source keeps silent: the command ends, and nothing that it started goes on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from facethemodel.project import Project

SILENT = """#!/bin/sh
echo $$ > {pid}
exec sleep 300
"""


def start(project: Project, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "facethemodel",
            "collect",
            *words,
            "--as",
            "person",
            "--project",
            project.root,
        ],
        stderr=subprocess.PIPE,
        text=True,
        # Only the command itself gets the signal, not what it started.
        start_new_session=True,
    )


def interrupt(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        # The source would be waited for two minutes and longer.
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "the same command goes on from there" in err


def wait_for(what: Callable[[], bool]) -> None:
    for _ in range(3000):
        if what():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_engine_that_keeps_silent_is_not_waited_for(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        words = ("--engine", "openverse", "--engine-address", address, "--allow-private")
        process = start(project, "web", "ada", *words)
        server.settimeout(60)
        connection, _ = server.accept()
        with connection:
            connection.recv(10)
            interrupt(process)


def test_gallery_dl_does_not_go_on_alone(project: Project, tmp_path: Path) -> None:
    folder, pid = tmp_path / "bin", tmp_path / "pid"
    folder.mkdir()
    (folder / "gallery-dl").write_text(SILENT.format(pid=pid))
    (folder / "gallery-dl").chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}:{before}"
    try:
        process = start(project, "gallery", "https://site.example/album")
        wait_for(lambda: pid.exists() and pid.read_text().endswith("\n"))
    finally:
        os.environ["PATH"] = before
    interrupt(process)
    assert not is_there(int(pid.read_text()))
