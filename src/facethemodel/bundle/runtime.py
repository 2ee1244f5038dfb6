"""A bundle at work: the network in ONNX Runtime on the CPU, without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as native

from facethemodel.bundle.layout import read_model
from facethemodel.bundle.manifest import MODEL, BundleManifest
from facethemodel.errors import BundleError

BATCH = 32
"""Crops per call of the network; larger batches were no faster on one core and take more memory."""

_ORT_ERRORS = (
    native.Fail,
    native.InvalidGraph,
    native.InvalidProtobuf,
    native.InvalidArgument,
    native.NotImplemented,
)


class Network:
    """A trained network by itself, before it has a threshold.

    Args:
        model: The bytes of model.onnx.
        size: Side of the crops it takes, in pixels.
        where: What to call the file in an error.
        threads: Threads of one call of the network.

    Raises:
        BundleError: The file cannot be run or takes something else.
    """

    def __init__(self, model: bytes, *, size: int, where: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Errors reach the caller as exceptions; the runtime's own lines on stderr would say them twice.
        options.log_severity_level = 4
        # Idle threads that spin take the cores from the photos that are being decoded meanwhile.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except _ORT_ERRORS as error:
            raise BundleError(
                f"{where} cannot be run: {error}",
                remedy="upgrade onnxruntime, or build the bundle again",
            ) from error
        _check_signature(session, size=size, where=where)
        self._session = session
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
        scores = np.empty(len(crops), dtype=np.float32)
        name = self._session.get_inputs()[0].name
        for start in range(0, len(crops), BATCH):
            batch = np.ascontiguousarray(crops[start : start + BATCH])
            (scores[start : start + BATCH],) = self._session.run(None, {name: batch})
        if not np.isfinite(scores).all():
            raise BundleError(
                f"the network {self._where} gave a score that is not a number", remedy="train the model again"
            )
        return scores


class Bundle:
    """A checked bundle whose network is ready to score crops."""

    def __init__(self, manifest: BundleManifest, network: Network) -> None:
        self._manifest = manifest
        self._network = network

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> Self:
        """Checks every file of the bundle and starts its network.

        The bytes that are hashed are the bytes that are run: the file is read once.

        Args:
            folder: The bundle.
            threads: Threads of one call of the network.

        Raises:
            UsageError: There is no bundle.
            SchemaError: The bundle has a format this version does not know.
            BundleError: A file is missing or was altered, or the network does not fit the manifest.
        """
        manifest, model = read_model(folder)
        network = Network(model, size=manifest.input.size, where=folder / MODEL, threads=threads)
        return cls(manifest, network)

    @property
    def manifest(self) -> BundleManifest:
        """What the bundle says of itself."""
        return self._manifest

    def score(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Scores crops as `Network.score` does."""
        return self._network.score(crops)


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
