"""Figures as a person reads them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from facethemodel.bundle.shares import chosen
from facethemodel.evaluation.intervals import MeanRate, Rate
from facethemodel.evaluation.metrics import Metrics
from facethemodel.evaluation.threshold import Calibration
from facethemodel.report.counting import counted

NARROW = "\u202f"
NOTHING = "–"


def number(value: int) -> str:
    """12345 -> 12,345."""
    return f"{value:,}"


def percent(value: float | None) -> str:
    """A share as a percentage, with enough digits that what is not 0 or 100 % never reads as if it were.

    >>> [percent(v).replace(NARROW, " ") for v in (0.0, 0.0831, 0.99962, 1.0, None)]
    ['0 %', '8.3 %', '99.96 %', '100 %', '–']
    """
    if value is None:
        return NOTHING
    edge = min(value, 1.0 - value)
    if edge <= 1e-9:
        return f"{round(value) * 100}{NARROW}%"
    digits = 1 if edge >= 0.001 else 2
    return f"{min(max(value * 100, 0.01), 99.99):.{digits}f}{NARROW}%"


def setting(value: float) -> str:
    """A rate that somebody chose, without digits that nobody wrote: 0.05 -> 5 %."""
    return chosen(value).replace(" ", NARROW)


def at_most(value: float) -> str:
    """An upper bound as a percentage: rounded up, for a smaller one would not be true.

    >>> [at_most(v).replace(NARROW, " ") for v in (0.0721, 0.00991, 0.00014, 0.9999, 1.0)]
    ['7.3 %', '1.0 %', '0.02 %', '99.99 %', '100 %']
    """
    digits = 1 if min(value, 1.0 - value) >= 0.001 else 2
    # Less a hair, so that a stray bit of the product is not rounded up.
    rounded = math.ceil(value * 100 * 10**digits - 1e-6) / 10**digits
    return f"{100 if rounded >= 100.0 else f'{rounded:.{digits}f}'}{NARROW}%"


def score(value: float | None) -> str:
    """A logit with two digits and a true minus sign."""
    return NOTHING if value is None else f"{value:.2f}".replace("-", "\u2212")


def area(value: float | None) -> str:
    """An area under a curve; only a perfect one reads 1."""
    return NOTHING if value is None else "1" if value >= 1.0 else f"{min(value, 0.9999):.4f}"


def interval(rate: Rate | MeanRate) -> str:
    """The ends of an interval: `0.4 to 1.6 %`."""
    return f"{percent(rate.low).removesuffix(NARROW + '%')} to {percent(rate.high)}"


def of_photos(rate: Rate) -> str:
    """A share in small whole numbers: `97 of 100`, `8 in 1,000`, or the count itself where there are few.

    Of a single one it is `1 of 1` or `none of 1`: see `shared`.

    >>> [of_photos(Rate.of(k, n)) for k, n in ((816, 842), (0, 5000), (40, 5000), (842, 842), (3, 40))]
    ['97 of 100', 'none of 5,000', '8 in 1,000', 'all 842', '3 of 40']
    """
    if not rate.total or rate.value is None:
        return "none of 0"
    if rate.count == 0:
        return f"none of {number(rate.total)}"
    if rate.count == rate.total > 1:
        return f"all {number(rate.total)}"
    edge = min(rate.value, 1.0 - rate.value)
    for base in (100, 1_000, 10_000):
        if rate.total < base:
            break
        if edge * base >= 2 or (base == 100 and rate.value > 0.5 and edge * base >= 0.95):
            return f"{number(round(rate.value * base))} {'of' if rate.value > 0.5 else 'in'} {number(base)}"
    return f"{number(rate.count)} of {number(rate.total)}"


def shared(rate: Rate, one: str, many: str | None = None) -> str:
    """A share and what it is of, in the singular where there is a single one: `none of 1 photo`."""
    return f"{of_photos(rate)} {one if rate.total == 1 else many or one + 's'}"


def headline(person: str, metrics: Metrics) -> tuple[str, ...]:
    """The result in up to three sentences."""
    sentences = []
    if metrics.person.photos:
        sentences.append(f"Finds {shared(metrics.person.end_to_end, 'photo')} of {person}.")
    else:
        sentences.append(f"No photo of {person} was left for the test.")
    strangers = metrics.strangers
    if strangers.end_to_end.total:
        words = (
            "photo of one stranger",
            "photos of one stranger" if strangers.identities == 1 else "strangers’ photos",
        )
        sentences.append(f"Takes {shared(strangers.end_to_end, *words)} for {person}.")
    else:
        sentences.append("No stranger was left for the test.")
    if metrics.curveballs_pooled.end_to_end.total:
        sentences.append(f"Falls for {shared(metrics.curveballs_pooled.end_to_end, 'curveball')}.")
    return tuple(sentences)


def promise(person: str, calibration: Calibration) -> tuple[str, ...]:
    """What can be said of strangers never met, paragraph by paragraph; the first is the claim."""
    sure = setting(calibration.confidence)
    if calibration.basis == "no strangers":
        return (
            "Nothing can be promised.",
            "No stranger was kept aside to draw the line with, so it lies where the network itself holds "
            "both answers for equally likely.",
            _needed(calibration),
        )
    let_through = (
        "lets none of them through"
        if not calibration.allowed
        else f"may let {number(calibration.allowed)} of them through"
    )
    rests = (
        f"The line rests on {_strangers(calibration.strangers)} used for nothing else, each counted once "
        f"however many photos there are: photos of one stranger are not independent. It {let_through}."
    )
    if calibration.promise is None:
        return (
            f"A false match rate of {setting(calibration.target_fmr)} cannot be promised yet.",
            f"{rests} With so few, the most that can be said with {sure} confidence is that at most "
            f"{at_most(calibration.bound)} of strangers like these are taken for {person}.",
            _needed(calibration),
        )
    return (
        f"Of strangers like these, at most {setting(calibration.promise)} are taken for {person}, "
        f"with {sure} confidence.",
        f"{rests} In {sure} of all ways those strangers could have been drawn, the true rate stays within "
        "the promise.",
        _counted(calibration, calibration.promise),
    )


def _counted(calibration: Calibration, promise: float) -> str:
    """Whether faces or photos are promised, and what that leaves a photo of several strangers."""
    several = f"{number(calibration.several_faces)} of {counted(calibration.stranger_photos, 'photo')}"
    unnamed = ""
    if calibration.unnamed:
        unnamed = (
            f" Of {counted(calibration.unnamed, 'photo')} the stranger is not named; but for near copies and "
            "those of one post each counts as another one: where some show the same person, the confidence "
            "is less than stated."
        )
    return (
        "It counts photos, as they are judged: one of each stranger, by the best of the faces on it, be that "
        f"a bystander’s (several faces are on {several}). Each such face by itself is taken no more often. A "
        "photo of k such strangers has k chances and is taken at most k times as often, independent or not: "
        f"at most {setting(min(1.0, 5 * promise))} with five of them.{unnamed}"
    )


def _strangers(count: int) -> str:
    return "one stranger" if count == 1 else f"{number(count)} strangers"


def _needed(calibration: Calibration) -> str:
    more = counted(calibration.strangers_needed, "more stranger")
    return (
        f"It takes {more} in the calibrate part to promise {setting(calibration.target_fmr)} with "
        f"{setting(calibration.confidence)} confidence; a single photo of each is enough."
    )


def day(moment: datetime) -> str:
    """23 November 2026, as it is at Greenwich: see `clock`."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y}"


def clock(moment: datetime) -> str:
    """09:30 UTC: in the zone that it names, as the reader's own is not known."""
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def duration(seconds: float) -> str:
    """4.2 s, 3 min 20 s, 1 h 05 min."""
    if seconds < 60:
        return f"{seconds:.1f}{NARROW}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{NARROW}min {rest:02d}{NARROW}s"
    return f"{minutes // 60}{NARROW}h {minutes % 60:02d}{NARROW}min"


def milliseconds(value: float) -> str:
    """0.42 -> 0.42 ms, 3.71 -> 3.7 ms, 134.2 -> 134 ms."""
    digits = 2 if value < 1 else 1 if value < 10 else 0
    return f"{value:.{digits}f}{NARROW}ms"
