"""Ladders: one photo made worse and worse in one physical measure, to see where the verdict turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from facethemodel.battery.changes import turned
from facethemodel.battery.subject import Subject

BLUR_FACE = 100
"""Blur is told for a face of so many pixels, so that photos of all sizes compare."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """One measure and its rungs, the mildest first.

    Attributes:
        name: What it is called everywhere.
        unit: What the rungs are counted in.
        rungs: Their values.
        note: What is done, in one sentence.
    """

    name: str
    unit: str
    rungs: tuple[float, ...]
    note: str


LADDERS: tuple[Ladder, ...] = (
    Ladder(
        name="blur",
        unit="px",
        rungs=(1, 2, 3, 5, 8, 12),
        note="Gaussian blur; its standard deviation in pixels where the face is 100 pixels wide",
    ),
    Ladder(
        name="JPEG",
        unit="quality",
        rungs=(60, 30, 15, 10, 5, 2),
        note="saved at this quality of libjpeg, 1 to 100",
    ),
    Ladder(
        name="size",
        unit="px",
        rungs=(80, 56, 40, 28, 20, 14),
        note="the photo made smaller until the face is so many pixels wide; photos that are smaller already "
        "are left out of a rung",
    ),
    Ladder(
        name="darker",
        unit="stops",
        rungs=(1, 2, 3, 4, 5, 6),
        note="each stop halves the light",
    ),
    Ladder(
        name="brighter",
        unit="stops",
        rungs=(0.5, 1, 1.5, 2, 3, 4),
        note="each stop doubles the light; what is over white is lost",
    ),
    Ladder(
        name="rotation",
        unit="degrees",
        rungs=(10, 20, 30, 45, 60, 90),
        note="the photo turned clockwise about the face",
    ),
    Ladder(
        name="noise",
        unit="levels",
        rungs=(5, 10, 20, 40, 60, 80),
        note="Gaussian noise; its standard deviation in grey levels of 255",
    ),
)


def climb(name: str, rung: float, subject: Subject, *, seed: int = 0) -> bytes | Pixels | None:
    """Makes a photo as bad as a rung says.

    Args:
        name: A ladder's name.
        rung: In the ladder's unit.
        subject: The photo; it stays as it is.
        seed: Fixes the noise.

    Returns:
        RGB pixels, or the bytes of a file where the ladder is about the file itself; None where the photo
        cannot be brought there.

    Raises:
        ValueError: There is no such ladder.
    """
    if name not in _STEPS:
        raise ValueError(f"no ladder is called {name!r}; known are {', '.join(_STEPS)}")
    return _STEPS[name](subject, rung, seed)


def _blur(subject: Subject, pixels: float, seed: int) -> Pixels:
    sigma = pixels * subject.side / BLUR_FACE
    return np.asarray(cv2.GaussianBlur(subject.pixels, (0, 0), sigma), np.uint8)


def _jpeg(subject: Subject, quality: float, seed: int) -> bytes:
    whole = np.ascontiguousarray(subject.pixels)
    return bytes(
        simplejpeg.encode_jpeg(whole, quality=round(quality), colorspace="RGB", colorsubsampling="420")
    )


def _size(subject: Subject, face: float, seed: int) -> Pixels | None:
    scale = face / subject.side
    if scale > 1.0:
        return None
    height, width = subject.pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(subject.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _light(subject: Subject, stops: float) -> Pixels:
    """Multiplies the light itself: levels are brought to linear light and back (IEC 61966-2-1, sRGB)."""
    level = np.arange(256) / 255.0
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4) * 2.0**stops
    light = np.clip(light, 0, 1)
    back = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    table = np.round(back * 255).astype(np.uint8)
    return np.asarray(table[subject.pixels])


def _noise(subject: Subject, levels: float, seed: int) -> Pixels:
    rng = np.random.default_rng([seed, 74, round(levels * 10)])
    noise = rng.standard_normal(subject.pixels.shape, dtype=np.float32) * np.float32(levels)
    return np.clip(subject.pixels + noise + 0.5, 0, 255).astype(np.uint8)


_STEPS: dict[str, Callable[[Subject, float, int], bytes | Pixels | None]] = {
    "blur": _blur,
    "JPEG": _jpeg,
    "size": _size,
    "darker": lambda subject, stops, seed: _light(subject, -stops),
    "brighter": lambda subject, stops, seed: _light(subject, stops),
    "rotation": lambda subject, degrees, seed: turned(subject, degrees),
    "noise": _noise,
}
