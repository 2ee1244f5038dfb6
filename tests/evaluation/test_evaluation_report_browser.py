"""The report in a real browser: nothing overflows, nothing is requested, nothing fails."""

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
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 20, 22)"
    assert dark == (scheme == "dark")
    page.close()
