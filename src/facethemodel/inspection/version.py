"""The inspection's version, apart from its code: whoever only compares it need not load that."""

from __future__ import annotations

INSPECTOR_VERSION = 3
"""Goes up with every change to what is found or how crops are cut: all photos are then done again."""

CHECKS_VERSION = 1
"""Goes up with every change to what the checks say or to fingerprints: all photos are then inspected again.
Unlike the above it is no part of a bundle, because crops and verdicts stay what they are."""
