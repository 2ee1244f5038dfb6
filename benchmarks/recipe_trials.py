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
from typing import Any

import numpy as np

from benchmarks.measuring import show_table
from benchmarks.trial_looks import in_looks
from benchmarks.trial_people import read_people
from benchmarks.trial_run import LEVELS, Trial, run
from benchmarks.trial_teacher import vectors_of
from facethemodel.dataset.augment import FaceAugment
from facethemodel.embedders.known import NAMED
from facethemodel.training.allocator import keep_memory
from facethemodel.training.recipe import recipe_for

NOTHING_WORN = FaceAugment(worn=0)
"""Augmentation from before `around_block`."""
NO_TONES = FaceAugment(
    worn=0, gamma=0, fade=0, plain=0, grain=0, tint=0.1, grey=0.2, blur=0.1, coarsen=0.15, jpeg=0.1
)
"""Augmentation from before `lights`."""
MOMENTUM = replace(recipe_for("residual112"), optimiser="sgd", most_shown=None)
"""Recipe of today but for the optimiser, which all trials before `muon` had."""
BASE = Trial(
    name="base",
    recipe=replace(
        MOMENTUM,
        epochs=14,
        identity_margin=0.2,
        identity_scale=24.0,
        augment=replace(NO_TONES, surroundings=0.0),
    ),
    stem=(32, 3, 2),
    widths=(32, 64, 128, 256),
    blocks=(1, 1, 1, 1),
)
"""Recipe and shape from before these trials."""
WIDER = Trial(
    name="before the tones",
    recipe=replace(MOMENTUM, epochs=40, augment=NO_TONES),
    stem=(64, 7, 4),
    widths=(64, 128, 256),
)
"""Recipe and shape from before `lights`; its strangers' photos are few enough for all passes."""
BLOCK = Trial(name="a block at 28 x 28", recipe=replace(MOMENTUM, epochs=50))
"""The shape before `around_block`, with the passes that fit beside the others."""
BARE = Trial(name="nothing worn", recipe=replace(BLOCK.recipe, augment=NOTHING_WORN))
"""The same from before things were worn: what the following trials differ from."""
NO_BLOCK = Trial(name="no block at 28 x 28", recipe=replace(BLOCK.recipe, epochs=72), blocks=(0, 1, 1))
"""The shape between those of `BLOCK` and of today, with passes that take as long as those of `BLOCK`."""
NARROWER = replace(
    NO_BLOCK,
    name="two thirds as wide",
    recipe=replace(NO_BLOCK.recipe, epochs=125),
    stem=(32, 7, 4),
    widths=(32, 64, 128),
)
"""The shape of today, with passes that take as long."""


def named(variants: dict[str, Trial]) -> list[Trial]:
    """Gives each variant its name."""
    return [replace(trial, name=name) for name, trial in variants.items()]


def with_recipe(trial: Trial, **changes: Any) -> Trial:
    """Changes a trial's recipe."""
    return replace(trial, recipe=replace(trial.recipe, **changes))


def first_recipes() -> list[Trial]:
    """Recipes around `BASE`, and shapes with as many passes."""
    recipe = BASE.recipe
    without = replace(NO_TONES, surroundings=0.0)
    light = replace(
        without, rotation=4, scale=0.04, shift=0.015, blur=0.05, coarsen=0.05, jpeg=0.05, cutout=0.05
    )
    strong = replace(without, rotation=9, scale=0.09, shift=0.035, blur=0.2, coarsen=0.25, cutout=0.4)
    lighter = replace(
        light, rotation=2, scale=0.02, shift=0.008, brightness=0.1, contrast=0.2, saturation=0.25, tint=0.05
    )
    recipes: dict[str, dict[str, Any]] = {
        "twice the passes": {"epochs": 28},
        "thrice the passes": {"epochs": 42},
        "batches of 32": {"batch_size": 32, "learning_rate": 0.05},
        "margin 0.35, scale 32": {"identity_margin": 0.35, "identity_scale": 32.0},
        "weight decay 1e-3": {"weight_decay": 1e-3},
        "person share 0.08": {"person_share": 0.08},
        "no person loss": {"person_weight": 0.0},
        "light augmentation": {"augment": light},
        "strong augmentation": {"augment": strong},
        "light, twice": {"augment": light, "epochs": 28},
        "light, thrice": {"augment": light, "epochs": 42},
        "lighter, twice": {"augment": lighter, "epochs": 28},
        "light, twice, margin 0.35, scale 32": {
            "augment": light,
            "epochs": 28,
            "identity_margin": 0.35,
            "identity_scale": 32.0,
        },
    }
    return [
        BASE,
        *named({name: replace(BASE, recipe=replace(recipe, **changes)) for name, changes in recipes.items()}),
        *named(
            {
                "half as wide again": replace(BASE, stem=(48, 3, 2), widths=(48, 96, 192, 256)),
                "two more blocks": replace(BASE, blocks=(1, 2, 2, 1)),
                "mean instead of flatten": replace(BASE, pooled=True),
                "embedding of 256": replace(BASE, embedding=256),
                "weights averaged": replace(BASE, average_from=0.5),
            }
        ),
    ]


