from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., tuple[int, str, str]]


def test_needs_in_words_and_fields(cli: Run, tmp_path: Path) -> None:
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    code, out, _ = cli("status", "--needs")
    assert code == 0
    words = " ".join(out.replace("\u00a0", " ").split())
    assert "nothing can be said. It takes 59 in the test without an error, so some 295 in all, to" in words
    assert "facethemodel add PHOTOS --as stranger --identity-from folder" in out
    found = json.loads(cli("status", "--needs", "--json")[1])
    assert {need["what"]: need["advised"] for need in found["needs"]}["strangers"] == 1495
    assert all(need["lacking"] and need["command"] and need["source"] for need in found["needs"])


def test_two_lists_at_once_are_refused(cli: Run) -> None:
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0
    code, out, error = cli("status", "--needs", "--skipped")
    assert (code, out) == (2, "")
    assert "give one of them" in error
