"""What is asked of the machine, and what the asking leaves untouched."""

from __future__ import annotations

import copy
import platform
import subprocess
import sys

import numpy as np
import pytest
import torch

from facethemodel.cores import available_cores
from facethemodel.errors import UsageError
from facethemodel.networks import NetworkSpec
from facethemodel.training.batchnorm import recalibrate
from facethemodel.training.recipe import Recipe
from facethemodel.training.speed import choose_device, measure
from facethemodel.training.step import arithmetic
from facethemodel.training.tune import score_crops


def test_measuring_leaves_network_and_chance_as_they_were(tiny: NetworkSpec, recipe: Recipe) -> None:
    network = tiny.build(3).train()
    before = copy.deepcopy(network.state_dict())
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    pace = measure(network, recipe, side=tiny.size, wish="auto", device=torch.device("cpu"))
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert pace.precision in ("fp32", "bf16")
    assert pace.images_per_second > 0
    assert "measured: bf16" in pace.reason


@pytest.mark.parametrize("wish", ["fp32", "bf16"])
def test_a_wish_is_granted(tiny: NetworkSpec, recipe: Recipe, wish: str) -> None:
    pace = measure(tiny.build(0).train(), recipe, side=tiny.size, wish=wish, device=torch.device("cpu"))
    assert (pace.precision, pace.reason) == (wish, "as asked for")


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


def test_the_allocator_is_prepared_without_torch_and_a_step_works_after_it() -> None:
    code = (
        "import sys\n"
        "from facethemodel.training.allocator import prepare_allocator\n"
        "done = prepare_allocator()\n"
        "assert 'torch' not in sys.modules\n"
        "import torch\n"
        "assert float(torch.ones(1 << 20).sum()) == 1 << 20\n"
        "print(done)"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    on_glibc = platform.system() == "Linux" and platform.libc_ver()[0] == "glibc"
    assert answer.stdout.strip() == str(on_glibc)


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
