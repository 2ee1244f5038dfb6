"""Real people, three seeds, both networks: who is found, who is mistaken, and where the source helps.

    python benchmarks/real_photos.py PHOTOS WORK --target paul --network residual112

PHOTOS holds `beatles/<person>/`, `lfw/images/<Person>/`, `curveballs/{cats,dogs}/report` and
`curveballs/objects`.
WORK keeps one project per target and held-out Beatle; a second call goes on where the first one stopped.

Two targets:

* `paul`: Paul McCartney from the Beatles folder. Seeds 0, 1, 2 hold out Ringo Starr, George Harrison, John
  Lennon in turn: that Beatle is in the test part only, the other two are strangers to learn from. Paul
  against that Beatle has no source confound (same crops, same years, same photographers); Paul against
  unseen LFW people has one.
* `bush`: George W Bush against the other LFW people. No source confound. The seeds change training only.

Adds one JSON line per run to WORK/results.jsonl and prints it as a table.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import time
from dataclasses import asdict
from pathlib import Path

from facethemodel.catalogue.records import normalise_identity
from facethemodel.cli.output import TerminalProgress
from facethemodel.collect.folder import add_folder
from facethemodel.evaluation.metrics import Metrics, compute_metrics
from facethemodel.evaluation.rows import read_table
from facethemodel.inspection.run import inspect
from facethemodel.pipeline.build import build
from facethemodel.pipeline.evaluation import TABLE, Beside, evaluate
from facethemodel.pipeline.runs import current_run
from facethemodel.pipeline.training import TrainOptions
from facethemodel.project import Project

BEATLES = {"ringo_starr": "Ringo Starr", "george_harrison": "George Harrison", "john_lennon": "John Lennon"}
HELD_OUT = tuple(BEATLES.values())
PERSON = {"paul": "Paul McCartney", "bush": "George W Bush"}
LEVELS = ("5 %", "1 %", "0.1 %")


def base_project(photos: Path, work: Path, target: str) -> Path:
    """Adds and inspects all photos once; the projects of the seeds are copies."""
    root = work / f"{target}-base"
    if (root / "inspected").exists():
        return root
    shutil.rmtree(root, ignore_errors=True)
    project = Project.create(root, person=PERSON[target])
    lfw = sorted((photos / "lfw" / "images").iterdir())
    if target == "bush":
        person = [folder for folder in lfw if folder.name == "George_W_Bush"]
        lfw = [folder for folder in lfw if folder.name != "George_W_Bush"]
    else:
        person = [photos / "beatles" / "paul_mccartney"]
        for beatle, name in BEATLES.items():
            add_folder(project, [photos / "beatles" / beatle], role="stranger", identity=name, link=True)
    add_folder(project, person, role="person", link=True)
    add_folder(project, lfw, role="stranger", identity_from="folder", link=True)
    for category in ("cats", "dogs"):
        folder = photos / "curveballs" / category / "report"
        add_folder(project, [folder], role="curveball", category=category, link=True)
    add_folder(project, [photos / "curveballs" / "objects"], role="curveball", category="objects", link=True)
    with project.exclusive("inspect"):
        inspect(project, progress=TerminalProgress(quiet=False))
    (root / "inspected").touch()
    return root


def seed_project(base: Path, work: Path, target: str, seed: int) -> Project:
    """The project of one seed; its held-out Beatle is bound to the test part."""
    root = work / (f"{target}-{seed}" if target == "paul" else target)
    if not root.exists():
        shutil.copytree(base, root)
        if target == "paul":
            learned = [name for name in HELD_OUT if name != HELD_OUT[seed]]
            settings = root / "facethemodel.toml"
            bound = (
                f"test_identities = {json.dumps([HELD_OUT[seed]])}\ntrain_identities = {json.dumps(learned)}"
            )
            settings.write_text(settings.read_text().replace("[split]", f"[split]\n{bound}", 1))
    return Project.open(root)


def figures(metrics: Metrics) -> dict[str, object]:
    """What goes into the table, of one run."""
    person, strangers = metrics.person, metrics.strangers
    return {
        "person": asdict(person.end_to_end),
        "person_judged": asdict(person.found),
        "failure_to_acquire": asdict(person.failure_to_acquire),
        "strangers": asdict(strangers.end_to_end),
        "strangers_per_identity": asdict(strangers.end_to_end_per_identity),
        "curveballs": {
            one.category: {
                "gate": asdict(one.gate),
                "end_to_end": asdict(one.end_to_end),
                "without_gate": asdict(one.without_gate),
            }
            for one in metrics.curveballs
        },
        "comparisons": {
            one.name: {"fmr": asdict(one.fmr), "ranking": asdict(one.ranking)} for one in metrics.comparisons
        },
    }


def one_run(project: Project, target: str, network: str, seed: int, epochs: int | None) -> dict[str, object]:
    """Builds and evaluates one network; the test part is opened once for it."""
    started = time.monotonic()
    options = TrainOptions(network=network, seed=seed, epochs=epochs)
    found = build(project, options=options, progress=TerminalProgress(quiet=False))
    seconds = time.monotonic() - started
    run = current_run(project)
    rows = read_table(run.folder / TABLE)
    unseen = sorted(
        {row.identity for row in rows if row.part == "test" and row.role == "stranger" and row.identity}
    )
    beatles = {normalise_identity(name) for name in HELD_OUT}
    sets = {"unseen LFW people": [name for name in unseen if normalise_identity(name) not in beatles]}
    if target == "paul":
        sets[HELD_OUT[seed]] = [HELD_OUT[seed]]
    if found is None:
        raise SystemExit(f"{run.name} was evaluated before; remove it to measure again")
    metrics = compute_metrics(rows, found.calibration.thresholds, comparisons=sets)
    line: dict[str, object] = {
        "target": target,
        "network": network,
        "seed": seed,
        "held_out": HELD_OUT[seed] if target == "paul" else None,
        "build_seconds": round(seconds, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "trained": run.read("trained"),
        "promise": found.calibration.promise,
        "calibration": asdict(found.calibration),
        **figures(metrics),
    }
    if network == "seed2018":
        then = evaluate(
            project,
            run,
            why="as published",
            rivals=[Beside(run=run, name="as in 2018", note="judged as in 2018", as_published=True)],
        )
        line["as_published"] = figures(then.rivals[0].metrics)
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--target", choices=sorted(PERSON), required=True)
    parser.add_argument("--network", default="residual112")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int)
    wanted = parser.parse_args()
    wanted.work.mkdir(parents=True, exist_ok=True)
    base = base_project(wanted.photos.resolve(), wanted.work, wanted.target)
    for seed in wanted.seeds:
        project = seed_project(base, wanted.work, wanted.target, seed)
        line = one_run(project, wanted.target, wanted.network, seed, wanted.epochs)
        with (wanted.work / "results.jsonl").open("a") as file:
            file.write(json.dumps(line, default=str) + "\n")
        print(
            json.dumps({key: line[key] for key in ("target", "network", "seed", "build_seconds", "peak_mib")})
        )


if __name__ == "__main__":
    main()
