"""What the benchmarks work on: drawn portraits as JPEG files, and a bundle whose network was never trained.

Neither the speed of decoding nor that of a network depends on whose face it is or on what was learned.
"""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from PIL import Image, ImageOps

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.manifest import (
    BundleFacts,
    CalibrationSummary,
    GateFacts,
    InputFormat,
    TrainingSummary,
)
from facethemodel.bundle.write import write_bundle
from facethemodel.faces.gate import ACCEPT
from facethemodel.faces.model_file import CHECK_SHA256, MODEL_SHA256
from facethemodel.inspection.version import INSPECTOR_VERSION
from facethemodel.synthetic.camera import jpeg
from facethemodel.synthetic.people import Identity, draw_photo

WIDTH, HEIGHT = 500, 600
QUALITY = 90
SUFFIXES = frozenset({".jpg", ".jpeg"})

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def apart(work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
    """Does something in a process of its own, so that nothing it imports stays in this one."""
    with _pool(1) as pool:
        return pool.submit(work, *args, **kwargs).result()


def draw_portraits(
    to: Path, count: int, *, width: int = WIDTH, height: int = HEIGHT, people: int = 8
) -> None:
    """Draws portraits into a folder as JPEG files, on all cores; which they are depends on the names alone.

    Args:
        to: The folder; its name decides who is drawn.
        count: How many.
        width: In pixels.
        height: In pixels.
        people: How many different ones, in turn.
    """
    to.mkdir(parents=True, exist_ok=True)
    base = int.from_bytes(to.name.encode()[:4].ljust(4), "big")
    with _pool(None) as pool:
        futures = [
            pool.submit(_draw, to / f"{n:05d}.jpg", base + n % people, base + n, (width, height))
            for n in range(count)
        ]
        for future in futures:
            future.result()


def fill_folder(to: Path, count: int, *, from_photos: Sequence[Path]) -> Path:
    """Makes a folder of so many photos by copying the given ones over and over under new names."""
    to.mkdir(parents=True)
    for number in range(count):
        shutil.copyfile(from_photos[number % len(from_photos)], to / f"{number:05d}.jpg")
    return to


def fit_photos(photos: Sequence[Path], to: Path, *, width: int = WIDTH, height: int = HEIGHT) -> None:
    """Writes photos anew at one size, scaled down and cut around the centre; smaller ones are left out."""
    to.mkdir(parents=True, exist_ok=True)
    for number, photo in enumerate(photos):
        with Image.open(photo) as image:
            if image.width >= width and image.height >= height:
                fitted = ImageOps.fit(image.convert("RGB"), (width, height), Image.Resampling.LANCZOS)
                fitted.save(to / f"{number:05d}.jpg", quality=QUALITY)


def photos_in(folder: Path) -> list[Path]:
    """All JPEG files of a folder and its subfolders.

    Raises:
        SystemExit: There is none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise SystemExit(f"{folder} holds no JPEG file")
    return found


def write_untrained_bundle(to: Path) -> None:
    """Writes a bundle of the default network with its first weights. Imports torch."""
    import torch

    from facethemodel.bundle.export import export
    from facethemodel.networks import get_network

    spec = get_network("residual112")
    torch.manual_seed(0)
    network = spec.build(0)
    facts = BundleFacts(
        person="Nobody",
        network=spec.name,
        view=spec.view,
        input=InputFormat(size=spec.size),
        preprocessing="Aligned on five landmarks to 112 x 112.",
        inspector_version=INSPECTOR_VERSION,
        gate=GateFacts(detector_sha256=MODEL_SHA256, check_sha256=CHECK_SHA256, threshold=ACCEPT),
        thresholds=Thresholds(
            person=0.0, unsure=0.0, target_fmr=0.01, confidence=0.95, promise=None, strangers=0
        ),
        evidence=None,
        calibration=CalibrationSummary(
            person_photos=0,
            stranger_photos=0,
            strangers=0,
            false_matches=0,
            false_non_matches=0,
            several_faces=0,
            unnamed=0,
            bound=1.0,
            more_strangers_needed=0,
        ),
        training=TrainingSummary(
            person_photos=0,
            stranger_photos=0,
            strangers=0,
            tune_person_photos=0,
            tune_stranger_photos=0,
            seed=0,
            epochs=0,
            seconds=0.0,
            precision="fp32",
        ),
    )
    write_bundle(to, facts, fill=lambda folder: export(network, spec, folder), version="benchmark")


def _pool(workers: int | None) -> ProcessPoolExecutor:
    # Forking a process that runs threads can hang its children.
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def _draw(path: Path, who: int, circumstances: int, size: tuple[int, int]) -> None:
    width, height = size
    side = max(size)
    photo = draw_photo(Identity.from_seed(who), circumstances, size=side)
    left, top = (side - width) // 2, (side - height) // 2
    path.write_bytes(jpeg(photo[top : top + height, left : left + width], QUALITY))
