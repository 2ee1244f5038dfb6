"""What is asked of the machine, and what the asking leaves untouched."""

from __future__ import annotations

import copy
import re
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from facethemodel.cores import available_cores
from facethemodel.errors import UsageError
from facethemodel.networks import NetworkSpec
from facethemodel.training import speed
from facethemodel.training.allocator import can_keep_memory
from facethemodel.training.batchnorm import recalibrate
from facethemodel.training.recipe import Recipe
from facethemodel.training.speed import choose_device, computes_bf16, measure, step_seconds
from facethemodel.training.step import Execution, arithmetic
from facethemodel.training.tune import score_crops


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> list[Execution]:
    """Lists in which ways steps were timed; each takes a second."""
    ways: list[Execution] = []

    def step_seconds(
        network: object, recipe: Recipe, execution: Execution, *, side: int, device: torch.device
    ) -> float:
        ways.append(execution)
        return 1.0

    monkeypatch.setattr(speed, "step_seconds", step_seconds)
    return ways


def test_measuring_leaves_network_and_chance_as_they_were(tiny: NetworkSpec, recipe: Recipe) -> None:
    network = tiny.build(3).train()
    before = copy.deepcopy(network.state_dict())
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    pace = measure(network, recipe, side=tiny.size, wish="auto", device=torch.device("cpu"))
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert pace.images_per_second > 0
    assert pace.reason.startswith("measured in photos/s: bf16 ")
    assert re.search(r", channels last \d+ against \d+", pace.reason)


@pytest.mark.parametrize("wish", ["fp32", "bf16"])
def test_a_wish_is_granted(tiny: NetworkSpec, recipe: Recipe, wish: str) -> None:
    pace = measure(tiny.build(0).train(), recipe, side=tiny.size, wish=wish, device=torch.device("cpu"))
    assert pace.execution.precision == wish
    assert pace.execution.channels_last
    assert pace.reason.startswith(
        "measured in photos/s: kept memory " if can_keep_memory() else f"measured in photos/s: {wish} "
    )
    assert "channels last" not in pace.reason


