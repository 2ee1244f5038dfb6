"""Which changed copies of real photos are found, beside imagehash and imagededup, in one run.

    python -m benchmarks.duplicates_recall PHOTOS... [--bursts PHOTOS...] [--rivals PYTHON] [--sheets FOLDER]

PHOTOS are folders. From each, photos are drawn and changed as photos change on their way through the web:
every change of every photo is looked for among all originals. Found means that the pair of copy and original
is given out. Wrong are pairs of a copy with another photo's original, unless the two originals are given out
as a pair themselves: collections hold copies, too.

The photos of `--bursts` are not changed: many photos of one person at one event, of which few are copies. The
pairs given out among them and among the originals are counted, and drawn on sheets for somebody to look at.

Rivals run in their own Python (`--rivals`) with the distance that their authors take: 10 of 64 bits. Where
torchvision cannot be loaded, imagededup's hashes are used without it: they do not need it.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from benchmarks.measuring import load, show_place, show_table, versions_in
from facethemodel.duplicates.prints import Print, prints
from facethemodel.duplicates.search import find_matches
from facethemodel.inspection.examine import Examiner
from facethemodel.photos.decode import decode

Pair = tuple[str, str]
Change = Callable[[Image.Image], Image.Image]

_RIVALS = """
import json, sys
from pathlib import Path
from unittest.mock import MagicMock

from PIL import Image

tool, files = sys.argv[1], sorted(path for path in Path(sys.argv[2]).rglob("*") if path.is_file())
if tool == "imagehash phash":
    import imagehash
    hashes = [int(str(imagehash.phash(Image.open(path))), 16) for path in files]
else:
    try:
        import torchvision
    except Exception:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        parts = ("", ".models", ".models.vision_transformer", ".transforms")
        sys.modules |= {"torchvision" + part: MagicMock() for part in parts}
    from imagededup.methods import PHash
    method = PHash(verbose=False)
    hashes = [int(method.encode_image(image_file=str(path)) or "0", 16) for path in files]
