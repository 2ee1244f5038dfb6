#!/usr/bin/env bash
# Writes requirements/dev.lock, every package of `.[dev]` with its hashes, for all platforms, torch apart, and
# requirements/dlib.lock, what the extra `dlib` needs besides.
set -euo pipefail
cd "$(dirname "$0")/.."
no_torch=$(mktemp)
trap 'rm -f "$no_torch"' EXIT
echo "torch ; python_version < '3'" > "$no_torch"
.venv/bin/python -m pip install --quiet 'uv>=0.5'
.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-annotate --no-header --override "$no_torch" \
  --extra dev pyproject.toml requirements/beside.in --output-file requirements/dev.lock
.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-annotate --no-header --no-deps \
  requirements/dlib.in --output-file requirements/dlib.lock
