"""A project's faces to vectors: the right crops, once, restartable, and no photo stops the others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.catalogue import photos as catalogue_photos
from facethemodel.catalogue.inspections import inspections
from facethemodel.catalogue.photos import all_photos
from facethemodel.catalogue.records import WHOLE_PHOTO, Claim, Source, View
from facethemodel.embedders.description import Description
from facethemodel.embedders.embedder import Card, FaceKey, Spot
from facethemodel.embedders.onnx_model import OnnxSource
from facethemodel.embedders.run import BATCH, CRASH, embed_faces
from facethemodel.embedders.store import EmbeddingStore
from facethemodel.errors import UsageError
from facethemodel.faces.align import align, centre_square
from facethemodel.inspection.run import inspect
from facethemodel.photos.decode import decode
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project
from facethemodel.synthetic.people import Identity, draw_photo

FATAL = 7
"""A crop with this first byte brings `Fragile` down."""

KILLED = """
import sys
from pathlib import Path
import facethemodel.embedders.run as run
from facethemodel.embedders.description import Description
from facethemodel.embedders.onnx_model import OnnxSource
from facethemodel.project import Project

project = Project.open(Path(sys.argv[1]))
source = OnnxSource(path=Path(sys.argv[2]), description=Description(
    name="quarters", trained_by="nobody", trained_on="nothing", size=112, crop="box"))
lines = [line.split() for line in sys.stdin.read().splitlines()]
keys = [(sha, int(face)) for sha, face in lines]
append = run.EmbeddingStore.append
def slowly(store, vectors):
    append(store, vectors)
    print(len(vectors), flush=True)
    time.sleep(60)