def test_what_is_chosen_is_the_plain_way_and_what_was_faster(
    tiny: NetworkSpec, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {
        Execution(): 1.0,
        Execution(precision="bf16"): 0.5,
        Execution(precision="bf16", channels_last=True): 0.495,
        Execution(precision="bf16", keeps_memory=True): 0.6,
    }
    monkeypatch.setattr(speed, "can_keep_memory", lambda: True)
    monkeypatch.setattr(speed, "computes_bf16", lambda device: True)
    monkeypatch.setattr(
        speed, "step_seconds", lambda network, recipe, execution, *, side, device: seconds[execution]
    )
    pace = measure(tiny.build(0), recipe, side=tiny.size, wish="auto", device=torch.device("cpu"))
    assert pace.execution == Execution(precision="bf16")
    assert pace.images_per_second == recipe.batch_size / 0.5
    assert pace.reason.count("not worth it") == 2


def test_a_moment_of_other_work_does_not_decide(
    tiny: NetworkSpec, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def step_seconds(
        network: object, recipe: Recipe, execution: Execution, *, side: int, device: torch.device
    ) -> float:
        nonlocal calls
        calls += 1
        # Channels last would bring a fifth, but other work goes on while it is timed for the first time.
        return (0.8 if execution.channels_last else 1.0) * (2.0 if calls == 2 else 1.0)

    monkeypatch.setattr(speed, "can_keep_memory", lambda: False)
    monkeypatch.setattr(speed, "computes_bf16", lambda device: False)
    monkeypatch.setattr(speed, "step_seconds", step_seconds)
    pace = measure(tiny.build(0), recipe, side=tiny.size, wish="auto", device=torch.device("cpu"))
    assert pace.execution == Execution(channels_last=True)
    assert pace.images_per_second == recipe.batch_size / 0.8


def test_slow_steps_are_compared_once(
    tiny: NetworkSpec, recipe: Recipe, timed: list[Execution], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "_LONG_COMPARED", 0.0)
    monkeypatch.setattr(speed, "can_keep_memory", lambda: False)
    monkeypatch.setattr(speed, "computes_bf16", lambda device: False)
    measure(tiny.build(0), recipe, side=tiny.size, wish="auto", device=torch.device("cpu"))
    assert timed == [Execution(), Execution(channels_last=True)]


@pytest.mark.parametrize(("side", "shown"), [(112, 64), (256, 13)])
def test_large_crops_are_timed_by_a_part_of_a_batch(
    tiny: NetworkSpec, recipe: Recipe, monkeypatch: pytest.MonkeyPatch, side: int, shown: int
) -> None:
    shapes: list[tuple[int, ...]] = []
    now = 0.0

    def take_step(*args: object, **named: object) -> None:
        nonlocal now
        shapes.extend(tuple(one.shape) for one in args if isinstance(one, torch.Tensor) and one.ndim == 4)
        now += 0.5

    monkeypatch.setattr(speed, "take_step", take_step)
    monkeypatch.setattr("time.perf_counter", lambda: now)
    wide = replace(recipe, batch_size=64)
    seconds = step_seconds(tiny.build(0), wide, Execution(), side=side, device=torch.device("cpu"))
    assert set(shapes) == {(shown, side, side, 3)}
    # What a part takes counts for the whole batch.
    assert seconds == pytest.approx(0.5 * 64 / shown)


def test_channels_last_is_tried_with_the_arithmetic_that_won(
    tiny: NetworkSpec, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {
        Execution(): 1.0,
        Execution(channels_last=True): 1.02,
        Execution(precision="bf16"): 0.6,
        Execution(precision="bf16", channels_last=True): 0.5,
    }
    monkeypatch.setattr(speed, "can_keep_memory", lambda: False)
    monkeypatch.setattr(speed, "computes_bf16", lambda device: True)
    monkeypatch.setattr(
        speed, "step_seconds", lambda network, recipe, execution, *, side, device: seconds[execution]
    )
    pace = measure(tiny.build(0), recipe, side=tiny.size, wish="auto", device=torch.device("cpu"))
    assert pace.execution == Execution(precision="bf16", channels_last=True)


def test_no_step_is_timed_in_an_arithmetic_that_is_only_imitated(
    tiny: NetworkSpec, recipe: Recipe, timed: list[Execution], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "computes_bf16", lambda device: False)
    pace = measure(tiny.build(0), recipe, side=tiny.size, wish="auto", device=torch.device("cpu"))
    assert {one.precision for one in timed} == {"fp32"}
    assert "bf16 emulated (not tried)" in pace.reason


def test_a_processor_with_instructions_for_bf16_is_known_by_its_flags() -> None:
    try:
        flags = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if "avx2" in line)
    except (OSError, StopIteration):
        pytest.skip("tells instructions by the flags that Linux lists on x86")
    if "avx512_bf16" in flags:
        assert computes_bf16(torch.device("cpu"))
    elif "avx512bw" not in flags:
        assert not computes_bf16(torch.device("cpu"))


@pytest.mark.parametrize("channels_last", [False, True])
def test_the_lay_out_changes_no_number(tiny: NetworkSpec, channels_last: bool) -> None:
    network = tiny.build(0).eval()
    pixels = torch.randint(0, 256, (5, tiny.size, tiny.size, 3), dtype=torch.uint8)
    with torch.no_grad():
        expected = network(pixels)
        network.lay_out(channels_last=channels_last)
        torch.testing.assert_close(network(pixels), expected)


def test_wishes_without_meaning_are_refused(tiny: NetworkSpec, recipe: Recipe) -> None:
    with pytest.raises(UsageError, match="fp8"):
        measure(tiny.build(0).train(), recipe, side=tiny.size, wish="fp8", device=torch.device("cpu"))
    with pytest.raises(UsageError, match="toaster"):
        choose_device("toaster")
    with pytest.raises(UsageError, match="meta"):
        choose_device("meta")
    with pytest.raises(UsageError, match="cuda:99"):
        choose_device("cuda:99")


def test_auto_takes_a_device_that_is_there() -> None:
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert choose_device("cpu").type == "cpu"
    assert torch.get_num_threads() <= available_cores()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
def test_a_gpu_trains_in_what_it_does_best(tiny: NetworkSpec, recipe: Recipe) -> None:
    device = choose_device("cuda")
    pace = measure(tiny.build(0).to(device).train(), recipe, side=tiny.size, wish="auto", device=device)
    assert pace.images_per_second > 0


@pytest.mark.skipif(not can_keep_memory(), reason="this is not glibc")
def test_kept_memory_is_not_mapped_anew_and_can_be_given_back() -> None:
    code = (
        "import resource, torch\n"
        "from pathlib import Path\n"
        "from facethemodel.training.allocator import give_memory_back, keep_memory\n"
        "def faults():\n"
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "    for _ in range(20): torch.ones(16 << 20)\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before\n"
        "def resident(): return int(Path('/proc/self/statm').read_text().split()[1])\n"
        "torch.ones(1)\n"
        "plain = faults(), resident()\n"
        "keep_memory(); faults(); kept = faults(), resident()\n"
        "give_memory_back(); back = resident()\n"
        "print(*plain, *kept, back)"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    plain_faults, plain, kept_faults, kept, back = map(int, answer.stdout.split())
    assert kept_faults < plain_faults / 10
    block = (64 << 20) // resource.getpagesize()
    assert kept > plain + 0.9 * block
    assert back < kept - 0.9 * block


def test_recalibration_mends_statistics_that_lag_behind(tiny: NetworkSpec) -> None:
    images = np.random.default_rng(0).integers(0, 256, (200, tiny.size, tiny.size, 3), dtype=np.uint8)
    rows = np.arange(50, 200)
    network = tiny.build(0)
    plain = arithmetic(torch.device("cpu"), "fp32")
    recalibrate(network, images, rows, autocast=plain)
    expected = score_crops(network, images, rows, autocast=plain)
    norm = next(layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d))
    assert norm.running_mean is not None
    norm.running_mean.add_(3.0)
    assert np.abs(score_crops(network, images, rows, autocast=plain) - expected).max() > 0.01
    recalibrate(network, images, rows, autocast=plain)
    np.testing.assert_array_equal(score_crops(network, images, rows, autocast=plain), expected)
    # Training goes on as before: not with an average over everything it ever saw.
    assert norm.momentum == 0.1
    assert not network.training
