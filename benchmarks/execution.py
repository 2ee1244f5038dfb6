"""What each switch of a training step brings on this machine, for both networks: the bare step, nothing else.

    python -m benchmarks.execution

Every combination of kept memory, lay-out of memory and arithmetic is timed in turn, round after round, in one
process; a figure is the fastest of its rounds, each the mean of a few steps. The last line is what
training would choose by itself (`facethemodel.training.speed.measure`); it must never be slower than the
first one.
"""

from __future__ import annotations

import argparse
import itertools
from typing import get_args

import torch

from benchmarks.measuring import load, show_place, show_table
from facethemodel.networks import get_network
from facethemodel.training.allocator import can_keep_memory
from facethemodel.training.recipe import recipe_for
from facethemodel.training.speed import choose_device, measure, step_seconds
from facethemodel.training.step import Execution, Precision


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="auto")
    parser.add_argument("--rounds", type=int, default=3, help="(%(default)s)")
    options = parser.parse_args()
    device = choose_device(options.device)
    load_before = load()
    for name in ("seed2018", "residual112"):
        _show(name, device, rounds=options.rounds)
    show_place("torch", load_before=load_before)


def _show(name: str, device: torch.device, *, rounds: int) -> None:
    spec, recipe = get_network(name), recipe_for(name)
    network = spec.build(1000).to(device).train()
    keeping = (False, True) if device.type == "cpu" and can_keep_memory() else (False,)
    ways = [
        Execution(keeps_memory=keeps, channels_last=last, precision=precision)
        for keeps, last, precision in itertools.product(keeping, (False, True), get_args(Precision))
    ]
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for way in ways:
            spent = step_seconds(network, recipe, way, side=spec.size, device=device)
            best[way] = min(best[way], spent)
    chosen = measure(network, recipe, side=spec.size, wish="auto", device=device)
    plain = best[Execution()]
    named = [*((_words(way), way) for way in ways), (f"chosen: {_words(chosen.execution)}", chosen.execution)]
    show_table(
        f"{name}, batches of {recipe.batch_size} at {spec.size} pixels, on {device}",
        ["step", "photos/s", "times plain"],
        [[words, f"{recipe.batch_size / best[way]:.0f}", f"{plain / best[way]:.2f}"] for words, way in named],
    )


def _words(way: Execution) -> str:
    words = [
        way.precision,
        "channels last" if way.channels_last else "channels first",
        "memory kept" if way.keeps_memory else "",
    ]
    return ", ".join(word for word in words if word)


if __name__ == "__main__":
    main()
