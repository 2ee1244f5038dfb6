"""Training the 2018 network from JPEG files: Keras 3 on TensorFlow as the original wrote it, and ours.

    benchmarks/rivals.sh RIVALS
    python -m benchmarks.train_seed2018 --rivals RIVALS [--photos DIR]

Both train the same network on the same files with the same augmentation, batch size and optimiser, each in a
process of its own that stays; they take turns, one pass each per round. See `seed2018_keras` and
`seed2018_ours` for what exactly is timed. DIR has two subfolders, `person` and `others`.

Keras reads and decodes every file anew in every pass. Ours inspects the files once, which also finds faces,
and trains from the crops: the table shows its speed without that and with it spread over the recipe's passes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.material import HEIGHT, WIDTH, draw_portraits, photos_in
from benchmarks.measuring import load, ratio, show_place, show_table, spread, verdict, versions_in

GOAL_RIVAL, GOAL_INPUT = 3.5, 10.0
"""The project's goals: times Keras' speed; per cent of the bare step's speed that the input path may cost."""
HERE = Path(__file__).parent


class Trainer:
    """A process that trains when told. It answers each line of its input with a line of JSON.

    Args:
        command: What to run.
        log: Where its other output goes, to be shown when it fails.
    """

    def __init__(self, command: Sequence[str | Path], *, log: Path) -> None:
        self._log = log
        self._file = log.open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [*map(str, command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._file,
            text=True,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"},
        )
        self.facts = self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        self._file.close()

    def do(self, what: str) -> float:
        """Has it work once; gives images a second."""
        assert self._process.stdin is not None
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        return float(answer["images"] / answer["seconds"])

    def _answer(self) -> Mapping[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"a trainer ended:\n{self._log.read_text(encoding='utf-8')[-3000:]}")
        answer: Mapping[str, Any] = json.loads(line)
        return answer


def main() -> None:
    options = _options()
    load_before = load()
    rates: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        photos = options.photos or scratch / "photos"
        if options.photos is None:
            draw_portraits(photos / "person", options.per_class, people=1)
            draw_portraits(photos / "others", options.per_class, people=max(2, options.per_class // 4))
        count = len(photos_in(photos))
        steps = ["--images", str(options.images)] if options.images else []
        ours = Trainer(
            [sys.executable, "-m", "benchmarks.seed2018_ours", photos, scratch / "work", *steps],
            log=scratch / "ours.log",
        )
        with ours:
            if options.rivals:
                python = options.rivals / "keras" / "bin" / "python"
                program = [
                    python,
                    HERE / "seed2018_keras.py",
                    photos,
                    "--workers",
                    str(options.keras_workers),
                ]
                with Trainer(program, log=scratch / "keras.log") as keras:
                    _measure(ours, keras, rates, options.rounds)
                others = versions_in(python, "keras", "tensorflow", "numpy")
            else:
                _measure(ours, None, rates, options.rounds)
                others = ""
            facts = ours.facts
    _show(rates, facts, count, options)
    show_place("torch", "numpy", "opencv-python-headless", others=others, load_before=load_before)


def _measure(ours: Trainer, keras: Trainer | None, rates: dict[str, list[float]], rounds: int) -> None:
    """One round goes before and is not counted: graphs are built and kernels chosen in it."""
    for number in range(rounds + 1):
        found = {"loop": ours.do("loop"), "bare": ours.do("bare")}
        if keras is not None:
            found["keras"] = keras.do("fit")
        for name, rate in found.items():
            if number:
                rates[name].append(rate)


def _show(
    rates: Mapping[str, Sequence[float]], facts: Mapping[str, Any], count: int, options: argparse.Namespace
) -> None:
    passes, shown, once = facts["passes"], facts["images_per_pass"], facts["inspection_seconds"]
    spread_out = [passes * shown / (passes * shown / rate + once) for rate in rates["loop"]]
    rows = []
    speeds = {
        "ours, training loop": rates["loop"],
        f"ours, with inspection over {passes} passes": spread_out,
        "ours, bare step on one batch": rates["bare"],
    }
    if "keras" in rates:
        rows.append([f"Keras fit, {options.keras_workers} worker(s)", spread(rates["keras"]), "1", ""])
    for words, speed in speeds.items():
        faster = ratio(speed, rates["keras"]) if "keras" in rates else None
        goal = verdict(faster, least=GOAL_RIVAL) if faster and "bare" not in words else ""
        rows.append([words, spread(speed), spread(faster, digits=2) if faster else "", goal])
    where = "of " + str(options.photos) if options.photos else f"drawn at {WIDTH} x {HEIGHT}"
    show_table(
        f"Training seed2018 from {count} JPEG files {where}: {options.rounds} rounds in turn",
        ["", "images/s, median (range)", "times Keras", "goal"],
        rows,
    )
    cost = [100 * (1 - share) for share in ratio(rates["loop"], rates["bare"])]
    print(
        f"\ninput path: {spread(cost)} % below the bare step; {verdict(cost, most=GOAL_INPUT)}"
        f"\ninspection, once: {once:.1f} s for {count} files; one pass shows {shown:,} images"
        f"\nours trained in {facts['precision']}, Keras in fp32 as the original did"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rivals", type=Path, help="where rivals.sh installed them; left out, Keras is not timed"
    )
    parser.add_argument("--photos", type=Path, help="a folder with person/ and others/ instead of drawn ones")
    parser.add_argument("--per-class", type=int, default=480, help="photos to draw of each (%(default)s)")
    parser.add_argument("--images", type=int, help="images per pass of ours; default: the recipe's")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    parser.add_argument(
        "--keras-workers", type=int, default=1, help="threads that load files for Keras; its default is 1"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
