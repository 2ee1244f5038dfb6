"""What `LOOKS` and `NEEDED` of the gate were chosen on: the check's logits beside the second looks.

Faces are those of people that no network of ours saw (part `develop`), as they are and made harder. The
others are candidates in animals' photos and in drawings, each with the logit of the network that was trained
without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.gate_patches import part_of
from benchmarks.gate_samples import Squares
from benchmarks.measure_gate import CHANGES, same
from benchmarks.measuring import show_table
from facethemodel.faces.check import FaceCheck
from facethemodel.faces.detect import FIRST_LOOK, Detection, Detector
from facethemodel.faces.gate import LOOKS, NEEDED, second_looks
from facethemodel.photos.decode import decode

Values = NDArray[np.float64]

_HARDER = 120
_EDGES = (0.0, 0.5, 0.8, 0.85, 0.87, 0.89, 0.905, 0.915, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """Candidates and what was seen of them, each (n,)."""

    kind: NDArray[np.str_]
    check: Values
    looks: Values


def people(folder: Path, leave_out: frozenset[str]) -> Evidence:
    """What check and looks say of the faces of the part `develop`, as they are and under each change."""
    detector, check = Detector(), FaceCheck()
    rows: list[tuple[str, float, float]] = []
    photos = [
        path
        for one in sorted(folder.iterdir())
        if one.name not in leave_out and part_of(one.name) == "develop"
        for path in sorted(one.iterdir())
    ]

    def see(name: str, pixels: NDArray[np.uint8], found: Sequence[Detection]) -> None:
        looks = second_looks(detector.network, pixels, found)
        rows.extend(
            (name, float(logit), look) for logit, look in zip(check.logits(pixels, found), looks, strict=True)
        )

    for number, path in enumerate(photos):
        pixels = decode(path.read_bytes()).pixels
        found = detector.detect(pixels)[:1]
        see("face", pixels, found)
        if not found or number % max(1, len(photos) // _HARDER):
            continue
        for name, change in CHANGES.items():
            other = change(pixels, found[0], number)
            again = detector.detect(other)
            if other.shape == pixels.shape:
                again = [face for face in again if same(face, found[0])]
            see(f"face: {name}", other, again[:1])
    return _columns(rows)


def others(squares: Squares, known: Values) -> Evidence:
    """The candidates of animals and drawings, and the drawn people; `known` are a fold's network's logits."""
    rows = np.flatnonzero(
        np.isfinite(known) & squares.plain & (squares.first >= FIRST_LOOK) & np.isfinite(squares.looks)
    )
    return Evidence(kind=squares.kind[rows], check=known[rows], looks=squares.looks[rows])


def show(seen: Sequence[Evidence]) -> None:
    """Prints for each kind how many pass, and by the looks the logits that decide."""
    kind, check, looks = (
        np.concatenate([getattr(one, name) for one in seen]) for name in ("kind", "check", "looks")
    )
    passes = check >= np.interp(looks, LOOKS, NEEDED)
    asked = (check >= min(NEEDED)) & (check < max(NEEDED))
    rows = []
    for name in sorted(set(kind)):
        of = kind == name
        bins = [of & (looks >= low) & (looks < high) for low, high in pairwise(_EDGES)]
        ends = [_ends(check[one], lowest=name.startswith(("face", "drawn person"))) for one in bins]
        rows.append(
            [str(name), str(int(of.sum())), f"{passes[of].mean():.1%}", f"{asked[of].mean():.1%}", *ends]
        )
    heads = [f"{low:g} to {high:g}" for low, high in pairwise(_EDGES)]
    show_table(
        "Candidates; by the looks, the three logits that decide: faces' lowest, others' highest",
        ["kind", "n", "pass", "asked", *heads],
        rows,
    )


def _ends(logits: Values, *, lowest: bool) -> str:
    ordered = np.sort(logits)
    return " ".join(f"{logit:.1f}" for logit in (ordered[:3] if lowest else ordered[::-1][:3]))


def _columns(rows: Sequence[tuple[str, float, float]]) -> Evidence:
    return Evidence(
        kind=np.array([row[0] for row in rows]),
        check=np.array([row[1] for row in rows]),
        looks=np.array([row[2] for row in rows]),
    )
