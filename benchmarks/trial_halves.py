"""Faces that are half one person and half another, for trials of the recipe."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.trial_people import People
from facethemodel.faces.align import ALIGNED_SIDE, FACE_CENTRE


def put_halves(
    pixels: NDArray[np.uint8],
    label: NDArray[np.int64],
    people: People,
    share: float,
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """Puts half of another face into some crops, in place; gives the labels, -1 for who is nobody now."""
    label = label.copy()
    is_person = label >= people.strangers
    for place in np.flatnonzero(random.random(len(pixels)) < share):
        pool = people.person_learned
        if is_person[place]:
            pool = pool[people.label[pool] == label[place]]
        else:
            label[place] = -1
        other = in_tone_of(pixels[place], people.images[random.choice(pool)])
        kept = half_of_face(pixels.shape[1], random)
        cv2.blendLinear(pixels[place], other, kept, 1 - kept, dst=pixels[place])
    return label


def in_tone_of(model: NDArray[np.uint8], image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Gives an image the mean and spread of each channel of another, so that light alone tells nothing."""
    mean, spread = (value.reshape(3) for value in cv2.meanStdDev(model))
    own_mean, own_spread = (value.reshape(3) for value in cv2.meanStdDev(image))
    gain = np.clip(spread / np.maximum(own_spread, 1), 0.5, 2.0)
    return np.asarray(
        cv2.transform(image, np.column_stack([np.diag(gain), mean - gain * own_mean])), np.uint8
    )


def half_of_face(side: int, random: np.random.Generator) -> NDArray[np.float32]:
    """What is kept of a crop, (side, side) from 0 to 1: one half across or along the face, softly cut."""
    turn = int(random.integers(4))
    middle = FACE_CENTRE[turn % 2] * side / ALIGNED_SIDE + random.uniform(-0.08, 0.08) * side
    edge = random.uniform(2, 10)
    ramp = np.clip((np.arange(side) - middle) / edge + 0.5, 0, 1).astype(np.float32)
    plane = np.tile(ramp, (side, 1))
    plane = plane if turn % 2 == 0 else plane.T
    return np.ascontiguousarray(plane if turn < 2 else 1 - plane)
