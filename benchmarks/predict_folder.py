"""`facethemodel predict` over a folder of photos, against face_recognition's command line and its own parts.

    benchmarks/rivals.sh RIVALS
    python -m benchmarks.predict_folder --rivals RIVALS [--photos DIR [--fit]] [--bundle DIR]

All commands are timed as whole processes, with their start. In each round they take turns:

* face_recognition as it comes (`face_recognition KNOWN_DIR UNKNOWN_DIR`, one known face, its default of one
  process) over few photos, since it is slow. Its start weighs more on few photos; its speed without it is
  that of the photos beyond the first two: (photos - 2) / (seconds - seconds of a folder of two).
* `facethemodel predict` with all cores and with `--jobs 1`, start included. "Per core" compares what each
  program does in one second of one core's time, ours with `--jobs 1`: as they come, and both without their
  start.
* decode, detection, alignment and network of ours, timed alone on one core in a process that has them
  loaded. That times the number of cores is what predict could reach if nothing else cost anything. The gate's
  second look is part of detection in a verdict; the table shows the parts with and without it.

The photos are copied over and over under new names; that they repeat makes no difference to either program.
Drawn faces cost more than photographed ones: the gate is less sure of them and looks again twice as often.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.detect_align import Parts, bare, bundle_or_untrained, photos_or_drawn
from benchmarks.material import fill_folder
from benchmarks.measuring import (
    Ran,
    cores,
    load,
    our_command,
    ratio,
    run,
    show_place,
    show_table,
    spread,
    verdict,
    versions_in,
)

FEWEST = 2
GOAL_RIVAL, GOAL_RIVAL_PER_CORE, GOAL_PARTS = 20.0, 10.0, 0.8
"""The project's goals: times face_recognition's speed, the same per core, share of the parts' speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """The photos, as often as each program gets them."""

    distinct: Sequence[Path]
    known: Path
    two: Path
    few: Path
    few_count: int
    many: Path
    many_count: int


def main() -> None:
    options = _options()
    load_before = load()
    rates: dict[str, list[float]] = defaultdict(list)
    faces: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folders = _folders(options, Path(scratch))
        bundle = bundle_or_untrained(options.bundle, Path(scratch) / "bundle")
        parts = Parts(bundle)
        rival = options.rivals / "fr" / "bin" / "face_recognition" if options.rivals else None
        for _ in range(options.rounds):
            if rival is not None:
                faces["face_recognition"] = _time_rival(rival, folders, rates)
            faces["facethemodel"] = _time_ours(bundle, folders, rates)
            _time_parts(parts, folders.distinct, rates)
    _show(rates, folders, options.rounds)
    for program, counts in faces.items():
        print(f"{program} found a face in {counts} photos")
    others = versions_in(rival.with_name("python"), "face-recognition-ng", "dlib-bin") if rival else ""
    show_place(
        "onnxruntime", "opencv-python-headless", "simplejpeg", "numpy", others=others, load_before=load_before
    )


def _folders(options: argparse.Namespace, scratch: Path) -> Folders:
    photos = photos_or_drawn(options.photos, scratch / "portraits", options.distinct, fit=options.fit)
    return Folders(
        distinct=photos,
        known=fill_folder(scratch / "known", 1, from_photos=photos),
        two=fill_folder(scratch / "two", FEWEST, from_photos=photos),
        few=fill_folder(scratch / "few", options.few, from_photos=photos),
        few_count=options.few,
        many=fill_folder(scratch / "many", options.many, from_photos=photos),
        many_count=options.many,
    )


def _time_rival(command: Path, folders: Folders, rates: dict[str, list[float]]) -> str:
    start = run([command, folders.known, folders.two])
    few = run([command, folders.known, folders.few])
    beyond = folders.few_count - FEWEST
    rates["rival whole"].append(folders.few_count / few.seconds)
    rates["rival"].append(beyond / (few.seconds - start.seconds))
    rates["rival cores"].append((few.cpu_seconds - start.cpu_seconds) / (few.seconds - start.seconds))
    lines = few.output.splitlines()
    found = {line.split(",")[0] for line in lines if "no_persons_found" not in line}
    return f"{len(found)} of {folders.few_count}"


