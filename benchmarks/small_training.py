"""How the two small checks that are shipped learn: the one of the gate and the one of the photo checks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.precision import quickest
from facethemodel.networks.face import FaceNetwork
from facethemodel.training.step import arithmetic

N = TypeVar("N", bound=FaceNetwork)
TOLD_EVERY = 250


def fit(
    network: N,
    draw: Callable[[], tuple[Tensor, Tensor]],
    *,
    steps: int,
    highest_rate: float,
    weight_decay: float,
    smoothing: float,
    memory: float,
) -> N:
    """Trains along one cycle, in bf16 where that is quick.

    Returns the moving average of the weights, in evaluation mode.

    Args:
        network: What to train.
        draw: Gives the next batch: pixels (B, S, S, 3), uint8, and what is true of each, of the shape of the
            network's answers: 1, 0, or NaN where nobody can say, which counts for nothing.
        steps: How many batches.
        highest_rate: Of the one cycle.
        weight_decay: Of AdamW.
        smoothing: How far the targets 0 and 1 are drawn together.
        memory: Share of the average that each step leaves as it was.
    """
    network.lay_out(channels_last=True)
    average = torch.optim.swa_utils.get_ema_multi_avg_fn(memory)  # type: ignore[no-untyped-call]
    averaged = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=average, use_buffers=True)
    optimiser = torch.optim.AdamW(network.parameters(), lr=highest_rate, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, highest_rate, total_steps=steps, pct_start=0.15)
    place = torch.device("cpu")
    precision = quickest(place)
    running, start = 0.0, time.process_time()
    network.train()
    for step in range(steps):
        pixels, truth = draw()
        known = ~truth.isnan()
        targets = truth.nan_to_num() * (1 - 2 * smoothing) + smoothing
        with arithmetic(place, precision):
            answers = network(pixels)
        losses = F.binary_cross_entropy_with_logits(answers.float(), targets, reduction="none")
        loss = losses[known].mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        averaged.update_parameters(network)
        running += (loss.item() - running) * max(0.02, 1 / (step + 1))
        if step % TOLD_EVERY == TOLD_EVERY - 1 or step == steps - 1:
            spent = time.process_time() - start
            print(f"step {step + 1} of {steps}: loss {running:.4f}, {spent:.0f} s", flush=True)
    trained = averaged.module
    assert isinstance(trained, type(network))
    return trained.eval()
