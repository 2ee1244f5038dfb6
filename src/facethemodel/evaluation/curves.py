"""What scores alone say, at every possible line: ROC, DET, area, and the misses at a given false match rate.

All of it is a diagnosis of the ranking, made on the test part itself. It is no promise: the lines here are
chosen with the test scores in view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facethemodel.evaluation.intervals import Rate

DIAGNOSTIC_FMRS = (0.05, 0.01, 0.001)
CURVE_POINTS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One possible line: at or above `threshold` a photo is the person's."""

    threshold: float
    fmr: float
    fnmr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """The person's misses where the line lets through a given share of the test strangers.

    Attributes:
        target_fmr: The share asked for.
        threshold: The line; None when there are no stranger scores.
        fmr: The share that it lets through here: at most `target_fmr`.
        fnmr: The share of the person's photos below the line.
        resolvable: Whether there are enough strangers' photos for one of them to be that share.
    """

    target_fmr: float
    threshold: float | None
    fmr: Rate
    fnmr: Rate
    resolvable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How well scores order the person before strangers, whatever the line.

    Attributes:
        auc: Probability that a photo of the person scores above a stranger's; None without both.
        operating_points: Misses at false match rates of 5, 1 and 0.1 %.
        curve: At most `CURVE_POINTS` points, from letting everyone through to no one.
    """

    auc: float | None
    operating_points: tuple[OperatingPoint, ...]
    curve: tuple[CurvePoint, ...]


def rank(person: Sequence[float], strangers: Sequence[float], *, confidence: float = 0.95) -> Ranking:
    """Compares two lists of scores at every line."""
    genuine = np.sort(np.asarray(person, dtype=np.float64))
    impostor = np.sort(np.asarray(strangers, dtype=np.float64))
    return Ranking(
        auc=_auc(genuine, impostor),
        operating_points=tuple(
            _operating_point(genuine, impostor, target, confidence) for target in DIAGNOSTIC_FMRS
        ),
        curve=_curve(genuine, impostor),
    )


def _auc(genuine: NDArray[np.float64], impostor: NDArray[np.float64]) -> float | None:
    """Mann-Whitney statistic over all pairs; a tie counts half."""
    if not len(genuine) or not len(impostor):
        return None
    below = np.searchsorted(impostor, genuine, side="left")
    not_above = np.searchsorted(impostor, genuine, side="right")
    return float((below + not_above).sum() / 2.0 / (len(genuine) * len(impostor)))


def _operating_point(
    genuine: NDArray[np.float64], impostor: NDArray[np.float64], target: float, confidence: float
) -> OperatingPoint:
    allowed = int(target * len(impostor) + 1e-9)
    line = float(np.nextafter(impostor[-1 - allowed], np.inf)) if len(impostor) else None
    accepted = 0 if line is None else int((impostor >= line).sum())
    missed = 0 if line is None else int((genuine < line).sum())
    return OperatingPoint(
        target_fmr=target,
        threshold=line,
        fmr=Rate.of(accepted, len(impostor), confidence=confidence),
        fnmr=Rate.of(missed, len(genuine) if line is not None else 0, confidence=confidence),
        resolvable=len(impostor) * target >= 1.0 - 1e-9,
    )


def _curve(genuine: NDArray[np.float64], impostor: NDArray[np.float64]) -> tuple[CurvePoint, ...]:
    """The ROC's corners, thinned evenly along both axes so that neither end is lost."""
    if not len(genuine) or not len(impostor):
        return ()
    lines = np.unique(np.concatenate([genuine, impostor]))
    lines = np.append(lines, np.nextafter(lines[-1], np.inf))
    fmr = 1.0 - np.searchsorted(impostor, lines, side="left") / len(impostor)
    fnmr = np.searchsorted(genuine, lines, side="left") / len(genuine)
    keep = _thin(fmr, fnmr)
    return tuple(CurvePoint(threshold=float(lines[i]), fmr=float(fmr[i]), fnmr=float(fnmr[i])) for i in keep)


def _thin(fmr: NDArray[np.float64], fnmr: NDArray[np.float64]) -> list[int]:
    """Indices of the points to keep: even steps of the way along the curve on logarithmic axes."""
    if len(fmr) <= CURVE_POINTS:
        return list(range(len(fmr)))
    floor = 1e-4
    way = np.log(np.maximum(fnmr, floor)) - np.log(np.maximum(fmr, floor))
    stops = np.linspace(way[0], way[-1], CURVE_POINTS - 2)
    chosen = set(np.searchsorted(way, stops).tolist()) | {0, len(fmr) - 1}
    return sorted(min(index, len(fmr) - 1) for index in chosen)
