"""The battery's part of the report in a real browser: long names fit, the worst is on the first screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.report.page import write_report

pytestmark = pytest.mark.slow

LONG = "Wolfeschlegelsteinhausenbergerdorff" * 3


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("person", ["Ada Lovelace", "Penelope", LONG])
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
    hidden = "table => table.scrollWidth - table.parentElement.clientWidth"
    assert page.locator("table.rungs").evaluate(hidden) <= 0
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if person != LONG:
        box = page.locator("figure.worst img").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 844
    page.close()
