"""Before a run is judged: it has learned nothing of whom it is asked about."""

from __future__ import annotations

from collections.abc import Sequence

from facethemodel.dataset.samples import Sample
from facethemodel.duplicates.search import Match
from facethemodel.errors import UsageError
from facethemodel.pipeline.runs import LEARNED, Run
from facethemodel.pipeline.siblings import learned_what_is_there
from facethemodel.project import Project

_ASKED = ("calibrate", "test", "curveball")


def require_unseen(project: Project, run: Run, known: Sequence[Sample], found: Sequence[Match] = ()) -> None:
    """Makes sure that a run learned from nobody who is asked about now.

    After a new division of the photos an older run knows some that are in the test part today: figures from
    them would be worth nothing, and a threshold's promise false. So would those from copies of photos that
    it learned from and that have left the parts since; of those that are in one the leak check tells.

    Args:
        project: The project.
        run: A trained run.
        known: Every photo of the project.
        found: What `duplicates.project.every_match` finds now.

    Raises:
        UsageError: It did, or it is too old to tell and the train part is no longer what it was.
    """
    again = "facethemodel build; or facethemodel split, then facethemodel train with the same options"
    kept = run.read(LEARNED)
    if kept is None:
        if not learned_what_is_there(project, run, known):
            raise UsageError(
                f"what {run.name} learned from is not known, and it is not what is in the train part now",
                remedy=again,
            )
        return
    learned = set(kept["shas"])
    people = {one.identity for one in known if one.sha256 in learned} - {None}
    away = learned - {one.sha256 for one in known if one.part is not None}
    pairs = [(one.first, one.second) for one in found] + [(one.second, one.first) for one in found]
    seen = learned | {other for one, other in pairs if one in away}
    met = [one for one in known if one.part in _ASKED and (one.sha256 in seen or one.identity in people)]
    if met:
        raise UsageError(
            f"{run.name} learned from {len(met):,} photos, from copies of them or from the strangers on "
            f"them, that are in the calibrate or test part now: {met[0].name} ({met[0].sha256[:8]}) ...",
            remedy=again,
        )
