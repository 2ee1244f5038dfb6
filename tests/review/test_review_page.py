"""The page in a real browser: a whole review, as somebody plays it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from facethemodel.catalogue import decisions, photos, tags
from facethemodel.project import Project

pytestmark = pytest.mark.slow

CONTRAST = """() => {
  const channel = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.9) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const style = getComputedStyle(element);
    if (!own || element.disabled || !element.checkVisibility({ checkOpacity: true })) continue;
    if (element.closest("button:disabled, option, noscript")) continue;
    const [one, two] = [light(parse(style.color)), light(behind(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    if (ratio < 4.5) poor.push(`${element.className || element.tagName} ${element.textContent} ${ratio}`);
  }
  return poor;
}"""
FOCUSED = "(({activeElement: e}) => e.id || e.name || e.dataset.do || e.className.split(' ')[0])(document)"
CUT_OFF = """() => [...document.querySelectorAll("dialog[open] button")].filter((button) => {
  const own = button.getBoundingClientRect(), around = button.closest("dialog").getBoundingClientRect();
  const over = own.right > around.right || own.left < around.left || button.scrollWidth > button.clientWidth;
  return own.width && over;
}).map((button) => button.textContent)"""
BOX = "(name) => document.querySelector(name).getBoundingClientRect().toJSON()"
UNNAMED = """() => [...document.querySelectorAll("button, select, input, dialog, [role^=grid]")]
  .filter((one) => !(one.ariaLabel || one.getAttribute("aria-labelledby") || one.textContent.trim()
    || one.closest("label")?.textContent.trim()))
  .map((one) => one.outerHTML)"""


@pytest.fixture
def project(make_project: Callable[..., Project], tmp_path: Path) -> Project:
    return make_project(tmp_path / "project", count=40, strangers=3)


@pytest.fixture
def watched(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes windows in which nothing may go wrong and nothing may be asked of any other host."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        contexts.append(context)

        def follow(page: Page) -> None:
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("request", lambda request: requested(request.url))

        def requested(address: str) -> None:
            if urlsplit(address).hostname != "127.0.0.1":
                complaints.append(address)

        context.on("page", follow)
        return context

    yield make
    for context in contexts:
        context.close()
    # A server that was ended on purpose is the one thing that a browser may complain of.
    assert [one for one in complaints if not one.startswith("Failed to load resource: ")] == []


@pytest.fixture
def opened(
    serve_page: Callable[..., Any], watched: Callable[..., BrowserContext], project: Project
) -> Iterator[Page]:
    running = serve_page(project, enter=False)
    page = watched().new_page()
    page.goto(running.once)
    loaded(page)
    yield page
    running.end()


def loaded(page: Page) -> None:
    expect(page.locator("body[data-loaded]")).to_have_count(1)
    expect(page.locator(".photo[aria-label] img").nth(5)).to_be_visible()


def press(page: Page, *keys: str) -> None:
    """Presses keys and waits until what they do is on the disk."""
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator("body:not([data-waiting]), body[data-waiting='0']")).to_have_count(1)


def kinds(project: Project) -> dict[str, tuple[str, str]]:
    with project.database() as db:
        names = photos.display_names(db)
        found = decisions.latest_standings(db)
    return {names[sha].removesuffix(".jpg"): (one.kind, one.reason) for sha, one in found.items()}


def test_a_whole_review_with_the_keyboard(opened: Page, project: Project) -> None:
    page = opened
    expect(page.locator("#count")).to_have_text("0 of 40 decided")
    press(page, "k", "n", "r", "5")
    assert kinds(project) == {"003": ("keep", ""), "000": ("unsure", ""), "001": ("aside", "drawing")}
    expect(page.locator(".photo").nth(2)).to_have_attribute("data-standing", "aside")
    expect(page.locator("#count")).to_have_text("3 of 40 decided")
    # A range, rejected at once, for the same reason as before; the next photo is the current one.
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    expect(page.locator("#chosen")).to_have_text("3 selected")
    press(page, "Shift+R")
    expect(page.locator("#count")).to_have_text("6 of 40 decided")
    assert [kinds(project)[name] for name in ("002", "004", "005")] == [("aside", "drawing")] * 3
    expect(page.locator(".photo.current")).to_have_attribute("data-place", "6")
    # All of it back, and again.
    press(page, "z", "z")
    expect(page.locator("#said")).to_have_text("Undone: 1 photo rejected: drawing")
    expect(page.locator("#count")).to_have_text("2 of 40 decided")
    press(page, "y", "Shift+Z")
    expect(page.locator("#count")).to_have_text("6 of 40 decided")
    # A reload shows what is left, and undo reaches behind it.
    page.reload()
    loaded(page)
    expect(page.locator("#chosen")).to_have_text("1 of 34 · 006.jpg")
    press(page, "z")
    expect(page.locator("#count")).to_have_text("3 of 40 decided")
    press(page, "y")
    # Space chooses photos that do not lie together; a range goes with them, and Escape drops all.
    press(page, " ", "ArrowRight", "ArrowRight", " ")
    expect(page.locator("#chosen")).to_have_text("2 selected")
    press(page, "ArrowRight", "ArrowRight", "Shift+ArrowRight")
    expect(page.locator("#chosen")).to_have_text("4 selected")
    chosen = page.locator(".photo[aria-selected=true]")
    assert [chosen.nth(at).get_attribute("data-place") for at in range(4)] == ["0", "2", "4", "5"]
    press(page, "k")
    expect(page.locator("#count")).to_have_text("10 of 40 decided")
    press(page, "z", " ", "ArrowRight", "Escape")
    expect(chosen).to_have_count(0)
    press(page, "Home")
    # Tags: a digit without one asks for it; then it tags a range and takes the tag back.
    page.keyboard.press("1")
    expect(page.locator("[data-digit='1']")).to_be_focused()
    page.keyboard.type("Be")
    # The filters' counts are asked for meanwhile; the answer leaves alone what is being typed.
    with page.expect_response("**/api/facets*"):
        page.evaluate("document.querySelector('select').dispatchEvent(new Event('change', {bubbles: true}))")
    page.wait_for_timeout(200)
    page.keyboard.type("ard")
    page.locator("[data-give='1']").click()
    expect(page.locator(".photo.current .chip")).to_have_text("beard")
    press(page, "Shift+ArrowRight", "1")
    with project.database() as db:
        assert len(tags.tags(db)) == 2
    press(page, "1", "Escape")
    with project.database() as db:
        assert tags.tags(db) == {}
    # What is in view is kept, and the next page comes.
    before = len(kinds(project))
    in_view = page.evaluate("document.querySelectorAll('.photo:not([data-standing])').length")
    press(page, "a")
    assert 6 < len(kinds(project)) - before <= in_view
    press(page, "z", "z", "z", "z", "z", "z", "z", "z", "z")
    expect(page.locator("#undo")).to_be_disabled()
    assert kinds(project) == {}


def test_looking_closely_and_deciding_there(opened: Page, project: Project) -> None:
    page = opened
    page.keyboard.press("Enter")
    expect(page.locator("#look")).to_be_visible()
    expect(page.locator("#look-name")).to_have_text("003.jpg")
    expect(page.locator("#look-facts")).to_contain_text("112 × 112, JPEG")
    expect(page.locator("#sheet .box")).to_have_count(1)
    # The button says where it leads.
    turner = page.locator("#look [data-do=faces]")
    expect(turner).to_have_text("Face F")
    turner.click()
    expect(page.locator("#sheet img")).to_have_attribute("alt", "The face")
    expect(turner).to_have_text("Whole photo F")
    small = page.evaluate("document.querySelector('#sheet').clientWidth")
    page.keyboard.press("+")
    assert page.evaluate("document.querySelector('#sheet').clientWidth") > small
    press(page, "r", "4")
    expect(page.locator("#look-name")).to_have_text("000.jpg")
    press(page, "k")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#look-state")).to_have_text("Kept")
    page.keyboard.press("Escape")
    assert kinds(project) == {"003": ("aside", "another person"), "000": ("keep", "")}
    page.locator("[name=standing]").select_option("aside")
    expect(page.locator("#chosen")).to_have_text("1 of 1 · 003.jpg")
    press(page, "z", "z")
    # Nothing is kept any more, so the list does not offer it; the address still asks for it.
    page.goto(f"{page.url.split('#')[0]}#standing=keep")
    expect(page.locator("#empty h2")).to_have_text("No photo fits")
    page.get_by_role("button", name="Show all photos").click()
    expect(page.locator("#chosen")).to_have_text("1 of 43 · 003.jpg")


def test_a_server_that_stops_is_told_and_nothing_that_was_pressed_is_lost(
    serve_page: Callable[..., Any], watched: Callable[..., BrowserContext], project: Project
) -> None:
    running = serve_page(project, enter=False)
    page = watched().new_page()
    page.goto(running.once)
    loaded(page)
    running.end(signal.SIGKILL)
    page.keyboard.press("k")
    page.keyboard.press("k")
    trouble = page.locator("#trouble")
    expect(trouble).to_contain_text("The server does not answer. Start it again with: facethemodel review.")
    expect(trouble).to_contain_text("2 decisions wait in this browser and will be sent.")
    assert kinds(project) == {}
    again = serve_page(project, "--port", str(running.port), enter=False)
    expect(trouble).to_contain_text("The server no longer knows this window.")
    page.goto(again.once)
    loaded(page)
    expect(page.locator("#count")).to_have_text("2 of 40 decided")
    assert set(kinds(project)) == {"003", "000"}
    press(page, "z", "z")
    again.end()


def test_two_windows_show_what_was_decided_in_either(opened: Page, project: Project) -> None:
    other = opened.context.new_page()
    other.goto(opened.url.split("#")[0])
    loaded(other)
    press(opened, "k")
    expect(other.locator("#count")).to_have_text("1 of 40 decided")
    expect(other.locator(".photo").first).to_have_attribute("data-standing", "keep")
    press(other, "z")
    expect(opened.locator("#count")).to_have_text("0 of 40 decided")
    expect(opened.locator(".photo").first).not_to_have_attribute("data-standing", "keep")
    assert kinds(project) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_can_be_read_and_everything_has_a_name(
    opened: Page, watched: Callable[..., BrowserContext], scheme: str, width: int
) -> None:
    # The cookie of the first window lets the second one in.
    context = watched(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        storage_state=opened.context.storage_state(),
        has_touch=width == 390,
    )
    page = context.new_page()
    page.goto(opened.url.split("#")[0])
    loaded(page)
    for key in ("", "Enter", "r", "t", "?"):
        if key:
            page.keyboard.press(key)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate(UNNAMED) == []
        assert page.evaluate(CUT_OFF) == []
        if key == "t":
            field, button = (page.evaluate(BOX, name) for name in ("[data-digit]", "[data-give]"))
            assert field["width"] > button["width"]
        if key:
            page.keyboard.press("Escape")
    buttons = page.locator(".actions button:visible")
    boxes = [buttons.nth(place).bounding_box() for place in range(buttons.count())]
    assert all(box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    assert all(box is not None and box["y"] + box["height"] <= 800 for box in boxes)
    # What is told in passing lies on no button.
    page.keyboard.press("z")
    expect(page.locator("#said")).to_have_class("shown")
    assert page.evaluate(BOX, "#said")["bottom"] <= page.evaluate(BOX, ".actions")["top"]


def test_filters_without_a_choice_never_show(
    serve_page: Callable[..., Any], watched: Callable[..., BrowserContext], project: Project
) -> None:
    running = serve_page(project, enter=False)
    page = watched().new_page()
    # What there is to choose from never comes: the page stands as it does before it does.
    page.route("**/api/facets*", lambda route: None)
    page.goto(running.once)
    loaded(page)
    expect(page.locator("select[name=source]")).to_be_visible()
    for name in ("tag", "part"):
        expect(page.locator(f"select[name={name}]")).to_be_hidden()
    page.unroute_all(behavior="ignoreErrors")
    running.end()


def test_the_order_of_the_focus_and_a_finger(
    opened: Page, watched: Callable[..., BrowserContext], project: Project
) -> None:
    page = opened
    page.locator(".skip").focus()
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
    assert stops[:5] == ["duplicates", "keys", "role", "standing", "flag"]
    assert stops[5:11] == ["source", "name", "sort", "faces", "photo", "keep"]
    context = watched(
        viewport={"width": 390, "height": 800},
        has_touch=True,
        is_mobile=True,
        storage_state=page.context.storage_state(),
    )
    phone = context.new_page()
    phone.goto(page.url.split("#")[0])
    loaded(phone)
    phone.locator(".photo").nth(1).tap()
    phone.locator(".actions [data-do=keep]").tap()
    phone.locator(".actions #picking").tap()
    phone.locator(".photo").nth(3).tap()
    phone.locator(".photo").nth(4).tap()
    expect(phone.locator("#chosen")).to_have_text("2 selected")
    phone.locator(".actions [data-do=reject]").tap()
    phone.locator("[data-reason=absent]").tap()
    expect(phone.locator("#count")).to_have_text("3 of 40 decided")
    assert sorted(kinds(project).values()) == [("aside", "absent")] * 2 + [("keep", "")]
    phone.locator(".actions #picking").tap()
    phone.locator(".photo").nth(6).tap()
    phone.locator(".photo").nth(6).tap()
    expect(phone.locator("#look")).to_be_visible()
    phone.locator("#look [data-close]").tap()
    phone.locator("#undo").tap()
    phone.locator("#undo").tap()
    expect(phone.locator("#count")).to_have_text("0 of 40 decided")


def test_a_project_without_photos_says_what_to_do(
    serve_page: Callable[..., Any],
    watched: Callable[..., BrowserContext],
    make_project: Callable[..., Project],
    tmp_path: Path,
) -> None:
    running = serve_page(make_project(tmp_path / "void", count=0), enter=False)
    page = watched().new_page()
    page.goto(running.once)
    expect(page.locator("#empty h2")).to_have_text("No photos yet")
    expect(page.locator("#empty code")).to_have_text("facethemodel add PHOTOS --as person")
    for key in ("k", "a", "z", "Enter", "ArrowDown", "1"):
        page.keyboard.press(key)
    running.end()


def test_where_all_is_decided_only_what_leads_to_photos_is_offered(
    serve_page: Callable[..., Any],
    watched: Callable[..., BrowserContext],
    make_project: Callable[..., Project],
    tmp_path: Path,
) -> None:
    running = serve_page(make_project(tmp_path / "small", count=1, strangers=1), enter=False)
    page = watched().new_page()
    page.goto(running.once)
    elsewhere = page.get_by_role("button", name="All undecided photos")
    rejected = page.get_by_role("button", name="Look at the rejected ones")
    expect(page.locator(".photo")).to_have_count(1)
    press(page, "k")
    page.reload()
    expect(elsewhere).to_be_visible()
    expect(rejected).to_have_count(0)
    press(page, "z")
    page.reload()
    expect(page.locator(".photo")).to_have_count(1)
    press(page, "r", "1")
    page.reload()
    expect(rejected).to_be_visible()
    elsewhere.click()
    expect(page.locator("#chosen")).to_have_text("1 of 1 · 001.jpg")
    press(page, "k")
    page.goto(f"{running.page}#standing=undecided&role=person")
    expect(rejected).to_be_visible()
    expect(elsewhere).to_have_count(0)
    running.end()
