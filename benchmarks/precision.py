"""In which arithmetic a benchmark's own trainings run."""

from __future__ import annotations

from functools import cache

import torch

from facethemodel.training.speed import computes_bf16
from facethemodel.training.step import Precision


@cache
def quickest(device: torch.device) -> Precision:
    """Says bf16 where the device computes in it itself, as the product mostly finds it quicker; else fp32."""
    return "bf16" if computes_bf16(device) else "fp32"
