"""A run whose process is killed, as a user's machine may do it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = """
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from facethemodel.dataset.samples import LabelledCrops
from facethemodel.networks import get_network
from facethemodel.training.loop import train
from facethemodel.training.recipe import recipe_for


class Talk:
    @contextmanager
    def task(self, label, total):
        yield lambda done: print("step", flush=True)

    def note(self, line):
        print(line, flush=True)


def part(rows):
    rows = np.asarray(rows)
    return LabelledCrops(
        rows=rows,
        is_person=rows < 20,
        identity=np.where(rows < 20, -1, rows % 9).astype(np.int32),
        shas=tuple(map(str, rows)),
        identities=tuple("abcdefghi"),
    )


trained = train(
    part(range(0, 80, 2)),
    part(range(1, 80, 2)),
    np.random.default_rng(0).integers(0, 256, (80, 112, 112, 3), dtype=np.uint8),
    spec=get_network("residual112"),
    recipe=replace(recipe_for("residual112", epochs=4, seed=3), batch_size=8, per_epoch=48),
    run_dir=Path(sys.argv[1]),
    device="cpu",
    precision=sys.argv[2],
    progress=Talk(),
)
torch.save(trained.network.state_dict(), Path(sys.argv[1]) / "weights.pt")
"""


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_killed_process_loses_nothing_but_the_pass_it_was_in(tmp_path: Path, precision: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")

    def start(name: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(script), str(tmp_path / name), precision]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    with start("unbroken") as unbroken:
        assert unbroken.stdout is not None
        assert "pass 4 of 4" in unbroken.stdout.read()
    assert unbroken.returncode == 0

    for stop_in_pass in (1, 3):
        with start("killed") as killed:
            assert killed.stdout is not None
            steps_left = 3
            reached = False
            for line in killed.stdout:
                reached = reached or f"pass {stop_in_pass} of" in line
                steps_left -= reached and line == "step\n"
                if not steps_left:
                    os.kill(killed.pid, signal.SIGKILL)
                    break
        assert killed.returncode == -signal.SIGKILL

    with start("killed") as resumed:
        assert resumed.stdout is not None
        assert resumed.stdout.readline().startswith("going on after pass 3 of 4")
        resumed.stdout.read()
    one, other = (
        torch.load(tmp_path / name / "weights.pt", weights_only=True) for name in ("unbroken", "killed")
    )
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
