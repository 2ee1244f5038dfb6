"""A command that is told to end leaves nothing half-done behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

SLOW_DISK = """
import os, sys, time
from facethemodel.cli import main

fsync = os.fsync

def slow(descriptor):
    os.write(1, b"under way\\n")
    time.sleep(1)
    fsync(descriptor)

os.fsync = slow
main()
"""
"""The command line on a disk that takes a second a photo."""

UNTOLD = """
import os, signal, sys

signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Starts a command as from a terminal: the tests themselves may run under `nohup`, which it would inherit."""


def add_until_under_way(tmp_path: Path, *before: str) -> subprocess.Popen[bytes]:
    (tmp_path / "one.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(1000))
    words = [
        *before,
        sys.executable,
        "-c",
        SLOW_DISK,
        "add",
        "one.jpg",
        "--as",
        "person",
        "--project",
        "paul",
    ]
    adding = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert adding.stdout is not None
    assert adding.stdout.readline() == b"under way\n"
    return adding


def half_written(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "paul" / "photos").glob(".incoming-*"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_command_that_is_told_to_end_tidies_up(
    cli: Run, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    with add_until_under_way(tmp_path, sys.executable, "-c", UNTOLD) as adding:
        assert len(half_written(tmp_path)) == 1
        os.kill(adding.pid, number)
        _, error = adding.communicate(timeout=60)
    assert adding.returncode == code
    assert b"interrupted; what was done stays done, the same command goes on from there\n" in error
    assert b"Traceback" not in error
    assert half_written(tmp_path) == []


def test_nohup_keeps_its_meaning(cli: Run, tmp_path: Path) -> None:
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    with add_until_under_way(tmp_path, "nohup") as adding:
        os.kill(adding.pid, signal.SIGHUP)
        adding.communicate(timeout=60)
    assert adding.returncode == 0


INTERRUPTED_IMPORT = """
import os, signal, sys

number, module, outcome = int(sys.argv[1]), sys.argv[2], sys.argv[3]

class Finder:
    def find_spec(name, path, target=None):
        if name != module:
            return
        try:
            os.kill(os.getpid(), number)
        except KeyboardInterrupt:
            if outcome == "interrupt":
                raise
            raise ImportError("numpy._core.multiarray failed to import")

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
sys.meta_path.insert(0, Finder)
sys.argv[1:] = sys.argv[4:] or ["status"]
from facethemodel.cli import main
main()
"""
"""The command line, told to end while it imports a module; those in C make another error of that."""


@pytest.mark.parametrize("outcome", ["interrupt", "import error"])
@pytest.mark.parametrize("module", ["click", "facethemodel.cli.status", "facethemodel.project"])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_command_that_is_told_to_end_while_it_starts_says_so(
    tmp_path: Path, number: signal.Signals, code: int, module: str, outcome: str
) -> None:
    words = [sys.executable, "-c", INTERRUPTED_IMPORT, str(int(number)), module, outcome]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == code
    assert ended.stderr.strip() == "interrupted"


def test_a_demo_does_not_go_on_where_it_was_stopped(tmp_path: Path) -> None:
    number = str(int(signal.SIGINT))
    words = [sys.executable, "-c", INTERRUPTED_IMPORT, number, "facethemodel.demo", "interrupt", "demo"]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 130
    assert "interrupted; its folder is unfinished and can be removed" in ended.stderr
    assert "goes on" not in ended.stderr


def test_a_bug_without_a_signal_stays_a_bug(tmp_path: Path) -> None:
    broken = INTERRUPTED_IMPORT.replace("os.kill(os.getpid(), number)", "raise KeyboardInterrupt")
    words = [sys.executable, "-c", broken, "2", "facethemodel.cli.status", "import error"]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 70
    assert "this is a bug: ImportError: numpy._core" in ended.stderr
