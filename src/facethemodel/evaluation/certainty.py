"""How far the model's own certainty can be trusted: probabilities, the band, what silence buys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facethemodel.bundle.decision import Thresholds
from facethemodel.bundle.evidence import Evidence
from facethemodel.evaluation.reliability import Reliability, measure_reliability
from facethemodel.evaluation.rows import Row
from facethemodel.evaluation.shown import SHARE_METHOD, Shown
from facethemodel.evaluation.unsure import Abstention, Band, measure_abstention, measure_band


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """Measured on photos in which the gate accepted a face; shares weigh them as the prior says.

    Attributes:
        reliability: Whether the probabilities are true.
        band: What `unsure` means.
        abstention: Risk against coverage.
        share_method: How the intervals of shares were computed.
    """

    reliability: Reliability
    band: Band
    abstention: Abstention
    share_method: str = SHARE_METHOD


def measure_certainty(
    rows: Sequence[Row], thresholds: Thresholds, evidence: Evidence | None, *, confidence: float
) -> Certainty | None:
    """Measures it on the lines of one part; None without probabilities, or without both kinds of photos."""
    if evidence is None:
        return None
    shown = Shown.of_rows(rows, prior=evidence.prior)
    if shown is None:
        return None
    return Certainty(
        reliability=measure_reliability(shown, confidence=confidence),
        band=measure_band(shown, thresholds, evidence, confidence=confidence),
        abstention=measure_abstention(shown, thresholds, confidence=confidence),
    )