run.EmbeddingStore.append = slowly
run.embed_faces(project, source, keys, jobs=1)
"""


@dataclass(frozen=True)
class Fragile:
    """An embedder whose vector is the crop's first three bytes, and which can be brought down."""

    card = Card(
        name="fragile",
        trained_by="nobody",
        trained_on="nothing",
        dimension=3,
        metric="euclidean",
        tolerance=None,
        fingerprint="f" * 12,
    )
    view: View | None = None

    def open(self) -> Fragile:
        return self

    def cut(
        self, pixels: NDArray[np.uint8], spot: Spot | None, *, painted: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        return pixels[:1, :1]

    def embed(self, crops: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        if any(crop[0, 0, 0] == FATAL for crop in crops):
            os.abort()
        return np.array([crop[0, 0] for crop in crops], np.float32).reshape(-1, 3)


def add(project: Project, pixels: NDArray[np.uint8], folder: Path) -> str:
    done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    assert done
    (folder / "incoming").write_bytes(data.tobytes())
    photo = PhotoStore(project.photos_dir).put(folder / "incoming")
    with project.database() as db:
        source = Source(origin=photo.sha256.encode())
        catalogue_photos.add(db, photo, source=source, claim=Claim(role="person"))
    return photo.sha256


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Six portraits and a plain wall, inspected."""
    made = Project.create(tmp_path / "project", person="Drawn Person")
    portrait = draw_photo(Identity.from_seed(1), 1)
    for shade in range(6):
        add(made, np.clip(portrait.astype(int) + 3 * shade, 0, 255).astype(np.uint8), tmp_path)
    add(made, np.full((80, 120, 3), 140, np.uint8), tmp_path)
    inspect(made, jobs=1)
    return made


def keys_of(project: Project) -> list[FaceKey]:
    with project.database() as db:
        found = inspections(db)
    return [
        (sha, face)
        for sha, one in found.items()
        for face in ([face.index for face in one.faces] or [WHOLE_PHOTO])
    ]


@pytest.fixture
def source(
    tmp_path: Path, write_embedder: Callable[..., Path], describe: Callable[..., Description]
) -> Callable[..., OnnxSource]:
    def make(**changes: object) -> OnnxSource:
        size = int(str(changes.get("size", 112)))
        path = write_embedder(tmp_path / f"net{size}.onnx", size=size)
        return OnnxSource(path=path, description=describe(**changes))

    return make


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("size", [112, 96])
def test_every_face_gets_the_vector_of_its_crop(
    project: Project, source: Callable[..., OnnxSource], jobs: int, size: int
) -> None:
    """112: from the crops in the cache; 96: from the photos. Both are cut as `align` cuts."""
    asked = keys_of(project)
    found = embed_faces(project, source(size=size), asked, jobs=jobs)
    assert (found.new, found.lost, set(found.vectors)) == (len(asked), {}, set(asked))
    embedder = source(size=size).open()
    photos = PhotoStore(project.photos_dir)
    with project.database() as db:
        known, stored = inspections(db), {photo.sha256: photo for photo in all_photos(db)}
    for sha, face in asked:
        pixels = decode(photos.read(stored[sha], max_bytes=10**9)).pixels
        if face == WHOLE_PHOTO:
            crop = centre_square(pixels, size=size)
        else:
            crop = align(pixels, known[sha].faces[face].landmarks, size=size)
        np.testing.assert_allclose(found.vectors[sha, face], embedder.embed([crop])[0], atol=0.6)


def test_what_is_known_is_not_computed_again(project: Project, source: Callable[..., OnnxSource]) -> None:
    asked = keys_of(project)
    some = embed_faces(project, source(), asked[:3], jobs=1)
    every = embed_faces(project, source(), asked, jobs=1)
    again = embed_faces(project, source(), [*asked, *asked], jobs=1)
    assert (some.new, every.new, again.new) == (3, len(asked) - 3, 0)
    assert all((every.vectors[key] == again.vectors[key]).all() for key in asked)
    other = embed_faces(project, source(colour="BGR"), asked, jobs=1)
    assert other.new == len(asked)


def test_a_killed_run_is_taken_up_where_it_stopped(tmp_path: Path, source: Callable[..., OnnxSource]) -> None:
    project = Project.create(tmp_path / "many", person="Drawn Person")
    generator = np.random.default_rng(4)
    for _ in range(BATCH + 8):
        add(project, generator.integers(0, 256, (40, 40, 3), dtype=np.uint8), tmp_path)
    inspect(project, jobs=1)
    asked = [(sha, WHOLE_PHOTO) for sha in sorted({sha for sha, _ in keys_of(project)})]
    boxed = source(crop="box")
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(project.root), str(boxed.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n".join(f"{sha} {face}" for sha, face in asked))
    process.stdin.close()
    kept = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    found = embed_faces(project, boxed, asked, jobs=1)
    assert kept == BATCH
    assert (found.new, len(found.vectors)) == (8, BATCH + 8)


def test_photos_that_cannot_be_embedded_cost_only_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The worker processes import `Fragile` from this file.
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    project = Project.create(tmp_path / "fragile", person="Drawn Person")
    shas = [add(project, np.full((40, 40, 3), shade, np.uint8), tmp_path) for shade in (FATAL, 0, 90, 91, 92)]
    inspect(project, jobs=1)
    with project.database() as db:
        gone = next(photo for photo in all_photos(db) if photo.sha256 == shas[4])
    Path(os.fsdecode(PhotoStore(project.photos_dir).path(gone))).unlink()
    found = embed_faces(project, Fragile(), [(sha, WHOLE_PHOTO) for sha in shas], jobs=2)
    assert set(found.vectors) == {(shas[2], WHOLE_PHOTO), (shas[3], WHOLE_PHOTO)}
    assert found.lost.keys() == {shas[0], shas[1], shas[4]}
    assert found.lost[shas[0]] == CRASH
    assert "all zeros" in found.lost[shas[1]]
    assert "no such file" in found.lost[shas[4]]
    # What failed is not kept as if it were a vector: it is tried again.
    assert len(EmbeddingStore(project.cache_dir, Fragile.card).load()) == 2


def test_faces_that_nobody_found_are_asked_for(project: Project, source: Callable[..., OnnxSource]) -> None:
    (sha, face), *_ = keys_of(project)
    with pytest.raises(UsageError, match=rf"{sha[:12]} has no face number 40"):
        embed_faces(project, source(), [(sha, 40)], jobs=1)
    with pytest.raises(UsageError, match="abababababab was not inspected"):
        embed_faces(project, source(), [("ab" * 32, face)], jobs=1)
