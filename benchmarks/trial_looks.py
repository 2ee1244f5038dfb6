"""Photos as if they came from collections of their own, for trials of the recipe.

A person's photos often come from one place and most strangers' from another: a network would rather learn
the places. Here every person of a trial gets a look of their own, made of what differs between collections
(tone, grain, sharpness, codec, how faces were cut out). A few strangers to learn from have it too, and the
strangers of the test are shown in it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from benchmarks.trial_people import PERSONS, People
from facethemodel.dataset.augment import about_centre, warp

SHARING = 2
"""Strangers to learn from that share each person's look, as two Beatles share Paul McCartney's."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one collection was made.

    Attributes:
        saturation: 0 is black-and-white.
        cast: Factor of each channel.
        gamma: Exponent on values from 0 to 1.
        black, white: Values that 0 and 1 turn into.
        blur: Standard deviation in pixels.
        grain: Standard deviation of the noise, of 255.
        quality: Of JPEG.
        scale, drop: How much larger faces are cut out, and how much lower, as a share of the side.
        vignette: How much of the light is lost in the corners.
    """

    saturation: float
    cast: tuple[float, float, float]
    gamma: float
    black: float
    white: float
    blur: float
    grain: float
    quality: int
    scale: float
    drop: float
    vignette: float

    def __call__(self, images: Pixels, seed: int) -> Pixels:
        """Gives crops (N, S, S, 3) this look."""
        random = np.random.default_rng(seed)
        side = images.shape[1]
        linear = np.tile(np.eye(2) / self.scale, (len(images), 1, 1))
        shift = np.tile((0.0, -self.drop * side), (len(images), 1))
        out = warp(images, about_centre(linear, shift, side=side))
        y, x = np.mgrid[:side, :side] / (side - 1) * 2 - 1
        light = (1 - self.vignette * (x**2 + y**2) / 2)[:, :, None]
        for image in out:
            seen = image.astype(np.float32) / 255
            grey = seen @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
            seen = grey[:, :, None] + self.saturation * (seen - grey[:, :, None])
            if self.blur > 0.3:
                seen = cv2.GaussianBlur(seen, (0, 0), self.blur, borderType=cv2.BORDER_REPLICATE)
            seen = np.clip(seen * np.array(self.cast) * light, 0, 1) ** self.gamma
            seen = self.black + (self.white - self.black) * seen
            seen = 255 * seen + random.normal(0, self.grain, (side, side, 1))
            coded = simplejpeg.encode_jpeg(
                np.ascontiguousarray(np.clip(np.rint(seen), 0, 255).astype(np.uint8)),
                quality=self.quality,
                colorspace="RGB",
            )
            image[:] = simplejpeg.decode_jpeg(coded, colorspace="RGB")
        return out


def look_of(person: int) -> Look:
    """The look of a person's collection, always the same."""
    random = np.random.default_rng((2018, person))
    grey = person % 2 == 0
    return Look(
        saturation=0.0 if grey else random.uniform(0.5, 1.3),
        cast=(1.0, 1.0, 1.0) if grey else (random.uniform(0.95, 1.2), 1.0, random.uniform(0.7, 1.05)),
        gamma=float(np.exp(random.uniform(-0.5, 0.5))),
        black=random.uniform(0.0, 0.15),
        white=random.uniform(0.8, 1.0),
        blur=random.uniform(0.0, 1.5),
        grain=random.uniform(0.0, 10.0),
        quality=int(random.integers(35, 91)),
        scale=float(np.exp(random.uniform(-0.06, 0.06))),
        drop=random.uniform(-0.03, 0.03),
        vignette=random.uniform(0.0, 0.4),
    )


def in_looks(people: People) -> People:
    """Gives every person, and `SHARING` strangers to learn from for each, a look of their own."""
    images = people.images.copy()
    photos = Counter(people.label[people.learned].tolist())
    most = [label for label, _ in sorted(photos.items(), key=lambda item: (-item[1], item[0]))]
    for person in range(PERSONS):
        sharing = most[person * SHARING : (person + 1) * SHARING]
        own = np.concatenate([people.person_learned, people.person_tested])
        who = np.concatenate(
            [
                own[people.label[own] == people.strangers + person],
                people.learned[np.isin(people.label[people.learned], sharing)],
            ]
        )
        images[who] = look_of(person)(images[who], person)
    return replace(people, images=images)
