"""The battery's part of the report in a real browser: long names fit, the worst is on the first screen."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.report import write_report

pytestmark = pytest.mark.slow

LONG = "Wolfeschlegelsteinhausenbergerdorff" * 3


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
            )
        except Error as error:
            pytest.skip(f"chromium does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("person", ["Ada Lovelace", LONG])
def test_the_battery_fits_and_its_worst_is_seen_first(
    browser: Browser,
    make_inputs: Callable[..., ReportInputs],
    with_battery: Callable[..., ReportInputs],
    tmp_path: Path,
    width: int,
    person: str,
) -> None:
    inputs = with_battery(make_inputs(person=person, curveballs=(LONG,), openings=3), taken=True)
    write_report(inputs, tmp_path / "report.html")
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto((tmp_path / "report.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate("document.querySelector('#battery details').open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if person != LONG:
        box = page.locator("figure.worst img").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 844
    page.close()
