"""Which device to train on and how to use it: measured, not guessed."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import cast, get_args

import torch
import torch.nn.functional as F

from facethemodel.cores import available_cores
from facethemodel.errors import UsageError
from facethemodel.networks.face import FaceNetwork
from facethemodel.training.allocator import can_keep_memory, give_memory_back, keep_memory
from facethemodel.training.optimiser import make_optimiser
from facethemodel.training.recipe import Recipe
from facethemodel.training.step import Execution, Precision, arithmetic, take_step

_TIMED_STEPS = 3
_LONG_ENOUGH = 1.0
"""Seconds of timed steps that will do: a slow step is told from a faster one without repeating it."""
_ROUNDS = 3
_LONG_COMPARED = 2.5
"""Seconds of comparing two ways after which there is no further round."""
_TIMED_PIXELS = 64 * 112 * 112
"""Pixels of a batch that tell a CPU's speed: larger batches, of whole photos, only take longer to time."""
_WORTH_IT = 1.02
"""Times as fast that a switch has to make a step: a tie goes to what is plainer."""
_IMITATED = 3.0
"""Times as long as fp32 from which bf16 is not computed but imitated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What the measurement found.

    Attributes:
        execution: What to train with.
        images_per_second: Crops a second that way, the bare step.
        reason: Why, for the log.
    """

    execution: Execution
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
    """Compares the plain way of a step with one thing after the other switched on; what pays stays on.

    The two ways that are compared take turns, so that other work on the machine meets both. Where the
    precision is asked for, the lay-out of memory is not up to a measurement either: the same seed then always
    gives the same weights. The network and the stream of random numbers stay as they were.

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
    chosen = (
        Execution() if wish == "auto" else Execution(precision=cast("Precision", wish), channels_last=True)
    )
    fastest: dict[Execution, float] = {}

    def compare(*ways: Execution) -> list[float]:
        """Gives the seconds of a step done in each way; of all rounds the fastest counts."""
        began = time.perf_counter()
        least = [math.inf] * len(ways)
        for _ in range(_ROUNDS):
            for at, way in enumerate(ways):
                spent = step_seconds(network, recipe, way, side=side, device=device)
                least[at] = min(least[at], spent)
                fastest[way] = min(fastest.get(way, math.inf), spent)
            if time.perf_counter() - began > _LONG_COMPARED:
                break
        return least

    tried = []
    with_bf16 = wish == "auto" and computes_bf16(device)
    if wish == "auto" and not with_bf16:
        tried.append("bf16 emulated (not tried)")
    for name, switch in _switches(wish, device, with_bf16=with_bf16):
        before, after = compare(chosen, trial := switch(chosen))
        better = before > _WORTH_IT * after
        gain = f"{recipe.batch_size / after:.0f} against {recipe.batch_size / before:.0f}"
        tried.append(f"{name} {gain}{'' if better else ' (not worth it)'}")
        if better:
            chosen = trial
    if chosen not in fastest:
        (seconds,) = compare(chosen)
        tried.append(f"{chosen.precision} {recipe.batch_size / seconds:.0f}")
    apply(chosen)
    return Pace(
        execution=chosen,
        images_per_second=recipe.batch_size / fastest[chosen],
        reason=f"measured in photos/s: {', '.join(tried)}",
    )


def apply(execution: Execution) -> None:
    """Brings the process into the state that the execution asks for."""
    if execution.keeps_memory:
        keep_memory()
    else:
        give_memory_back()


def step_seconds(
    network: FaceNetwork, recipe: Recipe, execution: Execution, *, side: int, device: torch.device
) -> float:
    """Times a training step on a copy of the network: the mean of a few, or of fewer where steps are slow.

    The quickest would promise what a training does not keep. On a CPU a batch of large crops is timed by a
    part of it. Leaves the process in the state of `execution`.
    """
    apply(execution)
    trial = copy.deepcopy(network)
    trial.lay_out(channels_last=execution.channels_last)
    optimiser = make_optimiser(trial, recipe)
    crops = recipe.batch_size
    if device.type == "cpu":
        crops = min(crops, math.ceil(_TIMED_PIXELS / side**2))
    taken: list[float] = []
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        shape = (crops, side, side, 3)
        pixels = torch.randint(0, 256, shape, dtype=torch.uint8, device=device)
        is_person = torch.arange(crops, device=device) % 2 == 0
        identity = torch.full((crops,), -1, device=device)
        for turn in range(1 + _TIMED_STEPS):
            _wait_for(device)
            start = time.perf_counter()
            take_step(
                trial, optimiser, pixels, is_person, identity, recipe=recipe, precision=execution.precision
            )
            _wait_for(device)
            if turn:  # The first one warms up: kernels are chosen and memory is asked for.
                taken.append(time.perf_counter() - start)
            if sum(taken) > _LONG_ENOUGH:
                break
    return sum(taken) / len(taken) * recipe.batch_size / crops


def computes_bf16(device: torch.device) -> bool:
    """Says whether a device computes in bf16 itself instead of imitating it.

    A processor without instructions for it takes ten times as long, so that the steps that would show it take
    many seconds; one small convolution shows it in a fraction of a second.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    pixels, filters = torch.ones(8, 48, 28, 28), torch.ones(48, 48, 3, 3)
    seconds: dict[Precision, float] = {}
    for precision in get_args(Precision):
        taken = []
        with torch.no_grad(), arithmetic(device, precision):
            for _ in range(1 + _TIMED_STEPS):
                start = time.perf_counter()
                F.conv2d(pixels, filters)
                taken.append(time.perf_counter() - start)
        seconds[precision] = min(taken)
    return seconds["bf16"] < _IMITATED * seconds["fp32"]


def _switches(
    wish: str, device: torch.device, *, with_bf16: bool
) -> Iterator[tuple[str, Callable[[Execution], Execution]]]:
    # The arithmetic comes first: in fp32 channels last brings little and may not pass, with bf16 it does.
    if with_bf16:
        yield "bf16", lambda before: replace(before, precision="bf16")
    if wish == "auto":
        yield "channels last", lambda before: replace(before, channels_last=True)
    if device.type == "cpu" and can_keep_memory():
        yield "kept memory", lambda before: replace(before, keeps_memory=True)


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
