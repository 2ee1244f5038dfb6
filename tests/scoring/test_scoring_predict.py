from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from facethemodel.errors import BundleError, UsageError
from facethemodel.scoring import Verdict, predict
from facethemodel.scoring.predict import CRASH

PREDICT = """
import json
import sys
from pathlib import Path
from facethemodel.scoring import predict
if __name__ == "__main__":
    for verdict in predict(Path(sys.argv[1]), sys.argv[2:], jobs=2):
        print(json.dumps(verdict.to_dict()))
"""

NOT_UTF8 = os.fsdecode(b"caf\xe9.jpg")


@pytest.fixture
def folder(tmp_path: Path, portrait_jpeg: bytes, no_face_jpeg: bytes) -> Path:
    """Everything a folder may hold."""
    folder = tmp_path / "photos"
    (folder / "b sub").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(portrait_jpeg)
    (folder / "b sub" / "wrong name.txt").write_bytes(portrait_jpeg)
    (folder / "b sub" / "notes.txt").write_text("no image")
    (folder / "c.jpg").write_bytes(b"")
    (folder / "d.png").write_text("text that calls itself an image")
    (folder / "e.jpg").write_bytes(portrait_jpeg[:300])
    (folder / "f\nnew line.jpg").write_bytes(no_face_jpeg)
    (folder / NOT_UTF8).write_bytes(portrait_jpeg)
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(folder)
    (folder / "nowhere.jpg").symlink_to(folder / "gone.jpg")
    (folder / "z.JPG").symlink_to(folder / "a.jpg")
    return folder


EXPECTED = [
    ("a.jpg", "person"),
    ("b sub/wrong name.txt", "person"),
    ("c.jpg", "an empty file"),
    ("caf\\xe9.jpg", "person"),
    ("d.png", "not an image"),
    ("e.jpg", None),
    ("f\\nnew line.jpg", "no_face"),
    ("nowhere.jpg", "cannot be opened: No such file or directory"),
    ("z.JPG", "person"),
]


def test_every_file_of_a_folder_is_accounted_for_in_order(bundle_dir: Path, folder: Path) -> None:
    predictions = predict(bundle_dir, [folder])
    verdicts = list(predictions)
    assert [verdict.name for verdict in verdicts] == [f"{folder}/{name}" for name, _ in EXPECTED]
    for verdict, (_, said) in zip(verdicts, EXPECTED, strict=True):
        assert (verdict.verdict is None) == (verdict.error is not None)
        assert said is None or said in (verdict.verdict, verdict.error)
    assert verdicts[5].error
    # notes.txt and the pipe; the loop is a folder that is met already.
    assert predictions.not_images == 2
    assert Path(verdicts[3].path).samefile(folder / NOT_UTF8)


def test_what_the_user_names_is_judged_in_that_order_and_always_answered(
    bundle_dir: Path, folder: Path
) -> None:
    named: list[Path | str | bytes] = [
        folder / "z.JPG",
        os.fsencode(folder / NOT_UTF8),
        folder / "b sub",
        folder / "b sub" / "notes.txt",
        str(folder / "pipe"),
        folder / "z.JPG",
    ]
    verdicts = list(predict(bundle_dir, named))
    assert [verdict.error for verdict in verdicts] == [
        None,
        None,
        None,
        "not an image",
        "not a regular file",
        None,
    ]
    assert verdicts[0] == verdicts[5]


def test_links_to_folders_are_followed_once(bundle_dir: Path, tmp_path: Path, no_face_jpeg: bytes) -> None:
    elsewhere, asked = tmp_path / "elsewhere", tmp_path / "asked"
    elsewhere.mkdir()
    asked.mkdir()
    (elsewhere / "a.jpg").write_bytes(no_face_jpeg)
    (elsewhere / "back").symlink_to(asked)
    for name in ("one", "two"):
        (asked / name).symlink_to(elsewhere)
    assert [one.path for one in predict(bundle_dir, [asked])] == [f"{asked}/one/a.jpg"]


def test_a_link_to_nowhere_in_a_folder_is_no_image_unless_its_name_says_so(
    bundle_dir: Path, tmp_path: Path, no_face_jpeg: bytes
) -> None:
    (tmp_path / "a.jpg").write_bytes(no_face_jpeg)
    (tmp_path / ".#lock").symlink_to("user@host.123")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "b.jpg").symlink_to("gone")
    found = list(predict(bundle_dir, [tmp_path]))
    assert [(Path(one.path).name, one.error) for one in found] == [
        ("a.jpg", None),
        ("b.jpg", "cannot be opened: No such file or directory"),
    ]
    (named,) = predict(bundle_dir, [tmp_path / ".#lock"])
    assert named.error == "cannot be opened: No such file or directory"


