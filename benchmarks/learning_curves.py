"""How much photos of the person, and other people to tell from, bring: two learning curves.

    python -m benchmarks.learning_curves PROJECT OUT.jsonl
    python -m benchmarks.learning_curves PROJECT OUT.jsonl --no-training --save --plot curves.svg

PROJECT is any inspected project with many named strangers, some of them with many photos; several can be
named. Everybody with at least 20 photos plays the person, all in one training, each with a direction of its
own and the strangers and each other as strangers. Over the trainings of the first curve each of them goes
through 10, 20, 50, 100, 200 and 400 photos, as far as there are at least 10 others to judge; those are the
same at all points, and the first 10 are among the first 20. In the second curve everybody has 20 photos and
the strangers get more. Missed photos are counted where 5, 1 and 0.1 % of strangers pass who were in no
training, each of them counting the same. A seed draws photos, strangers and weights anew.

Recipe and steps are those of the product for that many crops. What differs from the product: the persons
share the part of each batch that is the person's, and the last pass counts. Scores are the product's.

Adds one JSON line per training to OUT and prints what is there. Lines of another recipe are passed over. The
lines behind the curves that the product comes with are in benchmarks/data/learning.jsonl.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.learning_people import divide, plans, read_faces
from benchmarks.learning_run import run
from benchmarks.learning_summary import expectation, track
from benchmarks.measuring import show_table
from facethemodel.evaluation.expectation import LEVELS, USUAL, Curve, packaged_path, write
from facethemodel.networks import NetworkSpec, get_network
from facethemodel.report.learning_chart import learning_chart
from facethemodel.training.allocator import keep_memory
from facethemodel.training.recipe import Recipe, recipe_for

NETWORK = "residual112"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path, nargs="+")
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--curves", nargs="+", choices=("photos", "strangers"), default=["photos", "strangers"]
    )
    parser.add_argument(
        "--steps",
        type=int,
        nargs="+",
        help="only these trainings: rounds 0 to 5 of the first curve, numbers of strangers of the second",
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int, help="passes; default: the recipe's")
    parser.add_argument("--persons", type=int, help="at most so many play the person; default: all who can")
    parser.add_argument("--tested", type=int, default=1000, help="strangers kept for the test")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--no-training", action="store_true", help="only say what OUT holds")
    parser.add_argument(
        "--save", nargs="?", type=Path, const=packaged_path(), help="write what `status` reads"
    )
    parser.add_argument("--plot", type=Path, help="write the picture, SVG")
    parser.add_argument("--source", default="LFW", help="what the photos are called")
    options = parser.parse_args()
    spec, recipe = get_network(NETWORK), recipe_for(NETWORK, epochs=options.epochs)
    made_of = digest(spec, recipe, persons=options.persons, tested=options.tested)
    lines = _lines(options.out, made_of)
    if not options.no_training:
        keep_memory()
        _measure(options, lines, recipe=recipe, made_of=made_of)
    if not lines:
        raise SystemExit(f"{options.out} holds no line of this recipe ({made_of})")
    found = expectation(
        lines,
        source=options.source,
        network=NETWORK,
        passes=recipe.epochs,
        measured=max(str(line["measured"]) for line in lines),
    )
    for name, curve in (("photos of the person", found.photos), ("other people", found.strangers)):
        if curve.points:
            show(f"{name} (beside: {curve.beside:,})", curve)
    if options.save:
        write(options.save, found)
    if options.plot:
        options.plot.write_text(
            learning_chart(found, people=own_lines(lines, "photos"), beside=own_lines(lines, "strangers")),
            encoding="utf-8",
        )


def digest(spec: NetworkSpec, recipe: Recipe, *, persons: int | None, tested: int) -> str:
    """Names what all lines of a curve have to have in common; the seed is no part of it."""
    words = f"{spec.name} {spec.parameters} {recipe!r} {persons} {tested}"
    return hashlib.sha256(words.encode()).hexdigest()[:10]


def _measure(
    options: argparse.Namespace,
    lines: list[dict[str, Any]],
    *,
    recipe: Recipe,
    made_of: str,
) -> None:
    faces = read_faces(options.project)
    done = {(line["curve"], line["step"], line["seed"]) for line in lines}
    for seed in options.seeds:
        division = divide(faces.who, faces.shas, seed=seed, tested=options.tested, persons=options.persons)
        seeded = recipe_for(NETWORK, epochs=options.epochs, seed=seed)
        for plan in plans(division, options.curves):
            wanted = options.steps is None or plan.step in options.steps
            if not wanted or (plan.curve, plan.step, seed) in done:
                continue
            line = {
                "curve": plan.curve,
                "step": plan.step,
                "seed": seed,
                "recipe": made_of,
                "passes": recipe.epochs,
                "measured": f"{datetime.now(UTC):%Y-%m-%d}",
                **run(faces, division, plan, recipe=seeded, device=options.device),
            }
            lines.append(line)
            with options.out.open("a") as file:
                file.write(json.dumps(line) + "\n")
            told = {key: value for key, value in line.items() if key != "results"}
            print(json.dumps(told), flush=True)


def _lines(path: Path, made_of: str) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    own = [line for line in lines if line["recipe"] == made_of]
    if len(own) < len(lines):
        print(f"{len(lines) - len(own)} lines of {path} are of another recipe and are passed over")
    return own


def own_lines(lines: Sequence[Mapping[str, Any]], curve: str) -> list[dict[int, float]]:
    """For every person the share missed, by count."""
    shares = track(lines, curve, USUAL).shares
    people = sorted({who for own in shares.values() for who in own})
    return [{count: own[who] for count, own in shares.items() if who in own} for who in people]


def show(title: str, curve: Curve) -> None:
    """Prints one curve."""
    rows = []
    for point in curve.points:
        cells = [f"{point.count:,}", str(point.people)]
        for figure in point.missed:
            if figure is None:
                cells.append("not measured")
            elif figure.low is None or figure.high is None:
                cells.append(f"{100 * figure.value:.1f} %")
            else:
                cells.append(
                    f"{100 * figure.value:.1f} % ({100 * figure.low:.0f} to {100 * figure.high:.0f})"
                )
        rows.append(cells)
    show_table(title, ["", "people", *(f"missed at FMR {100 * level:g} %" for level in LEVELS)], rows)


if __name__ == "__main__":
    main()
