r"""Trains the gate's face check from scratch and writes `face_check.onnx`.

    python -m benchmarks.train_gate --people PHOTOS/lfw/images --animals CATS --animals DOGS \
        --leave-out PEOPLE.txt --with-people SEEN.txt --cache CACHE --to face_check.onnx

`--people` holds one folder a person, `--animals` photos of animals without people. Everything else it learns
from is drawn by `facethemodel.synthetic` or made of those photos. `--leave-out` names people (one a line)
whose photos are not to be used, `--with-people` the animals' photos (ends of their paths) that show
somebody's face.

In steps, each on one core; the same input gives the same weights on the same machine:

    --fold 0 (and 1, 2) --samples 220000
        each without a third of animals, people and drawings; what it thinks of that third goes to CACHE
    --samples 640000 --share stone=0.08 --share statue=0.4
        on all; what the networks of the folds were wrong about comes more often
    --samples 165000 --go-on face_check.onnx --seed 1
        goes on without photos as stone, which had taught it to doubt black and white ones
    --samples 260000 --go-on face_check.onnx --seed 2
        goes on; crops were sharpened and framed from here on only
    --show
        what `LOOKS` and `NEEDED` in `faces/gate.py` were chosen on
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from benchmarks.gate_evidence import others, people, show
from benchmarks.gate_patches import FOLDS, gather
from benchmarks.gate_samples import GROUPS, Squares, plain_crop, sample
from benchmarks.small_training import fit
from facethemodel.bundle.export import export
from facethemodel.bundle.manifest import MODEL
from facethemodel.faces.check import CHECK_SIDE
from facethemodel.networks.face import FaceNetwork
from facethemodel.networks.registry import NetworkSpec
from facethemodel.training.allocator import keep_memory

BATCH = 128
HIGHEST_RATE = 3e-3
GOING_ON_RATE = 1e-3
WEIGHT_DECAY = 0.02
SMOOTHING = 0.01
"""How far the targets stay from 0 and 1."""


class FaceCheck(FaceNetwork):
    """Five convolutions: 64 x 64 pixels to one logit. 71 thousand numbers.

    Args:
        folded: Whether the batch norms are part of the convolutions, as in the exported file.
    """

    offset = 127.5
    scale = 1 / 64

    def __init__(self, *, folded: bool = False) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            *_convolution(3, 16, stride=2, folded=folded),
            *_convolution(16, 32, stride=2, folded=folded),
            *_convolution(32, 32, folded=folded),
            *_convolution(32, 64, stride=2, folded=folded),
            *_convolution(64, 64, folded=folded),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.2),
        )
        self.last = nn.Linear(64 * 4 * 4, 1)

    def features(self, x: Tensor) -> Tensor:
        """Turns prepared pixels (N, 3, 64, 64) into (N, 1024)."""
        values: Tensor = self.trunk(x)
        return values

    def head(self, embedding: Tensor) -> Tensor:
        """Turns (N, 1024) into logits (N,)."""
        logits: Tensor = self.last(embedding)
        return logits.squeeze(1)


def _convolution(inputs: int, outputs: int, *, folded: bool, stride: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=folded)
    return [convolution, nn.Identity() if folded else nn.BatchNorm2d(outputs), nn.ReLU()]


def exported(model: Path) -> FaceCheck:
    """The network of an exported file, its batch norms folded, ready to learn on."""
    weights = {
        one.name: torch.from_numpy(numpy_helper.to_array(one).copy())
        for one in onnx.load(model).graph.initializer
    }
    network = FaceCheck(folded=True)
    # The exporter names the bias that a batch norm folded into a convolution leaves.
    network.load_state_dict(
        {
            name: weights[name if name in weights else name.replace(".bias", ".weight_bias")]
            for name in network.state_dict()
        }
    )
    return network


def train(
    network: FaceCheck,
    squares: Squares,
    drawn_by: NDArray[np.float64],
    *,
    samples: int,
    highest_rate: float,
    seed: int,
) -> FaceCheck:
    """Trains and returns the moving average of the weights.

    Args:
        network: What to train.
        squares: All of them.
        drawn_by: (n,) how likely each is drawn; they sum to 1.
        samples: Crops to show.
        highest_rate: Of the one cycle.
        seed: Of order and augmentation.
    """
    rng = np.random.default_rng(seed)

    def draw() -> tuple[Tensor, Tensor]:
        chosen = rng.choice(len(drawn_by), size=BATCH, p=drawn_by)
        made = [sample(squares.pixels[index], bool(squares.face[index]), rng) for index in chosen]
        pixels = torch.from_numpy(np.stack([crop for crop, _ in made]))
        return pixels, torch.tensor([face for _, face in made], dtype=torch.float32)

    return fit(
        network,
        draw,
        steps=samples // BATCH,
        highest_rate=highest_rate,
        weight_decay=WEIGHT_DECAY,
        smoothing=SMOOTHING,
        memory=0.998,
    )


def logits(network: FaceCheck, squares: Squares, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """The check's answers to squares as the gate would cut them, plain only."""
    found = []
    with torch.no_grad():
        for start in range(0, len(rows), 512):
            crops = np.stack([plain_crop(squares.pixels[row]) for row in rows[start : start + 512]])
            found.append(network(torch.from_numpy(crops)).numpy())
    return np.concatenate(found).astype(np.float64)