def test_a_worker_pool_says_the_same_as_one_process(tmp_path: Path, bundle_dir: Path, folder: Path) -> None:
    for copy in range(3):
        shutil.copytree(folder / "b sub", folder / f"more{copy}")
        shutil.copytree(folder, tmp_path / f"all{copy}", symlinks=True, ignore=shutil.ignore_patterns("pipe"))
    paths = [folder, *(tmp_path / f"all{copy}" for copy in range(3))]
    here, there = predict(bundle_dir, paths, jobs=1), predict(bundle_dir, paths, jobs=2)
    alone = list(here)
    assert len(alone) > 40
    assert list(there) == alone
    assert here.not_images == there.not_images > 2


def _many(folder: Path, data: bytes, count: int) -> list[str]:
    folder.mkdir()
    for index in range(count):
        (folder / f"{index:04}.jpg").write_bytes(data)
    return [str(folder / f"{index:04}.jpg") for index in range(count)]


def test_a_worker_that_is_killed_costs_nothing(tmp_path: Path, bundle_dir: Path, no_face_jpeg: bytes) -> None:
    paths = _many(tmp_path / "many", no_face_jpeg, 150)
    verdicts: list[Verdict] = []
    for verdict in predict(bundle_dir, [tmp_path / "many"], jobs=2):
        verdicts.append(verdict)
        if len(verdicts) == 10:
            multiprocessing.active_children()[0].kill()
    assert [(verdict.path, verdict.verdict) for verdict in verdicts] == [(path, "no_face") for path in paths]


