"""How long one waits for the first answer: the help, one verdict, an import; each in a new process.

    python -m benchmarks.cold_start [--bundle DIR]

The processes take turns; a Python that does nothing shows how much of each is Python's own start. One run of
each goes before and is not counted, since it reads the files into the system's memory.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.detect_align import bundle_or_untrained, photos_or_drawn
from benchmarks.measuring import load, our_command, run, show_place, show_table, spread, verdict


def main() -> None:
    options = _options()
    load_before = load()
    with tempfile.TemporaryDirectory() as scratch:
        photo = photos_or_drawn(None, Path(scratch) / "portraits", 1)[0]
        bundle = bundle_or_untrained(options.bundle, Path(scratch) / "bundle")
        commands: dict[str, tuple[list[str | Path], float | None]] = {
            "python -c pass": ([sys.executable, "-c", "pass"], None),
            "python -c 'import facethemodel'": ([sys.executable, "-c", "import facethemodel"], None),
            "facethemodel --help": ([our_command(), "--help"], 150.0),
            "facethemodel predict --help": ([our_command(), "predict", "--help"], None),
            "facethemodel predict PHOTO": ([our_command(), "predict", photo, "--bundle", bundle], 1000.0),
        }
        for command, _ in commands.values():
            run(command)
        spent: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, (command, _) in commands.items():
                spent[name].append(1000 * run(command).seconds)
    rows = [
        [name, spread(spent[name], digits=0), verdict(spent[name], most=goal)]
        for name, (_, goal) in commands.items()
    ]
    show_table(
        f"From a standing start, {options.rounds} rounds", ["command", "ms, median (range)", "goal"], rows
    )
    show_place("click", "onnxruntime", "opencv-python-headless", "numpy", load_before=load_before)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", type=Path, help="a bundle instead of an untrained one")
    parser.add_argument("--rounds", type=int, default=10, help="(%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
