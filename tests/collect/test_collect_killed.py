"""The command as a process of its own: killed in the middle, interrupted, two at once."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facethemodel.catalogue import photos
from facethemodel.download.parts import Part
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project

Site = Any  # the one of tests/conftest.py


def noise(number: int) -> bytes:
    """A PNG of some 120 kB."""
    import cv2

    pixels = np.random.default_rng(number).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".png", pixels)[1])


def start(project: Project, listed: Path, *options: str) -> subprocess.Popen[str]:
    words = ["collect", "urls", str(listed), "--as", "person", "--project", str(project.root), "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "facethemodel", *words, "--allow-private", "--rate", "1000", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    report: dict[str, Any] = json.loads(out)
    return report


def wait_for(what: Callable[[], bool]) -> None:
    for _ in range(3000):
        if what():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


def assert_whole(project: Project, expected: dict[str, bytes]) -> None:
    """The project has each photo exactly once, with one source, and nothing besides."""
    store = PhotoStore(project.photos_dir)
    with project.database() as db:
        held = {photo.sha256: photo for photo in photos.all_photos(db)}
        assert db.read("PRAGMA integrity_check") == [("ok",)]
        assert db.read("SELECT count(*) FROM source") == [(len(expected),)]
        assert db.read("SELECT count(*) FROM fetch WHERE outcome = 'kept'") == [(len(expected),)]
    assert set(held) == {hashlib.sha256(content).hexdigest() for content in expected.values()}
    for photo in held.values():
        store.read(photo, max_bytes=10_000_000)
    assert [path.name for path in (project.cache_dir / "incoming").iterdir()] == [".lock"]


@pytest.mark.slow
@pytest.mark.parametrize("moment", [3, 11, 24])
def test_a_kill_loses_no_photo_and_doubles_none(
    project: Project, site: Site, tmp_path: Path, moment: int
) -> None:
    site.files |= {f"/{number}.png": noise(number) for number in range(30)}
    large = noise(99) * 20
    site.files["/large.png"] = large

    async def stops_half_way(asked: Any) -> None:
        if asked.number == 1:
            tag = f'"{hashlib.sha256(large).hexdigest()[:16]}"'
            await asked.answer(200, large[:1_000_000], Content_Length=len(large), ETag=tag)
            await asked.writer.wait_closed()
        else:
            await site._give(asked)

    site.scripts["/large.png"] = stops_half_way
    listed = tmp_path / "list.txt"
    listed.write_text("\n".join(site.url(path) for path in ["/large.png", *site.files][:31]))
    expected = dict(site.files)

    process = start(project, listed, "--per-host", "2")
    incoming = project.cache_dir / "incoming"
    wait_for(lambda: len(site.paths) > moment)
    # Parts come and go while they are listed; one that is gone has size 0.
    wait_for(lambda: any(Part(path).size >= 1_000_000 for path in incoming.glob("*.part")))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with project.database() as db:
        kept = len(photos.all_photos(db))
    before, asked = site.sent, len(site.paths)

    report = finish(start(project, listed))
    assert report["counts"]["held"] == kept
    assert report["counts"]["kept"] == len(expected) - kept
    assert_whole(project, expected)
    # Nothing that was kept is asked for, and of the large file only the rest was sent.
    assert len(site.paths) - asked == len(expected) - kept
    missing = sum(
        sorted((len(content) for content in expected.values()), reverse=True)[: len(expected) - kept]
    )
    assert site.sent - before <= missing - 1_000_000


@pytest.mark.slow
def test_an_interruption_tells_what_came_and_goes_on_later(
    project: Project, site: Site, tmp_path: Path
) -> None:
    site.files |= {f"/{number}.png": noise(number) for number in range(30)}
    listed = tmp_path / "list.txt"
    listed.write_text("\n".join(site.url(path) for path in site.files))
    process = start(project, listed, "--rate", "20")
    wait_for(lambda: len(site.paths) > 5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from there" in err
    report = json.loads(out)
    assert report["interrupted"] is True
    kept = report["counts"]["kept"]
    assert 0 < kept < 30
    assert report["counts"]["open"] == 30 - kept
    assert finish(start(project, listed))["counts"]["kept"] == 30 - kept
    assert_whole(project, site.files)


@pytest.mark.slow
def test_two_at_once_do_not_spoil_each_others_parts(project: Project, site: Site, tmp_path: Path) -> None:
    async def waits(asked: Any) -> None:
        while not (tmp_path / "go").exists():
            import asyncio

            await asyncio.sleep(0.01)
        await site._give(asked)

    site.files["/a.png"] = noise(1)
    site.scripts["/a.png"] = waits
    listed = tmp_path / "list.txt"
    listed.write_text(site.url("/a.png"))
    first = start(project, listed)
    wait_for(lambda: bool(site.paths))
    second = start(project, listed)
    _, err = second.communicate(timeout=60)
    assert second.returncode == 2
    assert f"'collect urls' (process {first.pid})" in err
    os.close(os.open(tmp_path / "go", os.O_CREAT))
    assert finish(first)["counts"]["kept"] == 1
