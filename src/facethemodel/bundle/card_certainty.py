"""The model card on what is promised of several faces, and on what a probability means."""

from __future__ import annotations

from facethemodel.bundle.evidence import chance
from facethemodel.bundle.manifest import BundleFacts, TestSummary
from facethemodel.bundle.shares import interval, promised, share

PRIORS = ((0.5, "one photo in two"), (0.01, "one in a hundred"), (0.001, "one in a thousand"))


def what_is_counted(facts: BundleFacts) -> str:
    """Says whether faces or photos are promised, and what that leaves a photo of several strangers."""
    assert facts.thresholds.promise is not None
    calibration = facts.calibration
    counted = "judged by the best of its accepted faces, bystanders' included"
    if calibration.several_faces is not None:
        counted += (
            f" ({calibration.several_faces:,} of the {calibration.stranger_photos:,} photos show several)"
        )
    lines = [
        f"It counts photos: one of each stranger, {counted}. So it holds for each such face by itself, too.",
        "A photo of k such strangers has k chances: at most k times the promise, "
        f"{promised(min(1.0, 5 * facts.thresholds.promise))} for five, whether or not they are independent.",
    ]
    if calibration.unnamed:
        lines.append(
            f"{calibration.unnamed:,} photos name no stranger; but for near copies and those of one post "
            "each counts as another one. Where some show the same person, the confidence is less than stated."
        )
    return " ".join(lines)


def crowd_rows(test: TestSummary) -> str:
    """Rows of the table of the test for crowds of more than one."""
    return "".join(
        f"\n| at least one of {one.strangers} strangers together taken for the person | "
        f"{share(one.share)} | {interval(one.low, one.high)} | all such crowds |"
        for one in test.crowds
        if one.strangers > 1 and one.share is not None
    )


def probabilities(facts: BundleFacts) -> tuple[str, ...]:
    """The section on probabilities; empty where the bundle holds none."""
    evidence = facts.evidence
    if evidence is None:
        return ()
    line = facts.thresholds.person
    at_line = evidence.log_likelihood_ratio(line)
    chances = "; ".join(f"{words}, {_chance(at_line, prior)}" for prior, words in PRIORS)
    text = f"""## What a probability means

Beside each verdict stands how probable it is that the photo shows the person, if a share of
{evidence.prior:g} of the photos with a face do. What a score s says for the person, as a natural logarithm
of the likelihood ratio: {evidence.slope:.4f} * s {evidence.intercept:+.4f}, never under
{evidence.lowest:.2f} nor over {evidence.highest:.2f}, which is all that {facts.calibration.person_photos:,}
photos of the person and {facts.calibration.strangers:,} strangers bear out. The faces of one photo share its
prior.

Where the person is rarer, the same score means less. A face at the line `person`, if the person is on
{chances}. For another share: `facethemodel predict --prior 0.001`."""
    certainty = facts.test.certainty if facts.test is not None else None
    if certainty is not None:
        text += f"""

On the test part, shown as the prior says: Brier score {certainty.brier:.4f}, calibration error
{share(certainty.calibration_error)}. {_unsure(certainty.wrong_in_band, certainty.wrong_outside)}"""
    return (text,)


def _unsure(inside: float | None, outside: float | None) -> str:
    if inside is None:
        return f"No test photo was `unsure`; of all answers {share(outside)} were wrong."
    return (
        f"Where the verdict was `unsure`, {share(inside)} of the likelier answers would have been wrong; "
        f"elsewhere {share(outside)} of the answers were."
    )


def _chance(log_ratio: float, prior: float) -> str:
    found = chance(log_ratio, prior=prior)
    if not 0.001 <= found < 0.9995:
        return "under 0.1 %" if found < 0.001 else "over 99.9 %"
    return f"{found * 100:.{0 if 0.1 < found < 0.9 else 1}f} %"
