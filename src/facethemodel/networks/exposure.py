"""Faces of little contrast, as on photos in the dark, brought to a contrast that can be judged."""

from __future__ import annotations

import torch
from torch import Tensor

LEAST = 30.0
"""Contrast in levels of 0 to 255 below which a face is exposed anew. Of 2,500 photos, most of them of Labeled
Faces in the Wild, 4.4 % have less."""
MOST = 8.0
"""Times the contrast, at most: what has less still is hardly a face any more."""
_EVERY = 4
"""Every so many-th pixel across and down is enough to measure the contrast."""


def exposure(pixels: Tensor, *, offset: float, scale: float) -> tuple[Tensor, Tensor]:
    """Says how to turn each crop's pixels into what the first layer sees: (pixel - offset) * scale.

    A network that is shown nothing it can tell a face by has to say something, and what it says of a black
    square may well be `person`. So a crop that is too even is exposed longer: its pixels are stretched about
    their mean, and the mean moves so many times as far from the nearer end of the range. All others get the
    usual numbers, to the last bit.

    Args:
        pixels: Crops (N, S, S, 3), uint8 RGB.
        offset: The usual one.
        scale: The usual one.

    Returns:
        Offsets and scales, (N, 1, 1, 1) each. Contrast is the standard deviation of the mean of the colours.
    """
    grey = pixels[:, ::_EVERY, ::_EVERY].to(torch.float32).mean(3).flatten(1)
    middle = grey.mean(1)
    contrast = (grey - middle[:, None]).square().mean(1).sqrt()
    gain = (LEAST / contrast.clamp(min=LEAST / MOST)).clamp(min=1.0)
    room = (torch.minimum(middle, 255.0 - middle) * gain).clamp(max=127.5)
    moved = torch.where(middle < 127.5, room, 255.0 - room)
    offsets = torch.where(gain > 1.0, middle - (moved - offset) / gain, offset)
    return offsets[:, None, None, None], (gain * scale)[:, None, None, None]
