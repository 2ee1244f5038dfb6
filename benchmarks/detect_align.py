"""Where the time of `facethemodel predict` goes: milliseconds a photo of each part, on one core.

    python -m benchmarks.detect_align [--photos DIR [--fit]] [--bundle DIR]

`judge` is what predict does with a photo in one process, all parts together; what it takes beyond their sum
is measured as `the rest`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from benchmarks.material import apart, draw_portraits, fit_photos, photos_in, write_untrained_bundle
from benchmarks.measuring import load, show_place, show_table, spread
from facethemodel.bundle.runtime import Bundle
from facethemodel.faces.align import align
from facethemodel.faces.detect import Detector
from facethemodel.faces.gate import Gate
from facethemodel.photos.decode import decode
from facethemodel.photos.fingerprint import perceptual_hash
from facethemodel.photos.quality import brightness, sharpness, to_grey
from facethemodel.scoring import Model
from facethemodel.scoring.files import Candidate
from facethemodel.scoring.predict import CHUNK

BARE = ("read", "decode", "detect", "align", "network")
"""Without these there is no verdict at all."""


class Parts:
    """The parts of predict, each by itself, on one core.

    Args:
        bundle: The bundle's folder.
    """

    def __init__(self, bundle: Path) -> None:
        cv2.setNumThreads(1)
        self._detector = Detector(threads=1)
        self._gate = Gate(self._detector)
        self._bundle = Bundle.load(bundle, threads=1)
        self._model = Model.load(bundle, threads=1)

    def milliseconds(self, photos: Sequence[Path]) -> Mapping[str, float]:
        """Takes all photos through all parts once, and through `judge`: mean milliseconds a photo of each."""
        spent: dict[str, float] = defaultdict(float)

        @contextmanager
        def timed(part: str) -> Iterator[None]:
            start = time.perf_counter()
            yield
            spent[part] += time.perf_counter() - start

        for start in range(0, len(photos), CHUNK):
            chunk = photos[start : start + CHUNK]
            self._in_parts(chunk, timed)
            with timed("judge"):
                self._model.judge_files([Candidate(path=str(photo), expected=True) for photo in chunk])
        return {part: 1000 * seconds / len(photos) for part, seconds in spent.items()}

    def _in_parts(self, photos: Sequence[Path], timed: Callable[[str], AbstractContextManager[None]]) -> None:
        crops = []
        for photo in photos:
            with timed("read"):
                data = photo.read_bytes()
            with timed("decode"):
                pixels = decode(data).pixels
            with timed("detect"):
                faces = self._detector.detect(pixels)
            with timed("gate"):
                self._gate.scores(pixels, faces)
            with timed("align"):
                aligned = [align(pixels, face.landmarks) for face in faces]
            with timed("phash, sharpness, brightness"):
                grey = to_grey(pixels)
                perceptual_hash(grey)
                for picture in (grey, *aligned):
                    sharpness(picture)
                    brightness(picture)
            crops += aligned[:1]
        with timed("network"):
            if crops:
                self._bundle.score(np.stack(crops))


def main() -> None:
    options = _options()
    load_before = load()
    with tempfile.TemporaryDirectory() as scratch:
        photos = photos_or_drawn(
            options.photos, Path(scratch) / "portraits", options.distinct, fit=options.fit
        )
        bundle = bundle_or_untrained(options.bundle, Path(scratch) / "bundle")
        parts = Parts(bundle)
        parts.milliseconds(photos[:CHUNK])
        rounds = [parts.milliseconds(photos) for _ in range(options.rounds)]
    names = [name for name in rounds[0] if name != "judge"]
    whole = median(one["judge"] for one in rounds)
    rows = [
        [
            name,
            spread([one[name] for one in rounds], digits=2),
            f"{median(one[name] for one in rounds) / whole:.0%}",
        ]
        for name in names
    ]
    rest = [one["judge"] - sum(one[name] for name in names) for one in rounds]
    rows.append(["the rest", spread(rest, digits=2), f"{median(rest) / whole:.0%}"])
    rows.append(["judge", spread([one["judge"] for one in rounds], digits=2), "100%"])
    rows.append([f"of that {', '.join(BARE)}", spread([bare(one) for one in rounds], digits=2), ""])
    show_table(
        f"One photo on one core: {len(photos)} photos, {options.rounds} rounds",
        ["part", "ms, median (range)", "share"],
        rows,
    )
    show_place("onnxruntime", "opencv-python-headless", "simplejpeg", "numpy", load_before=load_before)


def bare(parts: Mapping[str, float]) -> float:
    """Milliseconds of what no verdict can do without."""
    return sum(parts[name] for name in BARE)


def photos_or_drawn(given: Path | None, to: Path, count: int, *, fit: bool = False) -> list[Path]:
    """The photos to work on: those of a folder, as they are or brought to 500 x 600 pixels, or drawn ones."""
    if given is None:
        draw_portraits(to, count)
    elif fit:
        fit_photos(photos_in(given), to)
    return photos_in(to if given is None or fit else given)


def bundle_or_untrained(given: Path | None, to: Path) -> Path:
    """The bundle given, or a new one of an untrained network."""
    if given is None:
        apart(write_untrained_bundle, to)
    return given or to


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, help="a folder of JPEGs instead of drawn 500 x 600 ones")
    parser.add_argument(
        "--fit", action="store_true", help="bring those to 500 x 600 without the smaller ones"
    )
    parser.add_argument("--bundle", type=Path, help="a bundle instead of an untrained one")
    parser.add_argument("--distinct", type=int, default=96, help="photos to draw (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
