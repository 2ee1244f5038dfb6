r"""Trains the network behind `obstructed-face` and `drawing` from scratch and writes `photo_checks.onnx`.

    python -m benchmarks.train_flags --people PHOTOS/lfw/images --animals CATS --animals DOGS \
        --leave-out PEOPLE.txt --cache squares.npz --to photo_checks.onnx

`--people` holds one folder a person; those whose name's hash puts them into the gate's training part are
used. What is before faces is painted by the programs of this repository, but for photos that
benchmarks/data/obstructed.csv names: somebody looked at them. Drawings are made here too. One core, five
minutes; the same input gives the same weights on the same machine.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.flag_squares import gather, varied
from benchmarks.small_training import fit
from facethemodel.bundle.export import export
from facethemodel.bundle.manifest import MODEL
from facethemodel.checks.learned import LOOK_SIDE
from facethemodel.networks.face import FaceNetwork
from facethemodel.networks.registry import NetworkSpec
from facethemodel.training.allocator import keep_memory

BATCH = 128
HIGHEST_RATE = 4e-3
SMOOTHING = 0.01
SHARES = {"drawing": 0.25, "really": 0.13, "covered": 0.18, "other": 0.1, "face": 0.34}
"""How often each group of squares is shown."""


class PhotoChecks(FaceNetwork):
    """Five convolutions: 56 x 56 pixels to two logits, obstructed and drawing."""

    offset = 127.5
    scale = 1 / 64

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            *_convolution(3, 12, stride=2),
            *_convolution(12, 24, stride=2),
            *_convolution(24, 32),
            *_convolution(32, 48, stride=2),
            *_convolution(48, 48),
            nn.Flatten(),
            nn.Dropout(0.3),
        )
        self.last = nn.Linear(48 * 7 * 7, 2)

    def features(self, x: Tensor) -> Tensor:
        """Turns prepared pixels (N, 3, 56, 56) into (N, 2352)."""
        values: Tensor = self.trunk(x)
        return values

    def head(self, embedding: Tensor) -> Tensor:
        """Turns (N, 2352) into logits (N, 2)."""
        logits: Tensor = self.last(embedding)
        return logits


def _convolution(inputs: int, outputs: int, *, stride: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]


def train(
    pixels: NDArray[np.uint8],
    truth: NDArray[np.float32],
    drawn_by: NDArray[np.float64],
    *,
    samples: int,
    seed: int,
) -> PhotoChecks:
    """Trains and returns the moving average of the weights.

    Args:
        pixels: (n, SIDE, SIDE, 3) squares.
        truth: (n, 2), 1 and 0 for obstructed and drawing, NaN where nobody can say.
        drawn_by: (n,) how likely each is shown; they sum to 1.
        samples: Crops to show.
        seed: Of weights, order and variation.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)

    def draw() -> tuple[Tensor, Tensor]:
        chosen = rng.choice(len(drawn_by), size=BATCH, p=drawn_by)
        crops = torch.from_numpy(np.stack([varied(pixels[row], rng) for row in chosen]))
        return crops, torch.from_numpy(truth[chosen])

    return fit(
        PhotoChecks(),
        draw,
        steps=samples // BATCH,
        highest_rate=HIGHEST_RATE,
        weight_decay=0.03,
        smoothing=SMOOTHING,
        memory=0.997,
    )


def main() -> None:
    options = _options()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    keep_memory()
    if not options.cache.exists():
        _gather(options)
    with np.load(options.cache) as kept:
        pixels, truth, kind = kept["pixels"], kept["truth"], kept["kind"]
    group = np.array(
        [_group(one, bool(yes == 1), bool(drawn == 1)) for one, (yes, drawn) in zip(kind, truth, strict=True)]
    )
    drawn_by = np.zeros(len(kind))
    for name, share in SHARES.items():
        drawn_by[group == name] = share / max((group == name).sum(), 1)
    network = train(pixels, truth, drawn_by / drawn_by.sum(), samples=options.samples, seed=options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        spec = NetworkSpec(
            name="photo checks",
            view="aligned112",
            size=LOOK_SIDE,
            parameters=sum(weight.numel() for weight in network.parameters()),
            build=lambda _: PhotoChecks(),
            learns_identities=False,
            summary="is the face obstructed, is it a drawing",
        )
        export(network, spec, Path(scratch))
        model = (Path(scratch) / MODEL).read_bytes()
    options.to.write_bytes(model)
    print(f"{options.to}: {len(model)} bytes, SHA-256 {hashlib.sha256(model).hexdigest()}")


def _group(kind: str, obstructed: bool, drawn: bool) -> str:
    if drawn:
        return "drawing"
    if obstructed:
        return "really" if kind == "really" else "covered"
    return "other" if kind in ("animal", "whole", "unsure") else "face"


def _gather(options: argparse.Namespace) -> None:
    leave_out = (
        frozenset(options.leave_out.read_text(encoding="utf-8").split()) if options.leave_out else frozenset()
    )
    start = time.process_time()
    found = list(
        gather(
            options.people, options.animals, leave_out=leave_out, photos=options.photos, drawn=options.drawn
        )
    )
    truth = [(np.nan if one.obstructed is None else one.obstructed, one.drawn) for one in found]
    np.savez(
        options.cache,
        pixels=np.stack([one.pixels for one in found]),
        truth=np.array(truth, np.float32),
        kind=np.array([one.kind for one in found]),
    )
    counts = ", ".join(
        f"{kind} {count}" for kind, count in sorted(Counter(one.kind for one in found).items())
    )
    print(f"{len(found)} squares in {time.process_time() - start:.0f} s of one core: {counts}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=Path, required=True, help="a folder with one folder a person")
    parser.add_argument(
        "--animals", type=Path, action="append", default=[], help="a folder of animals' photos"
    )
    parser.add_argument("--leave-out", type=Path, help="names of people not to learn from, one a line")
    parser.add_argument("--cache", type=Path, required=True, help="where the squares are kept (.npz)")
    parser.add_argument("--to", type=Path, default=Path("photo_checks.onnx"), help="(%(default)s)")
    parser.add_argument("--photos", type=int, default=4500, help="of people (%(default)s)")
    parser.add_argument(
        "--drawn", type=int, default=260, help="people and faces of every style (%(default)s)"
    )
    parser.add_argument("--samples", type=int, default=340_000, help="crops to show (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="(%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
