"""Manifests of older formats, lifted to the present one.

The rule: a format is read as long as nothing it lacks changes a verdict. What it does not know stays unknown
and is never filled with a guess. A format that is newer than this version is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

FORMAT_VERSION = 5

Document = Mapping[str, Any]


def upgrade(document: Document) -> dict[str, Any]:
    """Lifts a manifest, without its digest, to the present format; `format_version` goes on telling its own.

    A document that is not what its version says is passed on as it is: reading it names what is wrong.

    Args:
        document: With a `format_version` from 1 to `FORMAT_VERSION`.
    """
    lifted = dict(document)
    for version in range(document["format_version"], FORMAT_VERSION):
        lifted = _STEPS[version](lifted)
    return lifted


def _from_1(document: Document) -> dict[str, Any]:
    """Format 1 knew no probabilities and counted no crowds; verdicts and promise are the same without.

    It knew no face check either. That changes verdicts, so it stays None, and such a bundle can be read and
    shown but judges no photos.
    """
    lifted = {"evidence": None, **document}
    if isinstance(document.get("gate"), dict):
        lifted["gate"] = {"check_sha256": None, **document["gate"]}
    if isinstance(document.get("calibration"), dict):
        lifted["calibration"] = {"several_faces": None, "unnamed": None, **document["calibration"]}
    if isinstance(document.get("test"), dict):
        lifted["test"] = {"crowds": [], "certainty": None, **document["test"]}
    return lifted


def _from_2(document: Document) -> dict[str, Any]:
    """Format 2 knew no weights that others trained: every network was trained from scratch."""
    return {"backbone": None, "teacher": None, **document}


def _from_3(document: Document) -> dict[str, Any]:
    """Format 3 counted the test by photo alone."""
    test = document.get("test")
    if not isinstance(test, dict) or not isinstance(test.get("rates"), list):
        return dict(document)
    rates = [{"per_identity": None, **rate} if isinstance(rate, dict) else rate for rate in test["rates"]]
    return {**document, "test": {**test, "rates": rates}}


def _from_4(document: Document) -> dict[str, Any]:
    """Format 4 did not pass on what the evaluation warned of."""
    if not isinstance(document.get("test"), dict):
        return dict(document)
    return {**document, "test": {"leaks": None, "cautions": None, **document["test"]}}


_STEPS: dict[int, Callable[[Document], dict[str, Any]]] = {1: _from_1, 2: _from_2, 3: _from_3, 4: _from_4}
"""From each format to the next."""
