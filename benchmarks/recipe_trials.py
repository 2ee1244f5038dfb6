"""Which changes of the recipe help: many small trainings on people whom no reported figure is about.

    python -m benchmarks.recipe_trials PROJECT OUT.jsonl --leave-out "George W Bush" "Colin Powell" ...

PROJECT is any inspected and split project with many named strangers; only its parts train and tune are read,
and nobody who is left out. The twelve of those strangers with the most photos play the person, all at once:
half of their photos are learned from. A third of the other strangers is not learned from either and plays the
strangers of the test. One training so gives twelve answers, which one person could not.

A trial differs from the base in what its name says and nothing else; each runs with the same seeds. Adds one
JSON line per trial and seed to OUT, goes on where it stopped, and prints a table of what is there.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.measuring import show_table
from benchmarks.trial_augment import Further
from benchmarks.trial_looks import in_looks
from benchmarks.trial_people import read_people
from benchmarks.trial_run import LEVELS, Trial, run
from facethemodel.dataset.augment import FaceAugment
from facethemodel.training.allocator import keep_memory
from facethemodel.training.recipe import recipe_for

BASE = Trial(
    name="base",
    recipe=replace(
        recipe_for("residual112"),
        epochs=14,
        most_shown=None,
        identity_margin=0.2,
        identity_scale=24.0,
        augment=FaceAugment(surroundings=0.0),
    ),
    stem=(32, 3, 2),
    widths=(32, 64, 128, 256),
    blocks=(1, 1, 1, 1),
)
"""Recipe and shape from before these trials."""
SHIPPED = Trial(name="as shipped", recipe=replace(recipe_for("residual112"), most_shown=None))
"""Recipe and shape of today; its strangers' photos are few enough for all passes."""


def shapes() -> list[Trial]:
    """Shapes, and strangers mined, each with as many passes as take the same time."""
    larger = replace(SHIPPED, stem=BASE.stem, widths=BASE.widths, blocks=BASE.blocks)
    return [
        replace(shape, name=f"{name}, {passes} passes", recipe=replace(shape.recipe, epochs=passes))
        for name, shape, passes in (
            ("a block at 56 pixels", larger, 22),
            ("a block at 56 pixels, mined", replace(larger, mined=0.5), 22),
            ("no block at 56 pixels", replace(SHIPPED, stem=BASE.stem, first_stride=2), 31),
            ("stem in steps of 4", SHIPPED, 32),
            ("stem in steps of 4, mined", replace(SHIPPED, mined=0.5), 32),
            ("three quarters as wide", replace(SHIPPED, stem=(48, 7, 4), widths=(48, 96, 192)), 50),
        )
    ]


def lights() -> list[Trial]:
    """What is to take the looks of collections away, for `--looks`; 32 passes each."""
    base = replace(SHIPPED, recipe=replace(SHIPPED.recipe, epochs=32))
    looks = replace(
        base.recipe, augment=replace(FaceAugment(), grey=0.4, blur=0.2, coarsen=0.2, jpeg=0.2, tint=0.15)
    )
    variants = {
        "further looks, 32 passes": replace(
            base, recipe=looks, further=Further(gamma=0.4, fade=0.15, grain=0.3)
        ),
        "plain 0.4, 32 passes": replace(base, further=Further(plain=0.4)),
        "one contrast, 32 passes": replace(base, light="one contrast"),
        "one contrast, grey, 32 passes": replace(base, light="grey"),
        "three quarters as wide, further looks, plain 0.4, 50 passes": replace(
            base,
            stem=(48, 7, 4),
            widths=(48, 96, 192),
            recipe=replace(looks, epochs=50),
            further=Further(gamma=0.4, fade=0.15, grain=0.3, plain=0.4),
        ),
    }
    return [replace(trial, name=name) for name, trial in variants.items()]