def shapes() -> list[Trial]:
    """Shapes, and strangers mined, each with as many passes as take the same time."""
    larger = replace(WIDER, stem=BASE.stem, widths=BASE.widths, blocks=BASE.blocks)
    return [
        replace(shape, name=f"{name}, {passes} passes", recipe=replace(shape.recipe, epochs=passes))
        for name, shape, passes in (
            ("a block at 56 pixels", larger, 22),
            ("a block at 56 pixels, mined", replace(larger, mined=0.5), 22),
            ("no block at 56 pixels", replace(WIDER, stem=BASE.stem, first_stride=2), 31),
            ("stem in steps of 4", WIDER, 32),
            ("stem in steps of 4, mined", replace(WIDER, mined=0.5), 32),
            ("three quarters as wide", replace(WIDER, stem=BLOCK.stem, widths=BLOCK.widths), 50),
        )
    ]


def around_wider() -> list[Trial]:
    """Recipes around `WIDER`."""
    short = with_recipe(WIDER, epochs=32)
    return named(
        {
            "before the tones": WIDER,
            "surroundings 0": with_recipe(WIDER, augment=replace(NO_TONES, surroundings=0.0)),
            "surroundings 0.7": with_recipe(WIDER, augment=replace(NO_TONES, surroundings=0.7)),
            "person share 0.1": with_recipe(WIDER, person_share=0.1),
            "halves 0.15, 32 passes": replace(short, halves=0.15),
            "halves 0.3, 32 passes": replace(short, halves=0.3),
            "rate 0.2, 32 passes": with_recipe(short, learning_rate=0.2),
            "margin 0.45, 32 passes": with_recipe(short, identity_margin=0.45),
            "weight decay 1e-3, 32 passes": with_recipe(short, weight_decay=1e-3),
        }
    )


def lights() -> list[Trial]:
    """What is to take the looks of collections away, for `--looks`."""
    short = with_recipe(WIDER, epochs=32)
    return named(
        {
            "nothing worn": BARE,
            "tones, 32 passes": with_recipe(short, augment=replace(NOTHING_WORN, plain=0)),
            "plain 0.4, 32 passes": with_recipe(short, augment=replace(NO_TONES, plain=0.4)),
            "one contrast, 32 passes": replace(short, light="one contrast"),
            "one contrast, grey, 32 passes": replace(short, light="grey"),
        }
    )


def around_block() -> list[Trial]:
    """What else was tried around `BARE` and `BLOCK`, for `--looks`, each as long."""
    wide = replace(NO_BLOCK, stem=(64, 7, 4), widths=(64, 128, 256))
    narrower = replace(NO_BLOCK, stem=(24, 7, 4), widths=(24, 48, 96))
    return named(
        {
            "things worn 0.2": BLOCK,
            "no block at 28 x 28, 72 passes": NO_BLOCK,
            "two thirds as wide, 91 passes": with_recipe(replace(NARROWER, blocks=BLOCK.blocks), epochs=91),
            "no block at 28 x 28, two thirds as wide, 125 passes": NARROWER,
            "no block at 28 x 28, a third wider, 45 passes": with_recipe(wide, epochs=45),
            "no block at 28 x 28, half the time: 36 passes": with_recipe(NO_BLOCK, epochs=36),
            "no block at 28 x 28, two thirds as wide, half the time: 62 passes": with_recipe(
                NARROWER, epochs=62
            ),
            "no block at 28 x 28, half as wide, half the time: 85 passes": with_recipe(narrower, epochs=85),
            "weight decay 1e-3": with_recipe(BARE, weight_decay=1e-3),
            "two more blocks, 36 passes": replace(with_recipe(BARE, epochs=36), blocks=(1, 2, 2)),
            "person share 0.05, 60 passes": with_recipe(BARE, person_share=0.05, epochs=60),
            "person share 0.35, 40 passes": with_recipe(BARE, person_share=0.35, epochs=40),
        }
    )


def few_passes() -> list[Trial]:
    """What helps where there is time for few passes, for `--looks`."""
    base = with_recipe(NARROWER, epochs=30)
    return named(
        {
            "30 passes": base,
            **{
                f"filters turned by {reach}, {passes} passes": with_recipe(
                    base, optimiser="muon", filter_reach=reach, epochs=passes
                )
                for reach, passes in ((0.15, 28), (0.3, 26), (0.6, 28), (0.15, 56), (0.3, 56))
            },
        }
    )


def teachers() -> list[Trial]:
    """How to learn from a teacher, for `--teacher`."""
    return named(
        {
            "teacher as it is, weight 10": replace(BARE, teacher="as it is"),
            **{
                f"teacher centred, weight {weight}": replace(
                    BARE, teacher="centred", teacher_weight=float(weight)
                )
                for weight in (3, 10, 30)
            },
        }
    )


def trials() -> dict[str, Trial]:
    """All variants by name."""
    found = [
        *first_recipes(),
        *shapes(),
        *around_wider(),
        *lights(),
        *around_block(),
        *few_passes(),
        *teachers(),
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
    parser.add_argument("--teacher", choices=sorted(NAMED), help="whose vectors the trials of teachers use")
    options = parser.parse_args()
    keep_memory()
    known = trials()
    people = read_people(options.project, options.leave_out)
    if options.teacher:
        people = replace(people, said=vectors_of(options.project, people.faces, options.teacher))
    people = in_looks(people) if options.looks else people
    lines = (
        [json.loads(line) for line in options.out.read_text().splitlines()] if options.out.exists() else []
    )
    done = {(line["trial"], line["seed"]) for line in lines}
    usual = [name for name, one in known.items() if (one.teacher != "none") == bool(options.teacher)]
    for seed in options.seeds:
        for name in options.only or usual:
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
