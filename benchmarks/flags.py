r"""How often the checks are right, on labelled photos.

    python -m benchmarks.flags PHOTOS                  # the half for reporting
    python -m benchmarks.flags PHOTOS --half choose    # the half that lines were chosen on

PHOTOS is a folder that holds, at any depth, the photos named by their hashes in benchmarks/data/flags.csv
(from the sets Beatles, LFW, FaceScrub, and cats and dogs). What somebody was unsure about counts for neither
side. For flags of which the sample holds few, photos that nobody would flag are changed (see flag_changes)
and counted apart.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.flag_changes import CHANGES
from benchmarks.measuring import load, show_place, show_table
from facethemodel.catalogue.checks import FLAGGED
from facethemodel.checks import CHECKS
from facethemodel.evaluation.intervals import exact_interval
from facethemodel.inspection.examine import Examined, Examiner

LABELS = Path(__file__).parent / "data" / "flags.csv"
KINDS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
CHANGED = 60
"""Photos that each change is tried on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One photo of the sample: what somebody saw in it, and what they could not decide."""

    sha256: str
    group: str
    half: str
    labels: frozenset[str]
    unsure: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A labelled photo and its scores."""

    photo: Labelled
    scores: Mapping[str, float]
    measures: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How one flag did. `right` of `flagged` are true, `right` of `there` were found.

    Attributes:
        changed: By change: how many were flagged, of how many.
    """

    name: str
    right: int
    flagged: int
    there: int
    looked_at: int
    changed: Mapping[str, tuple[int, int]]


def read_labels(half: str) -> list[Labelled]:
    """Reads one half of the sample, `choose` or `report`."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        return [
            Labelled(
                sha256=line["sha256"],
                group=line["set"],
                half=line["half"],
                labels=frozenset(line["labels"].split()),
                unsure=frozenset(line["unsure"].split()),
            )
            for line in csv.DictReader(file)
            if line["half"] == half
        ]


def files_of(folder: Path, wanted: frozenset[str]) -> dict[str, Path]:
    """Finds files by their hashes."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in KINDS and len(found) < len(wanted):
            sha = hashlib.sha256(path.read_bytes()).hexdigest()
            if sha in wanted:
                found.setdefault(sha, path)
    return found


def judge(
    photos: Sequence[Labelled], files: Mapping[str, Path], *, changed: bool = True
) -> tuple[list[Judged], list[Counts]]:
    """Asks the checks about all photos, and about changed ones.

    Args:
        photos: The sample.
        files: Where each photo is, by hash.
        changed: Whether to try the changes, which take most of the time.

    Returns:
        Every photo with its scores, and one line per flag.
    """
    examiner = Examiner()
    seen = [(one, examiner.examine(files[one.sha256].read_bytes(), keep_pixels=True)) for one in photos]
    judged = [
        Judged(
            photo=one,
            scores={check.name: check.score for check in examined.checks},
            measures={check.name: check.measure for check in examined.checks},
        )
        for one, examined in seen
    ]
    changes = {check.name: _changed(examiner, check.name, seen) if changed else {} for check in CHECKS}
    return judged, [_count(check.name, judged, changes[check.name]) for check in CHECKS]


def _count(name: str, judged: Sequence[Judged], changed: Mapping[str, tuple[int, int]]) -> Counts:
    # A face that the gate refuses is a matter of `no-face` alone: of it nothing else can be said.
    sure = [one for one in judged if name not in one.photo.unsure and one.measures[name] is not None]
    there = [one for one in sure if name in one.photo.labels]
    flagged = [one for one in sure if one.scores[name] >= FLAGGED]
    right = sum(name in one.photo.labels for one in flagged)
    return Counts(
        name=name, right=right, flagged=len(flagged), there=len(there), looked_at=len(sure), changed=changed
    )


def _changed(
    examiner: Examiner, name: str, seen: Sequence[tuple[Labelled, Examined]]
) -> dict[str, tuple[int, int]]:
    """Changes photos of people that nobody would flag, and counts how many are flagged then."""
    plain = [
        (one, examined)
        for one, examined in seen
        if name not in one.labels | one.unsure and any(face.accepted for face in examined.inspection.faces)
    ][:CHANGED]
    found: dict[str, tuple[int, int]] = {}
    for what, change in CHANGES.get(name, {}).items():
        scores = []
        for one, examined in plain:
            assert examined.pixels is not None
            small = examiner.examine(_png(examined.pixels)).inspection
            face = max(
                (face for face in small.faces if face.accepted), key=lambda face: face.size, default=None
            )
            if face is None:
                continue
            other = examiner.examine(_png(change(examined.pixels, face, int(one.sha256[:6], 16))))
            score = {check.name: check for check in other.checks}[name]
            if score.measure is not None:
                scores.append(score.score)
        found[what] = (sum(score >= FLAGGED for score in scores), len(scores))
    return found


def _png(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 0])[
        1
    ].tobytes()


def _rate(count: int, total: int) -> str:
    if not total:
        return "none"
    low, high = exact_interval(count, total)
    return f"{count} of {total}: {count / total:.0%} ({low:.0%} to {high:.0%})"


def _wrong(judged: Sequence[Judged]) -> Iterator[tuple[str, ...]]:
    for check in CHECKS:
        for one in judged:
            if check.name in one.photo.unsure or one.measures[check.name] is None:
                continue
            flagged, there = one.scores[check.name] >= FLAGGED, check.name in one.photo.labels
            if flagged != there:
                measure = one.measures[check.name]
                what = "wrongly flagged" if flagged else "missed"
                yield check.name, what, f"{measure:.3f}", one.photo.group, one.photo.sha256[:12]


def main() -> None:
    options = _options()
    busy = load()
    cv2.setNumThreads(1)
    photos = read_labels(options.half)
    files = files_of(options.photos, frozenset(one.sha256 for one in photos))
    missing = len(photos) - len(files)
    if missing:
        print(
            f"{missing} of {len(photos)} photos of the sample are not in {options.photos}; "
            "the others are counted"
        )
    judged, counts = judge([one for one in photos if one.sha256 in files], files)
    show_table(
        f"{len(judged)} photos, half `{options.half}`",
        ("flag", "precision", "recall", "looked at"),
        [
            (one.name, _rate(one.right, one.flagged), _rate(one.right, one.there), str(one.looked_at))
            for one in counts
        ],
    )
    show_table(
        "Photos that nobody would flag, changed",
        ("flag", "change", "flagged"),
        [(one.name, what, _rate(*of)) for one in counts for what, of in one.changed.items()],
    )
    if options.wrong:
        show_table("Mistakes", ("flag", "", "measure", "set", "photo"), list(_wrong(judged)))
    show_place(load_before=busy)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path, help="folder that holds the photos of the sample")
    parser.add_argument("--half", choices=("choose", "report"), default="report", help="(%(default)s)")
    parser.add_argument("--wrong", action="store_true", help="list the photos that were judged wrongly")
    return parser.parse_args()


if __name__ == "__main__":
    main()
