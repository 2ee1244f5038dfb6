"""Opens ONNX networks in one way, so that none of them takes cores or prints lines that nobody asked for."""

from __future__ import annotations

import os

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as native

RUNTIME_ERRORS = (
    native.Fail,
    native.InvalidGraph,
    native.InvalidProtobuf,
    native.InvalidArgument,
    native.NotImplemented,
    native.RuntimeException,
)
"""What ONNX Runtime raises for a network that it cannot open or run."""


def open_on_one_thread(model: bytes) -> onnxruntime.InferenceSession:
    """Makes a network ready to run, on the thread that asks it.

    Several batches at a time, each on a thread of its own, take less time than one batch on all threads:
    nobody waits for anybody after every layer, and nobody spins while photos are being decoded.

    Args:
        model: The bytes of an ONNX file that holds its weights itself.

    Raises:
        Exception: One of `RUNTIME_ERRORS`: it cannot be run.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Errors reach the caller as exceptions; the runtime's own lines on stderr would say them twice.
    options.log_severity_level = 4
    # Weights that lie beside a file would be looked for in the current folder, and no hash would tell of
    # them.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", os.devnull)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
