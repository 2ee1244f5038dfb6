"""A bundle at work: the network in ONNX Runtime on the CPU, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from facethemodel.bundle.manifest import MODEL, BundleManifest
from facethemodel.bundle.read import read_contents
from facethemodel.catalogue.records import WHOLE_PHOTO, View
from facethemodel.errors import BundleError
from facethemodel.inspection.examine import Examined
from facethemodel.onnx_session import RUNTIME_ERRORS, open_on_one_thread

BATCH = 32
"""Crops per call of the network; larger batches were no faster on one core and take more memory."""


class Network:
    """A trained network by itself, before it has a threshold.

    Args:
        model: The bytes of model.onnx.
        size: Side of the crops it takes, in pixels.
        where: What to call the file in an error.
        threads: Batches that are scored at the same time; the scores are the same with any number.

    Raises:
        BundleError: The file cannot be run or takes something else.
    """

    def __init__(self, model: bytes, *, size: int, where: Path, threads: int = 1) -> None:
        session = open_session(model, where=where)
        _check_signature(session, size=size, where=where)
        self._session = session
        self._threads = threads
        self._size = size
        self._where = where

    def score(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Scores crops, N x S x S x 3 uint8 RGB.

        Returns:
            One logit per crop, shape (N,); higher is more like the person. Empty for no crops.

        Raises:
            ValueError: Wrong dtype or shape.
            BundleError: The network gave something that is not a number.
        """
        size = self._size
        if crops.dtype != np.uint8:
            raise ValueError(f"crops must be uint8, got {crops.dtype}")
        if crops.ndim != 4 or crops.shape[1:] != (size, size, 3):
            raise ValueError(f"crops must have the shape (N, {size}, {size}, 3), got {crops.shape}")
        if not len(crops):
            return np.empty(0, dtype=np.float32)
        answers = run_batches(self._session, crops, threads=self._threads)
        scores = np.concatenate([score for (score,) in answers])
        if not np.isfinite(scores).all():
            raise BundleError(
                f"the network {self._where} gave a score that is not a number", remedy="train the model again"
            )
        return scores


def open_session(model: bytes, *, where: Path) -> onnxruntime.InferenceSession:
    """Makes a network ready to run, on the thread that asks it.

    Args:
        model: The bytes of an ONNX file.
        where: What to call the file in an error.

    Raises:
        BundleError: It cannot be run.
    """
    try:
        return open_on_one_thread(model)
    except RUNTIME_ERRORS as error:
        raise BundleError(
            f"{where} cannot be run: {error}",
            remedy="upgrade onnxruntime, or build the bundle again",
        ) from error


def run_batches(
    session: onnxruntime.InferenceSession, crops: NDArray[np.uint8], *, threads: int
) -> list[list[NDArray[np.float32]]]:
    """Runs crops (N, S, S, 3) through a network, `BATCH` at a time.

    Args:
        session: From `open_session`.
        crops: At least one; an array or a memory map.
        threads: Batches at the same time. What is in a batch does not depend on it.

    Returns:
        The network's outputs for each batch, in order.
    """
    name = session.get_inputs()[0].name

    def run(start: int) -> list[NDArray[np.float32]]:
        answer: list[NDArray[np.float32]] = session.run(
            None, {name: np.ascontiguousarray(crops[start : start + BATCH])}
        )
        return answer

    starts = range(0, len(crops), BATCH)
    if threads == 1 or len(starts) == 1:
        return [run(start) for start in starts]
    with ThreadPoolExecutor(threads, thread_name_prefix="network") as pool:
        return list(pool.map(run, starts))


Crops = Sequence[NDArray[np.uint8]] | NDArray[np.uint8]
"""Crops of one size, (N, S, S, 3)."""


