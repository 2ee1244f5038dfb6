r"""What the gate lets through: photos of folders, people as they are and made harder, drawings.

    python -m benchmarks.measure_gate --people PHOTOS/lfw/images --part report --leave-out PEOPLE.txt \
        --photos cats=CATS --photos things=THINGS --drawn 300 --list accepted.txt

A photo passes when the gate accepts any face in it; a photo made harder, when it accepts one where the face
was (where that is known). Intervals are exact (Clopper and Pearson, 95 %). Which people belong to which part
is decided by a hash of their names, the same that `train_gate` goes by: `report` took no part in training.
`--looks-alone` judges by the detector's second looks alone, as before there was a check.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.gate_drawings import DRAWINGS, drawing_of
from benchmarks.gate_patches import SAME, part_of
from benchmarks.gate_turned import turned
from benchmarks.gate_variations import VARIATIONS, dimmed, grey, sharpened, shrunk, tight
from benchmarks.measuring import show_table
from facethemodel.dataset.occlusions import OCCLUSIONS, occlude
from facethemodel.evaluation.intervals import exact_interval
from facethemodel.faces.detect import Detection, Detector, overlaps
from facethemodel.faces.gate import Gate, second_looks
from facethemodel.photos.decode import UnreadablePhotoError, decode
from facethemodel.synthetic.cartoon import STYLES, draw_cartoon
from facethemodel.synthetic.curveballs import FAMILIES, draw_curveball
from facethemodel.synthetic.people import Identity, draw_photo

Pixels = NDArray[np.uint8]
Change = Callable[[Pixels, Detection, int], Pixels]

LOOKS_ALONE = 0.88
"""The threshold that the second looks had when they were all there was."""
DRAWN_SEED = 7_000_000
"""Far from what `train_gate` draws."""
_KEEPS_PLACE = frozenset(
    {"black and white", "a fifth of the light", "blurred", "noisy", "sharpened", "JPEG quality 10"}
    | set(OCCLUSIONS)
)


@dataclass(slots=True)
class Judge:
    """The detector and the gate, or the looks alone; remembers the files that passed."""

    detector: Detector
    gate: Gate | None
    passed: list[tuple[str, float]] = field(default_factory=list)

    def best(self, pixels: Pixels, *, where: Detection | None = None) -> float | None:
        """The best accepted score in a photo, or None; with `where`, only of faces there."""
        found = self.detector.detect(pixels)
        if self.gate is None:
            scores = second_looks(self.detector.network, pixels, found)
            limit = LOOKS_ALONE
        else:
            scores, limit = self.gate.scores(pixels, found), self.gate.threshold
        fine = [
            score
            for face, score in zip(found, scores, strict=True)
            if score >= limit and (where is None or same(face, where))
        ]
        return max(fine, default=None)


def same(face: Detection, known: Detection) -> bool:
    """Whether a candidate lies where the known face is."""
    boxes = np.array([face.box], np.float32)
    return bool(overlaps(boxes, np.array(known.box, np.float32))[0] > SAME)


def _to_side(low: float, high: float) -> Change:
    def change(pixels: Pixels, face: Detection, seed: int) -> Pixels:
        wanted = np.random.default_rng([seed, 1]).uniform(low, high)
        return shrunk(pixels, min(1.0, float(wanted) / float(np.sqrt(face.box[2] * face.box[3]))))

    return change


def _rolled(degrees: float) -> Change:
    def change(pixels: Pixels, face: Detection, seed: int) -> Pixels:
        height, width = pixels.shape[:2]
        middle = (face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2)
        matrix = cv2.getRotationMatrix2D(middle, degrees if seed % 2 else -degrees, 1)
        return np.asarray(cv2.warpAffine(pixels, matrix, (width, height)), np.uint8)

    return change


def _yawed(degrees: float) -> Change:
    return lambda pixels, face, seed: turned(pixels, face.landmarks, degrees if seed % 2 else -degrees)


def _jpeg(pixels: Pixels, face: Detection, seed: int) -> Pixels:
    data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 10])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _by(name: str) -> Change:
    def change(pixels: Pixels, face: Detection, seed: int) -> Pixels:
        side = float(np.sqrt(face.box[2] * face.box[3]))
        return VARIATIONS[name](pixels, np.random.default_rng([seed, 2]), side)

    return change


def _occluded(kind: str) -> Change:
    return lambda pixels, face, seed: occlude(pixels, face.landmarks, kind, seed + 5_000_000)


def _old_print(pixels: Pixels, face: Detection, seed: int) -> Pixels:
    """Tilted, cut to the face, black and white, sharp, of hard contrast, and scanned at 200 pixels."""
    rng = np.random.default_rng([seed, 5])
    x, y, width, height = face.box
    side = max(width, height) * float(rng.uniform(0.9, 1.1))
    matrix = cv2.getRotationMatrix2D((x + width / 2, y + height / 2), float(rng.normal(0, 8)), 200 / side)
    matrix[:, 2] += np.array([100 - x - width / 2, 100 - y - height / 2])
    cut = cv2.warpAffine(pixels, matrix, (200, 200), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    flat = sharpened(grey(np.asarray(cut, np.uint8)), float(rng.uniform(0.5, 2)), sigma=3.0).astype(float)
    hard = (flat - flat.mean()) * rng.uniform(1.1, 1.9) + flat.mean() + rng.normal(0, 15)
    return np.asarray(np.clip(hard + rng.normal(0, 4, hard.shape[:2])[..., None], 0, 255), np.uint8)


CHANGES: Mapping[str, Change] = {
    "face 40 to 60 pixels": _to_side(40, 60),
    "face 20 to 40 pixels": _to_side(20, 40),
    "cut tight": lambda pixels, face, seed: tight(pixels, face, np.random.default_rng([seed, 3])),
    "black and white": lambda pixels, face, seed: grey(pixels),
    "black and white, cut tight": lambda pixels, face, seed: grey(
        tight(pixels, face, np.random.default_rng([seed, 6]))
    ),
    "an old print of the face": _old_print,
    "sharpened": lambda pixels, face, seed: sharpened(pixels, 1.5, sigma=2.0),
    "a fifth of the light": lambda pixels, face, seed: dimmed(pixels, 0.2, np.random.default_rng([seed, 4])),
    "blurred": _by("blurred"),
    "noisy": _by("noisy"),
    "JPEG quality 10": _jpeg,
    "head turned 30 degrees": _yawed(30),
    "head turned 45 degrees": _yawed(45),
    "head tilted 30 degrees": _rolled(30),
    **{kind: _occluded(kind) for kind in OCCLUSIONS},
}


def people(judge: Judge, photos: list[Path], *, harder: int) -> Iterable[tuple[str, int, int]]:
    """Yields name, passed, total: all photos as they are, then some of them under each change."""
    passed = 0
    known: list[tuple[Pixels, Detection, int]] = []
    for number, path in enumerate(photos):
        pixels = decode(path.read_bytes()).pixels
        best = judge.best(pixels)
        passed += best is not None
        if best is None:
            print(f"  refused: {path}")
        found = judge.detector.detect(pixels)
        if found and number % max(1, len(photos) // max(harder, 1)) == 0 and len(known) < harder:
            middle = min(found, key=lambda face: _off_centre(face, pixels))
            known.append((pixels, middle, number))
    yield "people as they are", passed, len(photos)
    for name, change in CHANGES.items():
        results = []
        for pixels, face, number in known:
            other = change(pixels, face, number)
            where = face if name in _KEEPS_PLACE else None
            results.append(judge.best(other, where=where) is not None)
        yield f"people: {name}", sum(results), len(results)
    for kind in DRAWINGS:
        results = [
            judge.best(drawing_of(pixels, kind, number + 5_000_000)) is not None
            for pixels, _, number in known
        ]
        yield f"photo as {kind}", sum(results), len(results)


def folder(judge: Judge, name: str, photos: Iterable[Path]) -> tuple[str, int, int]:
    """Name, passed, total of the photos of a folder; those that cannot be read are left out."""
    passed = total = 0
    for path in photos:
        try:
            pixels = decode(path.read_bytes()).pixels
        except UnreadablePhotoError:
            continue
        total += 1
        best = judge.best(pixels)
        if best is not None:
            passed += 1
            judge.passed.append((str(path), best))
    return name, passed, total


def drawn(judge: Judge, count: int) -> Iterable[tuple[str, int, int]]:
    """Yields name, passed, total of every kind of drawing of our own."""

    def share(draw: Callable[[int], Pixels], of: int) -> tuple[int, int]:
        return sum(judge.best(draw(DRAWN_SEED + number)) is not None for number in range(of)), of

    yield "drawn people", *share(lambda seed: draw_photo(Identity.from_seed(seed), seed), count)
    for style in STYLES:
        yield f"drawn: {style}", *share(lambda seed, style=style: draw_cartoon(seed, style=style), count)  # type: ignore[misc]
    for family in FAMILIES:
        yield f"drawn: {family}", *share(lambda seed, family=family: draw_curveball(family, seed), count)  # type: ignore[misc]


def _off_centre(detection: Detection, pixels: Pixels) -> float:
    x, y, width, height = detection.box
    return float(np.hypot(x + (width - pixels.shape[1]) / 2, y + (height - pixels.shape[0]) / 2))


def main() -> None:
    options = _options()
    cv2.setNumThreads(1)
    detector = Detector()
    judge = Judge(detector, None if options.looks_alone else Gate(detector))
    rows: list[tuple[str, int, int]] = []
    if options.people is not None:
        left_out = set(options.leave_out.read_text(encoding="utf-8").split()) if options.leave_out else set()
        names = [one for one in sorted(options.people.iterdir()) if one.name not in left_out]
        of_part = [one for one in names if part_of(one.name) == options.part]
        photos = [path for one in of_part for path in sorted(one.iterdir())][: options.most]
        print(f"{len(photos)} photos of {len({path.parent for path in photos})} people")
        rows += people(judge, photos, harder=options.harder)
    for given in options.photos:
        name, _, where = given.partition("=")
        rows.append(folder(judge, name, sorted(path for path in Path(where).rglob("*") if path.is_file())))
    if options.drawn:
        rows += drawn(judge, options.drawn)
    if options.list is not None:
        options.list.write_text(
            "".join(f"{score:.4f} {path}\n" for path, score in judge.passed), encoding="utf-8"
        )
    show_table(
        "Accepted by the gate",
        ["photos", "accepted", "of", "share", "95 % interval"],
        [_row(*row) for row in rows],
    )


def _row(name: str, passed: int, total: int) -> list[str]:
    low, high = exact_interval(passed, total)
    share = passed / total if total else float("nan")
    return [name, str(passed), str(total), f"{share:.2%}", f"{low:.2%} to {high:.2%}"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=Path, help="a folder with one folder a person")
    parser.add_argument(
        "--part", choices=("train", "develop", "report"), default="develop", help="(%(default)s)"
    )
    parser.add_argument("--leave-out", type=Path, help="names of people to leave out, one a line")
    parser.add_argument("--most", type=int, default=100_000, help="photos of people at most")
    parser.add_argument("--harder", type=int, default=300, help="of them, so many made harder (%(default)s)")
    parser.add_argument(
        "--photos", action="append", default=[], metavar="NAME=DIR", help="a folder of photos"
    )
    parser.add_argument("--drawn", type=int, default=0, help="pictures to draw of each kind (%(default)s)")
    parser.add_argument("--list", type=Path, help="write the files of --photos that passed, with scores")
    parser.add_argument("--looks-alone", action="store_true", help="judge by the second looks alone")
    return parser.parse_args()


if __name__ == "__main__":
    main()