def out_of_fold(cache: Path, squares: Squares) -> NDArray[np.float64]:
    """(n,) logits of the network that trained without the square's fold; NaN where no fold was trained."""
    known = np.full(len(squares.face), np.nan)
    for fold in range(FOLDS):
        if (cache / f"fold{fold}.npz").exists():
            found = np.load(cache / f"fold{fold}.npz")
            own = squares.fold[found["rows"]] == fold
            known[found["rows"][own]] = found["logits"][own]
    return known


def main() -> None:
    options = _options()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    keep_memory()
    if not (options.cache / "facts.npz").exists():
        Squares.of(
            gather(
                people=options.people,
                animals=options.animals,
                leave_out=_names(options.leave_out),
                with_people=_names(options.with_people),
                most_photos=options.photos,
                drawn=options.drawn,
            )
        ).save(options.cache)
    squares = Squares.load(options.cache)
    if options.show:
        seen = people(options.people, _names(options.leave_out))
        show([seen, others(squares, out_of_fold(options.cache, squares))])
        return
    torch.manual_seed(options.seed)
    known = (
        np.full(len(squares.face), np.nan)
        if options.fold is not None
        else out_of_fold(options.cache, squares)
    )
    drawn_by = squares.weights(known, GROUPS | _shares(options.share))
    drawn_by[(squares.fold == -1) | (squares.fold == (-2 if options.fold is None else options.fold))] = 0
    network = train(
        FaceCheck() if options.go_on is None else exported(options.go_on),
        squares,
        drawn_by / drawn_by.sum(),
        samples=options.samples,
        highest_rate=HIGHEST_RATE if options.go_on is None else GOING_ON_RATE,
        seed=options.seed,
    )
    if options.fold is not None:
        rows = np.flatnonzero((squares.fold == options.fold) | (squares.fold == -1))
        np.savez(options.cache / f"fold{options.fold}.npz", rows=rows, logits=logits(network, squares, rows))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folded = options.go_on is not None
        spec = NetworkSpec(
            name="face check",
            view="aligned112",
            size=CHECK_SIDE,
            parameters=sum(weight.numel() for weight in network.parameters()),
            build=lambda _: FaceCheck(folded=folded),
            learns_identities=False,
            summary="is there a human face",
        )
        export(network, spec, Path(scratch))
        model = (Path(scratch) / MODEL).read_bytes()
    options.to.write_bytes(model)
    print(f"{options.to}: {len(model)} bytes, SHA-256 {hashlib.sha256(model).hexdigest()}")


def _shares(given: Sequence[str]) -> dict[str, float]:
    return {name: float(share) for name, _, share in (one.partition("=") for one in given)}


def _names(path: Path | None) -> frozenset[str]:
    return frozenset() if path is None else frozenset(path.read_text(encoding="utf-8").split())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=Path, required=True, help="a folder with one folder a person")
    parser.add_argument(
        "--animals", type=Path, action="append", default=[], help="a folder of animals' photos"
    )
    parser.add_argument("--leave-out", type=Path, help="names of people not to learn from, one a line")
    parser.add_argument("--with-people", type=Path, help="animals' photos that show a person, one a line")
    parser.add_argument("--cache", type=Path, required=True, help="where the squares are kept")
    parser.add_argument("--to", type=Path, default=Path("face_check.onnx"), help="(%(default)s)")
    parser.add_argument("--photos", type=int, default=5000, help="of people (%(default)s)")
    parser.add_argument("--drawn", type=int, default=1000, help="people to draw (%(default)s)")
    parser.add_argument("--samples", type=int, default=300_000, help="crops to show (%(default)s)")
    parser.add_argument("--go-on", type=Path, help="an exported check to start from, at a lower rate")
    parser.add_argument(
        "--share", action="append", default=[], metavar="GROUP=SHARE", help="instead of GROUPS'"
    )
    parser.add_argument("--seed", type=int, default=0, help="(%(default)s)")
    parser.add_argument("--fold", type=int, choices=range(FOLDS), help="train without this third")
    parser.add_argument("--show", action="store_true", help="show what `faces/gate.py` was chosen on")
    return parser.parse_args()


if __name__ == "__main__":
    main()
