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
from typing import Any

import numpy as np

from facethemodel.catalogue import crops
from facethemodel.collect.folder import add_folder
from facethemodel.dataset.samples import LabelledCrops, samples, training_arrays
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.run import inspect
from facethemodel.networks import get_network
from facethemodel.project import Project
from facethemodel.training.recipe import Recipe, recipe_for

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
        self.train_crops = self._labelled(
            [sample for n, sample in enumerate(known) if n % EVERY_TUNE], rows
        )
        self.tune_crops = self._labelled(known[::EVERY_TUNE], rows)
        self._runs = itertools.count()

    def _labelled(self, chosen: Any, rows: Any) -> LabelledCrops:
        return training_arrays(chosen, rows, view=self.spec.view)