def _predict_apart(root: Path, head: str, bundle_dir: Path, folder: str) -> list[dict[str, Any]]:
    """Verdicts on a folder of `root`, given by a process of its own that begins with `head`."""
    script = root / "run.py"
    script.write_text(head + PREDICT)
    done = subprocess.run(
        [sys.executable, str(script), str(bundle_dir), str(root / folder)],
        check=True,
        timeout=120,
        stdout=subprocess.PIPE,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_file_that_always_crashes_the_decoder_costs_only_itself(
    tmp_path: Path, bundle_dir: Path, no_face_jpeg: bytes, fragile_decoder: tuple[str, bytes]
) -> None:
    head, fatal = fragile_decoder
    paths = _many(tmp_path / "many", no_face_jpeg, 60)
    crashing = {paths[0], paths[20], paths[21], paths[59]}
    for path in crashing:
        Path(path).write_bytes(no_face_jpeg + fatal)
    verdicts = _predict_apart(tmp_path, head, bundle_dir, "many")
    assert [verdict["path"] for verdict in verdicts] == paths
    for verdict in verdicts:
        if verdict["path"] in crashing:
            assert (verdict["verdict"], verdict["error"]) == (None, CRASH)
        else:
            assert (verdict["verdict"], verdict["error"]) == ("no_face", None)


def test_one_photo_of_a_format_whose_decoder_can_crash_is_not_judged_in_this_process(
    tmp_path: Path, bundle_dir: Path, no_face_jpeg: bytes, fragile_decoder: tuple[str, bytes]
) -> None:
    head, fatal = fragile_decoder
    paths = _many(tmp_path / "few", no_face_jpeg, 20)
    # It is the other one that crashes here: what stands in for a HEIC decoder's fault is a JPEG decoder's.
    Path(paths[17]).write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    Path(paths[18]).write_bytes(no_face_jpeg + fatal)
    verdicts = _predict_apart(tmp_path, head, bundle_dir, "few")
    assert [verdict["path"] for verdict in verdicts] == paths
    assert [verdict["error"] for verdict in verdicts[:17]] == [None] * 17
    assert "HEIC" in verdicts[17]["error"]
    assert [verdict["error"] for verdict in verdicts[18:]] == [CRASH, None]


@pytest.mark.parametrize("jobs", [1, 2])
def test_files_are_opened_as_they_come_and_an_abandoned_run_ends_its_workers(
    tmp_path: Path, bundle_dir: Path, no_face_jpeg: bytes, jobs: int
) -> None:
    paths = _many(tmp_path / "many", no_face_jpeg, 200)
    predictions = predict(bundle_dir, [tmp_path / "many"], jobs=jobs)
    next(predictions)
    Path(paths[-1]).unlink()
    if jobs == 1:
        assert [verdict.path for verdict in predictions if verdict.error] == [paths[-1]]
    predictions.close()
    assert list(predictions) == []
    assert multiprocessing.active_children() == []


def test_progress_counts_every_file(bundle_dir: Path, folder: Path) -> None:
    class Watcher:
        total: int | None = None
        done = 0

        @contextmanager
        def task(self, label: str, total: int | None) -> Iterator[Callable[[int], None]]:
            self.total = total
            yield self.advance

        def advance(self, units: int) -> None:
            self.done += units

        def note(self, line: str) -> None:
            raise AssertionError(line)

    watcher = Watcher()
    list(predict(bundle_dir, [folder], progress=watcher))
    assert watcher.total == watcher.done == len(EXPECTED) + 2


def test_wrong_arguments_are_refused_before_any_work(tmp_path: Path, bundle_dir: Path, folder: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.jpg is not there"):
        predict(bundle_dir, [folder, folder / "gone.jpg"])
    with pytest.raises(UsageError, match="no photo"):
        predict(bundle_dir, [])
    with pytest.raises(UsageError, match="an empty path"):
        predict(bundle_dir, [folder, ""])
    with pytest.raises(UsageError, match="jobs"):
        predict(bundle_dir, [folder], jobs=-1)
    with pytest.raises(UsageError, match="no bundle"):
        predict(tmp_path / "none", [folder])


def test_a_tampered_bundle_judges_nothing(tmp_path: Path, bundle_dir: Path, folder: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bundle_dir, copy)
    (copy / "bundle.json").write_text((copy / "bundle.json").read_text().replace("100.0", "1.0"))
    with pytest.raises(BundleError, match="altered"):
        predict(copy, [folder])


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bundle_that_is_replaced_meanwhile_mixes_no_verdicts(
    tmp_path: Path, make_bundle: Callable[..., Path], portrait_jpeg: bytes, jobs: int
) -> None:
    mine = make_bundle(tmp_path / "bundle")
    files = _many(tmp_path / "many", portrait_jpeg, 30)
    verdicts = predict(mine, files, jobs=jobs)
    shutil.rmtree(mine)
    make_bundle(mine, person=90.0)
    with pytest.raises(BundleError, match="was replaced while photos were judged"):
        next(verdicts)


def test_an_empty_folder_gives_no_verdict_and_no_error(tmp_path: Path, bundle_dir: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert list(predict(bundle_dir, [tmp_path / "empty"])) == []


def test_json_names_files_as_they_are(bundle_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = {b"two\nlines.jpg", b"caf\xe9.jpg", "\u00fc.jpg".encode()}
    for name in names:
        (folder / os.fsdecode(name)).write_bytes(b"")
    main = "from facethemodel.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", main, "predict", "--bundle", bundle_dir, folder, "--json"],
        capture_output=True,
        check=False,
    )
    paths = [json.loads(line)["path"] for line in done.stdout.splitlines()]
    assert {os.fsencode(Path(path).name) for path in paths} == names
    assert all(Path(path).exists() for path in paths)


def test_each_path_without_a_photo_is_named(bundle_dir: Path, tmp_path: Path, no_face_jpeg: bytes) -> None:
    for name in ("full/deep", "empty", "no\nimage"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "full" / "deep" / "a.jpg").write_bytes(no_face_jpeg)
    (tmp_path / "no\nimage" / "notes.txt").write_text("no image")

    def told(*paths: str) -> tuple[int, int, str]:
        words = ["-c", "from facethemodel.cli import main; main()", "predict", "--bundle", str(bundle_dir)]
        done = subprocess.run(
            [sys.executable, *words, *paths], cwd=tmp_path, capture_output=True, check=False, text=True
        )
        return done.returncode, len(done.stdout.splitlines()), done.stderr

    code, photos, said = told("full/", "empty", "full/deep/a.jpg", "./full/deep", "no\nimage/")
    assert (code, photos) == (1, 3)
    assert [line for line in said.splitlines() if line.startswith("note")] == [
        "note: no photo in empty",
        "note: no photo in no\\nimage",
    ]
    code, photos, said = told("empty", "no\nimage")
    assert (code, photos) == (5, 0)
    assert "error: no photo in empty, no\\nimage\n" in said
    assert "no images, left alone: 1 file in folders" in said
    assert told("full")[:2] == (0, 1)
