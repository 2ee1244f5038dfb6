"""`collect urls` as a person types it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facethemodel.catalogue.photos import all_photos
from facethemodel.project import Project

Run = Callable[..., tuple[int, str, str]]
Site = Any  # the one of tests/conftest.py

WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
from facethemodel.cli.application import run
sys.exit(run(sys.argv[2:]))
"""
HELP_IS_LIGHT = """
import sys
from facethemodel.cli.application import run
run(["collect", "urls", "--help"])
print([name for name in ("aiohttp", "tenacity", "pyarrow", "rich", "cv2") if name in sys.modules])
"""


@pytest.fixture
def project(cli: Run, tmp_path: Path) -> Path:
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    return tmp_path / "paul"


def drawing(number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 255, (20, 20, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".png", pixels)[1])


def listed(site: Site, *paths: str) -> Path:
    Path("list.txt").write_text("\n".join(site.url(path) for path in paths))
    return Path("list.txt")


def test_the_yield_and_what_comes_next(cli: Run, project: Path, site: Site) -> None:
    site.files |= {"/a": drawing(1), "/b": drawing(2)}
    words = ("collect", "urls", listed(site, "/a", "/b", "/gone"), "--as", "person", "--allow-private")
    code, out, err = cli(*words)
    assert code == 1
    assert "3 addresses: 1 dead, 2 kept" in out
    assert "1 x HTTP 404 (dead)" in err
    assert site.url("/gone") in err
    code, out, err = cli(*words)
    assert code == 1
    assert "3 addresses: 1 dead, 2 already held" in out
    assert "--again asks them" in err
    assert "the person" in cli("status")[1]


def test_no_finding_is_code_0_and_json_is_all_of_it(cli: Run, project: Path, site: Site) -> None:
    site.files["/a"] = drawing(1)
    code, out, _ = cli(
        *("collect", "urls", listed(site, "/a"), "--as", "stranger", "--identity", "Ann"),
        *("--allow-private", "--tag", "beard", "--json"),
    )
    assert code == 0
    report = json.loads(out)
    assert report["counts"]["kept"] == 1
    assert report["yield"] == "1 address: 1 kept"
    assert set(report) >= {"addresses", "problems", "conflicts", "requests", "seconds", "settled", "error"}


def test_a_status_that_ends_the_run_is_code_4(cli: Run, project: Path, site: Site) -> None:
    async def refuse_once_the_other_is_kept(asked: Any) -> None:
        with Project.open(project).database() as db:
            while not all_photos(db):
                await asyncio.sleep(0.01)
        # It is counted right after it is kept.
        await asyncio.sleep(0.3)
        await asked.answer(429)

    site.files["/a"] = drawing(1)
    site.scripts["/b"] = refuse_once_the_other_is_kept
    words = ("--as", "person", "--allow-private", "--abort-on", "429")
    code, out, err = cli("collect", "urls", listed(site, "/a", "/b"), *words)
    assert code == 4
    assert "2 addresses: 1 kept, 1 not asked" in out
    assert "answered HTTP 429, which ends the run" in err


@pytest.mark.parametrize(
    ("answer", "options", "code", "words"),
    [
        (404, ("--allow-private",), 5, "no photo came from any of 1 address"),
        (403, ("--allow-private",), 5, "HTTP 403 (refused)"),
        (404, (), 5, "--allow-private also asks"),
    ],
)
def test_nothing_usable_is_code_5(
    cli: Run, project: Path, site: Site, answer: int, options: tuple[str, ...], code: int, words: str
) -> None:
    site.scripts["/a"] = lambda asked: asked.answer(answer)
    found, _, err = cli("collect", "urls", listed(site, "/a"), "--as", "person", *options)
    assert found == code
    assert words in err


def test_no_network_is_code_4(cli: Run, project: Path) -> None:
    Path("list.txt").write_text("http://no-such-host.invalid/a.jpg")
    code, _, err = cli("collect", "urls", "list.txt", "--as", "person")
    assert code == 4
    assert "check the network" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("missing.txt", "--as", "person"), 2, "missing.txt is not there"),
        ((".", "--as", "person"), 2, "is a folder"),
        (("empty.txt", "--as", "person"), 5, "holds no addresses"),
        (("list.txt",), 2, "nothing says what the photos"),
        (("list.txt", "--as", "curveball"), 2, "a curveball needs a category"),
        (("list.txt", "--identity", "Ann"), 2, "without a role says nothing"),
        (("list.txt", "--as", "person", "--cookies", "none"), 3, "the cookies in none cannot be read"),
        (("list.txt", "--as", "person", "--rate", "0"), 2, "--rate"),
        (("list.txt", "--as", "person", "--tag", ""), 2, "the tag '' is empty"),
    ],
)
def test_what_a_user_may_do_wrong(
    cli: Run, project: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    Path("empty.txt").touch()
    Path("list.txt").write_text("http://127.0.0.1:1/a.jpg")
    found, out, err = cli("collect", "urls", *words)
    assert found == code
    assert said in err
    assert out == ""


def test_columns_nothing_is_done_with_are_said_once(cli: Run, project: Path, site: Site) -> None:
    site.files |= {"/a": drawing(1), "/b": drawing(2)}
    Path("list.csv").write_text(f"url,mood\n{site.url('/a')},good\n{site.url('/b')},bad\n")
    code, _, err = cli("collect", "urls", "list.csv", "--as", "person", "--allow-private")
    assert code == 0
    assert err.count("columns nothing is done with: mood") == 1


@pytest.mark.parametrize(("package", "extra"), [("aiohttp", "collect"), ("pyarrow", "parquet")])
def test_an_extra_that_is_missing_is_named(
    cli: Run, project: Path, tmp_path: Path, package: str, extra: str
) -> None:
    pytest.importorskip("pyarrow")
    from pyarrow import Table, parquet

    parquet.write_table(Table.from_pylist([{"url": "http://127.0.0.1:1/a.jpg"}]), tmp_path / "list.parquet")
    words = ["collect", "urls", "list.parquet", "--as", "person"]
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT, package, *words],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 2
    assert f"pip install '.[{extra}]'" in told.stderr


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", HELP_IS_LIGHT], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == "[]"
