from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from facethemodel.evaluation.document import metrics_document
from facethemodel.evaluation.inputs import LeakCounts, ReportInputs
from facethemodel.evaluation.intervals import Rate
from facethemodel.report import charts
from facethemodel.report.frame import SIZES
from facethemodel.report.page import WORST_STRANGERS, alerts, render_report, write_report
from facethemodel.report.pictures import SHEET, contact_sheets, data_address
from facethemodel.report.wording import NARROW, duration, headline, of_photos, percent, promise

MakeInputs = Callable[..., ReportInputs]
VOID = {"meta", "img", "br", "circle", "line", "rect", "path"}


class Page(HTMLParser):
    """Checks that tags nest, and gathers what is on the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


EDGES: dict[str, dict[str, object]] = {
    "usual": {"rival": True},
    "nothing": {"names": (), "photos": 0, "curveballs": (), "calibrate": 0},
    "one stranger, no promise": {"names": ("Grace",), "calibrate": 30, "curveballs": ()},
    "hopeless": {"shift": -3.0, "openings": 5, "leaks": LeakCounts(near=3)},
    "perfect": {"shift": 30.0},
}


@pytest.mark.parametrize("edge", EDGES)
def test_the_page_is_whole_and_asks_nothing_of_a_network(make_inputs: MakeInputs, edge: str) -> None:
    html = render_report(make_inputs(**EDGES[edge]))
    page = Page(html)
    assert not re.search(r"https?://|//\w+\.\w+/|@import|url\(", html)
    assert page.tags.isdisjoint({"script", "link", "iframe", "object", "form"})
    for _, name, value in page.attributes:
        if name in ("src", "href", "srcset", "action"):
            assert value.startswith(("data:image/jpeg;base64,", "#"))
    anchors = {value for _, name, value in page.attributes if name == "id"}
    links = {value[1:] for _, name, value in page.attributes if name == "href"}
    assert links <= anchors
    assert "nan" not in page.text.lower().split()
    assert "None" not in page.text


def test_names_are_escaped(make_inputs: MakeInputs) -> None:
    evil = '<script>alert("x")</script>\'"&'
    inputs = make_inputs(person=evil, names=(evil, "b"), curveballs=(evil,), shift=-2.0)
    inputs = dataclasses.replace(
        inputs,
        rows=tuple(dataclasses.replace(row, name=evil) for row in inputs.rows),
        notes=(evil,),
        versions=((evil, evil),),
    )
    page = Page(render_report(inputs))
    assert "script" not in page.tags
    assert evil in page.text
    assert not any(name.startswith("on") for _, name, _ in page.attributes)


def test_what_the_reader_must_know_stands_above_the_figures(make_inputs: MakeInputs) -> None:
    text = Page(render_report(make_inputs(calibrate=100, openings=3, leaks=LeakCounts(identity=2)))).text
    top = text[: text.index("Beside the original of 2018")]
    assert "leak into one another" in top
    assert "opened 3 times" in top
    assert (
        f"A false match rate of 1{NARROW}% cannot be promised yet. It takes 199 more strangers"
        in top.replace(" %", f"{NARROW}%")
    )


def test_photos_whose_label_changed_since_the_split_cast_no_doubt(make_inputs: MakeInputs) -> None:
    inputs = make_inputs(leaks=LeakCounts(label=1))
    assert [one.bad for one in alerts(inputs)] == [False]
    text = Page(render_report(inputs)).text
    assert "1 photo no longer fits the part" in text
    assert "leak into one another" not in text
    assert (
        "2 photos no longer fit the part they are in"
        in alerts(make_inputs(leaks=LeakCounts(label=2)))[0].text
    )


def test_how_consistent_the_reviewer_is_stands_in_the_report(make_inputs: MakeInputs) -> None:
    inputs = make_inputs()
    assert "a second time" not in Page(render_report(inputs)).text
    decided = dataclasses.replace(inputs, consistency=Rate.of(18, 20))
    text = Page(render_report(decided)).text
    assert "decided alike about 18 of 20 that were shown a second time without a word: 90.0 %" in text
    assert metrics_document(decided)["consistency"]["value"] == 0.9


def test_a_broken_promise_is_said(make_inputs: MakeInputs) -> None:
    inputs = make_inputs()
    strangers = inputs.metrics.strangers
    worse = dataclasses.replace(strangers.fmr_per_identity, value=0.3, low=0.1, high=0.6)
    broken = dataclasses.replace(
        inputs,
        metrics=dataclasses.replace(
            inputs.metrics, strangers=dataclasses.replace(strangers, fmr_per_identity=worse)
        ),
    )
    assert "break the promise" not in Page(render_report(inputs)).text
    assert "break the promise" in Page(render_report(broken)).text


def test_the_worst_errors_come_first_and_no_error_shows_the_closest_calls(make_inputs: MakeInputs) -> None:
    missed, accepted, _ = contact_sheets(make_inputs(shift=-5.0, photos=40))
    assert missed.errors == 40
    assert missed.more == 40 - SHEET
    scores = [
        float(one.score.removeprefix("score ").replace("−", "-")) for one in missed.pictures if one.score
    ]
    assert scores == sorted(scores)
    assert accepted.errors == 0
    assert 0 < len(accepted.pictures) < accepted.seen
    assert "No stranger was taken for" in Page(render_report(make_inputs(shift=-5.0))).text


def test_the_line_in_use_stands_on_both_curves(make_inputs: MakeInputs) -> None:
    inputs = make_inputs(shift=1.0)
    fmr, fnmr = inputs.metrics.strangers.fmr.value, inputs.metrics.person.fnmr.value
    assert fmr is not None
    assert fnmr is not None
    html = render_report(inputs)
    for name, chart in (("ROC curve", charts.roc), ("DET curve", charts.det)):
        drawn = re.findall(rf'<svg [^>]*aria-label="{name}.*?</svg>', html, re.DOTALL)
        marks = [re.findall(r'<circle [^>]*class="operating"/>', one) for one in drawn]
        alone = [str(chart((), operating=(fmr, fnmr), frame=size)) for size in SIZES]
        assert marks == [re.findall(r'<circle [^>]*class="operating"/>', one) for one in alone]
        assert all(len(one) == 1 for one in marks)
    nobody = render_report(make_inputs(names=()))
    assert 'r="6" class="operating"' not in nobody.split('id="strangers"')[0]


def test_the_worst_strangers_stand_there_by_name(make_inputs: MakeInputs) -> None:
    names = tuple(f"Stranger No. {number}" for number in range(WORST_STRANGERS + 5))
    inputs = make_inputs(names=names, shift=1.0)
    worst = [one.identity for one in inputs.metrics.strangers.strangers]
    assert sorted(worst) == sorted(names) != worst
    html = render_report(inputs)
    table = html[html.index('aria-label="Table: strangers"') :].split("</table>")[0]
    assert re.findall(r'<th scope="row">(Stranger No. \d+)</th>', table) == worst[:WORST_STRANGERS]
    assert f"the first {WORST_STRANGERS} are shown" in html


def test_a_photo_that_is_gone_leaves_a_place(make_inputs: MakeInputs) -> None:
    inputs = dataclasses.replace(make_inputs(shift=-5.0), thumbnail=lambda sha256, face: None)
    assert "photo not" in Page(render_report(inputs)).text


def test_pictures_become_small_jpegs() -> None:
    tall = np.zeros((300, 100, 3), dtype=np.uint8)
    tall[..., 0] = 200
    raw = base64.b64decode(data_address(tall).removeprefix("data:image/jpeg;base64,"))
    decoded = cv2.imdecode(np.frombuffer(raw, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (112, 37, 3)
    # OpenCV gives blue first: the red of the picture must come last.
    assert decoded[50, 10, 2] > 180
    assert decoded[50, 10, 0] < 20


def test_write_report_writes_what_is_rendered(make_inputs: MakeInputs, tmp_path: Path) -> None:
    inputs = make_inputs()
    write_report(inputs, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == render_report(inputs)


def test_headline_in_plain_words(make_inputs: MakeInputs) -> None:
    sentences = headline("Ada", make_inputs(shift=30.0, photos=20).metrics)
    assert sentences == (
        "Finds 19 of 20 photos of Ada.",
        "Takes none of 24 strangers’ photos for Ada.",
        "Falls for 1 of 20 curveballs.",
    )


@pytest.mark.parametrize(
    ("count", "total", "words"),
    [
        (0, 0, "none of 0"),
        (1, 1, "1 of 1"),
        (2, 2, "all 2"),
        (970, 1000, "97 of 100"),
        (996, 1000, "996 of 1,000"),
        (9996, 10_000, "9,996 of 10,000"),
        (84, 10_000, "8 in 1,000"),
        (3, 10_000, "3 in 10,000"),
        (1, 5_000, "1 of 5,000"),
        (50, 100, "50 in 100"),
    ],
)
def test_shares_in_small_whole_numbers(count: int, total: int, words: str) -> None:
    assert of_photos(Rate.of(count, total)) == words


@pytest.mark.parametrize("value", [1e-6, 0.00004, 0.5, 0.99951, 0.999999])
def test_what_is_not_none_or_all_never_reads_so(value: float) -> None:
    assert 0 < float(percent(value).removesuffix(f"{NARROW}%")) < 100


def test_the_promise_in_words(make_inputs: MakeInputs) -> None:
    kept = promise("Ada", make_inputs(calibrate=400).calibration)
    assert kept[0].replace(NARROW, " ") == (
        "Of strangers like these, at most 1 % are taken for Ada, with 95 % confidence."
    )
    assert "259 more strangers" in promise("Ada", make_inputs(calibrate=40).calibration)[-1]
    assert "1 more stranger " in promise("Ada", make_inputs(calibrate=298).calibration)[-1]


def test_intervals_by_photo_are_said_to_take_photos_for_independent(make_inputs: MakeInputs) -> None:
    inputs = make_inputs(shift=1.0)
    text = Page(render_report(inputs)).text
    assert "they take each photo for an independent draw. Photos of one stranger are not" in text
    assert "those of Ada Lovelace from one burst" in text
    assert "Of strangers trust the figure by person." in text
    by_person = percent(inputs.metrics.strangers.fmr_per_identity.value).replace(NARROW, " ")
    assert f"3 strangers, none seen before; by person {by_person}" in text
    assert "by person –" not in Page(render_report(make_inputs(names=()))).text


def test_an_upper_bound_is_rounded_up(make_inputs: MakeInputs) -> None:
    # 1 - 0.05^(1/91) is 3.238 %.
    inputs = make_inputs(calibrate=91)
    assert f"at most 3.3{NARROW}% of strangers like these" in promise("Ada", inputs.calibration)[1]
    assert "at most 3.3 %, with" in Page(render_report(inputs)).text


@pytest.mark.parametrize(
    ("seconds", "words"), [(4.21, "4.2 s"), (60, "1 min 00 s"), (3599.6, "1 h 00 min"), (3900, "1 h 05 min")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds).replace(NARROW, " ") == words
