"""The page of a project that has a model: its doubts order the list, what it is sure of is kept at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from facethemodel.catalogue import decisions, photos
from facethemodel.evaluation.doubts import Doubt, Doubts, write_doubts
from facethemodel.project import Project


def give_model(project: Project, suspicions: list[float]) -> list[str]:
    """Writes what a finished run leaves of its doubts; gives the hashes in the order of the names."""
    with project.database() as db:
        names = photos.display_names(db)
    shas = sorted(names, key=names.__getitem__)
    run = project.runs_dir / "made"
    (run / "bundle").mkdir(parents=True)
    (project.runs_dir / "current").write_text("made\n")
    found = tuple(
        Doubt(
            sha256=sha, name=names[sha], role="person", identity=None, part="train", face=0,
            suspicion=suspicion, near_person=0.0, near_strangers=0.0, score=None, learned=True,
        )
        for sha, suspicion in zip(shas, suspicions, strict=True)
    )  # fmt: skip
    write_doubts(Doubts(person=found, strangers=(), looked_at=0), run / "doubts.csv")
    return shas


@pytest.mark.slow
def test_doubtful_ones_come_first_and_sure_ones_are_kept_at_one_word(
    browser: Browser, serve_page: Callable[..., Any], make_project: Callable[..., Project], tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", count=12)
    shas = give_model(project, [-1.0] * 6 + [1.0] * 3 + [2.5, 4.5, 3.5])
    running = serve_page(project, enter=False)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(running.once)
    expect(page.locator(".photo .sub").nth(0)).to_have_text("doubt +4.5")
    expect(page.locator(".photo .sub").nth(1)).to_have_text("doubt +3.5")
    # One of those that the model is sure of is rejected: no such suggestion comes again.
    page.locator("[name=band]").select_option("sure")
    expect(page.locator("#sure")).to_have_text("Keep all 6")
    rejected = page.locator(".photo.current .name").text_content()
    page.keyboard.press("r")
    page.keyboard.press("4")
    expect(page.locator("#count")).to_have_text("1 of 6 decided")
    page.reload()
    expect(page.locator("#sure")).to_have_text("Keep all 5")
    page.locator("#sure").click()
    expect(page.locator("#confirm-title")).to_have_text("Keep 5 photos?")
    page.locator("#confirm-yes").click()
    expect(page.locator("#empty h2")).to_have_text("Everything here is decided")
    with project.database() as db:
        names = photos.display_names(db)
        found = decisions.latest_standings(db)
    assert {names[sha]: (one.kind, one.actor) for sha, one in found.items()} == {
        names[sha]: ("aside", "user") if names[sha] == rejected else ("keep", "auto") for sha in shas[:6]
    }
    page.keyboard.press("z")
    expect(page.locator("#count")).to_have_text("1 of 6 decided")
    page.close()
    running.end()