print(json.dumps({str(path): value for path, value in zip(files, hashes)}))
"""
TOOLS = ("imagehash phash", "imagededup phash")
DISTANCE = 10


def _cut(left: float, top: float, right: float, bottom: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        width, height = image.size
        return image.crop(
            (
                round(left * width),
                round(top * height),
                round((1 - right) * width),
                round((1 - bottom) * height),
            )
        )

    return change


def _scaled(share: float) -> Change:
    return lambda image: image.resize(
        (max(1, round(share * image.width)), max(1, round(share * image.height))), Image.Resampling.LANCZOS
    )


def _watermark(image: Image.Image) -> Image.Image:
    marked = image.copy()
    draw = ImageDraw.Draw(marked)
    size = max(8, image.height // 16)
    draw.text((0.55 * image.width, 0.9 * image.height), "(c) photos", fill="white", font_size=size)
    return marked


@dataclass(frozen=True, slots=True)
class Kind:
    """One way in which photos change."""

    change: Change
    quality: int = 90


CHANGES = {
    "encoded again, quality 30": Kind(lambda image: image, 30),
    "half the size": Kind(_scaled(0.5)),
    "a quarter of the size": Kind(_scaled(0.25)),
    "grey": Kind(lambda image: image.convert("L").convert("RGB")),
    "30 % brighter": Kind(lambda image: ImageEnhance.Brightness(image).enhance(1.3)),
    "30 % darker": Kind(lambda image: ImageEnhance.Brightness(image).enhance(0.7)),
    "small watermark": Kind(_watermark),
    "mirrored": Kind(ImageOps.mirror),
    "turned by 90 degrees": Kind(lambda image: image.transpose(Image.Transpose.ROTATE_90)),
    "turned by 180 degrees": Kind(lambda image: image.transpose(Image.Transpose.ROTATE_180)),
    "3 % cut on all sides": Kind(_cut(0.03, 0.03, 0.03, 0.03)),
    "6 % cut on all sides": Kind(_cut(0.06, 0.06, 0.06, 0.06)),
    "10 % cut on all sides": Kind(_cut(0.1, 0.1, 0.1, 0.1)),
    "8 % cut at the bottom": Kind(_cut(0, 0, 0, 0.08)),
    "8 % cut at a corner": Kind(_cut(0.08, 0, 0, 0.08)),
    "mirrored, 6 % cut": Kind(lambda image: ImageOps.mirror(_cut(0.06, 0.06, 0.06, 0.06)(image))),
    "border of 5 %": Kind(lambda image: ImageOps.expand(image, round(0.05 * max(image.size)), "white")),
    "30 % cut at the right and bottom": Kind(_cut(0, 0, 0.3, 0.3)),
}


def _picture(path: Path) -> Image.Image | None:
    try:
        return Image.fromarray(decode(path.read_bytes()).pixels)
    except Exception:  # noqa: BLE001 (a photo that one reader refuses is no photo to compare readers by)
        return None


def _write(images: Sequence[tuple[str, Image.Image]], folder: Path, quality: int) -> None:
    folder.mkdir()
    for name, image in images:
        image.save(folder / f"{name}.jpg", quality=quality)


def _our_prints(examiner: Examiner, folder: Path) -> list[Print]:
    found = []
    for path in sorted(folder.iterdir()):
        examined = examiner.examine(path.read_bytes(), sha256=path.stem, views=())
        main = {face.index: face.main for face in examined.inspection.faces}
        found += prints(replace(one, main=main.get(one.face, False)) for one in examined.fingerprints)
    return found


def _our_pairs(files: Sequence[Print]) -> set[Pair]:
    return {(match.first, match.second) for match in find_matches(files) if match.copies}


def _rival_hashes(python: Path, tool: str, folder: Path) -> dict[str, int]:
    done = subprocess.run([python, "-c", _RIVALS, tool, folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{tool} failed:\n{done.stderr[-1500:]}")
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


def _rival_pairs(hashes: dict[str, int], *folders: Path) -> set[Pair]:
    files = sorted(path for folder in folders for path in folder.iterdir())
    values = np.array([hashes[str(path)] for path in files], np.uint64)
    return {
        (files[row].stem, files[row + 1 + int(column)].stem)
        for row, value in enumerate(values)
        for column in np.flatnonzero(np.bitwise_count(values[row + 1 :] ^ value) <= DISTANCE)
    }


def _score(pairs: set[Pair], own: set[Pair], names: Sequence[str]) -> tuple[int, int]:
    """How many copies were found, and how many pairs of a copy with a stranger's original were given out."""
    linked = {frozenset(pair) for pair in own}
    found = {name for name in names if (name, f"{name}-copy") in pairs or (f"{name}-copy", name) in pairs}
    wrong = 0
    for first, second in pairs:
        bare = {first.removesuffix("-copy"), second.removesuffix("-copy")}
        if first.endswith("-copy") != second.endswith("-copy") and len(bare) == 2 and bare not in linked:
            wrong += 1
    return len(found), wrong


def _sheet(pairs: set[Pair], folder: Path, to: Path, side: int = 128) -> None:
    tiles: list[NDArray[np.uint8]] = []
    for pair in sorted(pairs):
        both = []
        for name in pair:
            pixels = decode((folder / f"{name}.jpg").read_bytes()).pixels
            both.append(np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA), np.uint8))
        tiles.append(np.pad(np.concatenate(both, axis=1), ((2, 6), (2, 6), (0, 0)), constant_values=255))
    while tiles and len(tiles) % 6:
        tiles.append(np.full_like(tiles[0], 255))
    rows = [np.concatenate(tiles[place : place + 6], axis=1) for place in range(0, len(tiles), 6)]
    if rows:
        to.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(to), np.concatenate(rows)[..., ::-1])


