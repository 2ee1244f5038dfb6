"""What a user may do wrong, each with a clear error, the right exit code and nothing lost."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from facethemodel.project import Project

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(cli: Run, tmp_path: Path) -> Path:
    """A new project in `tmp_path/paul`."""
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    return tmp_path / "paul"


def picture(path: Path, seed: int = 0) -> Path:
    """Writes a noisy JPEG, whatever its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (60, 50, 3), dtype=np.uint8)
    path.write_bytes(cv2.imencode(".jpg", pixels)[1].tobytes())
    return path


def huge_png(path: Path) -> None:
    """A 30,000 x 30,000 PNG: its header is right, and a few kilobytes say 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def test_a_folder_without_files_is_named(cli: Run, project: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    code, _, err = cli("add", "nothing", "--as", "person")
    assert code == 5
    assert "nothing" in err


def test_a_folder_without_images_is_named(cli: Run, project: Path, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "letter.txt").write_text("dear reader")
    code, _, err = cli("add", "texts", "--as", "person")
    assert code == 5
    assert "texts" in err


def test_a_path_that_is_not_there(cli: Run, project: Path) -> None:
    code, _, err = cli("add", "nowhere", "--as", "person")
    assert code == 2
    assert "nowhere" in err


def test_a_name_that_no_file_can_have(cli: Run, project: Path) -> None:
    code, _, err = cli("add", "a" * 300, "--as", "person")
    assert (code, "aaa cannot be opened: file name too long" in err) == (2, True)


def test_every_file_is_accounted_for(cli: Run, project: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    picture(photos / "with space.jpg", 1)
    picture(photos / "two\nlines.jpg", 2)
    picture(photos / "really a jpeg.png", 3)
    picture(Path(os.fsdecode(os.fsencode(photos) + b"/not utf-8 \xff.jpg")), 4)
    whole = picture(photos / "cut.jpg", 5).read_bytes()
    (photos / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (photos / "empty.jpg").touch()
    (photos / "page.jpg").write_text("<html>not found</html>")
    huge_png(photos / "huge.png")

    code, out, _ = cli("add", photos, "--as", "person", "--json")
    report = json.loads(out)
    assert code == 1
    assert report["files"] == 8
    assert report["new"] == 6
    assert {Path(one["path"]).name for one in report["skipped"]} == {"empty.jpg", "page.jpg"}

    code, out, _ = cli("inspect", "--jobs", "1", "--json")
    inspected = json.loads(out)
    assert code == 1
    assert inspected["done"] == 6
    assert len(inspected["unreadable"]) == 2
    reasons = " ".join(reason for _, reason in inspected["unreadable"])
    assert "truncated" in reasons
    assert "900,000,000 pixels" in reasons

    _, out, _ = cli("status", "--json")
    person = next(row for row in json.loads(out)["roles"] if row["role"] == "person")
    assert (person["photos"], person["inspected"], person["unreadable"]) == (6, 6, 2)


def test_what_could_not_be_added_is_found_again(cli: Run, project: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    whole = picture(photos / "good.jpg", 1).read_bytes()
    bad = {
        "empty.jpg": "empty file",
        "gone.jpg": "cannot be opened: no such file or directory",
        "odd \\xff.JPG": "not an image",
        "pipe": "not a regular file",
        "video.mp4": "a video, not a photo",
        "in.zip!/inside.jpg": "not an image",
    }
    (photos / "empty.jpg").touch()
    (photos / "gone.jpg").symlink_to("nowhere")
    Path(os.fsdecode(os.fsencode(photos) + b"/odd \xff.JPG")).write_text("page")
    os.mkfifo(photos / "pipe")
    (photos / "video.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(20))
    (photos / "notes.txt").write_text("left alone by rule")
    with zipfile.ZipFile(photos / "in.zip", "w") as archive:
        archive.writestr("inside.jpg", "page")

    def skipped() -> dict[str, str]:
        found = json.loads(cli("status", "--skipped", "--json")[1])["skipped"]
        assert json.loads(cli("status", "--json")[1])["skipped"] == len(found)
        return {one["path"].removeprefix(f"{photos}/"): one["reason"] for one in found}

    assert skipped() == {}
    assert "not added" not in cli("status")[1]
    for _ in range(2):
        assert cli("add", photos, "--as", "person")[0] == 1
        assert skipped() == bad
    assert "not added: 6 files (facethemodel status --skipped)" in cli("status")[1]
    assert f"{photos}/empty.jpg: empty file" in cli("status", "--skipped")[1]

    (photos / "empty.jpg").write_bytes(whole)
    assert cli("add", photos / "empty.jpg", "--as", "person")[0] == 0
    (photos / "pipe").unlink()
    assert skipped() == {name: why for name, why in bad.items() if name != "empty.jpg"}
    assert cli("add", photos, "--as", "person")[0] == 1
    assert "pipe" not in skipped()
    (photos / "good.jpg").unlink()
    (photos / "empty.jpg").write_bytes(b"")
    assert cli("add", photos, "--as", "person")[0] == 5
    assert "empty.jpg" in skipped()


def test_one_photo_under_two_roles_is_reported_and_settled(cli: Run, project: Path, tmp_path: Path) -> None:
    picture(tmp_path / "a" / "one.jpg")
    picture(tmp_path / "b" / "same.jpg")
    assert cli("add", "a", "--as", "person")[0] == 0
    code, _, err = cli("add", "b", "--as", "stranger", "--identity", "John Lennon")
    assert code == 1
    assert "conflict" in err
    assert "same.jpg" in err or "one.jpg" in err
    assert cli("decide", "--list")[0] == 1
    assert cli("decide", "one.jpg", "--as", "person")[0] == 0
    assert cli("decide", "--list")[0] == 0


def test_strangers_who_bear_the_persons_name_are_not_guessed(cli: Run, project: Path, tmp_path: Path) -> None:
    picture(tmp_path / "lfw" / "Paul_McCartney" / "1.jpg")
    code, _, err = cli("add", "lfw", "--as", "stranger", "--identity-from", "folder")
    assert code == 1
    assert "own name" in err


@pytest.mark.parametrize("command", ["inspect", "split"])
def test_a_project_without_photos_is_no_success(cli: Run, project: Path, command: str) -> None:
    code, out, err = cli(command)
    assert (code, out) == (5, "")
    assert "the project holds no photos" in err
    assert "facethemodel add PHOTOS --as person" in err


def test_no_project(cli: Run, tmp_path: Path) -> None:
    code, _, err = cli("status")
    assert code == 2
    assert "facethemodel new" in err
    (tmp_path / "folder").mkdir()
    code, _, err = cli("status", "--project", "folder")
    assert code == 2
    assert "folder" in err


def test_a_second_project_in_the_same_place(cli: Run, project: Path) -> None:
    code, _, err = cli("new", "paul", "--person", "John Lennon")
    assert code == 2
    assert "already" in err


def test_too_few_photos_says_how_many_it_takes(cli: Run, project: Path, tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / "photos" / f"{number}.jpg", number)
    assert cli("add", "photos", "--as", "person")[0] == 0
    code, _, err = cli("build")
    assert code == 5
    assert (
        "of 3 usable photos of Paul McCartney at most 3 can be in the train part, where it takes 10: "
        "some 17 in all, add 14; there is no usable photo of strangers, and it takes 20 in the train part: "
        "some 34 in all, add 34"
    ) in err
    assert "facethemodel add FOLDER --as person" in err
    assert json.loads(cli("status", "--json")[1])["total"]["inspected"] == 0


def test_a_base_install_says_what_training_takes(project: Path) -> None:
    code = "import sys; sys.modules['scipy'] = None; from facethemodel.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "build", "--project", project],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install '.[train]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_predict_without_a_model(cli: Run, project: Path, tmp_path: Path) -> None:
    picture(tmp_path / "some.jpg")
    code, _, err = cli("predict", "some.jpg")
    assert code == 2
    assert "facethemodel build" in err


def test_a_wrong_setting_names_the_key(cli: Run, project: Path) -> None:
    with (project / "facethemodel.toml").open("a") as file:
        file.write("target_frm = 0.1\n")
    code, _, err = cli("status")
    assert code == 2
    assert "target_frm" in err
    assert "target_fmr" in err


def test_a_catalogue_of_a_newer_version_is_refused(cli: Run, project: Path) -> None:
    import sqlite3

    with sqlite3.connect(project / "catalogue.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    code, _, err = cli("status")
    assert code == 2
    assert "999" in err


def test_unknown_command_and_option(cli: Run) -> None:
    code, _, err = cli("bulid")
    assert code == 2
    assert "build" in err
    assert cli("status", "--colour")[0] == 2


def test_a_reason_that_is_no_text_is_refused(cli: Run, project: Path, tmp_path: Path) -> None:
    picture(tmp_path / "one.jpg")
    assert cli("add", "one.jpg", "--as", "person")[0] == 0
    code, _, err = cli("decide", "one.jpg", "--aside", os.fsdecode(b"bad\xff"))
    assert code == 2
    assert "not valid UTF-8" in err


def test_a_bug_has_an_exit_code_and_a_line_of_its_own(
    cli: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(root: Path) -> None:
        raise KeyError("no\nsuch key")

    monkeypatch.setattr(Project, "open", fail)
    code, _, err = cli("status")
    assert code == 70
    assert "this is a bug: KeyError: 'no\\nsuch key'" in err
    assert "--debug" in err
    assert "Traceback" not in err
    assert "Traceback" in cli("status", "--debug")[2]


def test_a_project_whose_name_is_no_text(tmp_path: Path) -> None:
    folder = os.path.join(os.fsencode(tmp_path), b"caf\xe9")  # noqa: PTH118
    environment = os.environ | {"PYTHONIOENCODING": "utf-8:strict"}

    def call(*words: str | bytes) -> str:
        command = [sys.executable, "-m", "facethemodel", *words]
        return subprocess.run(command, env=environment, capture_output=True, check=True).stdout.decode()

    try:
        made = call("new", folder, "--person", "Paul McCartney")
    except OSError:
        pytest.skip("this file system refuses such a name")
    assert "caf\\xe9" in made
    assert "caf\\xe9" in call("status", "--project", folder)
    assert os.fsencode(json.loads(call("status", "--json", "--project", folder))["project"]) == folder


def test_an_error_shows_no_traceback_unless_asked(cli: Run) -> None:
    assert "Traceback" not in cli("status")[2]
    assert "Traceback" in cli("status", "--debug")[2]


def test_parts_that_were_never_given_prove_nothing(cli: Run, project: Path, tmp_path: Path) -> None:
    picture(tmp_path / "photos" / "a.jpg")
    assert cli("add", "photos", "--as", "person")[0] == 0
    code, out, err = cli("split", "--check")
    assert code == 2
    assert "not divided into parts yet" in err
    assert "no leak" not in out


def test_a_run_whose_folder_is_gone_hides_nothing_else(cli: Run, project: Path, tmp_path: Path) -> None:
    picture(tmp_path / "photos" / "a.jpg")
    assert cli("add", "photos", "--as", "person")[0] == 0
    (project / "runs").mkdir(exist_ok=True)
    (project / "runs" / "current").write_text("residual112-seed0-0123456789ab\n")
    code, out, _ = cli("status")
    assert code == 0
    assert "Paul McCartney" in out
    assert cli("flags")[0] in (0, 1)
    assert "facethemodel build" in cli("predict", "photos/a.jpg")[2]


def test_hidden_folders_are_told(cli: Run, project: Path, tmp_path: Path) -> None:
    picture(tmp_path / "photos" / "a.jpg")
    picture(tmp_path / "photos" / ".thumbs" / "b.jpg", seed=1)
    code, _, err = cli("add", "photos", "--as", "person")
    assert code == 0
    assert "1 x hidden folder" in err


def test_a_name_that_is_too_long_is_named(cli: Run, project: Path) -> None:
    name = "x" * 300
    for words in (("status", "--project", name), ("demo", "--to", name)):
        code, _, err = cli(*words)
        assert code == 2
        assert "xxx" in err
        assert "Traceback" not in err
        assert "bug" not in err


def test_no_colour_where_none_is_wanted(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.isatty = sys.stdout.isatty = lambda: True; " + (
        "from facethemodel.cli import main; main()"
    )
    for wanted, marks in (("", True), ("1", False)):
        done = subprocess.run(
            [sys.executable, "-c", code, "status", "--project", tmp_path],
            capture_output=True,
            check=False,
            env={**os.environ, "NO_COLOR": wanted},
        )
        assert (b"\x1b[" in done.stderr) == marks


def test_what_to_type_next_can_be_typed(cli: Run) -> None:
    _, _, err = cli("new", "my projects/paul m", "--person", "Paul")
    assert "--project '" in err
    assert "my projects/paul m'" in err
    _, _, err = cli("new", "my projects/paul m", "--person", "Paul")
    assert "facethemodel status --project '" in err
    assert "my projects/paul m'" in err
    _, _, err = cli("collect", "urls", "my projects", "--as", "person", "--project", "my projects/paul m")
    assert "facethemodel add 'my projects'" in err


def test_files_without_a_photo_are_named_as_they_are_in_json(cli: Run, project: Path) -> None:
    empty = Path("empty")
    empty.mkdir()
    picture(Path("photos/a.jpg"), 1)
    code, out, _ = cli("add", "photos", empty, "--as", "stranger", "--json", "--project", project)
    assert code == 1
    assert json.loads(out)["without_photos"] == [str(empty.resolve())]


def test_a_run_does_not_stand_beside_itself(cli: Run, project: Path) -> None:
    folder = project / "runs" / "residual112-seed0-1a2b3c4d5e6f"
    folder.mkdir(parents=True)
    (folder / "trained.json").write_text('{"network": "residual112"}')
    names = ("--run", folder.name, "--beside", folder.name)
    code, _, err = cli("evaluate", *names, "--project", project)
    assert code == 2
    assert "beside itself it says nothing" in err


def test_as_published_asks_for_a_run_to_stand_beside(cli: Run, project: Path) -> None:
    code, _, err = cli("evaluate", "--as-published", "--project", project)
    assert code == 2
    assert "--beside RUN" in err
