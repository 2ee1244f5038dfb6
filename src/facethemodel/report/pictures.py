"""The contact sheets: which photos are shown, and how their pictures get into one file."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from facethemodel.bundle.decision import VerdictName
from facethemodel.evaluation.inputs import ReportInputs, Thumbnail
from facethemodel.evaluation.rows import Row
from facethemodel.report.wording import score

SHEET = 24
CLOSEST = 6
SIDE = 112
QUALITY = 82
SAID: dict[VerdictName, str] = {
    "person": "found",
    "not_person": "not the person",
    "unsure": "unsure",
    "no_face": "no face found",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One photo on a sheet; `data` is a data address, None when the photo could not be shown."""

    data: str | None
    name: str
    caption: str
    score: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One contact sheet.

    Attributes:
        title: What went wrong.
        praise: What to say when nothing did.
        pictures: The worst, first; when nothing went wrong, the closest calls.
        errors: How many there are in all.
        seen: Of how many photos.
    """

    title: str
    praise: str
    pictures: tuple[Picture, ...]
    errors: int
    seen: int

    @property
    def worst(self) -> Picture | None:
        """The one to look at first."""
        return self.pictures[0] if self.pictures else None

    @property
    def more(self) -> int:
        """Errors that found no room."""
        return max(0, self.errors - len(self.pictures))


def contact_sheets(inputs: ReportInputs) -> tuple[Sheet, ...]:
    """The person missed, strangers accepted, curveballs accepted."""
    test = [row for row in inputs.rows if row.part == "test" and row.answered]
    persons = sorted((row for row in test if row.role == "person"), key=_lowest)
    strangers = sorted((row for row in test if row.role == "stranger"), key=_highest)
    curveballs = sorted(
        (row for row in inputs.rows if row.part == "curveball" and row.answered), key=_highest
    )
    name = inputs.person
    return (
        _sheet(
            f"{name}, missed",
            f"Every test photo of {name} was found.",
            persons,
            [row for row in persons if row.verdict != "person"],
            inputs.thumbnail,
        ),
        _sheet(
            f"Strangers taken for {name}",
            f"No stranger was taken for {name}.",
            strangers,
            [row for row in strangers if row.verdict == "person"],
            inputs.thumbnail,
        ),
        _sheet(
            f"Curveballs taken for {name}",
            f"No curveball was taken for {name}.",
            curveballs,
            [row for row in curveballs if row.verdict == "person"],
            inputs.thumbnail,
        ),
    )


def data_address(pixels: NDArray[np.uint8], *, side: int = SIDE) -> str:
    """A picture, its long side brought to at most `side`, as a JPEG inside the address itself."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    jpeg = simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=QUALITY, colorspace="RGB")
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def picture(row: Row, thumbnail: Thumbnail) -> Picture:
    """One photo for a sheet."""
    pixels = thumbnail(row.sha256, row.best_face)
    said = "" if row.verdict is None else SAID[row.verdict]
    return Picture(
        data=None if pixels is None else data_address(pixels),
        name=row.name,
        caption=row.identity or row.category or said,
        score="" if row.score is None else f"score {score(row.score)}",
    )


def _sheet(
    title: str, praise: str, seen: Sequence[Row], errors: Sequence[Row], thumbnail: Thumbnail
) -> Sheet:
    shown = errors[:SHEET] if errors else [row for row in seen if row.score is not None][:CLOSEST]
    return Sheet(
        title=title,
        praise=praise,
        pictures=tuple(picture(row, thumbnail) for row in shown),
        errors=len(errors),
        seen=len(seen),
    )


def _lowest(row: Row) -> tuple[float, str]:
    """Worst first for the person: the lowest score, then the photos without a face."""
    return (float("inf") if row.score is None else row.score), row.sha256


def _highest(row: Row) -> tuple[float, str]:
    """Worst first for all others: the highest score."""
    return (float("inf") if row.score is None else -row.score), row.sha256