class Scorer(Protocol):
    """What scores faces, whoever trained it: a network from scratch, or a head on top of a backbone."""

    @property
    def views(self) -> tuple[View, ...]:
        """The crops that a photo has to be examined for."""
        ...

    @property
    def needs_pixels(self) -> bool:
        """Whether it cuts crops of its own, out of the decoded photo."""
        ...

    def crops(self, examined: Examined) -> dict[int, NDArray[np.uint8]]:
        """Gives what is to be scored of a photo, by face index: its accepted faces, or the photo as a whole.

        Empty where the gate accepts no face.
        """
        ...

    def score(self, crops: Crops) -> NDArray[np.float32]:
        """Scores such crops: one logit each, shape (N,); higher is more like the person.

        NaN stands for a face that cannot be scored: it counts as none.
        """
        ...


class NetworkScorer:
    """A network that was trained from scratch, on the crops of its view."""

    needs_pixels = False

    def __init__(self, network: Network, view: View) -> None:
        self._network = network
        self._view: View = view

    @property
    def views(self) -> tuple[View, ...]:
        """The network's own."""
        return (self._view,)

    def crops(self, examined: Examined) -> dict[int, NDArray[np.uint8]]:
        """Gives the crops of accepted faces; for `whole256` the photo, provided that a face is accepted."""
        accepted = [face.index for face in examined.inspection.faces if face.accepted]
        shown = ([WHOLE_PHOTO] if accepted else []) if self._view == "whole256" else accepted
        return {index: examined.crops[self._view, index] for index in shown}

    def score(self, crops: Crops) -> NDArray[np.float32]:
        """Scores crops of the view."""
        if isinstance(crops, np.ndarray):
            return self._network.score(crops)
        return self._network.score(np.stack(crops)) if crops else np.zeros(0, np.float32)


class Bundle:
    """A checked bundle that is ready to score faces."""

    def __init__(self, manifest: BundleManifest, scorer: Scorer) -> None:
        self._manifest = manifest
        self._scorer = scorer

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> Self:
        """Checks every file of the bundle and starts its network.

        The bytes that are hashed are the bytes that are run: the file is read once.

        Args:
            folder: The bundle.
            threads: Batches of faces that the network is asked about at the same time.

        Raises:
            UsageError: There is no bundle.
            SchemaError: The bundle has a format this version does not know.
            BundleError: A file is missing or was altered, or the network does not fit the manifest; or its
                backbone is not installed, or is another one.
        """
        manifest, contents = read_contents(folder)
        if manifest.backbone is not None:
            # Late: descriptions of ONNX embedders take a tenth of a second to load.
            from facethemodel.bundle.backbone import scorer_of_bundle

            return cls(manifest, scorer_of_bundle(manifest.backbone, contents, folder))
        network = Network(contents[MODEL], size=manifest.input.size, where=folder / MODEL, threads=threads)
        return cls(manifest, NetworkScorer(network, manifest.view))

    @property
    def manifest(self) -> BundleManifest:
        """What the bundle says of itself."""
        return self._manifest

    @property
    def scorer(self) -> Scorer:
        """What cuts and scores faces."""
        return self._scorer

    def score(self, crops: Crops) -> NDArray[np.float32]:
        """Scores crops as the scorer cuts them: one logit each, or NaN; see `Scorer.score`."""
        return self._scorer.score(crops)


def _check_signature(session: onnxruntime.InferenceSession, *, size: int, where: Path) -> None:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    fits = (
        len(inputs) == len(outputs) == 1
        and inputs[0].type == "tensor(uint8)"
        and outputs[0].type == "tensor(float)"
        and len(outputs[0].shape) == 1
        and list(inputs[0].shape[1:]) == [size, size, 3]
        and not isinstance(inputs[0].shape[0], int)
    )
    if not fits:
        raise BundleError(
            f"{where} takes {[(i.type, i.shape) for i in inputs]} and gives "
            f"{[(o.type, o.shape) for o in outputs]}; its view asks for uint8 (N, {size}, {size}, 3) in "
            "and float (N,) out",
            remedy="build the bundle again",
        )
