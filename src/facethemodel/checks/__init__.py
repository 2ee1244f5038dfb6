"""What may be wrong with a photo: each check gives a score in [0, 1] and flags what lies above its line."""

from __future__ import annotations

from facethemodel.checks.registry import CHECKS, Checker, check_called, plain_name
from facethemodel.checks.sight import looked_at

__all__ = ["CHECKS", "Checker", "check_called", "looked_at", "plain_name"]
