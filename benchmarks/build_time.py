"""What a build costs: training against its bare step, seconds to the final figures, scoring, memory.

    python -m benchmarks.build_time [--network NAME] [--project PROJECT] [--epochs N]

Three tables, made in one call:

* Training: photos a second of the bare step (one batch that lies in memory, again and again), of the steps of
  the real loop (with drawing of batches and augmentation), and of whole passes (with batch norm's statistics,
  the tune part and the checkpoint). They take turns; shares are taken round by round.
* Scoring: crops a second through the exported network, read from a crop cache as `evaluate` reads them.
* The stages of a build, each in a process of its own, with the most memory that it and its children had at a
  time: what belongs to them alone (what they share with the disk's cache comes and goes with free memory).
  Few passes are trained; the line at the end says what the recipe's own number of passes would come to.

Without a project an album of drawn people is made. A project is not touched: its catalogue is copied, its
photos are linked.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.build_stages import STAGES, Clock
from benchmarks.measuring import cores, load, ratio, show_place, show_table, spread, verdict
from facethemodel.bundle.export import export
from facethemodel.bundle.manifest import MODEL
from facethemodel.bundle.runtime import Network
from facethemodel.catalogue import crops
from facethemodel.collect.folder import add_folder
from facethemodel.dataset.batches import Batches
from facethemodel.dataset.samples import LabelledCrops, by_part, samples, training_arrays
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.run import inspect
from facethemodel.networks import NetworkSpec, get_network
from facethemodel.project import Project
from facethemodel.synthetic.album import write_album
from facethemodel.training.loop import Trained, train
from facethemodel.training.optimiser import make_optimiser
from facethemodel.training.recipe import Recipe, recipe_for
from facethemodel.training.speed import apply, choose_device
from facethemodel.training.step import take_step

GOAL_SHARE = 0.9
"""The project's goal: speed of the loop's steps as a share of the bare step's."""
GOAL_MINUTES = 20.0
"""... and for a build of 10,000 strangers' photos on two cores, all included."""
AT_ONCE = 512
SCORED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A stage that ended: its wall time, the most memory in MiB, its parts and what else it told."""

    seconds: float
    memory: float
    parts: Mapping[str, float]
    facts: Mapping[str, Any]


def main() -> None:
    options = _options()
    load_before = load()
    with tempfile.TemporaryDirectory(prefix="build-time-") as scratch:
        folder = Path(scratch) / "project"
        if options.project is None:
            _draw(folder, Path(scratch) / "photos")
        else:
            copy_project(options.project, folder)
        spec = get_network(options.network)
        # Training and scoring need crops and parts, whether the rest of the build is timed or not.
        stages = STAGES[:2] if options.skip_build else STAGES
        ran = {stage: _run_stage(folder, stage, network=spec.name, epochs=options.epochs) for stage in stages}
        project = Project.open(folder)
        if spec.view != "aligned112":
            with project.exclusive("benchmark"):
                inspect(project, views=(spec.view,))
        _show_training(project, spec, Path(scratch), rounds=options.rounds, shown=options.crops)
        _show_scoring(project, spec, Path(scratch), rounds=options.rounds)
        if not options.skip_build:
            _show_stages(ran, spec)
    show_place("torch", "onnxruntime", "opencv-python-headless", load_before=load_before)


def _draw(folder: Path, photos: Path) -> None:
    album = write_album(
        photos,
        seed=0,
        person_photos=120,
        strangers=200,
        photos_per_stranger=4,
        curveballs_per_family=20,
    )
    project = Project.create(folder, person="Pat Drawn")
    with project.exclusive("benchmark"):
        add_folder(project, [album.person_dir], role="person", link=True)
        add_folder(project, [album.strangers_dir], role="stranger", identity_from="folder", link=True)
        for category, pictures in album.curveball_dirs.items():
            add_folder(project, [pictures], role="curveball", category=category, link=True)


def copy_project(project: Path, to: Path) -> None:
    """Copies what a project is made of and nothing of what was made from it, so that all is done anew."""
    shutil.copytree(
        project,
        to,
        ignore=lambda folder, names: (
            {"cache", "runs", ".lock", *(name for name in names if name.startswith("catalogue.db"))}
            if Path(folder) == project
            else set()
        ),
        copy_function=_link,
    )
    source, target = (sqlite3.connect(each / "catalogue.db") for each in (project, to))
    with source, target:
        source.backup(target)
    source.close()
    target.close()


def _link(source: str, to: str) -> None:
    try:
        os.link(source, to)
    except OSError:
        shutil.copy2(source, to)


def _run_stage(project: Path, stage: str, *, network: str, epochs: int) -> Ran:
    command = [sys.executable, "-m", "benchmarks.build_stages", project, stage]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*map(str, command), "--network", network, "--epochs", str(epochs)],
        stdout=subprocess.PIPE,
        text=True,
    )
    most = [0.0]
    watch = threading.Thread(target=_watch, args=(process, most), daemon=True)
    watch.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - began
    watch.join()
    if process.returncode:
        raise SystemExit(f"the stage {stage} ended with {process.returncode}")
    found = json.loads(output.splitlines()[-1])
    return Ran(seconds=seconds, memory=most[0], parts=found["parts"], facts=found["facts"])


def _watch(process: subprocess.Popen[str], most: list[float]) -> None:
    """Keeps the most memory that a process and its children have at a time, in MiB."""
    while process.poll() is None:
        most[0] = max(most[0], sum(map(own_memory, family(process.pid))))
        time.sleep(0.05)


def family(parent: int) -> list[int]:
    """A process and all that descend from it. Linux only; elsewhere nothing but the process."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in brackets, may hold anything; the parent is the second word behind it.
            words = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        children[int(words[1])].append(int(folder.name))
    found = [parent]
    for one in found:
        found += children[one]
    return found