def _time_ours(bundle: Path, folders: Folders, rates: dict[str, list[float]]) -> str:
    everywhere = _predict(bundle, folders.many, jobs=0)
    one = _predict(bundle, folders.many, jobs=1)
    start = _predict(bundle, folders.two, jobs=1)
    beyond = folders.many_count - FEWEST
    rates["ours, a core's second"].append(beyond / (one.cpu_seconds - start.cpu_seconds))
    for name, ran in (("ours", everywhere), ("ours, one job", one)):
        rates[name].append(folders.many_count / ran.seconds)
        rates[f"{name} cores"].append(ran.cpu_seconds / ran.seconds)
    lines = [line for line in everywhere.output.splitlines() if ".jpg" in line]
    if len(lines) != folders.many_count:
        raise SystemExit(f"predict gave {len(lines)} verdicts on {folders.many_count} photos")
    found = sum(not line.startswith(("no face", "not judged")) for line in lines)
    return f"{found} of {folders.many_count}"


def _predict(bundle: Path, folder: Path, *, jobs: int) -> Ran:
    return run([our_command(), "predict", folder, "--bundle", bundle, "--jobs", str(jobs)])


def _time_parts(parts: Parts, photos: Sequence[Path], rates: dict[str, list[float]]) -> None:
    spent = parts.milliseconds(photos)
    rates["parts"].append(1000 / bare(spent))
    rates["parts and gate"].append(1000 / (bare(spent) + spent["gate"]))


def _show(rates: Mapping[str, Sequence[float]], folders: Folders, rounds: int) -> None:
    rows = []
    if "rival" in rates:
        busy = spread(rates["rival cores"])
        rows.append(
            ["face_recognition, start included", spread(rates["rival whole"]), busy, f"{folders.few_count}"]
        )
        rows.append(["face_recognition, without its start", spread(rates["rival"]), busy, ""])
    for name, words in (("ours", "facethemodel predict"), ("ours, one job", "facethemodel predict --jobs 1")):
        rows.append([words, spread(rates[name]), spread(rates[f"{name} cores"]), f"{folders.many_count:,}"])
    rows.append(
        ["the same, without its start, a core's second", spread(rates["ours, a core's second"]), "1", ""]
    )
    for name, words in (
        ("parts", "decode + detect + align + network, alone"),
        ("parts and gate", "the same and the gate, alone"),
    ):
        rows.append([words, spread(rates[name]), "1", f"{len(folders.distinct)}"])
    show_table(
        f"Photos a second, {rounds} rounds in turn",
        ["program", "photos/s, median (range)", "cores used", "photos"],
        rows,
    )
    _show_ratios(rates)


def _show_ratios(rates: Mapping[str, Sequence[float]]) -> None:
    rows = []
    if "rival" in rates:
        whole = ratio(rates["ours"], rates["rival whole"])
        rows.append(["face_recognition as it comes", spread(whole), verdict(whole, least=GOAL_RIVAL)])
        per_core = ratio(
            ratio(rates["ours, one job"], rates["ours, one job cores"]),
            ratio(rates["rival whole"], rates["rival cores"]),
        )
        rows.append(["the same, per core", spread(per_core), verdict(per_core, least=GOAL_RIVAL_PER_CORE)])
        beyond = ratio(rates["ours"], rates["rival"])
        rows.append(["its speed without its start", spread(beyond), verdict(beyond, least=GOAL_RIVAL)])
        bare_per_core = ratio(rates["ours, a core's second"], ratio(rates["rival"], rates["rival cores"]))
        fair = verdict(bare_per_core, least=GOAL_RIVAL_PER_CORE)
        rows.append(["per core, neither's start counted", spread(bare_per_core), fair])
    for name in ("parts", "parts and gate"):
        possible = [rate * cores() for rate in rates[name]]
        share = ratio(rates["ours"], possible)
        alone = ratio(rates["ours, one job"], rates[name])
        words = "its parts" if name == "parts" else "its parts and the gate"
        rows.append([f"{words} x {cores()} cores", spread(share, digits=2), verdict(share, least=GOAL_PARTS)])
        rows.append([f"{words}, one job", spread(alone, digits=2), verdict(alone, least=GOAL_PARTS)])
    show_table("facethemodel predict against", ["", "times as fast, median (range)", "goal"], rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rivals", type=Path, help="where rivals.sh installed them; left out, they are not timed"
    )
    parser.add_argument("--photos", type=Path, help="a folder of JPEGs instead of drawn 500 x 600 ones")
    parser.add_argument(
        "--fit", action="store_true", help="bring those to 500 x 600 without the smaller ones"
    )
    parser.add_argument("--bundle", type=Path, help="a bundle instead of an untrained one")
    parser.add_argument("--distinct", type=int, default=96, help="photos to draw (%(default)s)")
    parser.add_argument("--many", type=int, default=1000, help="photos for ours (%(default)s)")
    parser.add_argument("--few", type=int, default=40, help="photos for face_recognition (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
