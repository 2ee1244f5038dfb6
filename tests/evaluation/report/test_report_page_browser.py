"""The report in a real browser: nothing overflows, nothing is requested, nothing fails."""

from __future__ import annotations

from collections.abc import Callable
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
