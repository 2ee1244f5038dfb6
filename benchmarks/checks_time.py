"""What the checks cost of the inspection of a photo.

    python -m benchmarks.checks_time PHOTOS [PHOTOS ...]

Each photo is inspected with and without the checks, one after the other, several times; the fastest of each
counts. Processor time of one core, so that other work on the machine matters little.
"""

from __future__ import annotations

import argparse
import functools
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from benchmarks.measuring import load, show_place, show_table
from facethemodel.checks import CHECKS, looked_at
from facethemodel.checks.learned import LearnedChecks
from facethemodel.checks.sight import Sight
from facethemodel.faces.align import centre_square
from facethemodel.inspection.examine import Examined, Examiner
from facethemodel.photos.quality import to_grey

ROUNDS = 5
KINDS = frozenset({".jpg", ".jpeg", ".png"})


def fastest(work: Callable[[], object]) -> float:
    """Least processor time of some rounds, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        work()
        times.append(time.process_time_ns() - start)
    return min(times) / 1e6


def _sight(examined: Examined, learned: LearnedChecks) -> Sight:
    """What the checks saw of a photo, to ask each of them again by itself."""
    assert examined.pixels is not None
    grey = to_grey(examined.pixels)
    scale = 256 / max(grey.shape)
    which = looked_at(examined.inspection.faces)
    crop = centre_square(examined.pixels) if which is None else examined.crops["aligned112", which]
    obstructed, drawn = learned.logits(crop)
    return Sight(
        grey=grey,
        small=np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8),
        width=examined.inspection.width,
        height=examined.inspection.height,
        faces=examined.inspection.faces,
        crop=crop,
        obstructed=obstructed,
        drawn=drawn,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path, nargs="+", help="folders; a row of the table for each")
    parser.add_argument("--most", type=int, default=60, help="photos of each folder (%(default)s)")
    options = parser.parse_args()
    busy = load()
    cv2.setNumThreads(1)
    with_checks, without = Examiner(), Examiner()
    without._checks = lambda *_: ()  # type: ignore[method-assign]
    learned = LearnedChecks()
    rows, parts = [], {check.name: 0.0 for check in CHECKS} | {"the network": 0.0}
    for folder in options.photos:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS)
        paths = paths[:: max(1, len(paths) // options.most)][: options.most]
        plain, more = [], []
        for path in paths:
            data = path.read_bytes()
            plain.append(fastest(lambda data=data: without.examine(data)))  # type: ignore[misc]
            more.append(fastest(lambda data=data: with_checks.examine(data)))  # type: ignore[misc]
            examined = with_checks.examine(data, keep_pixels=True)
            sight = _sight(examined, learned)
            for check in CHECKS:
                parts[check.name] += fastest(functools.partial(check.ask, sight))
            parts["the network"] += fastest(functools.partial(learned.logits, sight.crop))
        share = sum(more) / sum(plain) - 1
        rows.append(
            (str(folder.name), str(len(paths)), f"{median(plain):.2f}", f"{median(more):.2f}", f"{share:.1%}")
        )
    show_table("Milliseconds a photo", ("photos", "", "without", "with checks", "more"), rows)
    total = sum(int(row[1]) for row in rows)
    show_table(
        "Each by itself",
        ("check", "microseconds"),
        [
            (name, f"{1000 * spent / total:.0f}")
            for name, spent in sorted(parts.items(), key=lambda one: -one[1])
        ],
    )
    show_place(load_before=busy)


if __name__ == "__main__":
    main()
