"""Photos changed so that a check has something to find: for flags of which a sample holds too few."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.flag_squares import painted_over
from benchmarks.gate_drawings import drawing_of
from benchmarks.gate_turned import turned
from facethemodel.catalogue.records import Face
from facethemodel.dataset.occlusions import occlude
from facethemodel.synthetic.cartoon import STYLES, draw_cartoon

Pixels = NDArray[np.uint8]
Change = Callable[[Pixels, Face, int], Pixels]
"""What is done to the RGB photo with its main face, in the photo's pixels, and a seed."""


def _blurred(share: float) -> Change:
    """Out of focus: a Gaussian blur of so many times the face's size."""
    return lambda pixels, face, seed: np.asarray(
        cv2.GaussianBlur(pixels, (0, 0), share * face.size), np.uint8
    )


def _lit(gain: float, offset: float) -> Change:
    return lambda pixels, face, seed: np.clip(pixels.astype(np.float32) * gain + offset, 0, 255).astype(
        np.uint8
    )


def _shrunk(pixels: Pixels, face: Face, seed: int) -> Pixels:
    scale = 30 / max(face.size, 30)
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _drawn(pixels: Pixels, face: Face, seed: int) -> Pixels:
    kinds = ("pencil", "pen", "comic", "poster", "halftone", "watercolour")
    return drawing_of(pixels, kinds[seed % len(kinds)], seed)


def _cartoon(pixels: Pixels, face: Face, seed: int) -> Pixels:
    styles = [style for style in STYLES if style != "statue"]
    return draw_cartoon(seed, style=styles[seed % len(styles)])


def _covered(kind: str) -> Change:
    return lambda pixels, face, seed: occlude(pixels, face.landmarks, kind, seed)


def _turned(pixels: Pixels, face: Face, seed: int) -> Pixels:
    return turned(pixels, face.landmarks, 55.0 if seed % 2 else -55.0)


def _beside(pixels: Pixels, face: Face, seed: int) -> Pixels:
    """The photo beside its own other half, mirrored and a little brighter, as in a strip of two shots."""
    other = np.clip(pixels[:, ::-1].astype(np.float32) * 0.8 + 40, 0, 255).astype(np.uint8)
    shift = pixels.shape[1] // 5
    return np.ascontiguousarray(np.hstack([pixels, np.roll(other, shift, axis=1)[:, shift:]]))


def _watermarked(pixels: Pixels, face: Face, seed: int) -> Pixels:
    """Half see-through white letters, 3 % of the long side high but at least 10 pixels, in a lower corner."""
    height, width = pixels.shape[:2]
    letter = max(0.03 * max(height, width), 10.0)
    words = ("EXAMPLE PRESS", "www.example.org", "(c) A. Example")[seed % 3]
    ink = np.zeros((height, width), np.uint8)
    place = (round(0.05 * width), height - round(1.2 * letter))
    cv2.putText(
        ink, words, place, cv2.FONT_HERSHEY_SIMPLEX, letter / 22, 255, max(1, round(letter / 12)), cv2.LINE_AA
    )
    share = (ink.astype(np.float32) / 255 * 0.7)[..., None]
    return np.asarray(pixels * (1 - share) + 255 * share, np.uint8)


CHANGES: Mapping[str, Mapping[str, Change]] = {
    "small-face": {"shrunk to 30 pixels": _shrunk},
    "blurred-face": {"blurred by 2 % of the face": _blurred(0.02), "by 4 %": _blurred(0.04)},
    "dark": {"a third of the light": _lit(0.33, 0), "a fifth": _lit(0.2, 0)},
    "bright": {"twice the light": _lit(2.0, 10), "three times": _lit(3.0, 10)},
    "low-contrast": {"a third of the contrast": _lit(0.33, 85), "a fifth": _lit(0.2, 100)},
    "extreme-pose": {"head turned by 55 degrees": _turned},
    "obstructed-face": {
        "dark lenses": lambda pixels, face, seed: painted_over(pixels, face.landmarks, "dark lenses", seed),
        "sunglasses": _covered("sunglasses"),
        "hand": _covered("hand"),
        "mask": _covered("mask"),
    },
    "drawing": {"made into a drawing": _drawn, "a drawn face": _cartoon},
    "collage": {"beside itself": _beside},
    "text": {"watermark": _watermarked},
}
"""By flag and by what it is called in the table."""
