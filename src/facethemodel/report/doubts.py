"""The contact sheets of photos whose label is worth a second look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facethemodel.evaluation.doubts import MOST, Doubt
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.report.pictures import Picture, data_address

STRANGERS_SHOWN = MOST // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtSheet:
    """One sheet: `more` photos of the list found no room."""

    title: str
    text: str
    pictures: tuple[Picture, ...]


def doubt_sheets(inputs: ReportInputs) -> tuple[DoubtSheet, ...]:
    """The person's photos that look least like the others, and strangers' that look most like the person."""
    found = inputs.doubts
    if found is None or not found.person:
        return ()
    ours, theirs = found.worth_a_look, found.strangers[:STRANGERS_SHOWN]
    sheets = [
        DoubtSheet(
            title=f"Is this {inputs.person}?",
            text=f"The {len(ours)} of {len(found.person):,} photos that look least like the other photos of "
            f"{inputs.person}, in any part. Wrong labels are likeliest here, and so are rare views.",
            pictures=_pictures(inputs, ours),
        )
    ]
    if theirs:
        sheets.append(
            DoubtSheet(
                title=f"Is this not {inputs.person}?",
                text=f"Strangers’ photos that are nearer to {inputs.person} than to other strangers, the "
                f"nearest first, of {found.looked_at:,} looked at.",
                pictures=_pictures(inputs, theirs),
            )
        )
    return tuple(sheets)


def _pictures(inputs: ReportInputs, some: Sequence[Doubt]) -> tuple[Picture, ...]:
    shown = []
    for one in some:
        pixels = inputs.thumbnail(one.sha256, one.face)
        sign = _signed(one.suspicion)
        shown.append(
            Picture(
                data=None if pixels is None else data_address(pixels),
                name=one.name,
                caption=one.identity or sign,
                score=f"{one.part}, {sign}" if one.identity else one.part or "",
            )
        )
    return tuple(shown)


def _signed(value: float) -> str:
    rounded = round(value, 1)
    return "0.0" if rounded == 0 else f"{rounded:+.1f}".replace("-", "\u2212")
