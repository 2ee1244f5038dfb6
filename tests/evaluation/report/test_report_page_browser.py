"""The report in a real browser: nothing overflows, nothing is requested, nothing fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.report.page import write_report

pytestmark = pytest.mark.slow

LONG = "Wolfeschlegelsteinhausenbergerdorff" * 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits(
    browser: Browser,
    make_inputs: Callable[..., ReportInputs],
    tmp_path: Path,
    width: int,
    scheme: str,
) -> None:
    inputs = make_inputs(person=LONG, names=(LONG, "Grace Hopper"), curveballs=(LONG,), rival=True, shift=1.0)
    write_report(inputs, tmp_path / "report.html")
    page = browser.new_page(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: complaints.append(request.url))
    page.goto((tmp_path / "report.html").as_uri())
    requested = [one for one in complaints if not one.startswith(("file:", "data:"))]
    assert requested == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    # A line that wraps begins below the words, not below the tick before them.
    laid_out = page.locator("#made .check").evaluate_all(
        "all => all.map(one => getComputedStyle(one).display)"
    )
    assert set(laid_out) == {"flex"}
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 20, 22)"
    assert dark == (scheme == "dark")
    page.close()


def test_commands_are_whole_on_a_phone(
    browser: Browser, make_inputs: Callable[..., ReportInputs], tmp_path: Path
) -> None:
    write_report(make_inputs(names=(), curveballs=()), tmp_path / "report.html")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto((tmp_path / "report.html").as_uri())
    cut = page.locator("pre").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)")
    assert len(cut) == 2
    assert max(cut) <= 0
    page.close()


def test_paper_gets_tables_and_what_is_folded_away(
    browser: Browser,
    make_inputs: Callable[..., ReportInputs],
    with_battery: Callable[..., ReportInputs],
    tmp_path: Path,
) -> None:
    inputs = make_inputs(rival=True)
    rivals = tuple(replace(inputs.rivals[0], name=f"rival {number}") for number in range(4))
    write_report(with_battery(replace(inputs, rivals=rivals), taken=True), tmp_path / "report.html")
    # A4 less chromium's margins of 1 cm, at 96 pixels an inch.
    page = browser.new_page(viewport={"width": 718, "height": 1000})
    page.goto((tmp_path / "report.html").as_uri())
    head, rungs = page.locator("table.stack thead").first, page.locator("table.rungs")
    assert not head.is_visible()
    page.emulate_media(media="print")
    assert head.is_visible()
    assert (rungs.bounding_box() or {"height": 0})["height"] > 100
    past = page.locator("table").evaluate_all(
        "all => all.map(one => one.scrollWidth - one.closest('.scroll').clientWidth)"
    )
    assert max(past) <= 0
    kept = page.locator(".alert, .legend i, .ladders svg, svg:has(.band)").evaluate_all(
        "all => all.map(one => getComputedStyle(one).printColorAdjust)"
    )
    assert set(kept) == {"exact"}
    page.close()


def test_a_phone_says_once_that_there_are_too_few(
    browser: Browser, make_inputs: Callable[..., ReportInputs], tmp_path: Path
) -> None:
    write_report(make_inputs(), tmp_path / "report.html")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto((tmp_path / "report.html").as_uri())
    mark = page.locator('td[data-label$="(too few strangers)"] small.wide-cell').first
    assert mark.is_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    assert not mark.is_visible()
    page.close()
