"""The figures by kind of photo as a person reads them."""

from __future__ import annotations

from facethemodel.evaluation.slices import Slices, StrangerSlice
from facethemodel.report.counting import counted
from facethemodel.report.wording import percent, setting


def slices_headline(found: Slices | None) -> tuple[str, ...]:
    """A sentence that names the kind of photo on which the promise is broken worst; none where it holds."""
    if found is None or not found.broken:
        return ()
    worst, others = found.broken[0], len(found.broken) - 1
    more = "" if not others else f", and {counted(others, 'more kind')}"
    return (f"Breaks its promise on strangers’ photos {worst.slice.words}{more}.",)


def slices_alert(person: str, found: Slices | None) -> str | None:
    """What stands in red above all figures; None where no kind of photo breaks the promise."""
    if found is None or not found.broken or found.promise is None:
        return None
    listed = "; ".join(_phrase(one) for one in found.broken)
    return (
        f"On some kinds of photos more strangers are taken for {person} than the {setting(found.promise)} "
        f"that were promised for all kinds together: {listed}. Looked at: "
        f"{counted(found.looked_at, 'kind')}, and the lower ends allow for that. Add strangers with such "
        "photos: the line is drawn on them, too."
    )


def _phrase(one: StrangerSlice) -> str:
    mean = one.fmr_per_identity
    return (
        f"{percent(mean.value)} on photos {one.slice.words} ({counted(mean.identities, 'stranger')}, surely "
        f"over {percent(one.low_adjusted)})"
    )
