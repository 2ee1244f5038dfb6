"""How long the review page takes with many photos, in headless Chromium, while an inspection runs.

    .venv/bin/python -m benchmarks.review [--photos 50000] [--project FOLDER]

The project is made of rows: photos that were never on the disk, inspected by nobody, with small drawn crops
of every fiftieth (the others are black). `--inspect` further photos are drawn, and wait for the inspection
that runs in a process of its own while keys are pressed. With `--project` one made before is used again.

Measured: from the start of the command to the printed address; from asking for the page to all pictures in
view; a jump to a random place in the list until nothing in view is missing; a key until the page has heard
that its decision is on the disk.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.measuring import load, our_command, show_place, show_table
from facethemodel.catalogue import inspections, photos
from facethemodel.catalogue.crops import CropKey
from facethemodel.catalogue.database import batches
from facethemodel.catalogue.photos import Addition
from facethemodel.catalogue.records import CheckScore, Claim, Face, Inspection, Photo, Source
from facethemodel.inspection.examine import VIEW_SIDES
from facethemodel.inspection.run import inspector_version
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project
from facethemodel.synthetic.people import Identity, draw_photo

DRAWN_EVERY = 50
JUMPS, KEYS, LOADS = 30, 200, 5
PACE = 0.12
"""Seconds between an answer and the next key: eight keys a second are faster than anybody decides."""

IN_VIEW = """() => {
  const view = document.querySelector("#grid").getBoundingClientRect();
  const cells = [...document.querySelectorAll(".photo")].filter((cell) => {
    const box = cell.getBoundingClientRect();
    return box.bottom > view.top && box.top < view.bottom;
  });
  const missing = cells.filter((cell) => !cell.ariaLabel || !cell.querySelector("img")?.complete
    || !cell.querySelector("img").naturalWidth).length;
  return [cells.length, missing];
}"""
WATCH = """() => {
  window.took = [];
  let pressed = null;
  addEventListener("keydown", () => (pressed = performance.now()), true);
  new MutationObserver(() => {
    if (pressed !== null) window.took.push(performance.now() - pressed);
    pressed = null;
  }).observe(document.body, { attributes: true, attributeFilter: ["data-acknowledged"] });
}"""


def main() -> None:
    options = _options()
    before = load()
    with tempfile.TemporaryDirectory() as folder:
        root = options.project or Path(folder) / "project"
        project = Project.open(root) if root.exists() else _made(root, options.photos)
        _add_drawn(project, options.inspect)
        started = time.perf_counter()
        server = subprocess.Popen(
            [our_command(), "review", "--no-browser", "--json", "--project", root],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert server.stdout is not None
        address = json.loads(server.stdout.readline())
        ready = time.perf_counter() - started
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.goto(address["once"])
                rows = _measure(page, address["page"], project, quick=options.quick)
                browser.close()
        finally:
            server.terminate()
            server.wait()
    rows.insert(0, ("command to address, s", f"{ready:.2f}", "", "", ""))
    show_table(f"{options.photos:,} photos", ("", "median", "95 %", "worst", "goal"), rows)
    show_place("fastapi", "uvicorn", "playwright", load_before=before)


def _measure(page: Page, address: str, project: Project, *, quick: bool) -> list[tuple[str, ...]]:
    everything = f"{address}#sort=gate"
    loads = []
    for _ in range(LOADS):
        page.goto("about:blank")
        started = time.perf_counter()
        page.goto(everything)
        _settle(page)
        loads.append(time.perf_counter() - started)
    jumps, cells, holes = _jump(page)
    quiet = _press(page, KEYS // (4 if quick else 1))
    inspecting = subprocess.Popen(
        [our_command(), "inspect", "-q", "--project", str(project.root)],
        env=os.environ | {"FACETHEMODEL_INSPECT__JOBS": "1", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )
    time.sleep(3)
    busy = _press(page, KEYS // (4 if quick else 1))
    still = inspecting.poll() is None
    inspecting.terminate()
    inspecting.wait()
    meanwhile = "key to the disk, inspection running, ms" if still else "key, inspection ended too early, ms"
    return [
        ("first page with its pictures, s", *_three(loads, 2), "below 1"),
        (f"jump until {cells} photos are in view, ms", *_three(jumps, 0), "no holes"),
        ("photos missing after that", str(holes), "", "", "0"),
        ("key to the disk, ms", *_three(quiet, 0), ""),
        (meanwhile, *_three(busy, 0), "95 % below 50"),
    ]


def _settle(page: Page) -> int:
    """Waits until nothing in view is missing; gives what is missing after five seconds."""
    missing = 1
    until = time.perf_counter() + 5
    while time.perf_counter() < until:
        count, missing = page.evaluate(IN_VIEW)
        if count and not missing:
            break
    return int(missing)


def _jump(page: Page) -> tuple[list[float], int, int]:
    chance = random.Random(3)
    took, holes = [], 0
    for _ in range(JUMPS):
        started = time.perf_counter()
        page.evaluate(
            "(to) => { const grid = document.querySelector('#grid'); "
            "grid.scrollTop = to * grid.scrollHeight; "
            "return new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))); }",
            chance.random(),
        )
        holes += _settle(page)
        took.append(1000 * (time.perf_counter() - started))
    return took, page.evaluate(IN_VIEW)[0], holes


def _press(page: Page, count: int) -> list[float]:
    page.keyboard.press("Home")
    if not page.evaluate("'took' in window"):
        page.evaluate(WATCH)
    page.evaluate("window.took.length = 0")
    chance = random.Random(7)
    for number in range(count):
        page.keyboard.press(chance.choice("kn"))
        until = time.perf_counter() + 10
        while page.evaluate("window.took.length") <= number and time.perf_counter() < until:
            time.sleep(0.005)
        time.sleep(PACE)
    return [float(value) for value in page.evaluate("window.took")]


def _three(values: list[float], digits: int) -> tuple[str, str, str]:
    ordered = sorted(values)
    return tuple(  # type: ignore[return-value]
        f"{value:,.{digits}f}" for value in (np.median(ordered), np.quantile(ordered, 0.95), ordered[-1])
    )


def _made(root: Path, count: int) -> Project:
    project = Project.create(root, person="Drawn Person")
    side = VIEW_SIDES["aligned112"]
    version = inspector_version(project.settings.inspect)
    project.cache_dir.mkdir(exist_ok=True)
    with (project.cache_dir / "aligned112.u8").open("wb") as file:
        for row in range(0, count, DRAWN_EVERY):
            pixels = np.full((side, side, 3), [row // 7 % 200, 90, row // 11 % 255], np.uint8)
            cv2.putText(pixels, str(row), (8, 64), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2)
            file.seek(row * pixels.nbytes)
            file.write(pixels.tobytes())
        file.truncate(count * side * side * 3)
    with project.database() as db:
        for numbers in batches(range(count)):
            shas = {number: hashlib.sha256(b"%d" % number).hexdigest() for number in numbers}
            photos.add_many(
                db,
                [
                    Addition(
                        photo=Photo(sha256=sha, size=1),
                        source=Source(origin=b"/made/%d/%d.jpg" % (number // 500, number)),
                        claim=Claim(role="person" if number % 3 == 0 else "stranger"),
                    )
                    for number, sha in shas.items()
                ],
            )
            inspections.record(
                db,
                [
                    (_inspection(sha, number), [CropKey(sha256=sha, face=0, view="aligned112", row=number)])
                    for number, sha in shas.items()
                ],
                version=version,
                checks={
                    sha: [CheckScore(name="dark", score=number * 7919 % 1000 / 1000, measure=1.0)]
                    for number, sha in shas.items()
                },
            )
    return project


def _inspection(sha256: str, number: int) -> Inspection:
    face = Face(
        index=0,
        box=(10.0, 10.0, 80.0, 80.0),
        landmarks=(1.0,) * 10,
        detector_score=0.9,
        gate_score=0.5 + number * 104729 % 5000 / 10000,
        accepted=True,
        main=True,
        sharpness=float(number * 31 % 997),
        brightness=0.5,
    )
    return Inspection(
        sha256=sha256, width=200, height=200, format="JPEG", mode="RGB", frames=1, phash=number,
        sharpness=9.0, brightness=0.5, faces=(face,),
    )  # fmt: skip


def _add_drawn(project: Project, count: int) -> None:
    """Adds photos that wait for an inspection: one portrait in many shades."""
    portrait = cv2.cvtColor(draw_photo(Identity.from_seed(1), 1), cv2.COLOR_RGB2BGR).astype(np.int16)
    store = PhotoStore(project.photos_dir)
    chance = np.random.default_rng(int(time.time()))
    additions = []
    for number in range(count):
        shaded = np.clip(portrait + chance.integers(-9, 9, portrait.shape), 0, 255).astype(np.uint8)
        incoming = project.root / "incoming.jpg"
        incoming.write_bytes(cv2.imencode(".jpg", shaded)[1].tobytes())
        source = Source(origin=b"/drawn/%d.jpg" % number)
        additions.append(Addition(photo=store.put(incoming), source=source, claim=Claim(role="person")))
    with project.database() as db:
        photos.add_many(db, additions)


def _options() -> Any:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, default=50_000)
    parser.add_argument("--inspect", type=int, default=12_000, help="photos to inspect meanwhile")
    parser.add_argument("--project", type=Path, help="where the project is kept for another run")
    parser.add_argument("--quick", action="store_true", help="a quarter of the keys")
    return parser.parse_args()


if __name__ == "__main__":
    main()
