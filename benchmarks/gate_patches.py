"""What the face check learns from: squares around candidates, faces and others, cut from photos and drawings.

Every square is a candidate of the detector, cut as the gate cuts it but larger, so that training can still
turn, shift and scale it. Photos are looked at as they are and once or more *varied* (small, dark, cut tight,
turned ...). Faces and others are varied alike: no variation must tell one from the other.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.gate_drawings import DRAWINGS, drawing_of
from benchmarks.gate_turned import turned
from benchmarks.gate_variations import tight, varied
from facethemodel.dataset.occlusions import OCCLUSIONS, occlude
from facethemodel.faces.align import TEMPLATE
from facethemodel.faces.check import square
from facethemodel.faces.detect import Detection, Detector, overlaps
from facethemodel.faces.gate import second_looks
from facethemodel.photos.decode import decode
from facethemodel.synthetic.cartoon import STYLES, draw_cartoon
from facethemodel.synthetic.curveballs import FAMILIES, draw_curveball
from facethemodel.synthetic.people import Identity, Variation, draw_photo

Pixels = NDArray[np.uint8]

PATCH_SIDE = 112
PATCH_MARGIN = 2.1
"""How much more than an aligned crop a square shows; the check sees less of it."""
FAINT = 0.05
"""First-look score from which an animal's or a drawing's candidate is worth learning from."""
LIKELY = 0.3
"""The same for a varied face, which must lie where the face is known to be."""
SAME = 0.4
"""Intersection over union from which a candidate is the known face."""
PARTS = {"train": 0.7, "develop": 0.8, "report": 1.0}
"""Up to which share of the hash's range an identity belongs to a part."""
FOLDS = 3
_MOST = 5
_DRAWN_SEED = 3_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One square and what is known of it.

    Attributes:
        pixels: (112, 112, 3) RGB.
        face: Whether it is a human face.
        kind: What it was cut from.
        fold: 0 to `FOLDS` - 1 by photo or person: what is trained together; -1 for the `develop` part.
        first: The detector's score; NaN where no detector was asked.
        looks: Mean of the gate's second looks; NaN where they were not asked.
        plain: Whether it is a candidate as the gate would meet it, in a photo that was not varied.
    """

    pixels: Pixels
    face: bool
    kind: str
    fold: int
    first: float = float("nan")
    looks: float = float("nan")
    plain: bool = False


def part_of(identity: str) -> str:
    """The part that a person of the photo collection belongs to, by the hash of the name alone."""
    at = _hash(identity) / 2**32
    return next(part for part, end in PARTS.items() if at < end)


def gather(
    *,
    people: Path,
    animals: Iterable[Path],
    leave_out: frozenset[str],
    with_people: frozenset[str],
    most_photos: int,
    drawn: int,
) -> list[Patch]:
    """Cuts all squares. Prints what it found.

    Args:
        people: One folder a person, named after them.
        animals: Folders of photos of animals.
        leave_out: Names of people whose photos are kept for reporting.
        with_people: Ends of paths of animals' photos in which a person's face is seen; they are left out.
        most_photos: Photos of people to use at most.
        drawn: Drawn people; a share of it of everything else that is drawn.
    """
    cutter = _Cutter()
    patches: list[Patch] = []
    sources: list[tuple[str, Iterator[Patch]]] = [
        ("people", cutter.people(_photos_of_people(people, leave_out, most_photos))),
        ("animals", cutter.animals(_animals(animals, with_people))),
        ("drawn people", cutter.drawn_people(drawn)),
        ("drawn others", cutter.drawn_others(drawn)),
    ]
    for name, source in sources:
        start = time.process_time()
        found = list(source)
        patches += found
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(Counter(p.kind for p in found).items()))
        print(f"{name}: {len(found)} squares in {time.process_time() - start:.0f} s of one core: {kinds}")
    return patches


class _Cutter:
    def __init__(self) -> None:
        self._detector = Detector()

    def people(self, photos: Iterable[tuple[Path, str]]) -> Iterator[Patch]:
        for path, identity in photos:
            pixels = decode(path.read_bytes()).pixels
            seed = _hash(f"{identity}/{path.name}")
            fold = -1 if part_of(identity) == "develop" else _hash(identity) % FOLDS
            found = self._detector.detect(pixels)
            if not found:
                continue
            looks = (
                second_looks(self._detector.network, pixels, found) if fold == -1 else [np.nan] * len(found)
            )
            # The person meant is in the middle; others may be cut off or no faces at all.
            middle = min(range(len(found)), key=lambda index: _off_centre(found[index], pixels))
            face = found[middle]
            yield _patch(pixels, face, True, "face", fold, looks=looks[middle], plain=True)
            yield from self._harder(pixels, face, seed, fold)
            if seed % 2 == 0:
                yield from self._as_drawing(pixels, seed, fold)
            if seed % 3 == 0:
                yield from _beside(pixels, found, seed, fold)

    def animals(self, photos: Iterable[Path]) -> Iterator[Patch]:
        for path in photos:
            pixels = decode(path.read_bytes()).pixels
            seed = _hash(path.name)
            fold = seed % FOLDS
            yield from self._plain(pixels, "animal", fold)
            for step in range(8):
                yield from self._varied(pixels, "animal", seed + step, fold)
            yield from _beside(pixels, [], seed, fold)

    def drawn_people(self, count: int) -> Iterator[Patch]:
        for number in range(count):
            seed = _DRAWN_SEED + number
            fold = -1 if number % 10 == 9 else number % FOLDS
            person = Identity.from_seed(seed)
            moment = Variation.from_seed(seed, identity=person)
            pixels = draw_photo(person, moment)
            found = self._detector.detect(pixels, min_score=LIKELY)
            if not found:
                continue
            looks = second_looks(self._detector.network, pixels, found[:1])
            yield _patch(pixels, found[0], True, "drawn person", fold, looks=looks[0], plain=True)
            yield from self._harder(pixels, found[0], seed, fold)

    def drawn_others(self, count: int) -> Iterator[Patch]:
        for number in range(count * 3 // 10 * len(STYLES)):
            seed = _DRAWN_SEED + number
            style = STYLES[number % len(STYLES)]
            fold = -1 if seed % 10 == 9 else seed % FOLDS
            yield from self._drawn(draw_cartoon(seed, style=style), style, seed, fold)
        for family in FAMILIES:
            for number in range(count // (2 if family == "animals" else 8)):
                seed = _DRAWN_SEED + number
                fold = -1 if number % 10 == 9 else number % FOLDS
                yield from self._drawn(draw_curveball(family, seed), f"drawn {family}", seed, fold)

    def _drawn(self, pixels: Pixels, kind: str, seed: int, fold: int) -> Iterator[Patch]:
        yield from self._plain(pixels, kind, fold)
        yield from self._varied(pixels, kind, seed, fold)
        if kind.startswith("drawn"):
            yield from _beside(pixels, [], seed, fold, most=1)

    def _plain(self, pixels: Pixels, kind: str, fold: int) -> Iterator[Patch]:
        found = self._detector.detect(pixels, min_score=FAINT)[:_MOST]
        looks = second_looks(self._detector.network, pixels, found)
        for detection, look in zip(found, looks, strict=True):
            yield _patch(pixels, detection, False, kind, fold, looks=look, plain=True)

    def _varied(self, pixels: Pixels, kind: str, seed: int, fold: int) -> Iterator[Patch]:
        rng = np.random.default_rng([seed, 91])
        found = self._detector.detect(pixels, min_score=FAINT)[:1]
        if found and rng.random() < 0.3:
            pixels = occlude(pixels, found[0].landmarks, str(rng.choice(list(OCCLUSIONS))), seed)
        if found and rng.random() < 0.3:
            pixels = tight(pixels, found[0], rng)
        other = varied(pixels, rng, face_side=_side(found[0]) if found else 0.4 * min(pixels.shape[:2]))
        for detection in self._detector.detect(other, min_score=FAINT)[:2]:
            yield _patch(other, detection, False, kind, fold)

    def _harder(self, pixels: Pixels, face: Detection, seed: int, fold: int) -> Iterator[Patch]:
        """The face once more: something before it, its head turned, cut tight, or the photo varied."""
        rng = np.random.default_rng([seed, 92])
        choice = rng.random()
        kind, known = "varied", face.landmarks
        if choice < 0.4:
            kind = str(rng.choice(list(OCCLUSIONS)))
            other = occlude(pixels, known, kind, seed)
        elif choice < 0.55:
            kind = "turned"
            other = turned(pixels, known, float(rng.choice([-1, 1]) * rng.uniform(20, 55)))
            again = self._detector.detect(other, min_score=LIKELY)
            if again:
                yield _patch(other, again[0], True, kind, fold)
            return
        elif choice < 0.7:
            kind = "tight"
            other = tight(pixels, face, rng)
        else:
            other = pixels
        where = _best(
            self._detector.detect(other, min_score=LIKELY), face if other.shape == pixels.shape else None
        )
        if where is None:
            return
        if kind == "varied" or rng.random() < 0.4:
            other = varied(other, rng, face_side=_side(where))
            found = self._detector.detect(other, min_score=LIKELY)
            # A turned or shrunk photo has the face elsewhere; it is the one most surely found.
            where = found[0] if found else None
        if where is not None:
            yield _patch(other, where, True, kind, fold)

    def _as_drawing(self, pixels: Pixels, seed: int, fold: int) -> Iterator[Patch]:
        rng = np.random.default_rng([seed, 93])
        kind = str(rng.choice(list(DRAWINGS)))
        other = drawing_of(pixels, kind, seed)
        if rng.random() < 0.3:
            other = varied(other, rng, face_side=0.4 * min(pixels.shape[:2]), strongly=False)
        found = self._detector.detect(other, min_score=FAINT)[:1]
        looks = second_looks(self._detector.network, other, found)
        for detection, look in zip(found, looks, strict=True):
            yield _patch(other, detection, False, f"photo as {kind}", fold, looks=look, plain=fold == -1)


def _patch(
    pixels: Pixels,
    detection: Detection,
    face: bool,
    kind: str,
    fold: int,
    *,
    looks: float = float("nan"),
    plain: bool = False,
) -> Patch:
    cut = square(pixels, detection.landmarks, size=PATCH_SIDE, margin=PATCH_MARGIN)
    return Patch(pixels=cut, face=face, kind=kind, fold=fold, first=detection.score, looks=looks, plain=plain)


def _beside(
    pixels: Pixels, found: list[Detection], seed: int, fold: int, *, most: int = 2
) -> Iterator[Patch]:
    """Squares anywhere but on a face."""
    rng = np.random.default_rng([seed, 94])
    height, width = pixels.shape[:2]
    boxes = np.array([face.box for face in found], np.float32).reshape(-1, 4)
    cut = 0
    for _ in range(6):
        side = float(np.exp(rng.uniform(np.log(16), np.log(0.7 * min(height, width)))))
        x, y = rng.uniform(0, width - side), rng.uniform(0, height - side)
        if boxes.size and overlaps(boxes, np.array([x, y, side, side], np.float32)).max() > 0:
            continue
        turn = float(rng.normal(0, 0.3))
        axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        marks = (TEMPLATE - 56) / 112 * side @ axes + (x + side / 2, y + side / 2)
        other = square(pixels, marks.ravel().tolist(), size=PATCH_SIDE, margin=PATCH_MARGIN)
        yield Patch(pixels=other, face=False, kind="anything", fold=fold)
        cut += 1
        if cut == most:
            return


def _best(found: list[Detection], known: Detection | None) -> Detection | None:
    if known is None or not found:
        return found[0] if found else None
    boxes = np.array([one.box for one in found], np.float32)
    same = overlaps(boxes, np.array(known.box, np.float32))
    return found[int(same.argmax())] if same.max() > SAME else None


def _side(detection: Detection) -> float:
    return max(float((detection.box[2] * detection.box[3]) ** 0.5), 4.0)


def _off_centre(detection: Detection, pixels: Pixels) -> float:
    x, y, width, height = detection.box
    return float(np.hypot(x + (width - pixels.shape[1]) / 2, y + (height - pixels.shape[0]) / 2))


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _photos_of_people(people: Path, leave_out: frozenset[str], most: int) -> list[tuple[Path, str]]:
    photos = [
        (path, folder.name)
        for folder in sorted(people.iterdir())
        if folder.name not in leave_out and part_of(folder.name) != "report"
        for path in sorted(folder.iterdir())[:8]
    ]
    order = sorted(photos, key=lambda photo: _hash(photo[0].name))
    return order[:most]


def _animals(folders: Iterable[Path], with_people: frozenset[str]) -> list[Path]:
    paths = [path for folder in folders for path in sorted(folder.iterdir())]
    return [path for path in paths if not any(path.as_posix().endswith(end) for end in with_people)]
