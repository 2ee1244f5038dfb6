"""The 2018 training in this package. Run by `train_seed2018`.

    python -m benchmarks.seed2018_ours PHOTOS WORK [--images N]

At the start the photos are added to a project and inspected, which is timed as a whole. Then each line on
the input is answered by a line of JSON with the images shown and the seconds they took:

* `loop` trains one pass with `facethemodel.training` and times its steps, the making of batches included;
* `bare` does as many steps on one batch that is in memory already, in the same arithmetic.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from facethemodel.catalogue import crops
from facethemodel.collect.folder import add_folder
from facethemodel.dataset.samples import samples, training_arrays
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.run import inspect
from facethemodel.networks import get_network
from facethemodel.project import Project
from facethemodel.training.recipe import Recipe, recipe_for
from facethemodel.training.step import Execution

NETWORK = "seed2018"
PERSON = "Drawn Person"
EVERY_TUNE = 20
"""One photo in so many is left for choosing the best pass, of which there is one."""


class Ours:
    """A project with inspected photos, ready to train.

    Args:
        photos: Has the subfolders `person` and `others`.
        work: A folder that does not exist yet.
        images: Images per pass; None takes the recipe's.
    """

    def __init__(self, photos: Path, work: Path, *, images: int | None) -> None:
        self.spec = get_network(NETWORK)
        recipe = recipe_for(NETWORK)
        self.passes = recipe.epochs
        self.recipe: Recipe = replace(recipe, epochs=1, per_epoch=images or recipe.per_epoch)
        self.project = Project.create(work, person=PERSON)
        add_folder(self.project, [photos / "person"], role="person")
        add_folder(self.project, [photos / "others"], role="stranger")
        start = time.perf_counter()
        inspect(self.project, views=(self.spec.view,))
        self.inspection_seconds = time.perf_counter() - start
        with self.project.database() as db:
            known = samples(db, person=PERSON)
            rows = crops.rows(db, self.spec.view)
        roles = [[sample for sample in known if sample.label.role == role] for role in ("person", "stranger")]
        tune = {sample.sha256 for role in roles for sample in role[::EVERY_TUNE]}
        self._train = training_arrays(
            [one for one in known if one.sha256 not in tune], rows, view=self.spec.view
        )
        self._tune = training_arrays([one for one in known if one.sha256 in tune], rows, view=self.spec.view)
        self._images = CropStore(self.project.cache_dir).open(self.spec.view)
        self._runs = itertools.count()
        self.execution: Execution | None = None
        self._loop()

    @property
    def images_per_pass(self) -> int:
        """What a pass shows: whole batches."""
        batch = self.recipe.batch_size
        return -(-self.recipe.crops_per_epoch(len(self._train)) // batch) * batch

    def answer(self, what: str) -> float:
        """Does what a line of the input asks for; gives the seconds it took."""
        return {"loop": self._loop, "bare": self._bare}[what]()

    def _loop(self) -> float:
        from facethemodel.training.loop import train

        trained = train(
            self._train,
            self._tune,
            self._images,
            spec=self.spec,
            recipe=self.recipe,
            run_dir=self.project.runs_dir / str(next(self._runs)),
            device="cpu",
            precision=self.execution.precision if self.execution else "auto",
        )
        # The first run measures which arithmetic is faster here; all others keep to it.
        self.execution = trained.execution
        return self.images_per_pass / trained.images_per_second

    def _bare(self) -> float:
        import torch

        from facethemodel.training.optimiser import make_optimiser
        from facethemodel.training.speed import apply
        from facethemodel.training.step import take_step

        torch.manual_seed(0)
        network = self.spec.build(0).train()
        assert self.execution is not None
        apply(self.execution)
        network.lay_out(channels_last=self.execution.channels_last)
        optimiser = make_optimiser(network, self.recipe)
        chosen = np.linspace(0, len(self._train) - 1, self.recipe.batch_size).astype(int)
        pixels = torch.from_numpy(np.ascontiguousarray(self._images[self._train.rows[chosen]]))
        is_person = torch.from_numpy(self._train.is_person[chosen])
        identity = torch.full((len(chosen),), -1)
        precision = self.execution.precision
        start = time.perf_counter()
        for _ in range(self.images_per_pass // self.recipe.batch_size):
            take_step(
                network, optimiser, pixels, is_person, identity, recipe=self.recipe, precision=precision
            )
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--images", type=int)
    options = parser.parse_args()
    ours = Ours(options.photos, options.work, images=options.images)
    facts = {
        "passes": ours.passes,
        "images_per_pass": ours.images_per_pass,
        "inspection_seconds": ours.inspection_seconds,
        "precision": ours.execution.precision if ours.execution else None,
    }
    print(json.dumps(facts), flush=True)
    for line in sys.stdin:
        seconds = ours.answer(line.strip())
        print(json.dumps({"images": ours.images_per_pass, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
