"""Exact intervals for a share that was counted: so many of so many."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import betaincinv


def exact_interval(count: float, total: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided Clopper-Pearson interval of a binomial proportion.

    It covers the true share with at least the stated confidence whatever that share is (Clopper and Pearson,
    "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26, 1934).

    Args:
        count: Successes, in [0, total]. Need not be whole: see `mean_interval`.
        total: Independent draws. With none nothing is known: the interval is [0, 1].
        confidence: In (0, 1).

    Raises:
        ValueError: A value out of its range.
    """
    _check(count, total, confidence)
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if count == 0 else float(betaincinv(count, total - count + 1, tail))
    high = 1.0 if count == total else float(betaincinv(count + 1, total - count, 1.0 - tail))
    return low, high


def upper_bound(count: float, total: int, *, confidence: float = 0.95) -> float:
    """One-sided Clopper-Pearson upper bound: the share lies at or below it with that confidence.

    Args:
        count: Successes, in [0, total].
        total: Independent draws; with none the bound is 1.
        confidence: In (0, 1).

    Raises:
        ValueError: A value out of its range.

    >>> round(upper_bound(0, 299), 5)
    0.00997
    """
    _check(count, total, confidence)
    return 1.0 if count == total else float(betaincinv(count + 1, total - count, confidence))


def _check(count: float, total: int, confidence: float) -> None:
    if not 0 <= count <= total:
        raise ValueError(f"count must lie between 0 and total ({total}), got {count}")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A counted share with its exact interval, for independent draws.

    Photos of one stranger, or of one burst, are no independent draws: then the interval is too narrow. Of
    strangers the mean over identities (`MeanRate`) is the figure to trust.

    Attributes:
        count: How many.
        total: Of how many.
        value: count / total; None when there was nothing to count.
        low: Lower end of the interval.
        high: Upper end of the interval.
    """

    count: int
    total: int
    value: float | None
    low: float
    high: float

    @classmethod
    def of(cls, count: int, total: int, *, confidence: float = 0.95) -> Rate:
        """Counts `count` of `total`, with the two-sided Clopper-Pearson interval."""
        low, high = exact_interval(count, total, confidence=confidence)
        return cls(count=count, total=total, value=count / total if total else None, low=low, high=high)

    @property
    def complement(self) -> Rate:
        """The share of the others, with the mirrored interval."""
        return Rate(
            count=self.total - self.count,
            total=self.total,
            value=None if self.value is None else (self.total - self.count) / self.total,
            low=1.0 - self.high,
            high=1.0 - self.low,
        )


MEAN_METHOD = "Clopper-Pearson on identities as draws, with the sum of their shares as a fractional count"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanRate:
    """A mean of shares, each identity weighing the same.

    Attributes:
        value: The mean; None when there were no identities.
        low: Lower end of the interval.
        high: Upper end of the interval.
        identities: How many were averaged.
        method: How the interval was computed.
    """

    value: float | None
    low: float
    high: float
    identities: int
    method: str = MEAN_METHOD

    @classmethod
    def of(cls, shares: list[float], *, confidence: float = 0.95) -> MeanRate:
        """Averages shares in [0, 1], with an interval that stays honest when all of them are 0.

        Of all variables in [0, 1] with a given mean the yes-or-no draw spreads most, so treating the sum of
        the shares as a binomial count is on the safe side; unlike a bootstrap it does not collapse to a point
        when no identity was ever mistaken. The fractional count makes it an approximation, not a theorem.
        """
        total = sum(shares)
        low, high = exact_interval(min(total, len(shares)), len(shares), confidence=confidence)
        mean = total / len(shares) if shares else None
        return cls(value=mean, low=low, high=high, identities=len(shares))

    @property
    def complement(self) -> MeanRate:
        """The mean of the others, with the mirrored interval."""
        return MeanRate(
            value=None if self.value is None else 1.0 - self.value,
            low=1.0 - self.high,
            high=1.0 - self.low,
            identities=self.identities,
            method=self.method,
        )
