"""Probabilities and the band as a person reads them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from facethemodel.bundle.evidence import Evidence, chance
from facethemodel.evaluation.certainty import Certainty
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.shown import Share
from facethemodel.evaluation.threshold import Calibration
from facethemodel.evaluation.unsure import Band
from facethemodel.report import certainty_charts
from facethemodel.report.counting import counted
from facethemodel.report.frame import SIZES
from facethemodel.report.wording import NARROW, interval, number, percent, setting

PRIORS = ((0.1, "1 in 10"), (0.01, "1 in 100"), (0.001, "1 in 1,000"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChanceRow:
    """What one score means: its probability at the prior in use, and where the person is rarer."""

    label: str
    score: float | None
    chances: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRow:
    """One figure of the band, on the calibrate part and on the test part."""

    label: str
    hint: str
    calibrate: str
    test: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertaintyView:
    """All that the template shows.

    Attributes:
        meaning: What a probability means here, and what it rests on.
        trust: The sentence on whether the probabilities are true.
        unsure: What `unsure` means, sentence by sentence; the first is the claim.
        band: The figures behind it; none where there is no band.
        priors: Heads of the table of chances.
        chances: What scores mean where the person is rarer.
        figures: The figures of the test part.
        reliability: The chart of the probabilities, wide and for phones.
        abstention: The chart of risk against coverage, wide and for phones.
    """

    meaning: str
    trust: str
    unsure: tuple[str, ...]
    band: tuple[BandRow, ...]
    priors: tuple[str, ...]
    chances: tuple[ChanceRow, ...]
    figures: Certainty
    reliability: tuple[Markup, ...]
    abstention: tuple[Markup, ...]


def certainty_view(inputs: ReportInputs) -> CertaintyView | None:
    """Gathers it; None where there are no probabilities or nothing to hold them against."""
    calibration, found = inputs.calibration, inputs.metrics.certainty
    if calibration.evidence is None or calibration.band is None or found is None:
        return None
    return CertaintyView(
        meaning=_meaning(inputs.person, calibration, calibration.evidence),
        trust=_trust(found),
        unsure=_unsure(inputs.person, calibration, calibration.band, found, calibration.evidence.prior),
        band=_band_rows(calibration.band, found.band) if calibration.banded else (),
        priors=(f"{setting(calibration.evidence.prior)}, as set", *(words for _, words in PRIORS)),
        chances=_chances(calibration, calibration.evidence),
        figures=found,
        reliability=tuple(certainty_charts.reliability(found.reliability, size) for size in SIZES),
        abstention=tuple(certainty_charts.abstention(found.abstention, size) for size in SIZES),
    )


def _meaning(person: str, calibration: Calibration, evidence: Evidence) -> str:
    photos = f"{counted(calibration.person_fnmr.total, 'photo')} of {person}"
    return (
        f"Beside each score stands how probable it is that the photo shows {person}, if "
        f"{_so_many(evidence.prior)} of the photos with a face do. It was fitted on the calibrate part "
        f"alone, {photos} and {counted(calibration.strangers, 'stranger')}, and never claims more than so "
        f"many can bear out: a score speaks for {person} by at most {_times(evidence.highest)} to 1, and "
        f"against by at most {_times(-evidence.lowest)} to 1. The faces of one photo share its prior, so "
        "that a crowd has to bring more evidence than a portrait."
    )


def _trust(found: Certainty) -> str:
    one = found.reliability
    by_chance = (
        "Too few photos to say what chance alone would show."
        if one.chance_low is None or one.chance_high is None
        else f"On so few photos exactly true ones would show {_ends(one.chance_low, one.chance_high)}."
    )
    return (
        f"On the test part they are {percent(one.calibration_error)} from the truth on average (expected "
        f"calibration error, {len(one.bins)} bins). {by_chance}"
    )


def _unsure(
    person: str, calibration: Calibration, calibrate: Band, found: Certainty, prior: float
) -> tuple[str, ...]:
    test = found.band
    if not calibration.banded:
        return ("There is no band: the two lines meet.",)
    chances = _ends(calibrate.from_probability, calibrate.to_probability)
    average = calibrate.least if calibrate.expected is None else calibrate.expected
    return (
        f"In the band {percent(average)} of the answers must be expected to be wrong, even where the "
        f"likelier one is given; outside it {percent(calibrate.wrong_outside.value)} were.",
        f"That is what the calibrate part says. If {_so_many(prior)} of the photos show {person}, a photo "
        f"with one face, and that in the band, shows {person} with a probability of {chances}, so that any "
        f"answer on it is wrong with at least {percent(calibrate.least)}. With more faces the same score "
        f"may say less, and “not {person}” be surer. {_observed(test)}",
    )


def _observed(test: Band) -> str:
    if test.wrong.value is None:
        return "No photo of the test part fell into the band."
    return (
        f"Of the test part’s photos in the band {percent(test.wrong.value)} of the likelier answers were "
        f"wrong (interval {_ends(test.wrong.low, test.wrong.high)}), of the answers outside it "
        f"{percent(test.wrong_outside.value)} ({_ends(test.wrong_outside.low, test.wrong_outside.high)})."
    )


def _band_rows(calibrate: Band, test: Band) -> tuple[BandRow, ...]:
    both = (calibrate, test)
    return tuple(
        BandRow(label=label, hint=hint, calibrate=words[0], test=words[1])
        for label, hint, words in (
            (
                "Of the person’s photos",
                "in the band",
                [f"{number(one.person.count)} of {number(one.person.total)}" for one in both],
            ),
            (
                "Of strangers",
                "in the band, each weighing the same",
                [f"{percent(one.strangers.value)} ({interval(one.strangers)})" for one in both],
            ),
            ("Errors expected there", "of the likelier answer", [percent(one.expected) for one in both]),
            ("Errors seen there", "of the likelier answer", [_seen(one.wrong) for one in both]),
            ("Errors outside", "of the answers given", [_seen(one.wrong_outside) for one in both]),
        )
    )


def _seen(share: Share) -> str:
    if share.value is None:
        return percent(None)
    return f"{percent(share.value)} ({_ends(share.low, share.high)})"


def _chances(calibration: Calibration, evidence: Evidence) -> tuple[ChanceRow, ...]:
    rows: list[tuple[str, float | None, float]] = [
        ("Lowest claimed", None, evidence.lowest),
        *(
            (f"Where “{verdict}” begins", line, evidence.log_likelihood_ratio(line))
            for verdict, line in (("unsure", calibration.unsure), ("person", calibration.person))
            if verdict == "person" or calibration.banded
        ),
        ("Highest claimed", None, evidence.highest),
    ]
    priors = (evidence.prior, *(prior for prior, _ in PRIORS))
    return tuple(
        ChanceRow(label=label, score=line, chances=tuple(chance(ratio, prior=prior) for prior in priors))
        for label, line, ratio in rows
    )


def _so_many(prior: float) -> str:
    return "half" if prior == 0.5 else setting(prior)


def _times(log_ratio: float) -> str:
    ratio = math.exp(log_ratio)
    return number(round(ratio)) if ratio >= 10 else f"{ratio:.1f}"


def _ends(low: float, high: float) -> str:
    if percent(low) == percent(high):
        return percent(low)
    return f"{percent(low).removesuffix(NARROW + '%')} to {percent(high)}"
