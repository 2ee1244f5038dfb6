from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from facethemodel.synthetic.people import Identity, draw_photo

Run = Callable[..., tuple[int, str, str]]


def _write(path: Path, seed: int, *, scale: float = 1.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = draw_photo(Identity.from_seed(seed), seed)[..., ::-1]
    cv2.imwrite(str(path), cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


@pytest.fixture(autouse=True)
def project(cli: Run, tmp_path: Path) -> None:
    """Two people, one of them in three sizes."""
    for name, scale in (("large.png", 1.0), ("small.jpg", 0.6), ("tiny.jpg", 0.45)):
        _write(tmp_path / "photos" / name, 1, scale=scale)
    _write(tmp_path / "photos" / "other.png", 2)
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    assert cli("add", "photos", "--as", "person")[0] == 0


def _groups(cli: Run) -> list[tuple[str, str, set[str]]]:
    _, out, _ = cli("duplicates", "--json")
    return [
        (
            next(one["name"] for one in group["members"] if one["sha256"] == group["best"]),
            group["why"],
            {one["name"] for one in group["members"]},
        )
        for group in json.loads(out)["groups"]
    ]


def _aside(cli: Run) -> int:
    return int(json.loads(cli("status", "--json")[1])["total"]["aside"])


def test_the_way_of_a_user(cli: Run) -> None:
    code, _, error = cli("duplicates")
    assert (code, "facethemodel inspect" in error) == (5, True)
    assert cli("inspect", "--jobs", "1")[0] == 0

    ((best, why, members),) = _groups(cli)
    assert (best, members) == ("large.png", {"large.png", "small.jpg", "tiny.jpg"})
    assert "larger face" in why
    code, out, error = cli("duplicates", "-v")
    assert code == 0
    assert "large.png" in out
    assert "1 group; 2 copies beside the best of each" in out
    assert "small.jpg" in error

    assert cli("duplicates", "--keep", "small.jpg")[0] == 0
    assert _groups(cli)[0][:2] == ("small.jpg", "you chose it")
    assert "in no group" not in cli("duplicates", "--keep", "small.jpg")[2]
    code, _, error = cli("duplicates", "--keep", "other.png")
    assert (code, "other.png" in error, "is in no group now" in error) == (0, True, True)
    assert cli("duplicates", "--aside")[0] == 0
    assert _aside(cli) == 2
    assert _groups(cli) == []

    # The user changes their mind: what is kept comes back.
    assert cli("duplicates", "--keep", "large.png")[0] == 0
    assert _groups(cli) == [("large.png", "you chose it", {"large.png", "small.jpg"})]
    code, out, _ = cli("duplicates")
    assert "1 group; 1 copy beside the best of each" in out
    code, out, _ = cli("duplicates", "--back", "--json")
    assert len(json.loads(out)["back"]) == 1
    assert _aside(cli) == 0

    assert cli("duplicates", "--not-duplicates", "large.png", "tiny.jpg")[0] == 0
    ((_, _, members),) = _groups(cli)
    assert not {"large.png", "tiny.jpg"} <= members

    # All of it is remembered, also by a project that is told by a file.
    assert cli("decisions", "export", "log.csv")[0] == 0
    assert cli("decisions", "import", "log.csv")[0] == 0
    code, _, error = cli("decisions", "export", "log.csv")
    assert (code, "is there already" in error) == (2, True)


def test_one_picture_with_two_labels_takes_part_in_nothing(cli: Run, tmp_path: Path) -> None:
    _write(tmp_path / "more" / "again.jpg", 1, scale=0.8)
    assert cli("add", "more", "--as", "stranger", "--identity", "Bo Derek")[0] == 0
    assert cli("inspect", "--jobs", "1")[0] == 0
    code, _, error = cli("duplicates", "--aside")
    assert code == 1
    assert "again.jpg" in error
    assert "as person" in error
    assert _aside(cli) == 0

    code, _, error = cli("split")
    assert "4 photos left out: label conflict" in error
    assert cli("decide", "again.jpg", "--aside", "wrong person")[0] == 0
    code, _, error = cli("split")
    assert "label conflict" not in error
    assert cli("split", "--check")[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("duplicates", "--keep", "nobody.jpg"), 2, "no photo called 'nobody.jpg'"),
        (("duplicates", "--not-duplicates", "large.png", "large.png"), 2, "named twice"),
        (("duplicates", "--aside", "--back"), 2, "contradict"),
        (("decisions", "import", "nothing.csv"), 2, "cannot be read"),
        (("decisions", "import", "photos"), 2, "neither in .csv nor in .jsonl"),
        (("decisions", "export", "no/such/folder.csv"), 4, "cannot be written"),
        (("export", "--to", "photos"), 2, "holds something else"),
        (("export", "--to", "paul/out"), 2, "inside the project"),
        (("export", "--to", "out", "--faces", "--link"), 2, "cannot be links"),
        (("export", "--to", "out", "--role", "curveball"), 5, "no photo fits"),
    ],
)
def test_bad_input(cli: Run, words: tuple[str, ...], code: int, said: str) -> None:
    got, _, error = cli(*words)
    assert got == code
    assert said in error


def test_a_damaged_log_is_taken_as_far_as_it_goes(cli: Run, tmp_path: Path) -> None:
    assert cli("decide", "large.png", "--aside", "blurred")[0] == 0
    assert cli("decisions", "export", "log.jsonl")[0] == 0
    text = (tmp_path / "log.jsonl").read_text()
    (tmp_path / "log.jsonl").write_text(text.replace("blurred", "drawing") + "nonsense\n" + text)
    code, out, error = cli("decisions", "import", "log.jsonl", "--json")
    assert code == 1
    assert json.loads(out)["added"] == 1
    assert "log.jsonl, line 2: no JSON" in error


def test_an_export_before_the_inspection_says_what_comes_first(cli: Run) -> None:
    code, _, error = cli("export", "--to", "out")
    assert code == 1
    assert "4 left out: not inspected (facethemodel inspect, then this command again)" in error


def test_an_inspection_with_nothing_to_do_speaks_of_no_photos(cli: Run) -> None:
    assert "without an accepted face" in cli("inspect", "--jobs", "1")[1]
    code, out, _ = cli("inspect", "--jobs", "1")
    assert (code, "inspected before" in out) == (0, True)
    assert "without an accepted face" not in out
    assert "unreadable" not in out


def test_an_export_is_counted(cli: Run) -> None:
    assert cli("inspect", "--jobs", "1")[0] == 0
    code, out, _ = cli("export", "--to", "out", "--json")
    assert (code, json.loads(out)["classes"]) == (0, {"person": 4})
    code, out, _ = cli("export", "--to", "out")
    assert "0 files written, 4 there before" in out


def test_faces_are_not_exported_while_another_command_may_write_them_anew(cli: Run, tmp_path: Path) -> None:
    assert cli("inspect", "--jobs", "1")[0] == 0
    with (tmp_path / "paul" / ".lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, _, error = cli("export", "--to", "faces", "--faces")
        assert (code, "'export --faces' cannot start" in error) == (2, True)
        assert cli("export", "--to", "photographs")[0] == 0
    assert cli("export", "--to", "faces", "--faces")[0] == 0
