"""Copies of one picture on the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from facethemodel.catalogue import decisions, photos, rulings
from facethemodel.catalogue.photos import Addition
from facethemodel.catalogue.records import Claim, Source
from facethemodel.errors import UsageError
from facethemodel.inspection.run import inspect
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project
from facethemodel.review.copies import Copies
from facethemodel.synthetic.people import Identity, draw_photo

ROOM = """() => {
  const frame = document.querySelector(".photo.current .frame"), own = frame.getBoundingClientRect();
  const around = frame.closest(".members").getBoundingClientRect();
  return Math.min(own.left - around.left, own.top - around.top);
}"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Two pictures of one drawn person, the first in three qualities, and one of somebody else."""
    folder = tmp_path_factory.mktemp("copies")
    project = Project.create(folder / "project", person="Ada")
    store, additions = PhotoStore(project.photos_dir), []
    for name, seed, quality in (("a", 1, 95), ("b", 1, 60), ("c", 1, 30), ("d", 2, 95), ("e", 3, 95)):
        pixels = cv2.cvtColor(draw_photo(Identity.from_seed(seed), 1), cv2.COLOR_RGB2BGR)
        (folder / name).write_bytes(_jpeg(pixels, quality))
        source = Source(origin=f"/{name}.jpg".encode())
        claim = Claim(role="stranger" if name == "c" else "person")
        additions.append(Addition(photo=store.put(folder / name), source=source, claim=claim))
    with project.database() as db:
        photos.add_many(db, additions)
    with project.exclusive("test"):
        inspect(project, jobs=1)
    return project


def _jpeg(pixels: np.ndarray[Any, np.dtype[Any]], quality: int) -> bytes:
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return data.tobytes()


@pytest.fixture
def copies(project: Project) -> Iterator[Copies]:
    copies = Copies(project)
    copies.look()
    yield copies
    copies.close()


def groups(copies: Copies) -> list[dict[str, Any]]:
    until = time.monotonic() + 30
    while (found := copies.groups()) is None and time.monotonic() < until:
        time.sleep(0.02)
    assert found is not None
    return list(found["groups"])


def sha(project: Project, name: str) -> str:
    with project.database() as db:
        return next(sha for sha, shown in photos.display_names(db).items() if shown == f"{name}.jpg")


def test_the_best_comes_first_a_conflict_is_told_and_rulings_are_remembered(
    copies: Copies, project: Project
) -> None:
    (group,) = groups(copies)
    a, b, c = (sha(project, name) for name in "abc")
    assert {one["sha256"] for one in group["members"]} == {a, b, c}
    assert group["best"] == group["members"][0]["sha256"]
    assert any("claimed as stranger" in (one["conflict"] or "") for one in group["members"])
    copies.rule("best", b, [])
    (group,) = groups(copies)
    assert (group["best"], group["why"]) == (b, "you chose it")
    copies.rule("different", c, [a, b])
    (group,) = groups(copies)
    assert {one["sha256"] for one in group["members"]} == {a, b}
    assert {one["conflict"] for one in group["members"]} == {None}
    copies.rule("same", c, [a, b])
    assert len(groups(copies)[0]["members"]) == 3
    with project.database() as db:
        assert len(rulings.log(db)) == 5


@pytest.mark.parametrize("others", [[], ["00" * 32], None])
def test_rulings_that_make_no_sense_are_refused(copies: Copies, project: Project, others: Any) -> None:
    a = sha(project, "a")
    with pytest.raises(UsageError):
        copies.rule("different", a, [a] if others is None else others)


@pytest.mark.slow
def test_the_others_are_put_aside_with_one_key_and_come_back(
    browser: Browser, serve_page: Callable[..., Any], project: Project, tmp_path: Path
) -> None:
    running = serve_page(project, enter=False)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(running.once)
    expect(page.locator(".photo[aria-label]")).to_have_count(4)
    page.keyboard.press("d")
    expect(page.locator(".group")).to_have_count(1)
    expect(page.locator(".group .photo")).to_have_count(3)
    expect(page.locator(".best")).to_have_text("Best")
    page.keyboard.press("k")
    expect(page.locator("#count")).to_have_text("1 of 1 groups settled")
    with project.database() as db:
        assert [one.reason for one in decisions.latest_asides(db).values()] == ["duplicate"] * 2
    page.keyboard.press("z")
    expect(page.locator("#count")).to_have_text("0 of 1 groups settled")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("b")
    expect(page.locator("#said")).to_have_text("Remembered: this is the best.")
    # What was said last can be taken back; after anything else that is not offered any more.
    back = page.get_by_role("button", name="Take that back")
    page.keyboard.press("m")
    expect(back).to_be_visible()
    expect(page.locator(".group .photo")).to_have_count(2)
    back.click()
    expect(back).to_be_hidden()
    expect(page.locator(".group .photo")).to_have_count(3)
    page.keyboard.press("m")
    expect(back).to_be_visible()
    page.keyboard.press("r")
    expect(back).to_be_hidden()
    page.keyboard.press("z")
    expect(page.locator("#said")).to_contain_text("Undone")
    page.keyboard.press("d")
    expect(page.locator("#count")).to_contain_text("0 of 4 decided")
    # On a phone the row scrolls, and the frame around the photo that is chosen is still whole.
    page.set_viewport_size({"width": 390, "height": 800})
    page.keyboard.press("d")
    expect(page.locator(".photo.current .frame")).to_have_count(1)
    assert page.evaluate(ROOM) >= 5
    assert complaints == []
    page.close()
    running.end()


@pytest.mark.slow
def test_photos_that_were_not_compared_are_not_called_free_of_duplicates(
    browser: Browser,
    serve_page: Callable[..., Any],
    make_project: Callable[..., Project],
    tmp_path: Path,
) -> None:
    running = serve_page(make_project(tmp_path / "project", count=3), enter=False)
    page = browser.new_page()
    page.goto(running.once)
    # As long as it looks, the bar moves and there is nothing to decide about.
    page.route("**/api/copies*", lambda route: None)
    page.goto(f"{running.page}duplicates")
    expect(page.locator("progress:indeterminate")).to_have_count(1)
    buttons = page.locator(".actions button:visible")
    expect(buttons.and_(page.locator(":disabled"))).to_have_count(4)
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(page.locator("#empty h2")).to_have_text("Not compared yet")
    expect(page.locator("#empty p")).to_have_text("3 photos wait for facethemodel inspect")
    expect(page.locator("#count")).to_have_text("Not compared yet")
    expect(page.locator("progress:indeterminate")).to_have_count(0)
    assert page.evaluate("document.querySelector('#done').value") == 0
    expect(buttons.and_(page.locator(":disabled"))).to_have_count(4)
    page.close()
    running.end()