def _drawn(folders: Sequence[Path], each: int) -> list[tuple[str, Image.Image]]:
    drawn: list[tuple[str, Image.Image]] = []
    for number, folder in enumerate(folders):
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        random.Random(0).shuffle(paths)
        images = (image for path in paths if (image := _picture(path)) is not None)
        drawn += [(f"{number}-{place:03d}", image) for place, image in enumerate(islice(images, each))]
    return drawn


def _percent(found: int, total: int, wrong: int) -> str:
    return f"{100 * found / total:.1f} %" + (f", {wrong} wrong" if wrong else "")


def _compare(
    work: Path, names: Sequence[str], examiner: Examiner, hashes: dict[str, dict[str, int]]
) -> dict[str, set[Pair]]:
    """Looks for every change, shows the table, and gives what each tool finds among the originals."""
    tools = ("facethemodel", *hashes)
    prints_of_originals = _our_prints(examiner, work / "originals")
    own = {"facethemodel": _our_pairs(prints_of_originals)}
    own |= {tool: _rival_pairs(hashes[tool], work / "originals") for tool in hashes}
    sums: dict[str, list[int]] = {tool: [0, 0] for tool in tools}
    rows = []
    for label in CHANGES:
        copies = work / label
        pairs = {"facethemodel": _our_pairs([*prints_of_originals, *_our_prints(examiner, copies)])}
        pairs |= {tool: _rival_pairs(hashes[tool], work / "originals", copies) for tool in hashes}
        row = [label]
        for tool in tools:
            found, wrong = _score(pairs[tool], own[tool], names)
            sums[tool][0] += found
            sums[tool][1] += wrong
            row.append(_percent(found, len(names), wrong))
        rows.append(row)
    total = len(names) * len(CHANGES)
    rows.append(["all", *(_percent(sums[tool][0], total, sums[tool][1]) for tool in tools)])
    show_table(f"copies found, of {len(names)} photos each", ("change", *tools), rows)
    return own


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare finders of changed copies.")
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--bursts", type=Path, nargs="*", default=[])
    parser.add_argument("--each", type=int, default=40, help="photos drawn from each folder")
    parser.add_argument("--rivals", type=Path, help="a Python with imagehash and imagededup")
    parser.add_argument("--sheets", type=Path, help="where to draw the pairs to be looked at")
    arguments = parser.parse_args()
    load_before = load()
    drawn = _drawn(arguments.photos, arguments.each)
    examiner = Examiner()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        _write(drawn, work / "originals", 95)
        for label, kind in CHANGES.items():
            _write(
                [(f"{name}-copy", kind.change(image)) for name, image in drawn], work / label, kind.quality
            )
        bursts = _drawn(arguments.bursts, 10**6)
        _write(bursts, work / "bursts", 95)
        python = arguments.rivals
        hashes = {tool: _rival_hashes(python, tool, work) for tool in TOOLS} if python else {}
        among = {"originals": _compare(work, [name for name, _ in drawn], examiner, hashes)}
        among["bursts"] = {"facethemodel": _our_pairs(_our_prints(examiner, work / "bursts"))}
        among["bursts"] |= {tool: _rival_pairs(hashes[tool], work / "bursts") for tool in hashes}
        for title, found in among.items():
            for tool, pairs in found.items() if arguments.sheets else ():
                _sheet(pairs, work / title, arguments.sheets / f"{title}-{tool.replace(' ', '-')}.png")
        rows = [
            [title, f"{len(photos):,}", *(f"{len(pairs):,}" for pairs in among[title].values())]
            for title, photos in (("originals", drawn), ("bursts", bursts))
        ]
        show_table("pairs given out among unchanged photos", ("", "photos", "facethemodel", *hashes), rows)
    others = versions_in(arguments.rivals, "imagehash", "imagededup") if arguments.rivals else ""
    show_place("numpy", others=others, load_before=load_before)


if __name__ == "__main__":
    main()
