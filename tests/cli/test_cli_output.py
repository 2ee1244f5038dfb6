"""Where a command's words go."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest

from facethemodel.cli.output import Output

WORK = """
import click
from facethemodel.cli.output import TerminalProgress
watcher = TerminalProgress(quiet=False)
with watcher.task("counting", 3) as advance:
    for number in range(3):
        click.echo(f"line {number}")
        watcher.note("a note")
        advance(1)
"""


def read_all(handle: int) -> str:
    """What was written to a terminal until its other end closed."""
    parts = []
    while True:
        try:
            part = os.read(handle, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode()


def test_a_bar_on_the_terminal_takes_nothing_from_a_piped_stdout() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", WORK], stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    shown = read_all(ours)
    assert process.wait() == 0
    assert lines == ["line 0", "line 1", "line 2"]
    assert "3/3" in shown
    assert shown.count("a note") == 3


def test_without_a_terminal_there_is_no_bar() -> None:
    done = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["line 0", "line 1", "line 2"]
    assert done.stderr.splitlines() == ["a note"] * 3


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_stream_that_is_closed_is_no_terminal(closed: str) -> None:
    command = f'"{sys.executable}" -c "$WORK" {closed}'
    done = subprocess.run(
        ["sh", "-c", command],
        env={**os.environ, "WORK": WORK},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_bytes_that_are_no_text_are_written_as_json_can_hold_them(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).data({"path": "nb\udcff"})
    text = capsys.readouterr().out
    assert text.encode().decode() == text
    assert json.loads(text) == {"path": "nb\udcff"}


STANDS = (
    ("", "the person", "strangers", "curveballs", "no role", "all"),
    [
        ("photos", 295, 1234, 12, 0, 1541),
        ("places they came from", 3, 22, 1, 0, 26),
        ("names", 1, 1234, 0, 0, 1235),
    ],
)
FLAGS = (
    ("flag", "photos", "photo", "right", "what it says"),
    [("obstructed-face", 1234, "3fa91c20", "57 of 60", "something stands before the face, such as a hand")],
)


@pytest.mark.parametrize("columns", [80, 60, 50])
@pytest.mark.parametrize("table", [STANDS, FLAGS])
def test_a_narrow_terminal_breaks_sentences_and_no_word(
    columns: int,
    table: tuple[tuple[str, ...], list[tuple[object, ...]]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    heads, rows = table
    Output().table(heads, rows)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= columns
    cells = [f"{cell:,}" if isinstance(cell, int) else str(cell) for row in rows for cell in row]
    assert {word for cell in (*heads, *cells) for word in cell.split()} <= set(shown.split())


def test_nothing_of_a_table_is_cut_off_where_it_cannot_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    Output().table(("name", "photos", "megabytes"), [("lennon-" * 9, 1234567, "1,295.3")])
    shown = capsys.readouterr().out
    assert {"1,234,567", "1,295.3"} <= set(shown.split())
    assert "".join(word for word in shown.split() if set(word) <= set("lennon-")) == "lennon-" * 9


def test_who_stops_reading_makes_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "facethemodel", "train", "--help"]
    try:
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")
