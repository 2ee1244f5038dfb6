"""`metrics.json`: every figure of the report, for programs. Its schema is documented in docs/metrics.md."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.metrics import Metrics

SCHEMA_VERSION = 1


def metrics_document(inputs: ReportInputs) -> dict[str, Any]:
    """The document as plain values, ready for JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "person_name": inputs.person,
        "run": inputs.run,
        "created": inputs.created.isoformat(timespec="seconds"),
        "test_openings": inputs.openings,
        **_figures(inputs.metrics),
        "calibration": asdict(inputs.calibration),
        "split": {**asdict(inputs.split), "clean": inputs.split.leaks.clean},
        "sources": [asdict(source) for source in inputs.sources],
        "training": asdict(inputs.training),
        "rivals": [
            {"name": rival.name, "note": rival.note, **_figures(rival.metrics)} for rival in inputs.rivals
        ],
        "versions": dict(inputs.versions),
    }


def write_metrics(inputs: ReportInputs, path: Path) -> None:
    """Writes the document: UTF-8, keys in a fixed order, no NaN."""
    text = json.dumps(metrics_document(inputs), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def _figures(metrics: Metrics) -> dict[str, Any]:
    return {**asdict(metrics), "plain": asdict(metrics.plain)}
