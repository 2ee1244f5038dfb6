"""Any face embedder in an ONNX file, fed as its description says."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from facethemodel.catalogue.records import View
from facethemodel.embedders.cuts import cut_box
from facethemodel.embedders.description import Description
from facethemodel.embedders.embedder import EMBEDDING_VERSION, Card, Embedder, Spot
from facethemodel.errors import SettingsError
from facethemodel.faces.align import ALIGNED_SIDE, align, centre_square
from facethemodel.inspection.version import INSPECTOR_VERSION
from facethemodel.onnx_session import RUNTIME_ERRORS, open_on_one_thread

BATCH = 32
"""Crops per call of the network, where it takes any number."""

_TYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8"}
_NOT_OF_THE_VECTOR = {"name", "trained_by", "trained_on", "metric", "tolerance"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxSource:
    """An ONNX file with what is known of it."""

    path: Path
    description: Description

    def open(self) -> Embedder:
        """Loads the network.

        Raises:
            SettingsError: The file cannot be read or run, or does not fit its description.
        """
        return OnnxEmbedder(self.path, self.description)


class OnnxEmbedder:
    """An ONNX network on one core.

    Args:
        path: The ONNX file, with its weights inside.
        description: What it takes.
        model: The file's bytes, where they were read already.

    Raises:
        SettingsError: The file cannot be read or run, or does not fit its description.
    """

    def __init__(self, path: Path, description: Description, *, model: bytes | None = None) -> None:
        self._path = path
        self._description = description
        if model is None:
            model = _read(path)
        self._session = _session(model, path)
        self._any_number = True
        self._input = self._check_input()
        self._output = self._check_output()
        facts = description.model_dump_json(exclude=_NOT_OF_THE_VECTOR)
        digest = hashlib.sha256(f"{EMBEDDING_VERSION}\0{INSPECTOR_VERSION}\0{facts}\0".encode())
        digest.update(model)
        trial = self._try()
        self.card = Card(
            name=description.name,
            trained_by=description.trained_by,
            trained_on=description.trained_on,
            dimension=trial.size,
            metric=description.metric,
            tolerance=description.tolerance,
            fingerprint=digest.hexdigest()[:12],
        )

    def _try(self) -> NDArray[np.float32]:
        """One vector: tells its length, and that the network runs at all.

        Some take any number of images by their own account, and more than one at a time after all not.
        """
        crop = np.full((self._description.size, self._description.size, 3), 127, np.uint8)
        (vector,) = self._run([crop])
        if self._any_number:
            try:
                self._run([crop, crop])
            except SettingsError:
                self._any_number = False
        return np.asarray(vector, np.float32)

    @property
    def view(self) -> View | None:
        """`aligned112` where the crop cache already holds what the network takes."""
        ours = self._description.crop == "five points" and self._description.size == ALIGNED_SIDE
        return "aligned112" if ours else None

    def cut(
        self, pixels: NDArray[np.uint8], spot: Spot | None, *, painted: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """Cuts out a face as the description says, (size, size, 3)."""
        size = self._description.size
        shown = pixels if painted is None else painted
        if spot is None:
            return centre_square(shown, size=size)
        if self._description.crop == "five points":
            return align(shown, spot.landmarks, size=size)
        return cut_box(shown, spot, margin=self._description.margin or 0.0, size=size)

    def embed(self, crops: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Gives vectors, (N, dimension)."""
        vectors = np.empty((len(crops), self.card.dimension), np.float32)
        step = BATCH if self._any_number else 1
        for start in range(0, len(crops), step):
            vectors[start : start + step] = self._run(crops[start : start + step])
        return vectors

    def _run(self, crops: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        wanted = self._description
        pixels = np.stack(crops)
        if wanted.colour == "BGR":
            pixels = pixels[..., ::-1]
        values: NDArray[np.generic] = pixels
        if wanted.dtype != "uint8":
            mean, std = np.array(wanted.mean, np.float32), np.array(wanted.std, np.float32)
            values = ((pixels.astype(np.float32) - mean) / std).astype(wanted.dtype)
        if wanted.layout == "NCHW":
            values = values.transpose(0, 3, 1, 2)
        try:
            (found,) = self._session.run([self._output], {self._input: np.ascontiguousarray(values)})
        except RUNTIME_ERRORS as error:
            raise self._unfit(f"it fails on {len(crops)} crops: {error}") from error
        vectors = np.asarray(found, np.float32)
        if vectors.ndim < 2 or len(vectors) != len(crops) or vectors.size == 0:
            raise self._unfit(
                f"its output {self._output} has the shape {vectors.shape} for {len(crops)} faces, not one "
                "vector for each"
            )
        return vectors.reshape(len(crops), -1)

    def _check_input(self) -> str:
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise self._unfit(f"it takes {[one.name for one in inputs]} and not one image")
        (one,), size = inputs, self._description.size
        if _TYPES.get(one.type) != self._description.dtype:
            raise self._unfit(
                f"it takes {_TYPES.get(one.type, one.type)}, and the description says "
                f'dtype = "{self._description.dtype}"'
            )
        sides = (3, size, size) if self._description.layout == "NCHW" else (size, size, 3)
        fixed = [
            (given, side) for given, side in zip(one.shape[1:], sides, strict=False) if isinstance(given, int)
        ]
        if len(one.shape) != 4 or any(given != side for given, side in fixed):
            raise self._unfit(
                f"it takes images of the shape {one.shape}, and the description says "
                f'layout = "{self._description.layout}" and size = {size}: [N, {", ".join(map(str, sides))}]'
            )
        if isinstance(one.shape[0], int) and one.shape[0] != 1:
            raise self._unfit(
                f"it takes exactly {one.shape[0]} images at once; export it for any number, or 1"
            )
        self._any_number = not isinstance(one.shape[0], int)
        return str(one.name)

    def _check_output(self) -> str:
        names = [one.name for one in self._session.get_outputs()]
        wanted = self._description.output
        if wanted is None and len(names) > 1:
            raise self._unfit(
                f"it has the outputs {', '.join(names)}: say with output = ... which is the vector"
            )
        if wanted is not None and wanted not in names:
            raise self._unfit(f'it has no output "{wanted}", only {", ".join(names)}')
        return wanted or str(names[0])

    def _unfit(self, what: str) -> SettingsError:
        return SettingsError(
            f"the embedder {self._path} does not fit its description: {what}",
            remedy="correct the description; docs/compare.md says what each key means",
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"cannot read the embedder {path}: {error.strerror or error}", remedy="name an ONNX file"
        ) from error


def _session(model: bytes, path: Path) -> onnxruntime.InferenceSession:
    try:
        return open_on_one_thread(model)
    except RUNTIME_ERRORS as error:
        raise SettingsError(
            f"{path} cannot be run: {error}",
            remedy="name an ONNX file that holds its weights itself; upgrade onnxruntime for a newer one",
        ) from error
