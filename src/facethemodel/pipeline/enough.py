"""Whether a project holds photos enough to train on, told early and in photos of the whole project."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from facethemodel.catalogue.records import View
from facethemodel.dataset.quotas import Preset, targets
from facethemodel.dataset.samples import Sample, crop_key
from facethemodel.errors import NoUsableDataError
from facethemodel.report.counting import counted
from facethemodel.training.enough import FEWEST_PERSON, FEWEST_STRANGERS


def require_enough_photos(
    known: Sequence[Sample], *, person: str, preset: Preset, view: View, divided: bool
) -> None:
    """Makes sure that the train part has photos enough; those that nobody has looked at yet count as usable.

    Args:
        known: All photos. Where there are none at all, nothing is said.
        person: Name of the person.
        preset: How the photos are divided.
        view: What the network looks at.
        divided: Whether every photo has its part. Before that, photos without one might all come into the
            train part, so that only what cannot be enough is refused.

    Raises:
        NoUsableDataError: Says how many photos there are, and how many it takes in all.
    """
    lacks = list(_lacks(known, person, preset, view, divided)) if known else []
    if lacks:
        remedies = dict.fromkeys(command for _, command in lacks)
        raise NoUsableDataError("; ".join(what for what, _ in lacks), remedy=" and ".join(remedies))


def to_learn_from(known: Sequence[Sample], view: View) -> list[Sample]:
    """Picks the usable photos of the person and of strangers, in a part or not yet."""
    return [one for one in known if one.label.role in ("person", "stranger") and _usable(one, view)]


def to_divide(known: Sequence[Sample]) -> str:
    """What to type for photos to get a part that have none."""
    looked_at = all(one.inspection is not None for one in known if one.undivided)
    return "facethemodel split" if looked_at else "facethemodel inspect, then facethemodel split"


def _lacks(
    known: Sequence[Sample], person: str, preset: Preset, view: View, divided: bool
) -> Iterator[tuple[str, str]]:
    usable_of_both = to_learn_from(known, view)
    sides = (
        (FEWEST_PERSON, [one for one in usable_of_both if one.label.role == "person"], person),
        (FEWEST_STRANGERS, [one for one in usable_of_both if one.label.role == "stranger"], "strangers"),
    )
    for fewest, usable, who in sides:
        there = sum(one.part == "train" or (one.part is None and not divided) for one in usable)
        if there >= fewest:
            continue
        # Photos of strangers are divided by person, which gives their photos about the same shares.
        share = targets(preset, "person" if who is person else "stranger", 1)["train"]
        waiting = [one for one in usable if one.undivided and divided]
        more = max(math.ceil(fewest / share) - len(usable), fewest - there - len(waiting))
        can_be = "can be" if not divided else "is" if there == 1 else "are"
        have = (
            f"of {counted(len(usable), 'usable photo')} of {who} {'' if divided else 'at most '}{there} "
            f"{can_be} in the train part, where it takes {fewest}"
            if usable
            else f"there is no usable photo of {who}, and it takes {fewest} in the train part"
        )
        if more <= 0:
            have_no_part = "has no part yet" if len(waiting) == 1 else "have no part yet"
            yield (
                f"{have}: {len(waiting):,} {have_no_part}",
                f"`{to_divide(waiting)}`, or `facethemodel build`",
            )
            continue
        as_what = "person" if who is person else "stranger --identity-from folder"
        yield (
            f"{have}: some {len(usable) + more} in all, add {more}",
            f"`facethemodel add FOLDER --as {as_what}`",
        )


def _usable(sample: Sample, view: View) -> bool:
    return sample.label.usable and (sample.inspection is None or crop_key(sample, view) is not None)
