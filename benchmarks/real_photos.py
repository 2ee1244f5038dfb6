"""Real people, three seeds, both networks: who is found, who is mistaken, and where the source helps.

    python benchmarks/real_photos.py PHOTOS WORK --target paul --network residual112

PHOTOS holds `beatles/<person>/`, `lfw/images/<Person>/`, `facescrub/images/<Person>/`,
`curveballs/{cats,dogs}/report` and `curveballs/objects`.
WORK keeps one project per target and held-out set; a second call goes on where the first one stopped.

The targets:

* `paul`: Paul McCartney from the Beatles folder. Seeds 0, 1, 2 hold out Ringo Starr, George Harrison, John
  Lennon in turn: that Beatle is in the test part only, the other two are strangers to learn from. Paul
  against that Beatle has no source confound (same crops, same years, same photographers); Paul against
  unseen LFW people has one.
* `bush`, `powell`, `blair`: one person of LFW against the other LFW people. No source confound.
* `baldwin`, `butler`, `drescher`, `ferrera`, `harmon`, `radcliffe`: one FaceScrub person, whole photos; the
  other five are in the test part only, so that against them there is no source confound. The strangers to
  learn from are LFW people.

The seeds change training only, and for `paul` the Beatle that is held out.

Two photos of Paul McCartney are known to show nobody of that name (`WRONG`). They stay in all parts, as
labels of users are wrong, too; where the test part holds one, the figures are also given without it.

Adds one JSON line per run to WORK/results.jsonl; real_photos_table.py makes tables of them.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from facethemodel.catalogue.records import normalise_identity
from facethemodel.cli.output import TerminalProgress
from facethemodel.collect.folder import add_folder
from facethemodel.dataset.samples import samples
from facethemodel.evaluation.doubts import TABLE as DOUBTS
from facethemodel.evaluation.doubts import read_doubts
from facethemodel.evaluation.metrics import Metrics, compute_metrics
from facethemodel.evaluation.rows import read_table
from facethemodel.inspection.run import inspect
from facethemodel.pipeline.build import build
from facethemodel.pipeline.evaluation import METRICS, TABLE, Beside, evaluate
from facethemodel.pipeline.runs import Run, current_run
from facethemodel.pipeline.shortcut import run_shortcut_test
from facethemodel.pipeline.training import TrainOptions, network_of
from facethemodel.project import Project

BEATLES = {"Ringo Starr": "ringo_starr", "George Harrison": "george_harrison", "John Lennon": "john_lennon"}
ACTORS = (
    "Alec Baldwin",
    "America Ferrera",
    "Angie Harmon",
    "Daniel Radcliffe",
    "Fran Drescher",
    "Gerard Butler",
)
UNSEEN_LFW = "unseen LFW people"
WRONG = ("cutted_McCartney187.jpg", "cutted_McCartney1395.jpg")
"""Photos labelled as the person that show John Lennon and a drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Who is to be recognised, among whom.

    Attributes:
        person: The name.
        photos: The person's folder inside PHOTOS.
        strangers: Further strangers' folders by name; LFW is always there.
        one_held_out: Whether a seed holds out one of them and learns from the others, instead of holding out
            all of them.
    """

    person: str
    photos: str
    strangers: Mapping[str, str] = field(default_factory=dict)
    one_held_out: bool = False

    def held_out(self, seed: int) -> tuple[str, ...]:
        """The further strangers that are in the test part only."""
        names = tuple(self.strangers)
        return (names[seed % len(names)],) if self.one_held_out else names

    def project(self, work: Path, slug: str, seed: int) -> Path:
        """Where the project of one seed lives."""
        return work / (f"{slug}-{seed % len(self.strangers)}" if self.one_held_out else slug)


def _actor(name: str) -> Target:
    folders = {one: f"facescrub/images/{one.replace(' ', '_')}" for one in ACTORS}
    return Target(
        person=name,
        photos=folders[name],
        strangers={one: folder for one, folder in folders.items() if one != name},
    )


TARGETS = {
    "paul": Target(
        person="Paul McCartney",
        photos="beatles/paul_mccartney",
        strangers={name: f"beatles/{folder}" for name, folder in BEATLES.items()},
        one_held_out=True,
    ),
    "bush": Target(person="George W Bush", photos="lfw/images/George_W_Bush"),
    "powell": Target(person="Colin Powell", photos="lfw/images/Colin_Powell"),
    "blair": Target(person="Tony Blair", photos="lfw/images/Tony_Blair"),
    **{name.split()[1].lower(): _actor(name) for name in ACTORS},
}


def base_project(photos: Path, work: Path, slug: str) -> Path:
    """Adds and inspects all photos once; the projects of the seeds are copies."""
    root = work / f"{slug}-base"
    if (root / "inspected").exists():
        return root
    shutil.rmtree(root, ignore_errors=True)
    target = TARGETS[slug]
    project = Project.create(root, person=target.person)
    # LFW has photos of some of the people, too: of the person they are no strangers.
    own = normalise_identity(target.person)
    lfw = [
        folder
        for folder in sorted((photos / "lfw" / "images").iterdir())
        if normalise_identity(folder.name.replace("_", " ")) != own
    ]
    add_folder(project, [photos / target.photos], role="person", link=True)
    for name, place in target.strangers.items():
        add_folder(project, [photos / place], role="stranger", identity=name, link=True)
    add_folder(project, lfw, role="stranger", identity_from="folder", link=True)
    for category in ("cats", "dogs"):
        folder = photos / "curveballs" / category / "report"
        add_folder(project, [folder], role="curveball", category=category, link=True)
    add_folder(project, [photos / "curveballs" / "objects"], role="curveball", category="objects", link=True)
    with project.exclusive("inspect"):
        inspect(project, progress=TerminalProgress(quiet=False))
    (root / "inspected").touch()
    return root


def seed_project(base: Path, work: Path, slug: str, seed: int) -> Project:
    """The project of one seed; the strangers it holds out are bound to the test part."""
    target = TARGETS[slug]
    root = target.project(work, slug, seed)
    if not root.exists():
        shutil.copytree(base, root)
        held_out = target.held_out(seed)
        learned = [name for name in target.strangers if name not in held_out]
        settings = root / "facethemodel.toml"
        bound = f"test_identities = {json.dumps(held_out)}\ntrain_identities = {json.dumps(learned)}"
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
        "comparisons": comparisons(metrics),
    }


def comparisons(metrics: Metrics) -> dict[str, object]:
    """The person against each set of strangers."""
    return {
        one.name: {
            "fmr": asdict(one.fmr),
            "ranking": asdict(one.ranking),
            "by_main_face": asdict(one.by_main_face),
        }
        for one in metrics.comparisons
    }


def one_run(project: Project, slug: str, network: str, seed: int, epochs: int | None) -> dict[str, object]:
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
    held_out = TARGETS[slug].held_out(seed)
    others = {normalise_identity(name) for name in TARGETS[slug].strangers}
    sets = {UNSEEN_LFW: [name for name in unseen if normalise_identity(name) not in others]}
    if held_out:
        sets[", ".join(held_out)] = list(held_out)
    if found is None:
        raise SystemExit(f"{run.name} was evaluated before; remove it to measure again")
    metrics = compute_metrics(rows, found.calibration.thresholds, comparisons=sets)
    line: dict[str, object] = {
        "target": slug,
        "network": network,
        "seed": seed,
        "date": datetime.now(UTC).date().isoformat(),
        "held_out": held_out,
        "build_seconds": round(seconds, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "trained": run.read("trained"),
        "promise": found.calibration.promise,
        "calibration": asdict(found.calibration),
        "person_scores": {row.name: row.score for row in rows if row.part == "test" and row.role == "person"},
        "shortcut": json.loads((run.folder / METRICS).read_text(encoding="utf-8"))["shortcut"],
        "wrong_doubted": wrong_doubted(run),
        **figures(metrics),
    }
    right = [row for row in rows if not (row.part == "test" and row.name in WRONG)]
    if len(right) < len(rows):
        with project.database() as db:
            known = samples(db, person=project.person)
        shortcut = run_shortcut_test(project, run, known, right)
        line["less_wrong_labels"] = {
            "comparisons": comparisons(
                compute_metrics(right, found.calibration.thresholds, comparisons=sets)
            ),
            "shortcut": None if shortcut is None else asdict(shortcut.figures),
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


def wrong_doubted(run: Run) -> dict[str, object]:
    """Where in the order of `doubts` those of `WRONG` come that have a face, and how long that order is.

    Networks of whole photos make no such order.
    """
    if network_of(run).view != "aligned112":
        return {"of": 0, "ranks": []}
    order = [one.name for one in read_doubts(run.folder / DOUBTS) if one.role == "person"]
    return {"of": len(order), "ranks": [order.index(name) + 1 for name in WRONG if name in order]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--target", choices=sorted(TARGETS), required=True)
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
