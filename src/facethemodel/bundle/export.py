"""A trained network to the two model files of a bundle. The one place of the room that needs torch."""

from __future__ import annotations

import contextlib
import copy
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from safetensors.torch import load, save

from facethemodel.bundle.manifest import MODEL, WEIGHTS
from facethemodel.errors import BundleError
from facethemodel.networks import NetworkSpec
from facethemodel.networks.face import FaceNetwork

TOLERANCE = 1e-4
"""Largest difference between torch's and ONNX Runtime's score, relative to the score where it is above 1."""

_CHATTY = ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")


def export(network: FaceNetwork, spec: NetworkSpec, to: Path) -> None:
    """Writes model.safetensors and model.onnx, and proves that both give the scores of the network.

    The network given is not changed. What only training needs (the head over the strangers' identities) is in
    neither file: a bundle tells nothing of who the strangers were.

    Args:
        network: Trained, on any device.
        spec: Its entry in the registry.
        to: An existing folder.

    Raises:
        BundleError: An exported form disagrees with the network by more than 1e-4, or lacks a weight.
    """
    trained = copy.deepcopy(network).to(device="cpu", dtype=torch.float32).eval()
    weights = trained.state_dict()
    shipped = spec.build(0)
    try:
        # By way of bytes: the library's own reading and writing of files takes only names in UTF-8.
        exported = save(
            {key: weights[key].contiguous() for key in shipped.state_dict()}, metadata={"network": spec.name}
        )
        (to / WEIGHTS).write_bytes(exported)
        # Loaded back from the file: what is exported, proven and shipped are the same numbers.
        shipped.load_state_dict(load((to / WEIGHTS).read_bytes()))
    except (KeyError, RuntimeError) as error:
        raise BundleError(
            f"the network's weights are not those of {spec.name}: {error}",
            remedy="export a network together with the entry of the registry that built it",
        ) from error
    shipped.eval().requires_grad_(False)
    _write_onnx(shipped, to / MODEL, size=spec.size)
    _prove(trained, (to / MODEL).read_bytes(), spec)


def _write_onnx(network: FaceNetwork, to: Path, *, size: int) -> None:
    example = torch.zeros(2, size, size, 3, dtype=torch.uint8)
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            network,
            (example,),
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("photos", min=1, max=2**20)},),
            input_names=["pixels"],
            output_names=["score"],
            verbose=False,
        )
    # The exporter notes at every node the files and lines it came from: paths of whoever trained it.
    model = cast("torch.onnx.ONNXProgram", program).model_proto
    for described in (
        model,
        model.graph,
        *model.graph.node,
        *model.graph.value_info,
        *model.graph.initializer,
    ):
        described.ClearField("doc_string")
        described.ClearField("metadata_props")
    for described in (*model.graph.input, *model.graph.output):
        described.ClearField("doc_string")
        described.ClearField("metadata_props")
    to.write_bytes(model.SerializeToString(deterministic=True))


def _prove(network: FaceNetwork, model: bytes, spec: NetworkSpec) -> None:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    for pixels in _probes(spec.size):
        with torch.no_grad():
            expected = network(torch.from_numpy(pixels)).numpy()
        (given,) = session.run(None, {"pixels": pixels})
        worst = np.max(np.abs(given - expected) / np.maximum(1.0, np.abs(expected)))
        # Written so that a NaN on either side fails too.
        if given.shape != expected.shape or not worst <= TOLERANCE:
            raise BundleError(
                f"the ONNX form of {spec.name} differs from torch by {worst:.2g} in score "
                f"(allowed {TOLERANCE:g}, batch of {len(pixels)})",
                remedy="try other torch and onnxruntime versions; `pip list` shows the ones in use",
            )


def _probes(size: int) -> Iterator[NDArray[np.uint8]]:
    generator = np.random.default_rng(0)
    ramp = np.linspace(0, 255, size)
    across, down = np.meshgrid(ramp, ramp)
    checks = ((across // 32 + down // 32) % 2) * 255
    shapes = [np.zeros_like(across), np.full_like(across, 255), across, down, (across + down) / 2, checks]
    structured = np.stack([np.stack([plane, plane[::-1], plane.T], axis=-1) for plane in shapes])
    noise = generator.integers(0, 256, size=(1, size, size, 3), dtype=np.uint8)
    yield noise
    yield np.concatenate([structured.astype(np.uint8), noise])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silences the exporter, which tells on every run of operators and versions nobody asked for."""
    levels = {name: logging.getLogger(name).level for name in _CHATTY}
    try:
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
