"""Verdicts on files and folders of any size, in the order they were asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import Self

from facethemodel.bundle.manifest import BundleManifest
from facethemodel.bundle.read import read_bundle
from facethemodel.cores import available_cores
from facethemodel.errors import BundleError, UsageError
from facethemodel.faces.model_file import read_model
from facethemodel.inspection.workers import Crashed, in_order
from facethemodel.progress import SILENT, Progress
from facethemodel.scoring.files import Candidate, PathLike, Unmet, can_crash, candidates, check_paths
from facethemodel.scoring.usable import evidence_with, require_usable
from facethemodel.scoring.verdict import FaceVerdict, Verdict

__all__ = ["FaceVerdict", "Predictions", "Verdict", "predict"]

FEW = 24
"""Up to so many files are judged in this process: a worker takes about half a second to start."""
CHUNK = 16
"""Files whose crops go through the network together: enough for one good batch."""
CRASH = "the decoder crashed on it, or it took more memory than there is"

_JudgeFiles = Callable[[Sequence[Candidate]], list[Verdict | None]]


class Predictions(Iterator[Verdict]):
    """Verdicts as they come.

    Attributes:
        not_images: Files met so far inside folders that are no images, neither by content nor by name. They
            get no verdict; together with the verdicts they account for every file.
    """

    def __init__(self, judged: Generator[Verdict | None, None, None], paths: Sequence[str]) -> None:
        self.not_images = 0
        self._judged = judged
        self._unmet = Unmet(paths)

    @property
    def without_photos(self) -> tuple[str, ...]:
        """The paths asked for that have no verdict so far: at the end, those that hold no photo."""
        return self._unmet.paths

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Verdict:
        for verdict in self._judged:
            if verdict is not None:
                self._unmet.meet(verdict.path)
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
    prior: float | None = None,
    progress: Progress = SILENT,
) -> Predictions:
    """Judges photos, and every photo inside folders.

    Photos that cannot be judged get a verdict with an `error`. Many photos are judged by worker processes,
    which import the program's main file anew: a script that calls this needs `if __name__ == "__main__":`.

    Args:
        bundle_dir: The bundle.
        paths: Files and folders. The verdicts come in their order; inside folders, by name.
        jobs: Worker processes; 0 takes one per core, 1 stays in this process unless a file could crash it.
        detector: A copy of the face detector's file; None takes the installed one.
        prior: The share of photos with a face that show the person, for probabilities; None takes the
            bundle's.
        progress: Who watches.

    Raises:
        UsageError: A path is not there, there is no bundle, `jobs` is negative or the prior cannot be used;
            before any work starts.
        SchemaError: The bundle has a format this version does not know.
        BundleError: The bundle was altered or does not fit this version; on the way, also: it was replaced
            since.
    """
    if jobs < 0:
        raise UsageError(f"jobs must be 0 or more, got {jobs}", remedy="0 takes one job per core")
    texts = check_paths(paths)
    # Checked here, so that a bundle that cannot be used is told before any work; loaded where it is needed.
    manifest = read_bundle(bundle_dir)
    require_usable(manifest, bundle_dir)
    evidence_with(manifest, bundle_dir, prior=prior)
    read_model(detector)
    make = functools.partial(_load, bundle_dir, manifest, detector, prior)
    judged = _run(make, texts, jobs=jobs or available_cores(), progress=progress)
    return Predictions(judged, texts)


def _load(
    bundle_dir: Path, checked: BundleManifest, detector: Path | None, prior: float | None
) -> _JudgeFiles:
    # Late: where workers judge, this process loads no network and can start them sooner.
    from facethemodel.scoring.judge import Model

    model = Model.load(bundle_dir, detector=detector, prior=prior)
    # Workers start whenever they are needed; the verdicts of one run must all be of one model.
    if model.manifest != checked:
        raise BundleError(
            f"{bundle_dir} was replaced while photos were judged", remedy="judge them again with the new one"
        )
    return model.judge_files


def _run(
    make: Callable[[], _JudgeFiles],
    paths: Sequence[str],
    *,
    jobs: int,
    progress: Progress,
) -> Generator[Verdict | None, None, None]:
    # Walking the folders twice costs next to nothing beside the photos and tells how long it will take.
    total = sum(1 for _ in candidates(paths))
    # Closed here and now: an abandoned run must not leave its processes to the garbage collector.
    with (
        progress.task("judging photos", total) as advance,
        closing(_judge(make, candidates(paths), jobs=jobs)) as results,
    ):
        for result in results:
            advance(1)
            yield result


def _judge(
    make: Callable[[], _JudgeFiles], files: Iterator[Candidate], *, jobs: int
) -> Generator[Verdict | None, None, None]:
    first = list(islice(files, FEW + 1))
    every = chain(first, files)
    if jobs == 1 or len(first) <= FEW:
        judge_files = make()
        while taken := tuple(islice(every, CHUNK)):
            if any(can_crash(candidate) for candidate in taken):
                every = chain(taken, every)
                break
            yield from judge_files(taken)
    with closing(in_order(every, make=make, jobs=jobs, chunk=CHUNK)) as results:
        for result in results:
            yield Verdict(path=result.item.path, error=CRASH) if isinstance(result, Crashed) else result
