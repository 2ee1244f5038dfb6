"""What the benchmark of a build measures with: its stop watch, its scales, and its copy of a project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from benchmarks.build_stages import timed
from benchmarks.build_time import copy_project, family, own_memory

from facethemodel.project import Project


def test_a_function_is_timed_even_when_it_fails_and_put_back() -> None:
    room = ModuleType("room")

    def work(value: int) -> int:
        if value < 0:
            raise ValueError("negative")
        return value + 1

    room.work = work  # type: ignore[attr-defined]
    parts: dict[str, float] = {}
    with timed(parts, {"the work": (room, "work")}):
        assert room.work(1) == 2
        first = parts["the work"]
        with pytest.raises(ValueError, match="negative"):
            room.work(-1)
    assert parts["the work"] > first > 0
    assert room.work is work


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_counts_children_and_what_belongs_to_them() -> None:
    program = (
        "import subprocess, sys; held = bytearray(40 << 20); print('ready', flush=True);"
        "child = subprocess.Popen([sys.executable, '-c', 'input()']); child.wait()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        found = family(process.pid)
        while len(found) < 2 and process.poll() is None:
            found = family(process.pid)
        assert found[0] == process.pid
        assert 40 < own_memory(process.pid) < 200
        process.communicate("\n")
    assert own_memory(process.pid) == 0.0


def test_a_project_is_copied_without_what_was_made_of_it(tmp_path: Path) -> None:
    source = tmp_path / "source"
    project = Project.create(source, person="Pat Drawn")
    for made in ("cache", "runs"):
        (source / made).mkdir(exist_ok=True)
        (source / made / "something").write_text("made", encoding="utf-8")
    (source / "photos" / "ab").mkdir(parents=True)
    (source / "photos" / "ab" / "photo").write_bytes(b"pixels")
    copy_project(project.root, tmp_path / "copy")
    copy = Project.open(tmp_path / "copy")
    assert copy.person == "Pat Drawn"
    assert (copy.root / "photos" / "ab" / "photo").read_bytes() == b"pixels"
    assert not (copy.root / "cache" / "something").exists()
    assert not (copy.root / "runs" / "something").exists()
    with copy.exclusive("test"), copy.database() as db:
        assert db is not None
