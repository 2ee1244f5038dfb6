"""The files of the page: ours alone, and the colours of the report."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

PALETTE = re.compile(r"--([a-z-]+): (#[0-9a-f]+);")


def colours(text: str) -> list[tuple[str, str]]:
    return PALETTE.findall(text)


def test_the_page_has_the_colours_of_the_report() -> None:
    report = (files("facethemodel.report") / "templates" / "style.css.j2").read_text()
    report = report.partition("@media print")[0]
    page = (files("facethemodel.review") / "static" / "palette.css").read_text()
    assert set(colours(report)) <= set(colours(page))


@pytest.mark.parametrize("folder", ["static", "templates"])
def test_nothing_is_loaded_from_anywhere_else_or_written_into_the_page(folder: str) -> None:
    for file in (files("facethemodel.review") / folder).iterdir():
        text = file.read_text()
        assert re.findall(r"https?://(?!www\.w3\.org)|@import|\son[a-z]+=|style=|eval\(", text) == []
        assert len(text.splitlines()) < 400
