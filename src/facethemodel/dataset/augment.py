"""Changes crops at random so that a network learns the face and not the picture of it.

An augmentation takes a batch and a generator and gives a new batch. All random numbers of a batch come from
one generator, so whoever makes the generator from (seed, epoch, batch) can make any batch again, on any
thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from facethemodel.dataset import traces
from facethemodel.dataset.worn import part, put_on, shares
from facethemodel.faces.align import face_oval

Pixels = NDArray[np.uint8]
Matrices = NDArray[np.float64]

_LUMA = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in grey (ITU-R BT.601)."""


class Augmentation(Protocol):
    """What `Batches` needs of an augmentation."""

    def __call__(self, images: Pixels, random: Generator) -> Pixels:
        """Gives changed copies of images of shape (B, S, S, 3)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedAugment:
    """What the 2018 project asked of Keras: shear, zoom and mirror, nearest pixel beyond the border.

    Attributes:
        shear: Range in degrees, as Keras reads it; the original's 0.2 hardly shows.
        zoom: Height and width are each scaled by a factor of their own from 1 - zoom to 1 + zoom.
        flip: Probability of mirroring.
    """

    shear: float = 0.2
    zoom: float = 0.2
    flip: float = 0.5

    def __call__(self, images: Pixels, random: Generator) -> Pixels:
        """Gives changed copies of images of shape (B, S, S, 3)."""
        count = len(images)
        angle = np.deg2rad(random.uniform(-self.shear, self.shear, count))
        width, height = random.uniform(1 - self.zoom, 1 + self.zoom, (2, count))
        mirror = np.where(random.random(count) < self.flip, -1.0, 1.0)
        linear = np.empty((count, 2, 2))
        linear[:, 0, 0] = mirror * np.cos(angle) * width
        linear[:, 0, 1] = 0.0
        linear[:, 1, 0] = -mirror * np.sin(angle) * width
        linear[:, 1, 1] = height
        return warp(images, about_centre(linear, np.zeros((count, 2)), side=images.shape[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceAugment:
    """What aligned crops get: geometry, light and colour always, and now and then what tells sources apart.

    Collections differ in size, codec, sharpness, tone and border. A network would rather learn those than
    faces, so each is made worthless as a cue by giving it to some images of every source.

    Attributes:
        flip: Probability of mirroring.
        rotation: Standard deviation in degrees, cut at twice that; as the two below.
        scale: Standard deviation of the logarithm of the scale.
        shift: Standard deviation as a share of the side.
        brightness: Largest shift as a share of the full range.
        contrast: Largest change of the factor on the distance from mid-grey.
        saturation: Largest change of the factor on the distance from grey.
        tint: Largest change of the factor of each channel.
        grey: Probability of black-and-white.
        surroundings: Probability of somebody else's surroundings, see `swap_surroundings`.
        gamma: Largest logarithm of the exponent on all values.
        fade: Largest share of the range that black and white lose, each for itself.
        blur: Probability of `traces.blur`; likewise the following.
        worn: Probability of something worn, see `worn.put_on`.
    """

    flip: float = 0.5
    rotation: float = 6.0
    scale: float = 0.06
    shift: float = 0.025
    brightness: float = 0.15
    contrast: float = 0.3
    saturation: float = 0.4
    tint: float = 0.15
    grey: float = 0.4
    gamma: float = 0.4
    fade: float = 0.15
    blur: float = 0.2
    coarsen: float = 0.2
    jpeg: float = 0.2
    frame: float = 0.15
    cutout: float = 0.1
    plain: float = 0.4
    grain: float = 0.3
    surroundings: float = 0.4
    worn: float = 0.2

    def __call__(self, images: Pixels, random: Generator) -> Pixels:
        """Gives changed copies of images of shape (B, S, S, 3)."""
        faces = swap_surroundings(images, self.surroundings, random) if self.surroundings else images.copy()
        if self.worn:
            put_on(faces, self.worn, random)
        count = len(faces)
        plain = random.random(count) < self.plain
        geometry = self._geometry(count, faces.shape[1], random)
        colours, grey = self._colours(count, random)
        tones = self._tones(count, random)
        shades = np.take_along_axis(tones, _greys(colours), axis=1)
        out = np.empty_like(faces)
        for index, face in enumerate(faces):
            if grey[index] or plain[index]:
                # The same as below, but for a third of the pixels.
                shade = _turned(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), geometry[index])
                cv2.cvtColor(cv2.LUT(shade, shades[index]), cv2.COLOR_GRAY2RGB, dst=out[index])
            else:
                turned = _turned(face, geometry[index], into=out[index])
                cv2.LUT(cv2.transform(turned, colours[index], dst=turned), tones[index], dst=turned)
        rare: tuple[tuple[NDArray[np.bool_], Callable[[Pixels, Generator], Pixels]], ...] = (
            (random.random(count) < self.frame, traces.frame),
            (random.random(count) < self.blur, traces.blur),
            (random.random(count) < self.coarsen, traces.coarsen),
            (random.random(count) < self.jpeg, traces.jpeg),
            (random.random(count) < self.cutout, traces.cutout),
            (plain, traces.plain),
            (random.random(count) < self.grain, traces.grain),
        )
        for chosen, change in rare:
            for which in np.flatnonzero(chosen):
                out[which] = change(out[which], random)
        return out

    def _geometry(self, count: int, side: int, random: Generator) -> Matrices:
        angle = np.deg2rad(self.rotation) * _bell(random, count)
        scale = np.exp(self.scale * _bell(random, count))
        mirror = np.where(random.random(count) < self.flip, -1.0, 1.0)
        shift = self.shift * side * _bell(random, 2 * count).reshape(count, 2)
        cosine, sine = np.cos(angle) * scale, np.sin(angle) * scale
        linear = np.stack([mirror * cosine, -sine, mirror * sine, cosine], axis=1).reshape(count, 2, 2)
        return about_centre(linear, shift, side=side)

    def _colours(self, count: int, random: Generator) -> tuple[Matrices, NDArray[np.bool_]]:
        """Draws of what channels are made, (count, 3, 4), as `_greys` reads them, and who is grey."""
        saturation = 1 + random.uniform(-self.saturation, self.saturation, count)
        grey = random.random(count) < self.grey
        saturation[grey] = 0.0
        contrast = 1 + random.uniform(-self.contrast, self.contrast, count)
        gain = contrast[:, None] * (1 + random.uniform(-self.tint, self.tint, (count, 3)))
        # A black-and-white picture has no tint either, or the tint would give away which ones were made so.
        gain[grey] = contrast[grey, None]
        lift = 255 * random.uniform(-self.brightness, self.brightness, count) + 127.5 * (1 - contrast)
        mix = saturation[:, None, None] * np.eye(3) + (1 - saturation)[:, None, None] * _LUMA
        return np.concatenate([gain[:, :, None] * mix, np.repeat(lift, 3).reshape(count, 3, 1)], axis=2), grey

    def _tones(self, count: int, random: Generator) -> Pixels:
        """Draws what each of the 256 values of an image turns into: shape (count, 256)."""
        black, white = random.uniform(0.0, self.fade, (2, count, 1))
        exponents = np.exp(random.uniform(-self.gamma, self.gamma, (count, 1)))
        steps = np.linspace(0.0, 1.0, 256) ** exponents
        return np.asarray(np.rint(255 * (black + (1 - white - black) * steps)), dtype=np.uint8)


def about_centre(linear: Matrices, shift: Matrices, *, side: int) -> Matrices:
    """Turns linear maps into affine ones that turn about the middle of a square image.

    Args:
        linear: Shape (B, 2, 2), from an offset x, y in the new image to one in the old image.
        shift: Shape (B, 2), added to the position in the old image, in pixels.
        side: Of the image, in pixels.

    Returns:
        Shape (B, 2, 3), from positions in the new image to positions in the old one.
    """
    middle = np.full(2, (side - 1) / 2)
    offset = middle + shift - linear @ middle
    return np.concatenate([linear, offset[:, :, None]], axis=2)


def warp(images: Pixels, matrices: Matrices) -> Pixels:
    """Resamples each image once, whatever its geometry is made of; the border is continued outward.

    Args:
        images: Shape (B, S, S, 3).
        matrices: Shape (B, 2, 3), as `about_centre` gives them.
    """
    out = np.empty_like(images)
    for image, matrix, target in zip(images, matrices, out, strict=True):
        _turned(image, matrix, into=target)
    return out


def _turned(image: Pixels, matrix: NDArray[np.float64], *, into: Pixels | None = None) -> Pixels:
    return np.asarray(
        cv2.warpAffine(
            image,
            matrix,
            image.shape[1::-1],
            dst=into,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def _greys(colours: Matrices) -> NDArray[np.intp]:
    """Says what each of 256 greys turns into: shape (B, 256).

    Args:
        colours: Shape (B, 3, 4): what each new channel takes of red, green and blue, and what is added to it.
    """
    gain, lift = colours[:, 0, :3].sum(axis=1), colours[:, 0, 3]
    levels = np.rint(gain[:, None] * np.arange(256) + lift[:, None])
    return np.asarray(np.clip(levels, 0, 255), dtype=np.intp)


def swap_surroundings(images: Pixels, share: float, random: Generator) -> Pixels:
    """Puts faces before what surrounds other faces of the batch, so that hair, collar and wall say nothing.

    Aligned faces lie in one place, so the face's oval (`faces.align.face_oval`), a little smaller or larger,
    is all that is kept; its edge is soft.

    Args:
        images: Shape (B, S, S, 3).
        share: Probability of each image.
        random: Where chance comes from.
    """
    chosen = np.flatnonzero(random.random(len(images)) < share)
    others = random.permutation(len(images))[chosen]
    far = face_oval(images.shape[1]) / random.uniform(0.92, 1.12)
    kept = shares(np.clip((1.06 - far) / 0.12, 0.0, 1.0))
    rest = 255 - kept
    out = images.copy()
    for one, other in zip(chosen, others, strict=True):
        cv2.add(part(images[one], kept), part(images[other], rest), dst=out[one])
    return out


def _bell(random: Generator, count: int) -> NDArray[np.float64]:
    """Draws standard normal numbers, cut off at two standard deviations."""
    return np.clip(random.standard_normal(count), -2.0, 2.0)
