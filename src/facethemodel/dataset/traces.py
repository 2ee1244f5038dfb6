"""Changes to one crop that give or take what tells how its picture was made, or hide a piece of it.

Each takes a crop (S, S, 3) and a generator and gives a changed copy.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import simplejpeg
from numpy.random import Generator
from numpy.typing import NDArray

from facethemodel.faces.align import face_oval

Pixels = NDArray[np.uint8]

PLAIN_MEAN, PLAIN_SPREAD = 120.0, 45.0
"""Mean and standard deviation of the face's oval after `plain`."""


def blur(image: Pixels, random: Generator) -> Pixels:
    """Blurs with a Gaussian of 0.5 to 2 pixels."""
    return _pixels(cv2.GaussianBlur(image, (0, 0), random.uniform(0.5, 2.0), borderType=cv2.BORDER_REPLICATE))


def coarsen(image: Pixels, random: Generator) -> Pixels:
    """Makes the image 2 to 4 times smaller and scales it up again, as if the face had been far away."""
    side = image.shape[0]
    small = max(int(side / random.uniform(2.0, 4.0)), 1)
    down = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
    up = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)[random.choice(3, p=(0.5, 0.4, 0.1))]
    return _pixels(cv2.resize(down, (side, side), interpolation=up))


def jpeg(image: Pixels, random: Generator) -> Pixels:
    """Encodes as JPEG of quality 25 to 85 and decodes again."""
    sampling = ("420", "444")[random.integers(2)]
    coded = simplejpeg.encode_jpeg(
        np.ascontiguousarray(image),
        quality=int(random.integers(25, 86)),
        colorspace="RGB",
        colorsubsampling=sampling,
    )
    return _pixels(simplejpeg.decode_jpeg(coded, colorspace="RGB"))


def frame(image: Pixels, random: Generator) -> Pixels:
    """Covers one to four edges, up to an eighth of the side each, with one colour or the pixels beside them.

    Some collections have black wedges where a picture was turned, some continued borders, some neither.
    """
    out = image.copy()
    side = image.shape[0]
    colour = (0, 255, -1, -2)[random.integers(4)]
    columns = out.swapaxes(0, 1)
    edges = (out, out[::-1], columns, columns[::-1])
    for chosen in np.flatnonzero(random.permutation(4) <= random.integers(4)):
        edge, depth = edges[chosen], random.integers(1, side // 8 + 1)
        if colour == -2:
            edge[:depth] = edge[depth]
        else:
            edge[:depth] = random.integers(256, size=3) if colour == -1 else colour
    return out


def cutout(image: Pixels, random: Generator) -> Pixels:
    """Covers a rectangle of a tenth to a third of the side with one colour (DeVries and Taylor, 2017)."""
    out = image.copy()
    side = image.shape[0]
    height, width = random.integers(side // 10, side // 3 + 1, 2)
    top, left = random.integers(0, side - height + 1), random.integers(0, side - width + 1)
    out[top : top + height, left : left + width] = random.integers(256, size=3)
    return out


def grain(image: Pixels, random: Generator) -> Pixels:
    """Adds the same noise to all channels, as film has it: normal, of 1 to 12 levels."""
    side = image.shape[0]
    film = _film(2 * side)
    top, left = random.integers(0, side + 1, 2)
    noise = film[top : top + side, left : left + side] * np.float32(random.uniform(1.0, 12.0))
    return _pixels(cv2.add(image, cv2.merge([noise, noise, noise]), dtype=cv2.CV_8U))


def plain(image: Pixels, random: Generator) -> Pixels:
    """Makes it grey, 1.4 to 3.5 times coarser, and of one brightness and contrast in the face.

    Of how the picture was made nothing is left then: a network that is shown this has only the face to go by.
    """
    side = image.shape[0]
    small = max(int(side / random.uniform(1.4, 3.5)), 1)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    down = cv2.resize(grey, (small, small), interpolation=cv2.INTER_AREA)
    seen = cv2.resize(down, (side, side), interpolation=cv2.INTER_CUBIC)
    mean, spread = (float(value[0, 0]) for value in cv2.meanStdDev(seen, mask=_oval(side)))
    gain = PLAIN_SPREAD / max(spread, 1.0)
    flat = cv2.addWeighted(seen, gain, seen, 0.0, PLAIN_MEAN - gain * mean)
    return _pixels(cv2.cvtColor(flat, cv2.COLOR_GRAY2RGB))


@cache
def _film(side: int) -> NDArray[np.float32]:
    """Standard normal noise (side, side); a piece from anywhere is quicker than noise drawn anew."""
    return np.random.default_rng(0).standard_normal((side, side), dtype=np.float32)


@cache
def _oval(side: int) -> Pixels:
    """A mask of the face for OpenCV."""
    return np.asarray(face_oval(side) <= 1.0, dtype=np.uint8)


def _pixels(image: object) -> Pixels:
    return np.asarray(image, dtype=np.uint8)
