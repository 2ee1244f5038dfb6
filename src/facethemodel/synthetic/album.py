"""Whole folders of drawn photos: one person, many strangers, curveballs."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from facethemodel.cores import available_cores
from facethemodel.errors import StorageError, UsageError
from facethemodel.progress import SILENT, Progress
from facethemodel.synthetic.camera import jpeg
from facethemodel.synthetic.curveballs import FAMILIES, draw_curveball
from facethemodel.synthetic.names import names
from facethemodel.synthetic.people import Identity, Variation, draw_photo

BURST_SHARE = 0.1
"""Share of a person's photos that repeat the one before, a moment later."""
_CHUNK = 24
_PERSON, _STRANGER, _CURVEBALL = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """Where the photos of an album lie.

    Attributes:
        person_dir: The photos of the one person.
        strangers_dir: One folder a stranger, named after them.
        curveball_dirs: One folder for each family.
    """

    person_dir: Path
    strangers_dir: Path
    curveball_dirs: dict[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shot:
    """One photo to draw: of a person where `family` is None; `burst_seed` makes it the next of a burst."""

    path: Path
    family: str | None
    subject_seed: int
    variation_seed: int
    burst_seed: int | None


def write_album(
    to: Path,
    *,
    seed: int,
    person_photos: int,
    strangers: int,
    photos_per_stranger: int,
    curveballs_per_family: int,
    size: int = 250,
    jobs: int | None = None,
    progress: Progress = SILENT,
) -> Album:
    """Draws an album into a new folder as JPEG files.

    Person and strangers are taken by the same cameras in the same places: nothing but the face tells them
    apart. About one photo in ten is the next frame of a burst. The bytes depend on the seed, the counts and
    the size alone, not on `jobs`.

    Args:
        to: A folder that is empty or does not exist yet.
        seed: Not negative.
        person_photos: Photos of the person, in `person/`.
        strangers: How many other people, in `strangers/<made-up name>/`.
        photos_per_stranger: Photos of each.
        curveballs_per_family: Pictures in each `curveballs/<family>/`.
        size: Side of the square photos in pixels.
        jobs: Processes to draw with; None takes one a core.
        progress: Told of every photo.

    Raises:
        UsageError: A count is negative, or the folder holds something.
        StorageError: The folder cannot be written.
    """
    counts = {
        "seed": seed,
        "person_photos": person_photos,
        "strangers": strangers,
        "photos_per_stranger": photos_per_stranger,
        "curveballs_per_family": curveballs_per_family,
    }
    for name, count in counts.items():
        if count < 0:
            raise UsageError(f"{name} is {count}", remedy="give 0 or more")
    album = Album(
        person_dir=to / "person",
        strangers_dir=to / "strangers",
        curveball_dirs={family: to / "curveballs" / family for family in FAMILIES},
    )
    shots = list(_person_shots(album.person_dir, seed, _PERSON, 0, person_photos))
    for index, name in enumerate(names(strangers, seed)):
        shots += _person_shots(album.strangers_dir / name, seed, _STRANGER, index, photos_per_stranger)
    for index, (family, folder) in enumerate(album.curveball_dirs.items()):
        shots += _curveball_shots(folder, seed, family, index, curveballs_per_family)
    try:
        if to.is_dir() and any(to.iterdir()):
            raise UsageError(f"{to} is not empty", remedy="name a new folder for the album")
        album.strangers_dir.mkdir(parents=True, exist_ok=True)
        for folder in {shot.path.parent for shot in shots} | {
            album.person_dir,
            *album.curveball_dirs.values(),
        }:
            folder.mkdir(parents=True, exist_ok=True)
        with progress.task("draw", len(shots)) as advance:
            for done in _draw_all(shots, size, jobs or available_cores()):
                advance(done)
    except OSError as error:
        raise StorageError(
            f"cannot write the album to {to}: {error.strerror}", remedy="name another folder"
        ) from error
    return album


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence([*parts, 61]).generate_state(1, np.uint64)[0])


def _person_shots(folder: Path, seed: int, role: int, index: int, count: int) -> Iterator[_Shot]:
    subject = _seed(seed, role, index)
    rng = np.random.default_rng([subject, 62])
    variation = 0
    for number in range(count):
        burst = number > 0 and bool(rng.random() < BURST_SHARE)
        if not burst:
            variation = _seed(subject, number)
        yield _Shot(
            path=folder / f"{number + 1:04d}.jpg",
            family=None,
            subject_seed=subject,
            variation_seed=variation,
            burst_seed=number if burst else None,
        )


def _curveball_shots(folder: Path, seed: int, family: str, index: int, count: int) -> Iterator[_Shot]:
    for number in range(count):
        subject = _seed(seed, _CURVEBALL, index, number)
        path = folder / f"{number + 1:04d}.jpg"
        yield _Shot(path=path, family=family, subject_seed=subject, variation_seed=subject, burst_seed=None)


def _draw_all(shots: Sequence[_Shot], size: int, jobs: int) -> Iterator[int]:
    chunks = [shots[start : start + _CHUNK] for start in range(0, len(shots), _CHUNK)]
    if jobs == 1 or len(chunks) < 2:
        for chunk in chunks:
            yield _draw_some(chunk, size)
        return
    workers = min(jobs, len(chunks))
    # Forking a process that runs threads can hang its children; spawning cannot.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=cv2.setNumThreads, initargs=(1,)
    ) as pool:
        try:
            for done in as_completed([pool.submit(_draw_some, chunk, size) for chunk in chunks]):
                yield done.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _draw_some(shots: Sequence[_Shot], size: int) -> int:
    for shot in shots:
        if shot.family is not None:
            quality = Variation.from_seed(shot.variation_seed).jpeg_quality
            photo = draw_curveball(shot.family, shot.subject_seed, size=size)
        else:
            identity = Identity.from_seed(shot.subject_seed)
            variation = Variation.from_seed(shot.variation_seed, identity=identity)
            if shot.burst_seed is not None:
                variation = variation.nearby(shot.burst_seed)
            quality = variation.jpeg_quality
            photo = draw_photo(identity, variation, size=size)
        shot.path.write_bytes(jpeg(photo, quality))
    return len(shots)
