"""In which arithmetic a benchmark's own trainings run: where bf16 is emulated it takes ten times as long."""

from __future__ import annotations

import time
from functools import cache

import torch
import torch.nn.functional as F

from facethemodel.training.step import Precision, arithmetic


@cache
def quickest(device: torch.device) -> Precision:
    """The precision that a convolution is quicker in, timed once."""
    pixels = torch.randn(16, 48, 28, 28, device=device)
    filters = torch.randn(48, 48, 3, 3, device=device)
    seconds: dict[Precision, float] = {}
    precisions: tuple[Precision, ...] = ("fp32", "bf16")
    for precision in precisions:
        with arithmetic(device, precision):
            float(F.conv2d(pixels, filters).sum())
            start = time.perf_counter()
            float(F.conv2d(pixels, filters).sum())
            seconds[precision] = time.perf_counter() - start
    return "bf16" if seconds["bf16"] < seconds["fp32"] else "fp32"
