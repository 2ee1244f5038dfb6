#!/usr/bin/env bash
# Installs torch into the environment of the python given as $1: the build for the GPU where there is one,
# else the CPU build where pip's configuration offers one, else what the index serves.
set -euo pipefail
python=$1
version=2.13.0
if "$python" -c 'import torch' 2>/dev/null; then exit 0; fi
if command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q GPU; then
  echo "NVIDIA GPU found: installing torch $version with CUDA"
  exec "$python" -m pip install --quiet "torch==$version"
fi
if [ "$(uname -s)" = Darwin ]; then
  exec "$python" -m pip install --quiet "torch==$version"
fi
# --no-deps: what the CPU build imports is in requirements/dev.lock, with hashes.
if "$python" -m pip install --quiet --no-deps "torch==$version+cpu" 2>/dev/null; then
  echo "no NVIDIA GPU: installed the CPU build of torch $version"
  exit 0
fi
echo "no NVIDIA GPU and no CPU build of torch on offer from pip's configured sources: installing the default build (large)."
echo "To avoid that, point pip at PyTorch's CPU wheels (PIP_EXTRA_INDEX_URL) and start again."
exec "$python" -m pip install --quiet "torch==$version"
