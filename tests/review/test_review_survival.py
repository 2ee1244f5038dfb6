"""No decision that the page was told of is lost, whatever happens to the server."""

from __future__ import annotations

import http.client
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facethemodel.catalogue import decisions
from facethemodel.project import Project

PRESSES, KILLS = 1_000, 8


@pytest.mark.slow
def test_killing_the_server_in_a_thousand_key_presses_loses_none_that_was_acknowledged(
    serve_page: Callable[..., Any], make_project: Callable[..., Project], tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", count=40)
    chance = random.Random(5)
    running = serve_page(project)
    shas = [card["sha256"] for card in running.get("/api/list")["cards"]]
    presses = [
        {
            "key": f"press-{number:06d}",
            "what": (what := chance.choice(["keep", "unsure", "aside"])),
            "word": f"reason {number}" if what == "aside" else "",
            "shas": [chance.choice(shas)],
        }
        for number in range(PRESSES)
    ]
    fatal = sorted(chance.sample(range(20, PRESSES), KILLS))
    number = kills = 0
    while number < PRESSES:
        if number in fatal:
            fatal.remove(number)
            threading.Timer(chance.uniform(0.0, 0.08), running.end, [signal.SIGKILL]).start()
        try:
            running.post("/api/act", presses[number])
            number += 1
        except (OSError, http.client.HTTPException):
            kills += 1
            _compare(project, presses[:number], presses[number])
            running = serve_page(project)
    assert kills >= KILLS - 2
    running.end()
    _compare(project, presses, None)


def _compare(project: Project, acknowledged: list[dict[str, Any]], lost: dict[str, Any] | None) -> None:
    """The log is what was acknowledged, in that order, and perhaps the press that had no answer."""
    told: dict[str, tuple[str, str]] = {}
    written = []
    for press in acknowledged:
        state = (press["what"], press["word"])
        if told.get(press["shas"][0]) != state:
            told[press["shas"][0]] = state
            written.append((press["shas"][0], *state))
    with project.database() as db:
        found = [(one.sha256, one.kind, one.reason) for one in decisions.log(db)]
    if lost is not None and len(found) > len(written):
        written.append((lost["shas"][0], lost["what"], lost["word"]))
    assert found == written