def own_memory(process: int) -> float:
    """Memory that stands for no file, in MiB; 0 where it cannot be told."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0.0
    return sum(float(line.split()[1]) / 1024 for line in lines if line.startswith(("RssAnon", "RssShmem")))


def _show_training(
    project: Project, spec: NetworkSpec, scratch: Path, *, rounds: int, shown: int | None
) -> None:
    train_crops, tune_crops = _parts(project, spec)
    images = CropStore(project.cache_dir).open(spec.view)
    recipe = recipe_for(spec.name, epochs=1)
    # One pass as long as the recipe's, or as long as was asked for.
    recipe = replace(recipe, per_epoch=shown or recipe.crops_per_epoch(len(train_crops)))
    rates: dict[str, list[float]] = defaultdict(list)
    trained = None
    for number in range(rounds):
        clock = Clock()
        trained = train(
            train_crops,
            tune_crops,
            images,
            spec=spec,
            recipe=recipe,
            run_dir=scratch / f"run{number}",
            progress=clock,
        )
        rates["loop"].append(trained.images_per_second)
        (crops_shown,) = clock.totals.values()
        rates["pass"].append(crops_shown / (clock.notes[1] - clock.notes[0]))
        rates["bare"].append(_bare(train_crops, images, spec=spec, recipe=recipe, trained=trained))
    assert trained is not None
    loop, whole = ratio(rates["loop"], rates["bare"]), ratio(rates["pass"], rates["bare"])
    how = f"{trained.execution.precision}, {'channels last' if trained.execution.channels_last else 'plain'}"
    show_table(
        f"Training {spec.name} ({how}), {len(train_crops):,} crops, passes of "
        f"{recipe.crops_per_epoch(len(train_crops)):,}, {len(tune_crops):,} to tune, {rounds} rounds in turn",
        ["", "photos/s, median (range)", "share of the bare step", f"goal {GOAL_SHARE:g}"],
        [
            ["the bare step, one batch in memory", spread(rates["bare"]), "1", ""],
            [
                "the loop's steps",
                spread(rates["loop"]),
                spread(loop, digits=3),
                verdict(loop, least=GOAL_SHARE),
            ],
            ["whole passes", spread(rates["pass"]), spread(whole, digits=3), ""],
        ],
    )


def _parts(project: Project, spec: NetworkSpec) -> tuple[LabelledCrops, LabelledCrops]:
    with project.database() as db:
        known = samples(db, person=project.person)
        rows = crops.rows(db, spec.view)
    train_crops, tune_crops = (
        training_arrays(by_part(known, part), rows, view=spec.view) for part in ("train", "tune")
    )
    return train_crops, tune_crops


def _bare(
    train_crops: LabelledCrops,
    images: NDArray[np.uint8],
    *,
    spec: NetworkSpec,
    recipe: Recipe,
    trained: Trained,
    steps: int = 30,
) -> float:
    """Photos a second of the bare step, computed as the loop computed it."""
    device = choose_device(trained.device)
    batches = Batches(
        images,
        train_crops,
        batch_size=recipe.batch_size,
        seed=0,
        augment=recipe.augment,
        person_share=recipe.person_share,
    )
    batch = next(iter(batches.epoch(1)))
    torch.manual_seed(0)
    network = spec.build(len(train_crops.identities)).to(device).train()
    apply(trained.execution)
    network.lay_out(channels_last=trained.execution.channels_last)
    optimiser = make_optimiser(network, recipe)
    tensors = [
        torch.from_numpy(array).to(device) for array in (batch.pixels, batch.is_person > 0.5, batch.identity)
    ]

    def step() -> None:
        pixels, is_person, identity = tensors
        take_step(
            network,
            optimiser,
            pixels,
            is_person,
            identity,
            recipe=recipe,
            precision=trained.execution.precision,
        )

    for _ in range(3):
        step()
    began = time.perf_counter()
    for _ in range(steps):
        step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return steps * recipe.batch_size / (time.perf_counter() - began)


def _show_scoring(project: Project, spec: NetworkSpec, scratch: Path, *, rounds: int) -> None:
    folder = scratch / "model"
    folder.mkdir()
    export(spec.build(0), spec, folder)
    store = CropStore(project.cache_dir)
    rows = np.arange(SCORED) % store.rows(spec.view)
    count = SCORED if spec.view == "aligned112" else SCORED // 10
    ways = {threads: "on one core" if threads == 1 else f"on {threads} cores" for threads in (1, cores())}
    networks = {
        threads: Network((folder / MODEL).read_bytes(), size=spec.size, where=folder / MODEL, threads=threads)
        for threads in ways
    }
    seconds: dict[int, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for threads, network in networks.items():
            began = time.perf_counter()
            for start in range(0, count, AT_ONCE):
                network.score(store.load(spec.view, rows[start : min(start + AT_ONCE, count)]))
            seconds[threads].append((time.perf_counter() - began) * SCORED / count)
    show_table(
        f"Scoring with the exported {spec.name}, from the crop cache, {rounds} rounds in turn",
        ["", "crops/s, median (range)", f"seconds for {SCORED:,}"],
        [
            [words, spread([SCORED / one for one in seconds[threads]], digits=0), spread(seconds[threads])]
            for threads, words in ways.items()
        ],
    )


def _show_stages(ran: Mapping[str, Ran], spec: NetworkSpec) -> None:
    total = sum(one.seconds for one in ran.values())
    rows: list[Sequence[str]] = []
    for stage, one in ran.items():
        rows.append([stage, f"{one.seconds:.1f}", f"{one.seconds / total:.0%}", f"{one.memory:,.0f}"])
        rows += [
            [f"  {part}", f"{spent:.1f}", f"{spent / total:.0%}", ""] for part, spent in one.parts.items()
        ]
    rows.append(["in all", f"{total:.1f}", "100%", f"{max(one.memory for one in ran.values()):,.0f}"])
    facts = ran["train"].facts
    show_table(
        f"A build with {spec.name}: {ran['inspect'].facts['photos']:,} photos, "
        f"{facts['crops']:,} to learn from",
        ["stage", "seconds", "share", "most memory, MiB"],
        rows,
    )
    minutes = (total + facts["seconds"] * (facts["planned"] / facts["passes"] - 1)) / 60
    print(
        f"With the recipe's {facts['planned']} passes: {minutes:.1f} minutes to the final figures "
        f"(goal for 10,000 strangers' photos: at most {GOAL_MINUTES:g})"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--network", default="residual112", help="(%(default)s)")
    parser.add_argument("--project", type=Path, help="a project to build a copy of; default: drawn people")
    parser.add_argument("--epochs", type=int, default=1, help="passes the build trains (%(default)s)")
    parser.add_argument("--crops", type=int, help="crops in a timed pass; default: as the recipe has it")
    parser.add_argument("--skip-build", action="store_true", help="only training and scoring")
    parser.add_argument("--rounds", type=int, default=3, help="(%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