def trials() -> dict[str, Trial]:
    """All variants by name."""
    recipe, augment = BASE.recipe, FaceAugment(surroundings=0.0)
    light = replace(
        augment, rotation=4, scale=0.04, shift=0.015, blur=0.05, coarsen=0.05, jpeg=0.05, cutout=0.05
    )
    strong = replace(augment, rotation=9, scale=0.09, shift=0.035, blur=0.2, coarsen=0.25, cutout=0.4)
    lighter = replace(
        light, rotation=2, scale=0.02, shift=0.008, brightness=0.1, contrast=0.2, saturation=0.25, tint=0.05
    )
    found = [
        BASE,
        *(
            replace(BASE, name=name, recipe=changed)
            for name, changed in {
                "twice the passes": replace(recipe, epochs=28),
                "thrice the passes": replace(recipe, epochs=42),
                "batches of 32": replace(recipe, batch_size=32, learning_rate=0.05),
                "margin 0.35, scale 32": replace(recipe, identity_margin=0.35, identity_scale=32.0),
                "weight decay 1e-3": replace(recipe, weight_decay=1e-3),
                "person share 0.08": replace(recipe, person_share=0.08),
                "no person loss": replace(recipe, person_weight=0.0),
                "light augmentation": replace(recipe, augment=light),
                "strong augmentation": replace(recipe, augment=strong),
                "light, twice": replace(recipe, augment=light, epochs=28),
                "light, thrice": replace(recipe, augment=light, epochs=42),
                "lighter, twice": replace(recipe, augment=lighter, epochs=28),
                "light, twice, margin 0.35, scale 32": replace(
                    recipe, augment=light, epochs=28, identity_margin=0.35, identity_scale=32.0
                ),
            }.items()
        ),
        replace(BASE, name="half as wide again", stem=(48, 3, 2), widths=(48, 96, 192, 256)),
        replace(BASE, name="two more blocks", blocks=(1, 2, 2, 1)),
        replace(BASE, name="mean instead of flatten", pooled=True),
        replace(BASE, name="embedding of 256", embedding=256),
        replace(BASE, name="weights averaged", average_from=0.5),
        SHIPPED,
        *(
            replace(
                SHIPPED,
                name=f"as shipped, surroundings {share:g}",
                recipe=replace(SHIPPED.recipe, augment=FaceAugment(surroundings=share)),
            )
            for share in (0.0, 0.7)
        ),
        *shapes(),
        *lights(),
        *(
            replace(SHIPPED, name=name, recipe=replace(changed, epochs=32), halves=halves)
            for name, changed, halves in (
                ("halves 0.15, 32 passes", SHIPPED.recipe, 0.15),
                ("halves 0.3, 32 passes", SHIPPED.recipe, 0.3),
                ("rate 0.2, 32 passes", replace(SHIPPED.recipe, learning_rate=0.2), 0.0),
                ("margin 0.45, 32 passes", replace(SHIPPED.recipe, identity_margin=0.45), 0.0),
                ("weight decay 1e-3, 32 passes", replace(SHIPPED.recipe, weight_decay=1e-3), 0.0),
            )
        ),
        replace(
            SHIPPED,
            name="as shipped, person share 0.1",
            recipe=replace(SHIPPED.recipe, person_share=0.1),
        ),
    ]
    return {trial.name: trial for trial in found}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--only", nargs="*", metavar="TRIAL", help="default: all of them")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keeps each network's embeddings there")
    parser.add_argument(
        "--looks", action="store_true", help="the persons' photos come from collections of their own"
    )
    options = parser.parse_args()
    keep_memory()
    known = trials()
    people = read_people(options.project, options.leave_out)
    people = in_looks(people) if options.looks else people
    lines = (
        [json.loads(line) for line in options.out.read_text().splitlines()] if options.out.exists() else []
    )
    done = {(line["trial"], line["seed"]) for line in lines}
    for seed in options.seeds:
        for name in options.only or known:
            if (name, seed) in done:
                continue
            line = run(known[name], people, seed=seed, keep=options.keep, looks=options.looks)
            lines.append(line)
            with options.out.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(json.dumps(line), flush=True)
    show(lines)


def show(lines: Sequence[dict[str, object]]) -> None:
    """Prints means over seeds, one table for each way to score."""
    ways = sorted({key for line in lines for key in line if key.startswith("score: ")})
    for way in ways:
        rows = []
        for name in dict.fromkeys(str(line["trial"]) for line in lines):
            own = [line for line in lines if line["trial"] == name]
            values = np.array([line[way] for line in own], dtype=float)
            spread = np.ptp(values[:, -1]) if len(own) > 1 else float("nan")
            mean = values.mean(axis=0)
            rows.append(
                [
                    name,
                    str(len(own)),
                    *(f"{100 * value:.1f} %" for value in mean),
                    "" if np.isnan(spread) else f"{100 * spread:.1f}",
                    f"{np.mean([float(str(line['seconds'])) for line in own]):.0f}",
                ]
            )
        show_table(
            way,
            [
                "trial",
                "seeds",
                *(f"missed at FMR {100 * level:g} %" for level in LEVELS),
                "lost to the hardest 1 %",
                "spread",
                "seconds",
            ],
            rows,
        )


if __name__ == "__main__":
    main()
