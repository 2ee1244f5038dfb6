"""Squares that the checks for obstructed faces and drawings learn from.

Faces with things painted before them and faces that really are covered, photos made into drawings, drawn
faces, and as many of which none of that is true.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.gate_drawings import DRAWINGS, drawing_of
from benchmarks.gate_patches import part_of
from benchmarks.gate_turned import turned
from facethemodel.checks.learned import LOOK_SIDE
from facethemodel.dataset.occlusions import Face, occlude
from facethemodel.faces.align import ALIGNED_SIDE, TEMPLATE, similarity
from facethemodel.faces.detect import Detection, Detector
from facethemodel.faces.warp import warp
from facethemodel.photos.decode import decode
from facethemodel.synthetic.cartoon import STYLES, draw_cartoon
from facethemodel.synthetic.people import Identity, draw_photo

Pixels = NDArray[np.uint8]

MARGIN = 1.25
SIDE = round(ALIGNED_SIDE * MARGIN)
"""Squares show a quarter more than aligned crops, so that they can be shifted and turned while training."""
COVERS = ("sunglasses", "dark lenses", "dark lenses", "hand", "mask", "thing")
HARMLESS = ("glasses", "glasses", "hat", "beard", "fringe")
LIKELY = 0.3
SEEN = Path(__file__).parent / "data" / "obstructed.csv"
"""Photos of people whose faces really are obstructed, or perhaps, as somebody looked: hashes and answers."""
_SEED = 9_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Square:
    """One square and what is true of it; None where nobody can say.

    Attributes:
        pixels: (SIDE, SIDE, 3).
        obstructed: Something hides eyes, nose or mouth.
        drawn: It is a drawing.
        kind: What it is, for counting.
    """

    pixels: Pixels
    obstructed: bool | None
    drawn: bool
    kind: str


def gather(
    people: Path, animals: Sequence[Path], *, leave_out: frozenset[str], photos: int, drawn: int
) -> Iterator[Square]:
    """Makes all squares.

    Args:
        people: One folder a person; only those that the gate's check learned from are used.
        animals: Folders of photos of animals.
        leave_out: Names of people who are not to be used.
        photos: Photos of people to use, spread over as many people as possible.
        drawn: Drawn people, and drawn faces of every style.
    """
    detector = Detector()
    yield from _of_people(detector, _chosen(people, leave_out, photos))
    for folder in animals:
        for path in sorted(folder.iterdir()):
            pixels = decode(path.read_bytes()).pixels
            yield Square(pixels=_square_of(detector, pixels), obstructed=None, drawn=False, kind="animal")
    for number in range(drawn):
        pixels = draw_photo(Identity.from_seed(_SEED + number), _SEED + number)
        yield from _with_things(detector, pixels, _SEED + number)
        for style in STYLES:
            # A statue is a solid thing before a camera, and what is to be called a drawing is not.
            if style != "statue":
                picture = draw_cartoon(_SEED + number, style=style)
                yield Square(
                    pixels=_square_of(detector, picture), obstructed=None, drawn=True, kind=f"drawn {style}"
                )


def _of_people(detector: Detector, paths: Iterable[Path]) -> Iterator[Square]:
    kinds = [kind for kind in DRAWINGS if kind != "stone"]
    with SEEN.open(encoding="utf-8", newline="") as file:
        seen = {line["sha256"]: line["obstructed"] for line in csv.DictReader(file)}
    for path in paths:
        data = path.read_bytes()
        pixels = decode(data).pixels
        seed = int(hashlib.sha256(path.name.encode()).hexdigest()[:8], 16)
        answer = seen.get(hashlib.sha256(data).hexdigest())
        face = _best(detector, pixels)
        if answer is not None and face is not None:
            square = _cut(pixels, face.landmarks)
            yes = True if answer == "yes" else None
            yield Square(pixels=square, obstructed=yes, drawn=False, kind="really" if yes else "unsure")
        else:
            yield from _with_things(detector, pixels, seed)
        if seed % 2:
            kind = kinds[seed // 2 % len(kinds)]
            picture = drawing_of(pixels, kind, seed)
            yield Square(pixels=_square_of(detector, picture), obstructed=None, drawn=True, kind=f"as {kind}")
        if seed % 8 == 0:
            yield Square(pixels=_centre(pixels), obstructed=None, drawn=False, kind="whole")


def _with_things(detector: Detector, pixels: Pixels, seed: int) -> Iterator[Square]:
    """A face as it is, turned or with something harmless, and with something that covers it."""
    face = _best(detector, pixels)
    if face is None:
        return
    rng = np.random.default_rng([seed, 31])
    yield Square(pixels=_cut(pixels, face.landmarks), obstructed=False, drawn=False, kind="plain")
    cover = str(rng.choice(COVERS))
    hidden = painted_over(pixels, face.landmarks, cover, seed)
    # The detector's own landmarks where it still finds the face: that is what the check will be given.
    again = _best(detector, hidden)
    marks = face.landmarks if again is None or rng.random() < 0.3 else again.landmarks
    yield Square(pixels=_cut(hidden, marks), obstructed=True, drawn=False, kind=cover)
    if rng.random() < 0.6:
        harmless = str(rng.choice(HARMLESS))
        painted = occlude(pixels, face.landmarks, harmless, seed)
        yield Square(pixels=_cut(painted, face.landmarks), obstructed=False, drawn=False, kind=harmless)
    else:
        side = turned(pixels, face.landmarks, float(rng.choice([-1, 1]) * rng.uniform(15, 45)))
        found = _best(detector, side)
        if found is not None:
            yield Square(pixels=_cut(side, found.landmarks), obstructed=False, drawn=False, kind="turned")


def painted_over(pixels: Pixels, landmarks: Sequence[float], kind: str, seed: int) -> Pixels:
    """Paints one of `COVERS` before the face; a copy."""
    if kind not in _OWN:
        return occlude(pixels, landmarks, kind, seed)
    painted = np.array(pixels)
    _OWN[kind](Face(painted, landmarks), np.random.default_rng([seed, 32]))
    return painted


def _thing(brush: Face, rng: np.random.Generator) -> None:
    """A thing without a name before a part of the face: a round or straight shape of one colour and grain."""
    eyes_or_mouth = np.array([rng.uniform(-0.6, 0.6), 0.0 if rng.random() < 0.4 else rng.uniform(0.7, 1.2)])
    corners = int(rng.choice([4, 5, 24]))
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners)) if corners < 24 else np.linspace(0, 2 * np.pi, 24)
    reach = rng.uniform((0.45, 0.4), (1.1, 0.9))
    outline = eyes_or_mouth + np.stack([np.cos(turn), np.sin(turn)], axis=1) * reach
    if corners == 4:
        outline = eyes_or_mouth + np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * reach
    brush.fill(outline, rng.uniform(0, 255, 3), rng, rough=float(rng.uniform(4, 40)))


def _lenses(brush: Face, rng: np.random.Generator) -> None:
    """Dark lenses as filters before the eyes, lighter towards their lower edge, with a shine and a frame."""
    wide, tall = rng.uniform((0.3, 0.24), (0.5, 0.44))
    power, low = float(rng.choice([2.0, 2.0, 2.5, 4.0])), float(rng.uniform(0, 0.14))
    tint = rng.uniform(0, 45) * np.exp(rng.normal(0, 0.25, 3))
    top, bottom = rng.uniform(0.8, 1.0), rng.uniform(0.55, 1.0)
    frame = np.clip(rng.choice([5.0, 30.0, 120.0, 190.0]) * np.exp(rng.normal(0, 0.15, 3)), 0, 255)
    thick, bridge = float(rng.uniform(0.02, 0.09)), float(rng.uniform(-0.12, 0.05))
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    ring /= (np.abs(ring) ** power).sum(axis=1, keepdims=True) ** (1 / power)
    for eye, side in zip(brush.eyes, (-1, 1), strict=True):
        lens = ring * (wide, tall) + eye + (side * 0.03, low)
        # In bands from the top down: each lets a little more through.
        brush.fill(lens, tint, rng, opacity=float(min(top, bottom)), rough=1.5)
        for share in (0.75, 0.5, 0.25):
            upper = lens[lens[:, 1] < eye[1] + low + tall * (2 * share - 1)]
            if top > bottom and len(upper) > 2:
                brush.fill(
                    upper, tint, rng, opacity=float(0.4 * (top - bottom) / (1 - bottom + 1e-6)), rough=1.5
                )
        if rng.random() < 0.6:
            shine = ring * (wide * rng.uniform(0.2, 0.7), tall * rng.uniform(0.1, 0.4))
            brush.fill(
                shine + eye + rng.normal(0, 0.12, 2), rng.uniform(90, 255, 3), rng, opacity=0.25, rough=2
            )
        brush.stroke(np.concatenate([lens, lens[:1]]), frame, rng, width=thick)
        arm = eye + np.array([(side * wide, low - 0.1), (side * 0.8, low - 0.1)])
        brush.stroke(arm, frame, rng, width=max(thick, 0.04))
    inner = [brush.eyes[0] + (0.8 * wide, bridge), brush.eyes[1] - (0.8 * wide, -bridge)]
    brush.stroke(np.array(inner), frame, rng, width=max(thick, 0.03))


_OWN = {"thing": _thing, "dark lenses": _lenses}


def _chosen(people: Path, leave_out: frozenset[str], photos: int) -> list[Path]:
    """First photos of as many people as possible, then second ones."""
    names = [
        folder
        for folder in sorted(people.iterdir())
        if folder.name not in leave_out and part_of(folder.name) == "train"
    ]
    ranked = [(rank, path) for folder in names for rank, path in enumerate(sorted(folder.iterdir()))]
    return [path for _, path in sorted(ranked)[:photos]]


def _best(detector: Detector, pixels: Pixels) -> Detection | None:
    """The face in the middle, as photos of one person have it."""
    found = detector.detect(pixels, min_score=LIKELY)
    height, width = pixels.shape[:2]

    def off(one: Detection) -> float:
        x, y, w, h = one.box
        return float(abs(x + w / 2 - width / 2) / width + abs(y + h / 2 - height / 2) / height)

    return min(found, key=off) if found else None


def _square_of(detector: Detector, pixels: Pixels) -> Pixels:
    """Around a candidate where there is one, else the middle: what the check is given of such a photo."""
    found = detector.detect(pixels)
    return _cut(pixels, found[0].landmarks) if found else _centre(pixels)


def _cut(pixels: Pixels, landmarks: Sequence[float]) -> Pixels:
    points = np.asarray(landmarks, np.float64).reshape(5, 2)
    target = TEMPLATE + (SIDE - ALIGNED_SIDE) / 2
    return warp(pixels, similarity(points, target), size=SIDE)


def _centre(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    cut = pixels[top : top + side, left : left + side]
    return np.asarray(cv2.resize(cut, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def varied(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """One training crop (LOOK_SIDE, LOOK_SIDE, 3): turned, shifted, lit and blurred a little otherwise."""
    scale = LOOK_SIDE / ALIGNED_SIDE * float(np.exp(rng.normal(0, 0.06)))
    angle = float(rng.normal(0, 0.09))
    mirror = -1 if rng.random() < 0.5 else 1
    linear = scale * np.array(
        [[np.cos(angle) * mirror, -np.sin(angle)], [np.sin(angle) * mirror, np.cos(angle)]]
    )
    offset = (LOOK_SIDE - 1) / 2 - linear @ np.full(2, (SIDE - 1) / 2) + rng.normal(0, 1.0, 2)
    if rng.random() < 0.2:
        # As if the photo ended there, its edge repeated.
        top, left, bottom, right = (int(cut) for cut in rng.integers(0, SIDE // 4, 4))
        inside = pixels[top : SIDE - bottom, left : SIDE - right]
        pixels = np.asarray(
            cv2.copyMakeBorder(inside, top, bottom, left, right, cv2.BORDER_REPLICATE), np.uint8
        )
    if rng.random() < 0.5:
        small = int(rng.integers(40, 110))
        pixels = np.asarray(cv2.resize(pixels, (small, small), interpolation=cv2.INTER_AREA), np.uint8)
        pixels = np.asarray(cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)
    soft = cv2.blur(pixels, (2, 2))
    crop = cv2.warpAffine(
        soft, np.column_stack([linear, offset]), (LOOK_SIDE, LOOK_SIDE), borderMode=cv2.BORDER_REPLICATE
    )
    values = crop.astype(np.float32)
    if rng.random() < 0.3:
        values[:] = (values @ np.array([0.3, 0.59, 0.11], np.float32))[..., None]
    middle = values.mean()
    values = (values - middle) * np.float32(np.exp(rng.normal(0, 0.35))) + middle
    values = values * np.float32(np.exp(rng.normal(0, 0.3))) + np.float32(rng.normal(0, 10))
    values = values * np.exp(rng.normal(0, 0.08, 3)).astype(np.float32)
    if rng.random() < 0.4:
        values += rng.standard_normal(values.shape, np.float32) * np.float32(rng.uniform(1, 12))
    made = np.clip(values, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))]
        made = np.asarray(cv2.imdecode(cv2.imencode(".jpg", made, quality)[1], cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(made, np.uint8)
