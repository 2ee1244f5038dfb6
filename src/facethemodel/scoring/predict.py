"""Verdicts on files and folders of any size, in the order they were asked for."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import Self

from facethemodel.errors import UsageError
from facethemodel.progress import SILENT, Progress
from facethemodel.scoring.files import Candidate, PathLike, candidates, check_paths
from facethemodel.scoring.judge import Model
from facethemodel.scoring.pool import CHUNK, JudgePool, Recipe
from facethemodel.scoring.verdict import FaceVerdict, Verdict

__all__ = ["FaceVerdict", "Predictions", "Verdict", "predict"]

FEW = 24
"""Up to so many files are judged in this process: a worker takes about half a second to start."""


_Judged = tuple[Candidate, Verdict | None]


class Predictions(Iterator[Verdict]):
    """Verdicts as they come.

    Attributes:
        not_images: Files met so far inside folders that are no images, neither by content nor by name. They
            get no verdict; together with the verdicts they account for every file.
    """

    def __init__(self, judged: Generator[_Judged, None, None]) -> None:
        self.not_images = 0
        self._judged = judged

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Verdict:
        for _, verdict in self._judged:
            if verdict is not None:
                return verdict
            self.not_images += 1
        raise StopIteration

    def close(self) -> None:
        """Ends the work where it stands, and its processes."""
        self._judged.close()


def predict(
    bundle_dir: Path,
    paths: Sequence[PathLike],
    *,
    jobs: int = 0,
    detector: Path | None = None,
    progress: Progress = SILENT,
) -> Predictions:
    """Judges photos, and every photo inside folders.

    Photos that cannot be judged get a verdict with an `error`. Many photos are judged by worker processes,
    which import the program's main file anew: a script that calls this needs `if __name__ == "__main__":`.

    Args:
        bundle_dir: The bundle.
        paths: Files and folders. The verdicts come in their order; inside folders, by name.
        jobs: Worker processes; 0 takes one per core, 1 stays in this process.
        detector: A copy of the face detector's file; None takes the installed one.
        progress: Who watches.

    Raises:
        UsageError: A path is not there, there is no bundle, or `jobs` is negative; before any work starts.
        SchemaError: The bundle has a format this version does not know.
        BundleError: The bundle was altered or does not fit this version.
    """
    if jobs < 0:
        raise UsageError(f"jobs must be 0 or more, got {jobs}", remedy="0 takes one job per core")
    texts = check_paths(paths)
    model = Model.load(bundle_dir, detector=detector)
    recipe = Recipe(bundle=bundle_dir, detector=detector)
    return Predictions(_run(model, recipe, texts, jobs=jobs or _cores(), progress=progress))


def _run(
    model: Model, recipe: Recipe, paths: Sequence[str], *, jobs: int, progress: Progress
) -> Generator[_Judged, None, None]:
    # Walking the folders twice costs next to nothing beside the photos and tells how long it will take.
    total = sum(1 for _ in candidates(paths))
    # Closed here and now: an abandoned run must not leave its processes to the garbage collector.
    with (
        progress.task("judging photos", total) as advance,
        closing(_judge(model, recipe, candidates(paths), jobs=jobs)) as results,
    ):
        for result in results:
            advance(1)
            yield result


def _judge(
    model: Model, recipe: Recipe, files: Iterator[Candidate], *, jobs: int
) -> Generator[_Judged, None, None]:
    first = list(islice(files, FEW + 1))
    if jobs == 1 or len(first) <= FEW:
        yield from _here(model, chain(first, files))
        return
    with JudgePool(recipe, jobs=jobs) as pool:
        yield from pool.judge(chain(first, files))


def _here(model: Model, files: Iterable[Candidate]) -> Iterator[_Judged]:
    remaining = iter(files)
    while chunk := tuple(islice(remaining, CHUNK)):
        yield from zip(chunk, model.judge_files(chunk), strict=True)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
