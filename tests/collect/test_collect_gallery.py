"""gallery-dl is played by a script: it writes files and their facts, says their names, ends with a status."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from facethemodel.catalogue import photos
from facethemodel.catalogue.records import Claim
from facethemodel.collect.gallery import Gallery
from facethemodel.collect.run import collect
from facethemodel.collect.yields import CollectReport
from facethemodel.download.rules import Rules
from facethemodel.errors import CredentialsError, RemoteError, StorageError, UsageError
from facethemodel.project import Project

STAND_IN = """#!{python}
import json, sys
from pathlib import Path

words = sys.argv[1:]
Path({log!r}).open("a").write(json.dumps(words) + "\\n")
folder = Path(words[words.index("-d") + 1]) / "site" / "album"
address = words[-1]
pictures = {pictures!r}
if "--simulate" in words:
    for name in pictures:
        print(folder / name)
    sys.exit(0)
folder.mkdir(parents=True, exist_ok=True)
seen = Path(words[words.index("--download-archive") + 1])
known = seen.read_text().split() if seen.exists() else []
print("[site][warning] slow today", file=sys.stderr)
print("something that is no path at all")
print("/etc/passwd")
for name, data in pictures.items():
    if name in known:
        print(f"# {{folder / name}}", flush=True)
        continue
    (folder / name).write_bytes(bytes.fromhex(data))
    print(folder / name, flush=True)
    facts = {{"category": "site", "gallery_id": 7, "date": "1969-01-30", "author": {{"name": "Jo"}},
             "url": "https://site.example/" + name, "license": "CC0"}}
    (folder / (name + ".json")).write_text(json.dumps(facts))
    seen.open("a").write(name + "\\n")
print("[site][error] it went wrong", file=sys.stderr)
sys.exit(int(address.rpartition("=")[2]) if "=" in address else 0)
"""

Picture = Callable[[int], bytes]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture: Picture) -> Path:
    """Puts the stand-in where it is found, with two photos and a video; gives the file of its calls."""
    folder, log = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()
    pictures = {"a.png": picture(1).hex(), "b.mp4": b"\0\0\0\x18ftypmp42".hex(), "c.png": picture(2).hex()}
    script = folder / "gallery-dl"
    script.write_text(STAND_IN.format(python=sys.executable, log=str(log), pictures=pictures))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return log


def run(project: Project, address: str = "https://site.example/album", **options: bool) -> CollectReport:
    gallery = Gallery(
        [address],
        folder=project.cache_dir / "gallery",
        rules=Rules(rate=4, cookies=None, max_bytes=5_000_000),
        simulate=options.get("dry_run", False),
    )
    return collect(project, gallery, claim=Claim(role="person"), **options)  # type: ignore[arg-type]


def test_what_it_brings_is_kept_with_what_is_known_of_it(project: Project, program: Path) -> None:
    report = run(project)
    assert (report.counts["kept"], report.counts["bad entry"], report.error) == (2, 1, None)
    assert report.problems[0].reason == "a video or something else, not a photo"
    with project.database() as db:
        (photo,) = photos.find(db, "a.png")
        (source,) = photos.sources(db, photo.sha256)
    assert (source.collector, source.origin) == ("gallery", b"site/album/a.png")
    assert (source.author, source.taken, source.post) == ("Jo", "1969-01-30", "site 7")
    assert (source.licence, source.url) == ("CC0", "https://site.example/a.png")
    assert source.query == "https://site.example/album"
    words = program.read_text()
    for option in ("--config-ignore", "--no-input", "--write-metadata", "--download-archive", '"0.25"'):
        assert option in words
    assert not list((project.cache_dir / "gallery").rglob("*.png"))


def test_a_second_run_fetches_nothing_and_forgets_nothing(project: Project, program: Path) -> None:
    run(project)
    report = run(project)
    assert (report.counts["held"], report.counts["kept"], report.counts["bad entry"]) == (2, 0, 1)
    assert not list((project.cache_dir / "gallery").rglob("*.json"))


def test_what_an_interrupted_run_left_is_taken_up(project: Project, program: Path, picture: Picture) -> None:
    folder = project.cache_dir / "gallery" / "files" / "site" / "old"
    folder.mkdir(parents=True)
    (folder / "z.png").write_bytes(picture(9))
    (folder / "z.png.json").write_text('{"username": "Bo"}')
    (folder / "y.png.part").write_bytes(picture(8)[:20])
    report = run(project)
    assert report.counts["kept"] == 3
    with project.database() as db:
        (photo,) = photos.find(db, "z.png")
        assert photos.sources(db, photo.sha256)[0].author == "Bo"
    assert (folder / "y.png.part").exists()


def test_names_and_facts_that_are_no_utf_8_end_nothing(
    project: Project, program: Path, picture: Picture
) -> None:
    folder = project.cache_dir / "gallery" / "files" / "site" / "old"
    folder.mkdir(parents=True)
    try:
        for number in (0xFE, 0xFF):
            Path(os.fsdecode(os.fsencode(folder) + b"/%c.png" % number)).write_bytes(picture(number))
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (folder / "z.png").write_bytes(picture(9))
    (folder / "z.png.json").write_text('{"author": "cut \\ud83d"}')
    report = run(project)
    assert (report.counts["kept"], report.error) == (5, None)
    assert not [path for path in folder.iterdir() if path.suffix == ".png"]
    with project.database() as db:
        (photo,) = photos.find(db, "z.png")
        assert photos.sources(db, photo.sha256)[0].author == r"cut \ud83d"
        origins = [
            one.origin for one in (photos.sources(db, sha)[0] for sha in shas(picture(254), picture(255)))
        ]
    assert origins == [rb"site/old/\xfe.png", rb"site/old/\xff.png"]
    assert run(project).counts["held"] == 2


def shas(*contents: bytes) -> list[str]:
    return [hashlib.sha256(content).hexdigest() for content in contents]


def test_a_dry_run_brings_nothing(project: Project, program: Path) -> None:
    report = run(project, dry_run=True)
    assert (report.counts["open"], report.entries) == (3, 3)
    assert "--simulate" in program.read_text()
    assert "--download-archive" not in program.read_text()


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (4, RemoteError, "ended with status 4"),
        (1, RemoteError, "ended with status 1"),
        (8, RemoteError, "there is nothing at"),
        (16, CredentialsError, "members only"),
        (20, CredentialsError, "members only"),
        (64, UsageError, "knows no way"),
        (128, StorageError, "cannot write"),
        (2, RemoteError, "does not understand how it was called"),
    ],
)
def test_its_status_is_understood_and_what_came_stays(
    project: Project, program: Path, status: int, kind: type, said: str
) -> None:
    report = run(project, f"https://site.example/?status={status}")
    assert report.counts["kept"] == 2
    assert report.error is not None
    assert isinstance(report.error, kind)
    assert said in report.error.what
    assert "it went wrong" in report.error.what


def test_without_the_program_the_remedy_is_named(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="not installed") as caught:
        run(project)
    assert "pipx install gallery-dl" in (caught.value.remedy or "")
    with pytest.raises(UsageError, match="not an address"):
        run(project, "--exec=rm")
