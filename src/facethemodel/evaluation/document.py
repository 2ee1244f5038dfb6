"""`metrics.json`: every figure of the report, for programs. Its schema is documented in docs/metrics.md."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from facethemodel.evaluation.doubts import Doubts
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
            {
                "name": rival.name,
                "note": rival.note,
                "own_line": rival.own_line,
                "speed": None if rival.speed is None else asdict(rival.speed),
                **_figures(rival.metrics),
            }
            for rival in inputs.rivals
        ],
        "speed": None if inputs.speed is None else asdict(inputs.speed),
        "battery": None if inputs.battery is None else inputs.battery.figures.document(),
        "shortcut": None if inputs.shortcut is None else asdict(inputs.shortcut.figures),
        "slices": None if inputs.slices is None else asdict(inputs.slices),
        "doubts": None if inputs.doubts is None else _doubts(inputs.doubts),
        "consistency": asdict(inputs.consistency),
        "versions": dict(inputs.versions),
    }


def write_metrics(inputs: ReportInputs, path: Path) -> None:
    """Writes the document: UTF-8, keys in a fixed order, no NaN."""
    text = json.dumps(metrics_document(inputs), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def _doubts(found: Doubts) -> dict[str, Any]:
    """The first of either list: the whole one is a file of its own."""
    return {
        "photos": len(found.person),
        "looked_at": found.looked_at,
        "person": [asdict(one) for one in found.worth_a_look],
        "strangers": [asdict(one) for one in found.strangers],
    }


def _figures(metrics: Metrics) -> dict[str, Any]:
    return {**asdict(metrics), "plain": asdict(metrics.plain)}
