"""Which device and which arithmetic to train with on this machine: measured, not guessed."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import get_args

import torch

from facethemodel.cores import available_cores
from facethemodel.errors import UsageError
from facethemodel.networks.face import FaceNetwork
from facethemodel.training.optimiser import make_optimiser
from facethemodel.training.recipe import Recipe
from facethemodel.training.step import Precision, take_step

_TIMED_STEPS = 3
# A tie goes to fp32: bf16 has to earn its coarser numbers.
_WORTH_IT = 1.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What the measurement found.

    Attributes:
        precision: What to train with.
        images_per_second: Crops a second in that arithmetic, the bare step.
        reason: Why, for the log.
    """

    precision: Precision
    images_per_second: float
    reason: str


def choose_device(wish: str) -> torch.device:
    """Turns `auto`, `cpu`, `cuda` or `cuda:1` into a device; `auto` takes CUDA where it works.

    On a CPU it also keeps torch from starting more threads than the container has cores for.

    Raises:
        UsageError: The name means nothing, or there is no such device here.
    """
    if wish == "auto":
        wish = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(wish)
    except RuntimeError:
        raise UsageError(f"there is no device called {wish!r}", remedy="choose auto, cpu or cuda") from None
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"training on {wish!r} is not supported", remedy="choose auto, cpu or cuda")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UsageError(
            f"there is no device {wish!r} on this machine",
            remedy="choose auto or cpu, or install a CUDA build of torch",
        )
    if device.type == "cpu":
        torch.set_num_threads(min(torch.get_num_threads(), available_cores()))
    return device


def measure(
    network: FaceNetwork,
    recipe: Recipe,
    *,
    side: int,
    wish: str,
    device: torch.device,
) -> Pace:
    """Times a few steps on a copy of the network and keeps the faster arithmetic.

    The network and the stream of random numbers stay as they were.

    Args:
        network: On `device`, in training mode.
        recipe: What it will be trained with.
        side: Side of a crop in pixels.
        wish: `auto`, `fp32` or `bf16`.
        device: Where the steps are timed.

    Raises:
        UsageError: The wish means nothing.
    """
    known = get_args(Precision)
    if wish not in ("auto", *known):
        raise UsageError(f"there is no precision called {wish!r}", remedy="choose auto, fp32 or bf16")
    candidates: tuple[Precision, ...] = tuple(name for name in known if wish in ("auto", name))
    if device.type == "cuda" and wish == "auto":
        candidates = ("bf16",) if torch.cuda.is_bf16_supported(including_emulation=False) else ("fp32",)
    seconds = {name: _step_seconds(network, recipe, name, side, device) for name in candidates}
    rates = {name: recipe.batch_size / spent for name, spent in seconds.items()}
    if len(rates) == 1:
        chosen = candidates[0]
        reason = "as asked for" if wish != "auto" else "what this GPU does best"
    else:
        chosen = "bf16" if rates["bf16"] > _WORTH_IT * rates["fp32"] else "fp32"
        reason = f"measured: bf16 {rates['bf16']:.0f}, fp32 {rates['fp32']:.0f} photos/s"
    return Pace(precision=chosen, images_per_second=rates[chosen], reason=reason)


def _step_seconds(
    network: FaceNetwork,
    recipe: Recipe,
    precision: Precision,
    side: int,
    device: torch.device,
) -> float:
    """Times the fastest of a few steps: other work on the machine only ever makes one slower."""
    trial = copy.deepcopy(network)
    optimiser = make_optimiser(trial, recipe)
    best = float("inf")
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        shape = (recipe.batch_size, side, side, 3)
        pixels = torch.randint(0, 256, shape, dtype=torch.uint8, device=device)
        is_person = torch.arange(recipe.batch_size, device=device) % 2 == 0
        identity = torch.full((recipe.batch_size,), -1, device=device)
        for turn in range(1 + _TIMED_STEPS):
            _wait_for(device)
            start = time.perf_counter()
            take_step(trial, optimiser, pixels, is_person, identity, recipe=recipe, precision=precision)
            _wait_for(device)
            if turn:  # The first one warms up: kernels are chosen and memory is asked for.
                best = min(best, time.perf_counter() - start)
    return best


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
